"""Two runs of the same cases: a real loss is called one, chance is not, and neither flakes nor errors decide anything."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadRequest
from agent.evaluation.compare import Comparison, compare
from agent.evaluation.record import Outcome, Run, Status, SuiteRecord, Verdict

OPPOSITE = {"better": "worse", "worse": "better", "not decisive": "not decisive"}


def outcome(case: str, status: Status, suite: str = "answers", repeat: int = 0, primary: str = "") -> Outcome:
    return Outcome(
        suite=suite,
        case=case,
        repeat=repeat,
        status=status,
        text=f"text of {case}",
        verdicts=(Verdict(criterion="said", met=status == "pass"),) if status in {"pass", "fail"} else (),
        trace={"primary": primary} if primary else {},
        error="boom" if status == "error" else None,
    )


def run(
    outcomes: Iterable[Outcome], name: str = "run", sha256: Mapping[str, str] | None = None, **fields: object
) -> Run:
    rows = tuple(outcomes)
    suites = {one.suite for one in rows} | set(sha256 or {})
    record = {
        "id": name,
        "started": datetime(2026, 11, 21, tzinfo=UTC),
        "seconds": 1,
        "cpu_seconds": 1,
        "complete": True,
        "seed": 7,
        "suites": {
            suite: SuiteRecord(kind=suite, path=f"{suite}.yaml", sha256=(sha256 or {}).get(suite, "0" * 64), cases=1)
            for suite in suites
        },
        "versions": {"numpy": "2.4.0"},
        "tier": "minilm",
        "profile": "serving",
        "content": {"routing": "aa"},
        "outcomes": rows,
    }
    return Run.model_validate(record | fields)


def passing(flags: Iterable[bool], name: str = "run") -> Run:
    """A run of one suite whose cases pass or fail as told."""
    return run((outcome(f"a-{place:03}", "pass" if met else "fail") for place, met in enumerate(flags)), name)


def planted(of: int, passed: int, lost: int = 0, gained: int = 0) -> tuple[Run, Run]:
    """Two runs of `of` cases of which `passed` pass; in the second `lost` of them fail and `gained` others pass."""
    before = [place < passed for place in range(of)]
    after = [lost <= place < passed + gained for place in range(of)]
    return passing(before, "before"), passing(after, "after")


# --- The verdict


def test_a_planted_regression_is_called_worse() -> None:
    found = compare(*planted(200, 180, lost=15))
    row = found.suites[0]
    assert (row.verdict, row.lost, row.gained, row.cases) == ("worse", 15, 0, 200)
    assert (row.before, row.after) == (0.9, 0.825)
    assert row.low < row.difference < row.high < 0
    assert row.difference == pytest.approx(-0.075)
    assert row.p == pytest.approx(2 / 2**15)
    assert found.judged("worse") == ("answers",)
    assert found.notes == ()


def test_a_planted_small_improvement_is_not_decisive() -> None:
    row = compare(*planted(200, 180, gained=3)).suites[0]
    assert (row.verdict, row.gained, row.lost) == ("not decisive", 3, 0)
    assert "fewer than 6" in row.why


@pytest.mark.parametrize(("lost", "verdict"), [(5, "not decisive"), (6, "worse")])
def test_six_flips_one_way_are_the_fewest_that_decide(lost: int, verdict: str) -> None:
    assert compare(*planted(200, 180, lost=lost)).suites[0].verdict == verdict


def test_as_many_gained_as_lost_decide_nothing() -> None:
    row = compare(*planted(200, 100, lost=12, gained=10)).suites[0]
    assert row.verdict == "not decisive"
    assert "can be chance" in row.why


def test_the_interval_must_exclude_0_as_well() -> None:
    changes = [1] * 57 + [-1] * 37 + [0] * 106
    a = passing((change < 0 for change in changes), "a").model_copy(update={"seed": 0})
    b = passing((change > 0 for change in changes), "b").model_copy(update={"seed": 0})
    row = compare(a, b).suites[0]
    assert row.p < 0.05
    assert (row.low, row.verdict) == (0.0, "not decisive")
    assert "holds 0" in row.why


def test_a_run_is_no_better_than_itself() -> None:
    one = passing([True, False] * 50)
    found = compare(one, one)
    assert (found.flips, found.differs, found.suites[0].p, found.suites[0].difference) == ((), (), 1.0, 0.0)


def test_each_suite_has_its_own_verdict() -> None:
    def both(answers: Status, safety: Status) -> Run:
        cases = range(20)
        good = [outcome(f"{suite}-x", "pass", suite) for suite in ("answers", "safety")]
        return run(
            [*(outcome(f"a-{n}", answers) for n in cases), *(outcome(f"s-{n}", safety, "safety") for n in cases), *good]
        )

    found = compare(both("fail", "pass"), both("pass", "fail"))
    assert {row.suite: row.verdict for row in found.suites} == {"answers": "better", "safety": "worse"}


# --- Symmetry


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=80), st.integers(0, 99), st.integers(0, 99)
)
def test_exchanging_the_runs_turns_every_figure_round(pairs: list[tuple[bool, bool]], first: int, second: int) -> None:
    a = passing((before for before, _ in pairs), "a").model_copy(update={"seed": first})
    b = passing((after for _, after in pairs), "b").model_copy(update={"seed": second})
    there, back = compare(a, b), compare(b, a)
    one, other = there.suites[0], back.suites[0]
    assert other.verdict == OPPOSITE[one.verdict]
    assert (other.difference, other.low, other.high, other.p) == (-one.difference, -one.high, -one.low, one.p)
    assert (other.before, other.after, other.gained, other.lost) == (one.after, one.before, one.lost, one.gained)
    assert [(row.case, row.before, row.after) for row in back.flips] == [
        (row.case, row.after, row.before) for row in there.flips
    ]


def test_the_order_of_the_outcomes_is_of_no_account() -> None:
    a, b = planted(60, 40, lost=9, gained=4)
    shuffled = b.model_copy(update={"outcomes": b.outcomes[::-1]})
    assert compare(a, shuffled) == compare(a, b)


# --- What flipped


def test_a_flip_tells_what_changed() -> None:
    a = run([outcome("a-1", "pass", primary="ml-engineer"), outcome("a-2", "fail")])
    b = run([outcome("a-1", "fail", primary="data-engineer"), outcome("a-2", "fail")])
    (flip,) = compare(a, b).flips
    assert (flip.suite, flip.case, flip.text) == ("answers", "a-1", "text of a-1")
    assert (flip.before, flip.after) == ("pass", "fail")
    assert flip.primary == ("ml-engineer", "data-engineer")
    assert flip.criteria == ("said",)


def test_without_a_trace_a_flip_names_no_primary() -> None:
    assert compare(*planted(3, 2, lost=1)).flips[0].primary is None


def test_what_differs_between_the_runs_is_told() -> None:
    a = run([outcome("a", "pass")], versions={"numpy": "2.4.0", "scipy": "1.17"}, commit="abc")
    b = run([outcome("a", "pass")], versions={"numpy": "2.4.6"}, tier="lexical", profile="x", content={"routing": "bb"})
    assert [(row.what, row.before, row.after) for row in compare(a, b).differs] == [
        ("versions.numpy", "2.4.0", "2.4.6"),
        ("versions.scipy", "1.17", None),
        ("content.routing", "aa", "bb"),
        ("tier", "minilm", "lexical"),
        ("profile", "serving", "x"),
        ("commit", "abc", None),
    ]


# --- Flaky cases, errors and timeouts


def repeated(statuses: Mapping[str, tuple[Status, ...]]) -> Run:
    return run(outcome(case, one, repeat=place) for case, found in statuses.items() for place, one in enumerate(found))


def test_a_flaky_case_is_called_flaky_and_does_not_count() -> None:
    steady: dict[str, tuple[Status, ...]] = {f"s-{place}": ("pass", "pass") for place in range(10)}
    a = repeated({**steady, "wavers": ("pass", "pass")})
    b = repeated({**steady, "wavers": ("pass", "fail")})
    found = compare(a, b)
    (wavers,) = found.flaky
    assert (wavers.case, wavers.before, wavers.after) == ("wavers", ("pass", "pass"), ("pass", "fail"))
    assert found.flips == ()
    assert (found.suites[0].cases, found.suites[0].difference) == (10, 0.0)
    assert any("Flaky" in note and ": 1." in note for note in found.notes)


def test_six_flaky_losses_are_not_worse() -> None:
    a = repeated({str(place): ("pass", "pass") for place in range(20)})
    b = repeated({str(place): ("fail", "pass") if place < 10 else ("pass", "pass") for place in range(20)})
    row = compare(a, b).suites[0]
    assert (row.verdict, row.cases, row.lost) == ("not decisive", 10, 0)


def test_repeats_that_disagree_in_the_primary_alone_are_flaky_too() -> None:
    a = run(outcome("a", "fail", repeat=place, primary=who) for place, who in enumerate(("x", "y")))
    b = run(outcome("a", "fail", repeat=place, primary="x") for place in range(2))
    (found,) = compare(a, b).flaky
    assert found.detail == "x, y -> x, x"


@pytest.mark.parametrize("status", ["error", "timeout"])
def test_errors_and_timeouts_are_no_flips(status: Status) -> None:
    a = run(outcome(str(place), "pass") for place in range(20))
    b = run(outcome(str(place), status if place < 10 else "pass") for place in range(20))
    found = compare(a, b)
    assert (found.flips, found.flaky, len(found.errors)) == ((), (), 10)
    assert found.errors[0].detail == ("boom" if status == "error" else "timeout")
    assert (found.suites[0].cases, found.suites[0].verdict) == (10, "not decisive")
    assert any("error or a timeout" in note for note in found.notes)


def test_a_suite_of_errors_alone_has_no_share() -> None:
    a, b = run([outcome("a", "pass")]), run([outcome("a", "error")])
    row = compare(a, b).suites[0]
    assert (row.before, row.after, row.verdict, row.why) == (
        None,
        None,
        "not decisive",
        "no case was scored in both runs",
    )


# --- What is refused


def refused(a: Run, b: Run, partial: bool = False) -> str:
    with pytest.raises(BadRequest) as error:
        compare(a, b, partial)
    assert error.value.hint
    return error.value.message


def test_different_suites_are_refused() -> None:
    a, b = run([outcome("a", "pass")]), run([outcome("a", "pass"), outcome("s", "pass", "safety")])
    assert "safety" in refused(a, b)
    assert "safety" in refused(b, a, partial=True)


def test_different_cases_are_refused_and_named() -> None:
    a = run([outcome("a-1", "pass"), outcome("a-2", "pass")])
    b = run([outcome("a-1", "pass"), outcome("a-3", "pass")])
    assert "only the first run has, of the suite 'answers', a-2" in refused(a, b)
    more = run([outcome(f"a-{place}", "pass") for place in range(1, 9)])
    assert "only the second run has, of the suite 'answers', a-3, a-4, a-5 and 3 more" in refused(a, more)


@pytest.mark.parametrize("partial", [False, True])
def test_a_suite_that_changed_is_refused(partial: bool) -> None:
    rows = [outcome("a", "pass")]
    a, b = run(rows, sha256={"answers": "a" * 64}), run(rows, sha256={"answers": "b" * 64})
    assert "'answers' is not the same" in refused(a, b, partial)


def test_an_incomplete_run_is_refused_unless_that_is_asked_for() -> None:
    a = passing([True] * 20, "whole")
    b = passing([False] * 12, "stopped").model_copy(update={"complete": False})
    assert "stopped" in refused(a, b)
    found = compare(a, b, partial=True)
    assert (found.partial, found.suites[0].cases, found.suites[0].verdict) == (True, 12, "worse")
    assert "stopped was stopped before its last case." in found.notes
    assert "Cases that only one run has, left out: 8." in found.notes
    assert "Cases compared: 12." in found.notes


def test_a_suite_that_could_not_fail_is_refused() -> None:
    hollow = run([Outcome(suite="hollow", case="a", status="pass", text="t")])
    assert "could fail" in refused(hollow, hollow)


def test_a_comparison_survives_json() -> None:
    found = compare(*planted(200, 180, lost=15))
    assert Comparison.model_validate_json(found.model_dump_json()) == found
