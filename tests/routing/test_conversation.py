"""Requests that follow others."""

from dataclasses import replace

import numpy as np
import pytest
from marks import needs_weights

from agent.engine import Engine
from agent.routing.conversation import STAYING, answered, carried
from agent.routing.decision import Router


def test_each_turn_back_counts_less() -> None:
    found = carried([np.asarray([1.0, 0.0]), np.asarray([0.0, 1.0]), np.asarray([0.0, 0.0])])
    assert found == pytest.approx([STAYING**2, STAYING])


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        ("yes", "left"),
        ("Yes, we can retrain it", "left"),
        ("no, it is frozen", "right"),
        ("Nope.", "right"),
        ("no idea", None),
        ("yesterday it broke", None),
        ("nothing changed", None),
        ("yes but first tell me how the tokenizer of that model was trained and on which corpus exactly", None),
    ],
)
def test_a_short_answer_to_our_question_goes_by_the_question(text: str, whose: str | None) -> None:
    assert answered(text, ("left", "right")) == whose


def test_without_a_question_nothing_is_an_answer() -> None:
    assert answered("yes", None) is None


FIRST = "Deploy our XGBoost model behind a REST API, p99 under 50 ms"


@needs_weights
@pytest.mark.parametrize("text", ["thanks!", "why?", "ok, and if traffic doubles?", "can you explain that again"])
def test_what_says_little_stays_with_the_persona_before(engine: Engine, text: str) -> None:
    found = engine.route(text, after=[FIRST])
    assert (found.decision, found.primary) == ("route", "ml-engineer")


@needs_weights
@pytest.mark.parametrize(
    ("text", "persona"),
    [
        ("GPU node pool does not scale up, pods stay Pending", "kubernetes-architect"),
        ("what is the best index for 30 million vectors in pgvector", "database-architect"),
        ("how do I centre a div in css", "domain-specialist"),
    ],
)
def test_another_matter_goes_to_another_persona(engine: Engine, text: str, persona: str) -> None:
    assert engine.route(text, after=[FIRST]).primary == persona


@needs_weights
@pytest.mark.parametrize("text", ["pipeline for my model is slow", "make my model smaller"])
def test_yes_and_no_to_our_question_lead_to_the_two_it_named(engine: Engine, text: str) -> None:
    artifact = engine.router.artifact
    unsure = replace(artifact, table=artifact.table.model_copy(update={"ask_margin": 1.1}))
    router = Router(unsure, engine.encoder)
    asked = router.route(text)
    assert asked.question is not None
    assert asked.between is not None
    answers = [router.route(answer, after=[text]) for answer in ("yes", "no")]
    assert tuple(found.primary for found in answers) == asked.between
    assert "ask" not in {found.decision for found in answers}
