"""Why a request went where it did, in words, drawing and flowchart."""

import math

import pytest
from marks import needs_weights

from agent.engine import Engine
from agent.routing.drawing import mermaid, walked
from agent.routing.explanation import explain


def score(text: str) -> dict[str, float]:
    """Score by hand: `alpha` speaks strongly for a, `also` a little, `beta` for b, anything else for nobody."""
    weights = {"alpha": (3.0, 0.0), "also": (1.0, 0.0), "beta": (0.0, 2.0)}
    parts = [weights.get(word, (0.0, 0.0)) for word in text.lower().split()]
    a, b = (math.exp(sum(part[side] for part in parts)) for side in (0, 1))
    return {"a": a / (a + b), "b": b / (a + b)}


def test_a_words_weight_is_what_the_lead_loses_without_it() -> None:
    found = explain("alpha also beta rest", "a", score)
    assert {word.word: word.weight for word in found.speaks_for} == pytest.approx({"alpha": 3, "also": 1}, abs=1e-3)
    assert {word.word: word.weight for word in found.speaks_against} == pytest.approx({"beta": -2}, abs=1e-3)


def test_the_fewest_words_that_turn_it_are_named() -> None:
    assert (found := explain("alpha also beta", "a", score)).without == ("alpha",)
    assert found.then == "b"


def test_a_decision_that_no_few_words_turn_says_so() -> None:
    found = explain("rest alpha", "a", lambda text: {"a": 0.9, "b": 0.1})
    assert (found.without, found.then, found.speaks_for) == ((), None, ())


@needs_weights
def test_what_is_said_to_turn_a_decision_turns_it(engine: Engine) -> None:
    text = "feature store for our ranking model, which database?"
    found = engine.route(text, explained=True)
    assert found.explanation is not None
    assert found.explanation.first == found.ranking[0].persona
    assert found.explanation.runner_up == found.ranking[1].persona
    if found.explanation.then is not None:
        removed = set(found.explanation.without)
        rest = " ".join(word for word in text.split() if word.strip(",?") not in removed)
        assert engine.route(rest).ranking[0].persona == found.explanation.then


@needs_weights
def test_nobody_pays_for_an_explanation_that_was_not_asked_for(engine: Engine) -> None:
    assert engine.route("feature store for our ranking model").explanation is None


@needs_weights
def test_the_walk_is_drawn_with_the_share_of_every_leaf(engine: Engine) -> None:
    found = engine.route("GPU node pool does not scale up, vllm pods stay Pending")
    table = engine.router.artifact.table
    lines = list(walked(table, found.path, found.primary, found.shares))
    assert all(sum(leaf in line for line in lines) == 1 for leaf in table.leaves)
    assert lines[-1].endswith(f"{found.primary} {found.confidence:.2f}")
    assert all(any(step.question in line for line in lines) for step in found.path)


@needs_weights
def test_the_flowchart_has_the_walk_in_thick_edges(engine: Engine) -> None:
    found = engine.route("GPU node pool does not scale up, vllm pods stay Pending")
    table = engine.router.artifact.table
    lines = list(mermaid(table, found.path, found.shares))
    assert lines[0] == "flowchart TD"
    assert sum("==>" in line for line in lines) == len(found.path)
    assert any(line.startswith(f"    style {found.primary} ") for line in lines)
    assert not any("==>" in line for line in mermaid(table))
