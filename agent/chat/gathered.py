"""A turn gathered up from its events, and the one JSON object that it is for other programs."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from agent.brief.model import Brief, Kind
from agent.decisions.calculators import Number
from agent.decisions.checks import CheckResult
from agent.decisions.conflicts import Conflict
from agent.decisions.diagnoses import Diagnosis
from agent.decisions.flags import RedFlag
from agent.decisions.framework import Decision
from agent.decisions.offer import Next
from agent.decisions.pitfalls import Correction
from agent.decisions.plan import AnswerPlan, Step
from agent.events import (
    Briefed,
    Checked,
    Done,
    Event,
    Found,
    Planned,
    Proved,
    Routed,
    Scored,
    ScoreLine,
    Text,
    Usage,
)
from agent.knowledge.citation import Citation
from agent.proof.evidence import Evidence
from agent.routing.decision import Route


@dataclass
class Turn:
    """What a turn yielded."""

    route: Route | None = None
    brief: Brief | None = None
    plan: AnswerPlan | None = None
    checks: tuple[CheckResult, ...] = ()
    citations: tuple[Citation, ...] = ()
    scorecard: tuple[ScoreLine, ...] = ()
    answer: str = ""
    evidence: list[Evidence] = field(default_factory=list[Evidence])
    usage: Usage | None = None
    elapsed_ms: float = 0.0

    def take(self, event: Event) -> None:
        """Add an event."""
        match event:
            case Text():
                self.answer += event.text
            case Proved():
                self.evidence.append(event.evidence)
            case Usage():
                self.usage = event
            case Done():
                self.elapsed_ms = event.elapsed_ms
            case _:
                self._worked_out(event)

    def _worked_out(self, event: Event) -> None:
        match event:
            case Routed():
                self.route = event.route
            case Briefed():
                self.brief = event.brief
            case Checked():
                self.checks = event.checks
            case Found():
                self.citations = event.citations
            case Planned():
                self.plan = event.plan
            case Scored():
                self.scorecard = event.scorecard
            case _:
                pass

    def answered(self) -> "Answer":
        """Return the shape of `ask --json`."""
        assert self.route is not None
        assert self.brief is not None
        assert self.plan is not None
        return Answer(
            route=self.route,
            brief=self.brief,
            checks=self.checks,
            decision=Decided(
                kind=self.plan.kind,
                corrections=self.plan.corrections,
                conflicts=self.plan.conflicts,
                diagnoses=self.plan.diagnoses,
                decisions=self.plan.decisions,
                numbers=self.plan.numbers,
                steps=self.plan.steps,
                risks=self.plan.risks,
                red_flags=self.plan.red_flags,
                doable=self.plan.doable,
            ),
            scorecard=self.scorecard,
            answer=self.answer.strip(),
            citations=self.citations,
            next=self.plan.next,
            evidence=tuple(self.evidence),
            assumptions=self.plan.assumptions,
            backend=self.usage.backend if self.usage else "local",
            usage=self.usage,
            elapsed_ms=self.elapsed_ms,
        )


class Model(BaseModel):
    """A part of the JSON answer: immutable."""

    model_config = ConfigDict(frozen=True)


class Decided(Model):
    """What was decided, worked out and warned of."""

    kind: Kind
    corrections: tuple[Correction, ...]
    conflicts: tuple[Conflict, ...]
    diagnoses: tuple[Diagnosis, ...]
    decisions: tuple[Decision, ...]
    numbers: tuple[Number, ...]
    steps: tuple[Step, ...]
    risks: tuple[str, ...]
    red_flags: tuple[RedFlag, ...]
    doable: bool


class Answer(Model):
    """The shape of `ask --json`."""

    route: Route
    brief: Brief
    checks: tuple[CheckResult, ...]
    decision: Decided
    scorecard: tuple[ScoreLine, ...]
    answer: str
    citations: tuple[Citation, ...]
    next: tuple[Next, ...]
    evidence: tuple[Evidence, ...]
    assumptions: tuple[str, ...]
    backend: str
    usage: Usage | None
    elapsed_ms: float


async def gather(events: AsyncIterator[Event]) -> Turn:
    """Gather a turn's events."""
    turn = Turn()
    async for event in events:
        turn.take(event)
    return turn
