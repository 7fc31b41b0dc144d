"""Conditions: what holds, what does not, and what a request leaves open."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.brief.model import Brief, Money, Quantity
from agent.brief.read import read
from agent.decisions.conditions import Case, condition
from agent.decisions.content import document
from agent.decisions.facts import FACTS
from agent.errors import Problem


def holds(rule: str, text: str | Brief, folder: Path, tools: frozenset[str] = frozenset()) -> bool | None:
    """Return whether a condition, written as YAML, holds for a request."""
    path = folder / "rule.yaml"
    path.write_text(rule, encoding="utf-8")
    problems: list[Problem] = []
    place = document(path, problems)
    assert place is not None
    found = condition(place)
    assert problems == []
    brief = read(text) if isinstance(text, str) else text
    return found.holds(Case(brief, brief.text.lower(), tools))


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("{fact: target_ms, below: 10}", "p99 under 5 ms", True),
        ("{fact: target_ms, below: 10}", "p99 under 10 ms", False),
        ("{fact: target_ms, below: 10}", "make it fast", None),
        ("{fact: rps, above: 2000}", "at 2000 rps", False),
        ("{fact: rps, at_least: 2_000}", "at 2000 rps", True),
        ("{fact: rps, above: 10, below: 100}", "at 50 rps", True),
        ("{fact: billions, known: yes}", "a 7B model", True),
        ("{fact: billions, known: yes}", "a model", False),
        ("{fact: billions, known: no}", "a model", True),
        ("{fact: weights_gb, above: gpu_gb}", "a 7B model", None),
        ("{mentions: environment, any_of: [kubernetes]}", "on k8s", True),
        ("{mentions: environment, any_of: [kubernetes]}", "without Kubernetes", False),
        ("{mentions: environment, any_of: [kubernetes]}", "on something", None),
        ("{mentions: environment, any_of: [gpu], against: [cpu]}", "on a CPU", False),
        ("{mentions: environment, any_of: [gpu], against: [cpu]}", "on a GPU, not a CPU", True),
        ("{mentions: task, any_of: [serving]}", "monitor drift", False),
        ("{mentions: task, any_of: [serving]}", "hello", None),
        ("{says: [idle]}", "it is idle at night", True),
        ("{says: [idle]}", "it is never idle", False),
        ("{says: [idle]}", "an idler", None),
        ("{says: [retrain*]}", "retraining it", True),
        ("{says: [team]}", "two teams", True),
        ("{says: [ios]}", "in the scenarios", None),
        ("{says: [retrain*], near: [drift]}", "retrain on drift", True),
        ("{says: [retrain*], near: [drift]}", "Watch drift. Retrain monthly", None),
        ("{says: [gpu]}", "moving from a GPU to a CPU", False),
        ("{says: [cpu]}", "moving from a GPU to a CPU", True),
        ("{says: [labels]}", "we don't have labels", False),
        ("{files: [.pkl]}", "deploy models/a.pkl", True),
        ("{files: [.pkl]}", "deploy models/a.onnx", None),
        ("{not: {says: [idle]}}", "steady", None),
        ("{without: {says: [idle]}}", "steady", True),
        ("{without: {says: [idle]}}", "idle", False),
    ],
)
def test_a_condition_is_true_false_or_unknown(rule: str, text: str, expected: bool | None, tmp_path: Path) -> None:
    assert holds(rule, text, tmp_path) is expected


YES, NO, OPEN = "{says: [yesword]}", "{says: [noword]}", "{says: [openword]}"
TEXT = "yesword and not noword"


@pytest.mark.parametrize(
    ("parts", "both", "either"),
    [
        ([YES, YES], True, True),
        ([YES, NO], False, True),
        ([YES, OPEN], None, True),
        ([NO, OPEN], False, None),
        ([NO, NO], False, False),
        ([OPEN, OPEN], None, None),
    ],
)
def test_all_and_any_follow_kleene(parts: list[str], both: bool | None, either: bool | None, tmp_path: Path) -> None:
    assert holds(f"{{all: [{', '.join(parts)}]}}", TEXT, tmp_path) is both
    assert holds(f"{{any: [{', '.join(parts)}]}}", TEXT, tmp_path) is either


def test_a_named_tool_is_one_of_the_catalogues(tmp_path: Path) -> None:
    assert holds("{mentions: tools, any_of: [Feast]}", "x", tmp_path, frozenset({"Feast"})) is True


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ("{fact: speed, below: 1}", "'speed' is not a fact"),
        ("{fact: rps}", "needs one of"),
        ("{fact: rps, above: fast}", "neither a number nor a fact"),
        ("{fact: rps, above: 1x}", "must be a number"),
        ("{fact: rps, known: maybe}", "must be yes or no"),
        ("{mentions: moods, any_of: [x]}", "'moods' is not a group"),
        ("{mentions: models}", "lacks 'any_of'"),
        ("{says: []}", "is empty"),
        ("{says: [x], above: 3}", "does not go with"),
        ("{all: [], any: []}", "exactly one of"),
        ("{all: []}", "is empty"),
        ("{}", "exactly one of"),
        ("[]", "must be a mapping"),
        ("{some: [x]}", "unknown key 'some'"),
    ],
)
def test_a_wrong_condition_is_told_and_raises_nothing(rule: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "rule.yaml"
    path.write_text(f"# one line before\n{rule}", encoding="utf-8")
    problems: list[Problem] = []
    place = document(path, problems)
    assert place is not None
    condition(place)
    assert any(message in problem.message and problem.line == 2 for problem in problems), problems


def test_every_fact_says_what_it_means_and_is_unknown_of_an_empty_request() -> None:
    for name, fact in FACTS.items():
        assert fact.meaning, name
        assert fact.read(Brief(text="")) is None, name


@given(st.floats(1, 1e9))
def test_a_volume_is_a_rate_at_three_times_its_mean_unless_it_is_a_batch(daily: float) -> None:
    volume = (Quantity(value=daily, unit="items/day", words="x"),)
    assert FACTS["rps"].read(Brief(text="", task="serving", volume=volume)) == pytest.approx(daily / 86_400 * 3)
    assert FACTS["rps"].read(Brief(text="", task="batch", volume=volume)) is None


@pytest.mark.parametrize(
    ("text", "gigabytes"), [("", 14.0), ("in int8", 7.0), ("with AWQ", 3.5), ("as fp8", 7.0), ("4 bits", 3.5)]
)
def test_weights_follow_from_parameters_and_the_precision_named(text: str, gigabytes: float) -> None:
    size = (Quantity(value=7, unit="billion parameters", words="7B"),)
    assert FACTS["weights_gb"].read(Brief(text=text, parameters=size)) == pytest.approx(gigabytes)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("the job takes 8 hours", 28_800),
        ("it runs for about 90 minutes", 5_400),
        ("expected runtime of 2h", 7_200),
        ("every 8 hours", None),
        ("within 8 hours", None),
    ],
)
def test_how_long_a_job_takes_is_not_how_long_it_may(text: str, seconds: float | None) -> None:
    assert FACTS["run_seconds"].read(Brief(text=text)) == seconds


def test_a_budget_counts_by_the_month_and_what_is_wished_comes_first() -> None:
    budget = (
        Money(value=5000, currency="$", period="month", words="x", role="observed"),
        Money(value=100, currency="$", period="day", words="x"),
        Money(value=7, currency="$", period="run", words="x"),
    )
    assert FACTS["budget_per_month"].read(Brief(text="", budget=budget)) == pytest.approx(3000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["rps", "fact", "says"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["all", "any", "not", "fact", "says", "mentions", "above", "any_of"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_no_content_of_a_file_raises_anything_but_problems(
    tmp_path_factory: pytest.TempPathFactory, content: object
) -> None:
    path = tmp_path_factory.mktemp("any") / "rule.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    problems: list[Problem] = []
    place = document(path, problems)
    if place is not None:
        found = condition(place)
        assert problems or found.holds(Case(Brief(text=""), "")) in {True, False, None}
