"""What routing decides, on the tier with sentence vectors and on the lexical one."""

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marks import needs_weights

from agent.engine import Engine
from agent.proof.progress import Progress
from agent.routing.decision import Route, Router
from agent.routing.features import terms, vector, words


def golden(engine: Engine) -> list[tuple[str, str, tuple[str, ...], str]]:
    return [(row.text, row.primary, row.secondary, row.source) for row in engine.routing().scenarios]


@needs_weights
def test_every_golden_scenario_goes_to_its_persona_and_names_its_helpers(engine: Engine) -> None:
    wrong = [
        (text, primary, found.primary, secondary, found.secondary)
        for text, primary, secondary, _ in golden(engine)
        if (found := engine.route(text)).primary != primary or not set(secondary) <= set(found.secondary)
    ]
    assert wrong == []


def test_on_the_lexical_tier_the_documented_scenarios_and_trigger_phrases_hold(lexical_engine: Engine) -> None:
    wrong = [
        (text, primary, found)
        for text, primary, _, source in golden(lexical_engine)
        if source.startswith("S0-") and (found := lexical_engine.route(text).primary) != primary
    ]
    assert len(wrong) <= 2, wrong


@pytest.mark.parametrize(
    ("text", "persona"),
    [
        ("Our XGBoost endpoint answers in 400 ms, we need 50 ms at p99", "ml-engineer"),
        ("dbt models late again, features for the churn model are a day old", "data-engineer"),
        ("FSDP run dies with CUDA out of memory on step 3", "advanced-ml-systems"),
        ("GPU node pool does not scale up, vllm pods stay Pending", "kubernetes-architect"),
    ],
)
@needs_weights
def test_plain_requests_find_their_persona(engine: Engine, text: str, persona: str) -> None:
    assert engine.route(text).primary == persona


@pytest.mark.parametrize(
    "text", ["Deploy my React app behind nginx", "how do I centre a div", "write a poem about my cat"]
)
def test_what_is_not_machine_learning_is_declined(engine: Engine, text: str) -> None:
    found = engine.route(text)
    assert (found.decision, found.primary) == ("decline", "domain-specialist")


def test_a_declined_request_names_who_helps(engine: Engine) -> None:
    assert engine.route("Deploy my React app behind nginx").secondary == ("a front-end developer",)


@needs_weights
def test_who_helps_is_taken_from_like_requests_where_the_words_are_silent(engine: Engine) -> None:
    assert engine.route("how do I centre a div").secondary == ("a front-end developer",)


def test_a_question_about_mlwright_is_told_from_one_out_of_scope(engine: Engine) -> None:
    for text in ("what can you do for me?", "does mlwright send my prompts anywhere?", "list your personas"):
        found = engine.route(text)
        assert (found.decision, found.about) == ("decline", True), text
        assert found.question is not None
        assert "mlwright --help" in found.question
    assert not engine.route("how do I centre a div in css?").about


def test_a_named_persona_wins_and_the_scores_are_told_all_the_same(engine: Engine) -> None:
    found = engine.route("Our XGBoost endpoint answers in 400 ms, we need 50 ms at p99", "security-auditor")
    assert (found.decision, found.primary, found.pinned) == ("route", "security-auditor", True)
    assert found.ranking[0].persona == "ml-engineer"


def test_an_unclear_request_is_asked_about_with_both_readings(engine: Engine) -> None:
    asked = [found for text, *_ in golden(engine) if (found := engine.route(text)).decision == "ask"]
    vague = engine.route("pipeline for my model is slow")
    for found in [*asked, *([vague] if vague.decision == "ask" else [])]:
        assert found.question is not None
        assert found.between is not None
        assert all(persona in found.question for persona in found.between)
        assert found.primary in found.between


@needs_weights
def test_a_declined_request_that_may_be_ours_says_what_would_bring_it_back(engine: Engine) -> None:
    table = engine.router.artifact.table.model_copy(update={"ask_margin": 1.1})
    found = Router(replace(engine.router.artifact, table=table), engine.encoder).route("how do I centre a div")
    assert found.decision == "decline"
    assert found.question is not None
    assert found.question.startswith("Is a machine-learning system involved")
    assert found.between is not None
    assert found.between[1] == "domain-specialist"


@needs_weights
def test_every_request_names_up_to_three_helpers_and_never_itself(engine: Engine) -> None:
    for text, *_ in golden(engine):
        found = engine.route(text)
        assert len(found.secondary) <= 3
        assert found.primary not in found.secondary
        if found.decision != "decline":
            assert set(found.secondary) <= set(engine.personas) - {"domain-specialist"}


def check_shape(found: Route) -> None:
    assert math.isclose(sum(row.score for row in found.ranking), 1, abs_tol=0.01)
    assert [row.score for row in found.ranking] == sorted((row.score for row in found.ranking), reverse=True)
    assert len(found.ranking) == 11
    assert all(0 <= step.probability <= 1 for step in found.path)
    assert found.primary not in found.secondary


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=400))
def test_any_text_at_all_gets_a_well_formed_decision(lexical_engine: Engine, text: str) -> None:
    check_shape(lexical_engine.route(text))


@needs_weights
def test_the_walk_leads_to_the_persona_that_was_chosen(engine: Engine) -> None:
    found = engine.route("Deploy our XGBoost model behind a REST API, p99 under 50 ms")
    check_shape(found)
    routing = engine.routing()
    assert tuple((step.node, step.answer == "yes") for step in found.path) == routing.path(found.primary)


def test_words_keep_what_engineers_write() -> None:
    assert words("scikit-learn, C++ and p99.9!") == ["scikit-learn", "c++", "and", "p99.9"]


@given(st.text(max_size=300))
def test_each_block_of_features_has_unit_length(text: str) -> None:
    import numpy as np

    from agent.routing.features import BUCKETS

    _, values = vector(text, np.ones(BUCKETS, np.float32))
    blocks = sum(1 for counts in terms(text) if counts)
    assert math.isclose(float((values**2).sum()), blocks, rel_tol=1e-3)


def forbidden(progress: Progress) -> None:
    raise AssertionError(progress.step)


def test_the_router_is_compiled_once_and_read_back(lexical_engine: Engine) -> None:
    first = lexical_engine.router.artifact.table
    again = Engine(lexical_engine.loaded, lexical_engine.start, {}, report=forbidden)
    assert again.router.artifact.table == first
