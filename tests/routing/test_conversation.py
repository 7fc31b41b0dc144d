"""Requests that follow others."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marks import needs_weights

from agent.engine import Engine
from agent.routing.artifact import FOLLOW_UP
from agent.routing.conversation import answered, carried
from agent.routing.decision import Router


def test_what_is_a_mere_follow_up_goes_to_whoever_the_turn_before_went_to() -> None:
    before = {"a": 0.9, "b": 0.1, FOLLOW_UP: 0.0}
    assert carried([before, {"a": 0.0, "b": 0.0, FOLLOW_UP: 1.0}]) == pytest.approx(before)
    assert carried([before, {"a": 0.1, "b": 0.7, FOLLOW_UP: 0.2}]) == pytest.approx(
        {"a": 0.28, "b": 0.72, FOLLOW_UP: 0}
    )


def test_a_first_turn_that_says_nothing_has_nobody_to_go_to() -> None:
    nothing = {"a": 0.1, "b": 0.1, FOLLOW_UP: 0.8}
    assert carried([nothing]) == nothing
    assert carried([nothing, {"a": 0.0, "b": 1.0, FOLLOW_UP: 0.0}])["b"] == pytest.approx(1.0)


@given(st.lists(st.tuples(*[st.floats(0.01, 1)] * 3), min_size=1, max_size=5))
def test_shares_always_sum_to_one(turns: list[tuple[float, float, float]]) -> None:
    rows: list[dict[str, float]] = [
        dict(zip(("a", "b", FOLLOW_UP), (part / sum(turn) for part in turn), strict=True)) for turn in turns
    ]
    assert sum(carried(rows).values()) == pytest.approx(1)


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
    assert all(found.answered for found in answers)


def test_a_conversation_may_be_as_long_as_it_likes(lexical_engine: Engine) -> None:
    assert lexical_engine.route("yes", after=["pipeline for my model is slow"] * 3000).ranking
