"""Running cases: limits, errors, what is kept, and taking a run up again."""

import asyncio
import time
from pathlib import Path

import pytest

from agent.errors import BackendError, BadRequest, ConfigurationError
from agent.evaluation.cases import Case
from agent.evaluation.journal import Journal, latest
from agent.evaluation.judges import Judged
from agent.evaluation.record import Outcome, Verdict
from agent.evaluation.runner import Judge, Limits, planned, run
from agent.evaluation.suites import Suite

RIGHT = Judged((Verdict(criterion="right", met=True),))
WRONG = Judged((Verdict(criterion="right", met=False, detail="left"),))


def suite(*names: str) -> Suite:
    return Suite("mine", "routing", tuple(Case(id=name, text=name) for name in names), Path("mine.yaml"), "0" * 64)


def busy(seconds: float) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        pass


def ran(judge: Judge, *names: str, limits: Limits | None = None, repeats: int = 1) -> tuple[list[Outcome], bool]:
    kept: list[Outcome] = []
    complete = asyncio.run(run(planned([suite(*names)], repeats), judge, limits or Limits(), kept.append))
    return kept, complete


def test_a_case_passes_when_all_its_verdicts_are_met() -> None:
    async def judge(case: Case) -> Judged:
        return RIGHT if case.id == "a" else WRONG

    kept, complete = ran(judge, "a", "b")
    assert {one.case: one.status for one in kept} == {"a": "pass", "b": "fail"}
    assert complete


def test_an_error_is_told_and_is_no_score() -> None:
    async def judge(case: Case) -> Judged:
        raise BadRequest("it is wrong", "mend it") if case.id == "a" else ZeroDivisionError("by zero")

    kept, _ = ran(judge, "a", "b")
    assert {one.case: one.error for one in kept} == {
        "a": "error: it is wrong\nhint: mend it",
        "b": "ZeroDivisionError: by zero",
    }
    assert not any(one.scored or one.verdicts for one in kept)


def test_a_case_that_takes_too_long_is_a_timeout_and_the_others_are_run() -> None:
    async def judge(case: Case) -> Judged:
        await asyncio.sleep(30 if case.id == "slow" else 0)
        return RIGHT

    kept, complete = ran(judge, "slow", "quick", limits=Limits(case_seconds=0.05))
    assert {one.case: one.status for one in kept} == {"slow": "timeout", "quick": "pass"}
    assert complete


def test_a_case_that_never_gives_way_is_a_timeout_too() -> None:
    async def judge(case: Case) -> Judged:
        if case.id == "busy":
            busy(1.0)
        return RIGHT

    started = time.perf_counter()
    kept, complete = ran(judge, "busy", "quick", limits=Limits(case_seconds=0.1))
    assert {one.case: one.status for one in kept} == {"busy": "timeout", "quick": "pass"}
    assert complete
    assert time.perf_counter() - started < 0.9


def test_a_run_that_takes_too_long_keeps_what_was_done() -> None:
    async def judge(case: Case) -> Judged:
        await asyncio.sleep(0 if case.id == "a" else 30)
        return RIGHT

    kept, complete = ran(judge, "a", "b", limits=Limits(total_seconds=0.1))
    assert [one.case for one in kept] == ["a"]
    assert not complete


@pytest.mark.parametrize("at_once", [1, 3])
def test_no_more_cases_than_allowed_are_under_way(at_once: int) -> None:
    counts: list[int] = []
    under_way: set[str] = set()

    async def judge(case: Case) -> Judged:
        under_way.add(case.id)
        counts.append(len(under_way))
        await asyncio.sleep(0.05)
        under_way.discard(case.id)
        return RIGHT

    ran(judge, *"abcdefgh", limits=Limits(at_once=at_once))
    assert max(counts) <= at_once
    assert max(counts) > 1 or at_once == 1


def test_only_what_went_wrong_on_the_way_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agent.evaluation.runner.WAITS", (0.0, 0.0))
    tries: list[str] = []

    async def judge(case: Case) -> Judged:
        tries.append(case.id)
        if case.id == "transport" and tries.count("transport") < 3:
            raise BackendError("the connection was lost", "")
        if case.id == "gone":
            raise BackendError("nobody is there", "")
        return WRONG if case.id == "wrong" else RIGHT

    kept, _ = ran(judge, "transport", "wrong", "gone")
    assert {one.case: one.status for one in kept} == {"transport": "pass", "wrong": "fail", "gone": "error"}
    assert [tries.count(name) for name in ("transport", "wrong", "gone")] == [3, 1, 3]


def test_every_repeat_is_run_anew() -> None:
    seen: list[str] = []

    async def judge(case: Case) -> Judged:
        seen.append(case.id)
        return RIGHT if len(seen) % 2 else WRONG

    kept, _ = ran(judge, "a", repeats=3)
    assert [(one.repeat, one.status) for one in kept] == [(0, "pass"), (1, "fail"), (2, "pass")]


CASES = {"mine": "0" * 64}


def outcome(case: str, status: str = "pass", repeat: int = 0) -> Outcome:
    return Outcome.model_validate({"suite": "mine", "case": case, "status": status, "text": case, "repeat": repeat})


def test_a_stopped_run_is_taken_up_where_it_was(tmp_path: Path) -> None:
    with Journal(tmp_path, CASES, resume=False) as journal:
        journal.add(outcome("a"))
        journal.add(outcome("b", "error"))
    with Journal(tmp_path, CASES, resume=True) as journal:
        left = [case.id for _, case, _ in planned([suite("a", "b", "c")], 1, journal.done)]
        assert left == ["b", "c"]
        journal.add(outcome("b"))
    with Journal(tmp_path, CASES, resume=True) as journal:
        assert [(one.case, one.status) for one in latest(journal.outcomes)] == [("a", "pass"), ("b", "pass")]


def test_a_line_that_was_cut_by_a_kill_costs_that_case_only(tmp_path: Path) -> None:
    with Journal(tmp_path, CASES, resume=False) as journal:
        journal.add(outcome("a"))
        journal.add(outcome("b"))
    path = tmp_path / "outcomes.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    with Journal(tmp_path, CASES, resume=True) as journal:
        assert {key[1] for key in journal.done} == {"a"}
        journal.add(outcome("b"))
    with Journal(tmp_path, CASES, resume=True) as journal:
        assert {key[1] for key in journal.done} == {"a", "b"}


def test_a_run_of_other_cases_is_not_taken_up(tmp_path: Path) -> None:
    with Journal(tmp_path, CASES, resume=False) as journal:
        journal.add(outcome("a"))
    with pytest.raises(BadRequest, match="changed since"):
        Journal(tmp_path, {"mine": "1" * 64}, resume=True)
    with pytest.raises(BadRequest, match="no run to take up"):
        Journal(tmp_path / "elsewhere", CASES, resume=True)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot write"):
        Journal(tmp_path / "file", CASES, resume=False)
