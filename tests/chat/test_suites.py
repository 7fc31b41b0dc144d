"""The two suites as a gate: what answers must not fall below, and what must hold of every one of them.

The figures themselves: `python tests/bench/answers.py` and `python tests/bench/briefs.py`.
"""

import asyncio
import re
from collections import defaultdict

import pytest
from judging import EVALS, cases, judge_brief
from marks import needs_weights

from agent.brief.read import read
from agent.chat.gathered import Turn, gather
from agent.engine import Engine
from agent.evaluation.cases import AnswerCase
from agent.evaluation.judge_answers import judge
from agent.evaluation.record import Verdict
from agent.evaluation.suites import read as read_suite
from agent.knowledge.citation import holds

# The least share of met criteria over both splits, below what was measured by about the half width of its interval.
LEAST = {
    "false flags": 0.97,
    "must_not_say": 0.97,
    "flags": 0.70,
    "skill": 0.93,
    "parameters": 0.70,
    "persona": 0.85,
    "kind": 0.80,
    "leaf": 0.62,
    "numbers": 0.60,
    "must_say": 0.65,
}
LEAST_OF_BRIEF = 0.93


@pytest.fixture(scope="module")
def turns(engine: Engine) -> list[tuple[AnswerCase, Turn]]:
    async def all_turns() -> list[tuple[AnswerCase, Turn]]:
        found = [case for case in read_suite(EVALS / "answers.yaml").cases if isinstance(case, AnswerCase)]
        return [(case, await gather(engine.turn(case.text))) for case in found]

    return asyncio.run(all_turns())


@needs_weights
def test_answers_do_not_fall_below_what_was_measured(turns: list[tuple[AnswerCase, Turn]]) -> None:
    found: dict[str, list[Verdict]] = defaultdict(list)
    for case, turn in turns:
        for verdict in judge(case, turn):
            found[verdict.criterion].append(verdict)
    shares = {name: sum(verdict.met for verdict in rows) / len(rows) for name, rows in found.items()}
    assert {name: shares[name] for name, least in LEAST.items() if shares[name] < least} == {}


@needs_weights
def test_every_mark_of_every_answer_leads_to_a_quote_that_holds(
    turns: list[tuple[AnswerCase, Turn]], engine: Engine
) -> None:
    for case, turn in turns:
        marked = {
            int(number)
            for number in re.findall(r"\[(\d+)\]", re.sub(r"```.*?```|`[^`]*`", "", turn.answer, flags=re.DOTALL))
        }
        assert marked <= {citation.id for citation in turn.citations}, case.id
        assert all(holds(citation, engine.packs) for citation in turn.citations), case.id


@needs_weights
def test_no_tool_that_has_changed_hands_is_named_without_saying_so(
    turns: list[tuple[AnswerCase, Turn]], engine: Engine
) -> None:
    gone = [
        tool.status
        for tool in engine.rules.catalogue.tools.values()
        if tool.status.status in {"archived", "unmaintained"}
    ]
    for case, turn in turns:
        assert turn.plan is not None
        for tool in gone:
            recommended = any(tool.name == one.name for decision in turn.plan.decisions for one in decision.tools)
            assert not recommended, (case.id, tool.name)


def test_the_brief_does_not_fall_below_what_was_measured() -> None:
    verdicts = [verdict for case in cases("brief") for verdict in judge_brief(case, read(str(case["text"])))]
    assert len(cases("brief")) >= 100
    assert sum(verdict.met for verdict in verdicts) / len(verdicts) >= LEAST_OF_BRIEF
