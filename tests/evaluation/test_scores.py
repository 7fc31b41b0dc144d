"""What a run scored: errors are no failures, repeats are no further cases, and a suite that cannot fail is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from agent.errors import BadRequest, UnknownName
from agent.evaluation.record import Outcome, Run, Status, SuiteRecord, Verdict
from agent.evaluation.scores import flaky, metrics, must_be_able_to_fail, slices, within
from agent.evaluation.statistics import wilson

OUT = "domain-specialist"


def run(*outcomes: Outcome, routing: tuple[str, ...] = ("routing",)) -> Run:
    suites = {
        suite: SuiteRecord(
            kind="routing" if suite in routing else suite, path=f"{suite}.yaml", sha256="0" * 64, cases=1
        )
        for suite in {outcome.suite for outcome in outcomes}
    }
    return Run(
        id="r",
        started=datetime(2026, 11, 21, tzinfo=UTC),
        seconds=1,
        cpu_seconds=1,
        complete=True,
        seed=7,
        suites=suites,
        versions={},
        tier="minilm",
        profile="serving",
        content={},
        outcomes=outcomes,
    )


def judged(case: str, *met: bool, suite: str = "answers", repeat: int = 0, **labels: str) -> Outcome:
    """An outcome with a verdict of the criterion `said` for each of `met`."""
    verdicts = tuple(Verdict(criterion="said", met=one) for one in met)
    status: Status = "pass" if all(met) else "fail"
    return Outcome(suite=suite, case=case, repeat=repeat, status=status, text="t", labels=labels, verdicts=verdicts)


def broken(case: str, status: Status = "error", repeat: int = 0) -> Outcome:
    return Outcome(suite="answers", case=case, repeat=repeat, status=status, text="t", error="boom")


def routed(
    case: str,
    wanted: str,
    *ranking: str,
    decision: str = "route",
    score: float = 0.6,
    secondary: tuple[str, ...] = (),
    helpers: tuple[str, ...] = (),
    acceptable: tuple[str, ...] = (),
    suite: str = "routing",
    repeat: int = 0,
    **labels: str,
) -> Outcome:
    """A routed request: whose it is, and the ranking that came out; `secondary` is expected and `helpers` came out."""
    scores = [score, *((1 - score) / 2**place for place in range(1, len(ranking)))]
    rows: list[JsonValue] = [{"persona": name, "score": value} for name, value in zip(ranking, scores, strict=True)]
    right = ranking[0] == wanted
    return Outcome(
        suite=suite,
        case=case,
        repeat=repeat,
        status="pass" if right else "fail",
        text="t",
        labels=labels,
        expected={"primary": wanted, "acceptable": list(acceptable), "secondary": list(secondary)},
        verdicts=(Verdict(criterion="primary", met=right),),
        trace={
            "decision": decision,
            "primary": ranking[0],
            "secondary": list(helpers),
            "confidence": score,
            "ranking": rows,
            "elapsed_ms": 1.0,
        },
    )


# --- Every suite


def test_a_share_of_passes_is_of_the_scored_cases_with_wilsons_interval() -> None:
    found = metrics(run(judged("a", True), judged("b", True), judged("c", False), broken("d"), broken("e", "timeout")))
    low, high = wilson(2, 3)
    one = found["answers.pass"]
    assert (one.value, one.low, one.high, one.of, one.kind) == (2 / 3, low, high, 3, "share")


def test_errors_and_timeouts_are_a_share_of_all_outcomes() -> None:
    found = metrics(run(judged("a", True), judged("b", False), broken("c"), broken("d", "timeout")))
    assert (found["answers.errors"].value, found["answers.errors"].of) == (0.5, 4)


def test_a_criterion_is_the_share_of_its_verdicts_that_are_met() -> None:
    found = metrics(run(judged("a", True, True, False), judged("b", True)))["answers.said"]
    assert (found.value, found.of) == (0.75, 2)
    assert found.low <= found.value <= found.high


def test_what_no_case_bears_on_is_left_out() -> None:
    found = metrics(run(broken("a"), broken("b")))
    assert set(found) == {"answers.errors"}


def test_a_criterion_cannot_stand_for_its_suite() -> None:
    row = judged("a", True).model_copy(update={"verdicts": (Verdict(criterion="pass", met=False),)})
    assert metrics(run(row))["answers.pass"].value == 1.0


# --- Repeats


def test_repeats_that_agree_are_no_further_cases() -> None:
    once = [judged(str(case), case < 15) for case in range(20)]
    thrice = [one.model_copy(update={"repeat": repeat}) for one in once for repeat in range(3)]
    assert metrics(run(*thrice)) == metrics(run(*once))


def test_a_case_that_passes_every_other_time_counts_half() -> None:
    found = metrics(
        run(judged("a", True), judged("a", False, repeat=1), judged("b", True), judged("b", True, repeat=1))
    )
    one = found["answers.pass"]
    assert (one.value, one.of) == (0.75, 2)


def test_repeats_do_not_narrow_the_interval_of_a_run_that_wavers() -> None:
    rows = [judged(str(case), (case + repeat) % 4 > 0, repeat=repeat) for case in range(40) for repeat in range(4)]
    few = [judged(str(case), case % 4 > 0) for case in range(40)]
    wavering, steady = metrics(run(*rows))["answers.pass"], metrics(run(*few))["answers.pass"]
    # Every case passes three of four times: nothing varies between cases, and yet it is 40 cases and not certainty.
    assert wavering.value == steady.value == 0.75
    assert (wavering.low, wavering.high) == (steady.low, steady.high)


def test_an_error_among_repeats_takes_nothing_from_the_share() -> None:
    found = metrics(run(judged("a", True), broken("a", repeat=1), judged("b", False), judged("b", False, repeat=1)))
    assert found["answers.pass"].value == 0.5
    assert found["answers.errors"].value == 0.25


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.booleans(), min_size=1, max_size=3), min_size=1, max_size=12))
def test_every_interval_holds_its_value_within_0_and_1(cases: list[list[bool]]) -> None:
    rows = [
        judged(str(case), met, repeat=repeat) for case, found in enumerate(cases) for repeat, met in enumerate(found)
    ]
    for one in metrics(run(*rows)).values():
        assert 0 <= one.low <= one.value <= one.high <= 1


def test_what_an_error_left_behind_is_no_verdict() -> None:
    row = broken("b").model_copy(update={"verdicts": (Verdict(criterion="said", met=False),)})
    found = metrics(run(judged("a", True), row))
    assert (found["answers.said"].value, found["answers.said"].of) == (1.0, 1)


# --- Routing


def shares(*outcomes: Outcome) -> dict[str, float]:
    return {name.removeprefix("routing."): round(one.value, 6) for name, one in metrics(run(*outcomes)).items()}


def test_top_1_lenient_and_top_2() -> None:
    found = shares(
        routed("a", "ml-engineer", "ml-engineer", "data-engineer"),
        routed("b", "ml-engineer", "data-engineer", "ml-engineer", acceptable=("data-engineer",)),
        routed("c", "ml-engineer", "data-engineer", "ml-engineer"),
        routed("d", "ml-engineer", "data-engineer", "data-scientist", "ml-engineer"),
    )
    assert (found["top1"], found["lenient"], found["top2"]) == (0.25, 0.5, 0.75)


def test_out_of_scope_is_a_matter_of_declining() -> None:
    found = metrics(
        run(
            routed("a", OUT, OUT, "ml-engineer", decision="decline"),
            routed("b", OUT, "ml-engineer", OUT, decision="ask"),
            routed("c", OUT, "ml-engineer", OUT),
            routed("d", "ml-engineer", OUT, "ml-engineer", decision="decline"),
            routed("e", "ml-engineer", "ml-engineer", OUT),
        )
    )
    recall, precision = found["routing.out_of_scope_recall"], found["routing.out_of_scope_precision"]
    assert (round(recall.value, 4), recall.of) == (0.3333, 3)
    assert (precision.value, precision.of) == (0.5, 2)
    assert found["routing.asked"].value == 0.2


def test_helpers_count_only_where_some_are_expected_and_the_primary_is_right() -> None:
    helpers = ("data-engineer",)
    found = metrics(
        run(
            routed("a", "ml-engineer", "ml-engineer", OUT, secondary=helpers, helpers=helpers),
            routed("b", "ml-engineer", "ml-engineer", OUT, secondary=helpers),
            routed("c", "ml-engineer", "data-scientist", OUT, secondary=helpers),
            routed("d", "ml-engineer", "ml-engineer", OUT, helpers=helpers),
            routed("e", OUT, OUT, "ml-engineer", decision="decline", secondary=helpers),
        )
    )["routing.any_secondary"]
    assert (found.value, found.of) == (0.5, 2)


def test_the_calibration_error_is_the_gap_between_confidence_and_rightness_by_bin() -> None:
    sure = [routed(f"s{case}", "ml-engineer", "ml-engineer", OUT, score=0.95) for case in range(5)]
    unsure = [routed(f"u{case}", "ml-engineer", OUT, "ml-engineer", score=0.55) for case in range(5)]
    found = metrics(run(*sure, *unsure))["routing.ece"]
    # Half the cases 0.05 too modest, half 0.55 too sure.
    assert found.value == pytest.approx(0.3)
    assert (found.kind, found.of) == ("mean", 10)
    assert found.low <= found.value <= found.high


def test_the_calibration_error_too_counts_a_case_once() -> None:
    once = [routed(f"r{case}", "ml-engineer", "ml-engineer" if case < 7 else OUT, score=0.8) for case in range(10)]
    twice = [one.model_copy(update={"repeat": repeat}) for one in once for repeat in range(2)]
    assert metrics(run(*twice))["routing.ece"] == metrics(run(*once))["routing.ece"]


def test_within_a_bin_too_sure_and_too_modest_cancel_out() -> None:
    pair = routed("a", "ml-engineer", "ml-engineer", OUT, score=0.5), routed("b", OUT, "ml-engineer", OUT, score=0.5)
    assert shares(*pair)["ece"] == 0


def test_a_confidence_of_1_is_in_the_last_bin() -> None:
    assert shares(routed("a", "ml-engineer", "ml-engineer", score=1.0))["ece"] == 0


def test_routing_is_measured_in_suites_of_that_kind_whatever_their_name() -> None:
    rows = routed("a", OUT, OUT, suite="held-back"), routed("b", "ml-engineer", OUT, suite="own")
    both = run(*rows, judged("c", True), routing=("held-back", "own"))
    assert metrics(both)["routing.top1"].value == 0.5
    assert metrics(within(both, "held-back"))["routing.top1"].value == 1.0
    assert "routing.top1" not in metrics(within(both, "answers"))


def test_a_trace_that_is_no_decision_names_its_case() -> None:
    row = routed("r-7", OUT, OUT).model_copy(update={"trace": {"primary": OUT}})
    with pytest.raises(BadRequest, match=r"r-7.*Routed: decision"):
        metrics(run(row))


# --- Slices


def test_a_metric_by_each_value_of_each_label() -> None:
    whole = run(
        judged("a", True, difficulty="easy", register="chat"),
        judged("b", False, difficulty="hard", register="chat"),
        judged("c", True, difficulty="hard"),
        broken("d").model_copy(update={"labels": {"difficulty": "odd"}}),
    )
    found = slices(whole, "answers.pass")
    assert {label: {value: (one.value, one.of) for value, one in rows.items()} for label, rows in found.items()} == {
        "difficulty": {"easy": (1.0, 1), "hard": (0.5, 2)},
        "register": {"chat": (0.5, 2)},
    }


def test_an_unknown_metric_has_no_slices() -> None:
    with pytest.raises(UnknownName) as error:
        slices(run(judged("a", True)), "answers.pas")
    assert "answers.pass" in error.value.hint


# --- Flaky


def test_cases_whose_repeats_disagree_are_flaky() -> None:
    found = flaky(
        run(
            judged("steady", True),
            judged("steady", True, repeat=1),
            judged("wavers", True),
            judged("wavers", False, repeat=1),
            judged("breaks", True),
            broken("breaks", repeat=1),
            routed("moves", "ml-engineer", "data-engineer"),
            routed("moves", "ml-engineer", "data-scientist", repeat=1),
        )
    )
    assert [(one.case, one.statuses) for one in found] == [
        ("wavers", ("pass", "fail")),
        ("breaks", ("pass", "error")),
        ("moves", ("fail", "fail")),
    ]
    assert found[-1].primaries == ("data-engineer", "data-scientist")


# --- Able to fail


@pytest.mark.parametrize("verdicts", [(), (Verdict(criterion=" ", met=True),)])
def test_a_suite_without_any_criterion_is_refused(verdicts: tuple[Verdict, ...]) -> None:
    hollow = [Outcome(suite="hollow", case=str(case), status="pass", text="t", verdicts=verdicts) for case in range(3)]
    with pytest.raises(BadRequest, match=r"hollow.*could fail"):
        must_be_able_to_fail(hollow)
    with pytest.raises(BadRequest, match="hollow"):
        metrics(run(judged("a", True), *hollow))


def test_one_case_with_a_criterion_is_enough_and_an_error_proves_nothing() -> None:
    must_be_able_to_fail([judged("a"), judged("b", True)])
    must_be_able_to_fail([broken("a")])
    must_be_able_to_fail([])
