"""Score the plan of an answer against the constitution: what is built, what is only planned, what the request rules out."""

from collections.abc import Iterable, Mapping

from agent.brief.model import Mention
from agent.constitution.model import Score, Status
from agent.constitution.principles import CHECKPOINTS, Checkpoint
from agent.decisions.plan import AnswerPlan

# What a request that rules out a practice thereby rules out.
EXCLUDED: Mapping[str, tuple[str, ...]] = {
    "monitoring": ("observability.metrics", "observability.latency-histogram"),
    "fallback": ("reliability.fallback",),
}
COST_FIGURE = "budget per million"


def score_plan(plan: AnswerPlan, provides: Mapping[str, str], excluded: Iterable[Mention] = ()) -> tuple[Score, ...]:
    """Score every checkpoint for a plan, in the order of the constitution.

    `provides` maps a checkpoint to the place in the offered skill's project that meets it; `excluded` is what the
    request says it does not want (Brief.excluded). Only what a skill builds passes; a step that is planned is UNKNOWN.
    """
    ruled_out = {checkpoint: mention.words for mention in excluded for checkpoint in EXCLUDED.get(mention.name, ())}
    return tuple(_score(checkpoint, plan, provides, ruled_out) for checkpoint in CHECKPOINTS)


def _score(
    checkpoint: Checkpoint, plan: AnswerPlan, provides: Mapping[str, str], ruled_out: Mapping[str, str]
) -> Score:
    status, evidence = _state(checkpoint.id, plan, provides, ruled_out)
    return Score(
        principle=checkpoint.principle,
        checkpoint=checkpoint.id,
        status=status,
        evidence=evidence,
        fix="" if status == "PASS" else checkpoint.fix,
    )


def _state(
    checkpoint: str, plan: AnswerPlan, provides: Mapping[str, str], ruled_out: Mapping[str, str]
) -> tuple[Status, str]:
    if checkpoint in ruled_out:
        return "FAIL", f"the request rules it out: “{ruled_out[checkpoint]}”"
    skill = next((offer.skill for offer in plan.next if offer.skill), "")
    if skill and checkpoint in provides:
        return "PASS", f"the {skill} skill: {provides[checkpoint]}"
    figure = next((number for number in plan.numbers if number.name == COST_FIGURE), None)
    if checkpoint == "cost.per-prediction" and figure is not None:
        return "PASS", f"{figure.name}: {figure.working}"
    step = next((step for step in plan.steps if step.checkpoint == checkpoint), None)
    if step is None:
        return "UNKNOWN", "not part of this plan"
    if checkpoint == "performance.slo":
        return "UNKNOWN", "target stated, not measured yet"
    return "UNKNOWN", f"planned, not built: {step.text}"
