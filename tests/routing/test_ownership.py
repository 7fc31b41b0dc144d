"""Who has a disputed subject, by profile."""

from dataclasses import replace

import pytest
from marks import needs_weights

from agent.engine import Engine
from agent.routing.decision import Router
from agent.routing.ownership import holds, owned, profile_of
from agent.routing.tree import PROFILES, Tie

TIE = Tie("t", "stores", ("a", "b"), {"serving": "a", "full-lifecycle": "b"}, "because", ("feature store", "feast"))


def test_the_share_moves_to_the_owner_under_the_profile() -> None:
    found = owned("Feast is slow", {"a": 0.7, "b": 0.1, "c": 0.2}, [TIE], "full-lifecycle")
    assert found.scores == pytest.approx({"a": 0.0, "b": 0.8, "c": 0.2})
    assert found.tie is TIE


@pytest.mark.parametrize(
    ("text", "scores", "profile", "named"),
    [
        ("Feast is slow", {"a": 0.7, "b": 0.3}, "serving", True),
        ("Feast is slow", {"a": 0.3, "b": 0.7}, "full-lifecycle", True),
        ("breakfast is slow", {"a": 0.7, "b": 0.3}, "full-lifecycle", False),
        ("Feast is slow", {"c": 0.7, "a": 0.3}, "full-lifecycle", False),
    ],
)
def test_nothing_moves_otherwise(text: str, scores: dict[str, float], profile: str, named: bool) -> None:
    found = owned(text, scores, [TIE], profile)
    assert found.scores == scores
    assert (found.tie is not None) is named


def test_a_tie_without_words_settles_no_request() -> None:
    assert owned("anything", {"a": 1.0, "b": 0.0}, [replace(TIE, words=())], "full-lifecycle").tie is None


def test_stems_begin_words() -> None:
    assert holds("retraining it", ["retrain"])
    assert not holds("pretrained", ["train"])


def test_other_profiles_of_the_settings_leave_the_ownership_as_it_is() -> None:
    assert [profile_of(name) for name in ("", "fast", "full-lifecycle")] == ["serving", "serving", "full-lifecycle"]


CASES = [
    ("Build a feature store for my ML system", "data-engineer"),
    ("Put our training steps under an orchestrator and log every experiment with its parameters", "mlops-engineer"),
    ("Design CI/CD for model deployment", "mlops-engineer"),
    ("Set up automated model retraining when performance drops", "mlops-engineer"),
]


@needs_weights
@pytest.mark.parametrize(("text", "owner"), CASES)
def test_one_request_has_another_owner_under_each_profile(engine: Engine, text: str, owner: str) -> None:
    """S0-04 and S0-05: the seeds contradict each other on these subjects; the profile decides and is named."""
    serving = engine.router.route(text)
    full = Router(engine.router.artifact, engine.encoder, "full-lifecycle").route(text)
    assert (serving.primary, serving.profile) == (owner, "serving")
    assert (full.primary, full.profile) == ("ml-engineer", "full-lifecycle")
    assert full.secondary[0] == owner
    assert serving.claim is not None
    assert full.claim is not None
    assert full.claim.otherwise == {"serving": owner}


@needs_weights
def test_what_is_not_disputed_stays_where_it_is(engine: Engine) -> None:
    text = "GPU node pool does not scale up, vllm pods stay Pending"
    full = Router(engine.router.artifact, engine.encoder, "full-lifecycle").route(text)
    assert full.primary == "kubernetes-architect"


def test_every_tie_names_an_owner_for_every_profile_and_most_have_words(engine: Engine) -> None:
    ties = engine.routing().ties
    assert all(set(tie.winner) == set(PROFILES) for tie in ties)
    assert {"S0-04", "S0-05"} <= {tie.id for tie in ties if tie.words}


@needs_weights
def test_a_short_request_under_a_dispute_is_asked_back_about(engine: Engine) -> None:
    """S0-20: both readings are named with the condition for each."""
    found = engine.route("My inference is too slow, latency is 200ms target is 50ms")
    assert (found.decision, found.primary) == ("ask", "ml-engineer")
    assert found.between == ("advanced-ml-systems", "ml-engineer")
    assert found.question is not None
    assert found.question.startswith("May the network itself be changed")
    assert engine.route("yes", after=["our model is too slow"]).primary == "advanced-ml-systems"
    assert engine.route("no, it is certified", after=["our model is too slow"]).primary == "ml-engineer"


@needs_weights
def test_a_request_that_says_more_is_not(engine: Engine) -> None:
    text = (
        "Inference with our XGBoost model is too slow behind FastAPI on four cores, p99 200 ms where 50 ms were agreed "
        "with the shop, and the weights may not be touched this year"
    )
    assert engine.route(text).decision == "route"
