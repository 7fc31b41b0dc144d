"""The plan of an answer against the constitution: built, planned, or ruled out."""

import pytest

from agent.brief.model import Brief, Mention
from agent.brief.read import read
from agent.constitution.plan_score import EXCLUDED, score_plan
from agent.constitution.principles import BY_ID, CHECKPOINTS
from agent.decisions.checks import check
from agent.decisions.plan import AnswerPlan, plan
from agent.decisions.rules import load_rules
from agent.resources import builtin_pack

REQUEST = "Deploy our XGBoost fraud model, p99 under 50 ms at 800 rps, for $3000 a month, on Kubernetes"
RULES = load_rules([builtin_pack()])
PROVIDES = {"reliability.timeouts": "service/batching.py", "cost.image": "Dockerfile"}


def planned(text: str, *skills: str) -> AnswerPlan:
    brief: Brief = read(text)
    return plan(brief, check(brief), skills, RULES)


def states(
    result: AnswerPlan, provides: dict[str, str] | None = None, *excluded: Mention
) -> dict[str, tuple[str, str]]:
    scores = score_plan(result, provides or {}, excluded)
    assert [score.checkpoint for score in scores] == [checkpoint.id for checkpoint in CHECKPOINTS]
    assert all(bool(score.fix) == (score.status != "PASS") for score in scores)
    return {score.checkpoint: (score.status, score.evidence) for score in scores}


def test_what_the_offered_skill_builds_passes() -> None:
    found = states(planned(REQUEST, "serving"), PROVIDES)
    assert found["reliability.timeouts"] == ("PASS", "the serving skill: service/batching.py")
    assert found["cost.image"] == ("PASS", "the serving skill: Dockerfile")


def test_what_is_planned_is_not_yet_built() -> None:
    status, evidence = states(planned(REQUEST, "serving"))["reliability.health"]
    assert status == "UNKNOWN"
    assert evidence.startswith("planned, not built: Separate liveness from readiness")


def test_without_an_offered_skill_nothing_is_built() -> None:
    found = states(planned(REQUEST), PROVIDES)
    assert found["reliability.timeouts"][0] == "UNKNOWN"
    assert found["cost.image"] == ("UNKNOWN", "not part of this plan")


def test_a_target_is_not_a_measurement() -> None:
    result = planned(REQUEST, "serving")
    assert states(result)["performance.slo"] == ("UNKNOWN", "target stated, not measured yet")
    assert states(result, {"performance.slo": "README.md"})["performance.slo"][0] == "PASS"


def test_a_budget_with_a_rate_gives_the_cost_of_a_prediction() -> None:
    status, evidence = states(planned(REQUEST))["cost.per-prediction"]
    assert status == "PASS"
    assert "million" in evidence
    (score,) = [
        item for item in score_plan(planned("Deploy our model"), {}) if item.checkpoint == "cost.per-prediction"
    ]
    assert score.status == "UNKNOWN"
    assert "1,000,000" in score.fix


def test_what_the_request_rules_out_fails() -> None:
    ruled_out = Mention(name="monitoring", words="monitoring")
    found = states(planned(REQUEST, "serving"), {"observability.metrics": "service/metrics.py"}, ruled_out)
    assert found["observability.metrics"] == ("FAIL", "the request rules it out: “monitoring”")
    assert found["reliability.health"][0] == "UNKNOWN"


def test_what_a_request_excludes_is_understood() -> None:
    brief = read("Deploy our model to production, we don't need monitoring")
    found = {score.checkpoint: score.status for score in score_plan(planned(brief.text), {}, brief.excluded)}
    assert found["observability.metrics"] == "FAIL"


@pytest.mark.parametrize("checkpoint", [name for names in EXCLUDED.values() for name in names])
def test_exclusions_name_checkpoints(checkpoint: str) -> None:
    assert checkpoint in BY_ID
