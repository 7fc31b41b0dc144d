"""How a case of each kind is put to the product and judged."""

import ast
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import JsonValue
from pydantic_core import to_jsonable_python

from agent.chat.gathered import gather
from agent.constitution.scan import Scan
from agent.errors import MlwrightError
from agent.evaluation.cases import AnswerCase, Case, CheckCase, RoutingCase
from agent.evaluation.judge_answers import judge
from agent.evaluation.record import Verdict
from agent.events import Event
from agent.routing.decision import Route
from agent.skills.contract import Plan

# Requests are encoded many at a time with seven-bit weights, which moved 7 of 761 decisions. Below this margin a request
# is encoded once more by itself, exactly, as it is for a user.
CLOSE = 0.05


class Subject(Protocol):
    """What is evaluated: the engine, or anything that routes and answers like it."""

    def prepare(self, texts: Sequence[str]) -> None:
        """Get ready for many requests at once."""
        ...

    def forget(self, texts: Sequence[str]) -> None:
        """Take these as if they had not been prepared."""
        ...

    def route(self, text: str, persona: str | None = None, after: Sequence[str] = (), explained: bool = False) -> Route:
        """Route a request."""
        ...

    def turn(self, text: str, persona: str | None = None) -> AsyncIterator[Event]:
        """Answer a request."""
        ...

    def check(self, path: Path, principles: tuple[str, ...] = ()) -> Scan:
        """Hold a project against the constitution."""
        ...

    def planned(self, skill: str, action: str, parameters: Mapping[str, object], base: Path) -> Plan:
        """Plan what a skill would write, and write nothing."""
        ...

    def within(self, folder: Path) -> "Subject":
        """Return the same product, opened in another folder."""
        ...


@dataclass(frozen=True)
class Judged:
    """What a case came to: its verdicts, what it wanted, and the trace of what was done."""

    verdicts: tuple[Verdict, ...]
    expected: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])
    trace: dict[str, JsonValue] = field(default_factory=dict[str, JsonValue])


async def judged(case: Case, subject: Subject) -> Judged:
    """Put a case to the product. Raises what the product raises: that is no verdict."""
    match case:
        case RoutingCase():
            return routed(case, subject)
        case AnswerCase():
            return await answered(case, subject)
        case CheckCase():
            return await checked(case, subject)
        case _:
            from agent.evaluation.judge_safety import attacked

            return await attacked(case, subject)


def routed(case: RoutingCase, subject: Subject) -> Judged:
    """Route a request and compare."""
    route = subject.route(case.text, after=case.after)
    if route.margin < CLOSE:
        subject.forget([case.text, *case.after])
        route = subject.route(case.text, after=case.after)
    right = {case.primary, *case.acceptable}
    verdicts = [_verdict("primary", route.primary in right, f"{route.primary}, not {' or '.join(sorted(right))}")]
    if case.decision is not None:
        verdicts.append(_verdict("decision", route.decision == case.decision, f"{route.decision}, not {case.decision}"))
    expected: dict[str, JsonValue] = {
        "primary": case.primary,
        "acceptable": list(case.acceptable),
        "secondary": list(case.secondary),
    }
    if case.decision is not None:
        expected["decision"] = case.decision
    return Judged(tuple(verdicts), expected, _dumped(route))


async def answered(case: AnswerCase, subject: Subject) -> Judged:
    """Answer a request and judge the whole answer."""
    turn = await gather(subject.turn(case.text))
    assert turn.route is not None
    assert turn.plan is not None
    trace: dict[str, JsonValue] = {
        "answer": turn.answer.strip(),
        "primary": turn.route.primary,
        "decision": turn.route.decision,
        "kind": turn.plan.kind,
        "leaves": {decision.id: decision.leaf for decision in turn.plan.decisions},
    }
    given = case.model_dump(mode="json", exclude_defaults=True, exclude={"id", "text", "note", "split", "group"})
    return Judged(tuple(judge(case, turn)), given, trace)


async def checked(case: CheckCase, subject: Subject) -> Judged:
    """Answer a request and compare the outcome of its checks."""
    turn = await gather(subject.turn(case.text))
    found = {check.id: check.status for check in turn.checks}
    verdicts = tuple(
        _verdict(name, found.get(name) == wanted, f"{found.get(name, 'not checked')}, not {wanted}")
        for name, wanted in case.checks.items()
    )
    details: dict[str, JsonValue] = {check.id: f"{check.status}: {check.detail}" for check in turn.checks}
    return Judged(verdicts, {"checks": {str(name): str(wanted) for name, wanted in case.checks.items()}}, details)


def _verdict(criterion: str, met: bool, detail: str) -> Verdict:
    return Verdict(criterion=criterion, met=met, detail="" if met else detail)


def _dumped(route: Route) -> dict[str, JsonValue]:
    return to_jsonable_python(route)


def called(source: str) -> Iterator[str]:
    """Yield every name that a Python file calls or imports, dotted; raises SyntaxError when it is none."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
            case ast.Call():
                yield ast.unparse(node.func)
            case _:
                pass


def told(error: MlwrightError) -> str:
    """Return an error as the command line shows it."""
    return f"error: {error}\nhint: {error.hint}" if error.hint else f"error: {error}"
