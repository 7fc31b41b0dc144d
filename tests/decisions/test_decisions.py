"""The five checks, the arithmetic and the plan."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.brief.read import read
from agent.decisions.calculators import cores
from agent.decisions.checks import check
from agent.decisions.figures import numbers
from agent.decisions.plan import plan
from agent.decisions.rules import load_rules
from agent.resources import builtin_pack

RULES = load_rules([builtin_pack()])
FULL = "Deploy our XGBoost model on Kubernetes, p99 under 50 ms at 800 rps, canary, monitoring, budget $900 per month"


def statuses(text: str) -> dict[str, str]:
    return {result.id: result.status for result in check(read(text))}


def test_a_complete_request_passes_all_five() -> None:
    assert set(statuses(FULL).values()) == {"PASS"}


def test_each_gap_becomes_one_question_and_one_assumption() -> None:
    for result in check(read("Deploy our model")):
        if result.status == "MISSING":
            assert result.question.endswith("?") or result.question.startswith("Please")
            assert result.assumption


def test_a_p50_above_the_p99_is_a_conflict() -> None:
    assert statuses("serve it: p50 under 80 ms and p99 under 40 ms at 10 rps")["slo"] == "CONFLICT"


def test_training_has_no_request_latency_and_nothing_to_roll_back() -> None:
    found = statuses("train a churn model on last year's data")
    assert (found["slo"], found["rollback"]) == ("N/A", "N/A")


def test_the_figures_of_the_request_are_worked_out() -> None:
    found = {
        number.name: number.value
        for number in numbers(read("deploy it, p99 under 100 ms at 500 rps, 99.9% availability"))
    }
    assert found["requests in flight"] == pytest.approx(50)
    assert found["CPU a request may cost, per core"] == pytest.approx(1.2)
    assert found["error budget"] == pytest.approx(43.2)
    assert found["failures allowed"] == pytest.approx(500 * 86_400 * 30 * 0.001)


def test_the_seeds_batch_budget_comes_out_right() -> None:
    # 100 million rows a day for 500 dollars a day: 5 dollars a million.
    (found,) = [
        number
        for number in numbers(read("score 100M users nightly for $500/day"))
        if number.name == "budget per million"
    ]
    assert found.value == pytest.approx(5.0)


def test_nothing_is_worked_out_from_nothing() -> None:
    assert numbers(read("deploy our model")) == ()


@given(st.floats(0.1, 1e5), st.floats(0.01, 1e3), st.floats(0.1, 1.0))
def test_cores_keep_utilisation_below_what_was_asked(rate: float, milliseconds: float, utilisation: float) -> None:
    count = cores(rate, milliseconds, utilisation)
    assert rate * milliseconds / 1000 / count <= utilisation * (1 + 1e-9)


def test_the_command_carries_the_requests_own_figures() -> None:
    found = plan(read("Deploy models/fraud.json, p99 under 50 ms at 800 rps"), (), {"serving"}, RULES)
    assert found.doable
    assert found.next[0].parameters == {"input": "models/fraud.json", "p99_ms": 50.0, "rps": 800}
    assert "--set p99_ms=50 --set rps=800" in found.next[0].command


def test_a_file_name_cannot_smuggle_a_shell_command() -> None:
    (following,) = plan(read("Deploy ./a;rm.onnx at 5 rps"), (), {"serving"}, RULES).next
    assert ";" not in following.command


@pytest.mark.parametrize("text", ["fine-tune a 7B model with LoRA", "deploy my PyTorch model", "what should I do"])
def test_a_request_outside_the_skills_says_so(text: str) -> None:
    found = plan(read(text), (), {"serving"}, RULES)
    assert not found.doable
    assert "nothing was run" in found.why_not.lower()


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("serve a 13B llama on CPU only", "on a CPU"),
        ("deploy a model trained on patient data (PHI)", "Personal data"),
        ("we want online learning in production for serving", "Learning while serving"),
        ("deploy the model; we have no ground truth", "no validation set"),
    ],
)
def test_red_flags_are_raised(text: str, flag: str) -> None:
    assert any(flag in found.flag for found in plan(read(text), (), {"serving"}, RULES).red_flags)


@pytest.mark.parametrize(
    "text", ["serve a 13B llama on an H100", "deploy our churn model", "fine-tune a 7B model, cpu offload"]
)
def test_red_flags_are_not_raised_without_cause(text: str) -> None:
    assert plan(read(text), (), {"serving"}, RULES).red_flags == ()


def test_the_catalogue_is_where_the_engine_looks_for_it() -> None:
    assert Path(builtin_pack().folder("knowledge"), "catalogue.yaml").is_file()
