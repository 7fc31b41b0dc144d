"""A gate lets a run through only when every rule is met; what is missing, unfinished or misspelt keeps it shut."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import BadRequest, ContentError
from agent.evaluation.gate import Gate, GateResult, Line, Rule, baseline_of, check, read
from agent.evaluation.record import Outcome, Run, Status, SuiteRecord, Verdict

SHIPPED = Path(__file__).parents[2] / "evals" / "gate.toml"


def outcomes(passed: int, of: int, suite: str = "answers", **labels: str) -> list[Outcome]:
    found: list[Outcome] = []
    for place in range(of):
        status: Status = "pass" if place < passed else "fail"
        verdicts = (Verdict(criterion="said", met=place < passed),)
        case = "-".join([*labels.values(), str(place)])
        found.append(Outcome(suite=suite, case=case, status=status, text="t", labels=labels, verdicts=verdicts))
    return found


def error(case: str, suite: str = "answers") -> Outcome:
    return Outcome(suite=suite, case=case, status="error", text="t", error="boom")


def run(rows: Iterable[Outcome], complete: bool = True) -> Run:
    found = tuple(rows)
    return Run(
        id="r",
        started=datetime(2026, 11, 21, tzinfo=UTC),
        seconds=1,
        cpu_seconds=1,
        complete=complete,
        seed=7,
        suites={
            name: SuiteRecord(kind=name, path=f"{name}.yaml", sha256="0" * 64, cases=1)
            for name in {one.suite for one in found}
        },
        versions={},
        tier="minilm",
        profile="serving",
        content={},
        outcomes=found,
    )


def gate(*rules: dict[str, object], **fields: object) -> Gate:
    return Gate.model_validate({"metric": rules or [{"name": "answers.pass", "min": 0}], **fields})


def missed(result: GateResult) -> list[Line]:
    assert result.passed is all(line.met for line in result.lines)
    return [line for line in result.lines if not line.met]


def rule(**fields: object) -> dict[str, object]:
    return {"name": "answers.pass", **fields}


# --- Rules


@pytest.mark.parametrize(
    ("limits", "met"),
    [
        ({"min": 0.9}, True),
        ({"min": 0.91}, False),
        ({"max": 0.9}, True),
        ({"max": 0.89}, False),
        ({"min": 0.8, "max": 0.95}, True),
        ({"min": 0.85, "bound": "low"}, False),
        ({"min": 0.80, "bound": "low"}, True),
        ({"min": 0.93, "bound": "high"}, True),
        ({"max": 0.92, "bound": "high"}, False),
    ],
)
def test_a_metric_is_held_to_its_limits(limits: dict[str, object], met: bool) -> None:
    result = check(run(outcomes(90, 100)), gate(rule(**limits)))
    assert result.passed is met
    line = result.lines[-1]
    assert (line.value, line.of, line.missing, line.bound) == (0.9, 100, False, limits.get("bound", "value"))


def test_there_is_a_line_for_every_rule_besides_completeness_and_errors() -> None:
    result = check(
        run(outcomes(9, 10)), gate(rule(min=0.5), rule(max=0.95, bound="high"), rule(min=0.1, suite="answers"))
    )
    assert [line.rule for line in result.lines] == [
        "the run is complete",
        "errors and timeouts <= 0 of any suite",
        "answers.pass >= 0.5",
        "answers.pass (high end) <= 0.95",
        "answers.pass of suite answers >= 0.1",
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 60), st.integers(1, 60))
def test_a_share_that_is_just_reached_is_reached(hits: int, more: int) -> None:
    of = hits + more
    assert check(run(outcomes(hits, of)), gate(rule(min=hits / of, max=hits / of))).passed


def test_a_share_that_repeats_make_up_is_reached_whatever_the_rounding() -> None:
    rows = [
        one.model_copy(update={"repeat": repeat}) for repeat in range(10) for one in outcomes(10 * (not repeat), 10)
    ]
    result = check(run(rows), gate(rule(min=0.1, max=0.1)))
    assert (result.lines[-1].value, result.passed) == (pytest.approx(0.1), True)


@pytest.mark.parametrize(
    "absent",
    [
        {"name": "answers.pas", "min": 0.0},
        {"name": "routing.ece", "max": 1.0},
        rule(min=0.0, suite="safety"),
        rule(min=0.0, label="register", of="chat"),
        rule(min=0.0, label="register", of=""),
    ],
)
def test_what_the_run_does_not_have_is_not_met(absent: dict[str, object]) -> None:
    (line,) = missed(check(run(outcomes(10, 10, register="forum")), gate(absent)))
    assert (line.missing, line.value) == (True, None)


def test_a_slice_is_gated_by_label_and_value() -> None:
    whole = run([*outcomes(50, 50, register="chat"), *outcomes(1, 4, register="error")])
    assert check(whole, gate(rule(min=0.9))).passed
    (line,) = missed(check(whole, gate(rule(min=0.9, label="register", of="error"))))
    assert (line.rule, line.value, line.of) == ("answers.pass where register = error >= 0.9", 0.25, 4)


# --- Whole and without errors


def test_an_incomplete_run_fails_whatever_it_scored() -> None:
    (line,) = missed(check(run(outcomes(10, 10), complete=False), gate()))
    assert line.rule == "the run is complete"


@pytest.mark.parametrize(("allowed", "met"), [(0.0, False), (0.04, False), (0.05, True)])
def test_errors_are_allowed_up_to_a_share(allowed: float, met: bool) -> None:
    result = check(run([*outcomes(19, 19), error("x")]), gate(errors_at_most=allowed))
    assert result.passed is met
    assert result.lines[1].detail == "1 of 20 outcomes of answers"


def test_a_large_suite_does_not_hide_the_errors_of_a_small_one() -> None:
    whole = run([*outcomes(98, 98), *outcomes(1, 1, "safety"), error("x", "safety")])
    (line,) = missed(check(whole, gate(errors_at_most=0.1)))
    assert (line.value, line.detail) == (0.5, "1 of 2 outcomes of safety")


def test_a_run_without_outcomes_fails() -> None:
    assert [line.missing for line in missed(check(run([]), gate()))] == [True, True]


# --- Baseline


def test_a_run_that_is_worse_than_its_baseline_fails() -> None:
    against = gate(baseline={"path": "run.json", "on": "worse"})
    before = run(outcomes(90, 100))
    assert check(run(outcomes(88, 100)), against, before).passed
    (line,) = missed(check(run(outcomes(75, 100)), against, before))
    assert "answers: 0 gained and 15 lost" in line.detail


def test_a_baseline_that_was_not_given_or_had_other_cases_fails() -> None:
    against = gate(baseline={"path": "run.json"})
    assert missed(check(run(outcomes(9, 10)), against))[0].missing
    (line,) = missed(check(run(outcomes(9, 10)), against, run(outcomes(9, 11))))
    assert "only the first run has" in line.detail


def test_what_an_unfinished_run_did_score_is_compared_all_the_same() -> None:
    lines = missed(check(run(outcomes(0, 20), complete=False), gate(), run(outcomes(100, 100))))
    assert [line.rule for line in lines] == ["the run is complete", "no suite is worse than the baseline"]
    assert "20 lost" in lines[1].detail


def test_a_baseline_that_is_given_counts_without_being_named() -> None:
    assert not check(run(outcomes(75, 100)), gate(), run(outcomes(90, 100))).passed


def test_the_baseline_is_read_from_beside_the_gate(tmp_path: Path) -> None:
    before = run(outcomes(9, 10))
    (tmp_path / "run.json").write_text(before.model_dump_json(), encoding="utf-8")
    path = tmp_path / "gate.toml"
    path.write_text('[baseline]\npath = "run.json"\n', encoding="utf-8")
    assert baseline_of(read(path)) == before
    assert baseline_of(gate()) is None


# --- The file


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[metric]]\nname = "a.pass"\nmin = 0.5\nmni = 0.6', r"\[\[metric\]\] 1: mni: unknown key"),
        ("error_at_most = 0.1", "error_at_most: unknown key"),
        ('[[metric]]\nname = "a.pass"', r"\[\[metric\]\] 1: give min, max or both"),
        ("[[metric]]\nmin = 0.5", r"\[\[metric\]\] 1: name: Field required"),
        ('[[metric]]\nname = "a.pass"\nmin = 0.6\nmax = 0.5', "min is above max"),
        ('[[metric]]\nname = "a.pass"\nmin = 85', "less than or equal to 1"),
        ('[[metric]]\nname = "a.pass"\nmin = nan', "less than or equal to 1"),
        ('[[metric]]\nname = "a.pass"\nmin = true', "valid number"),
        ('[[metric]]\nname = "a.pass"\nmin = "0.5"', "valid number"),
        ('[[metric]]\nname = "a.pass"\nmin = 0.5\nbound = "middle"', "bound: Input should be 'value', 'low' or 'high'"),
        ('[[metric]]\nname = "a.pass"\nmin = 0.5\nlabel = "register"', "label and of together"),
        ('[baseline]\npath = "run.json"\non = "equal"', "baseline: on: Input should be 'worse'"),
        ("errors_at_most = 2.0", "errors_at_most: Input should be less"),
        ("", "lets everything through"),
        ("errors_at_most = 0.0", "lets everything through"),
    ],
)
def test_a_broken_gate_is_told(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "gate.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=f"gate.toml: .*{told}"):
        read(path)


def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text('[[metric]]\nname = "a.pass"\nmin = \n', encoding="utf-8")
    with pytest.raises(ContentError) as error:
        read(path)
    assert (error.value.problems[0].path, error.value.problems[0].line) == (path, 3)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "gate.toml"
    path.write_text('color = 1\n[[metric]]\nname = "a.pass"\n[[metric]]\nmin = 0.5\n', encoding="utf-8")
    with pytest.raises(ContentError) as error:
        read(path)
    assert len(error.value.problems) == 3


def test_a_gate_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="cannot read"):
        read(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"# \xe9")
    with pytest.raises(ContentError, match="UTF-8"):
        read(tmp_path / "latin.toml")


def test_whole_numbers_are_limits_too() -> None:
    assert Rule.model_validate({"name": "a.pass", "min": 1}).min == 1.0


def test_the_gate_that_is_shipped_closes_on_a_run_that_lacks_a_suite() -> None:
    shipped = read(SHIPPED)
    assert {rule.name for rule in shipped.metric} >= {"routing.top1", "routing.ece", "safety.pass", "answers.pass"}
    result = check(run([*outcomes(10, 10), *outcomes(9, 9, "checks"), *outcomes(5, 5, "safety")]), shipped)
    assert {line.rule.split(".")[0] for line in missed(result)} == {"routing"}
