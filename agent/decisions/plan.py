"""The plan an answer is written from: decisions, figures, steps, risks, and what would do the work."""

from collections.abc import Collection, Mapping
from shlex import quote

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief
from agent.decisions.calculators import Number, numbers
from agent.decisions.checks import CheckResult
from agent.decisions.framework import Decision, decide
from agent.decisions.frameworks import BY_TASK

# Which skill does a task. A task is only offered when the skill is installed.
SKILLS: Mapping[str, str] = {
    "serving": "serving",
    "streaming": "serving",
    "rag": "rag",
    "monitoring": "monitoring",
    "training": "training",
    "batch": "batch",
    "features": "features",
    "finetuning": "finetuning",
}
MODEL_FILE = "MODEL_FILE"
LARGE_MODEL_BILLIONS = 7.0
SERVABLE = frozenset({"scikit-learn", "xgboost", "onnx"})
OTHER_LIBRARIES = frozenset(
    {"pytorch", "tensorflow", "jax", "transformers", "lightgbm", "catboost", "vllm", "llama.cpp"}
)
MODEL_ENDINGS = (".skops", ".joblib", ".pkl", ".pickle", ".onnx", ".json", ".ubj")


class Model(BaseModel):
    """A part of a plan: immutable."""

    model_config = ConfigDict(frozen=True)


class Step(Model):
    """A step of the plan, and the checkpoint of the constitution it serves, if any."""

    text: str
    checkpoint: str = ""


class RedFlag(Model):
    """Something that must be settled before anything else, the way out, and whom to ask."""

    flag: str
    way_out: str
    ask: str


class Next(Model):
    """A command that does a part of the work, its parameters taken from the request."""

    skill: str
    action: str
    parameters: dict[str, object]
    command: str
    needs: str = Field(default="", description="what the user must put in place of a capitalised word")


class AnswerPlan(Model):
    """What the answer will say. `doable` is False when no skill does the work; `why_not` then says so."""

    task: str
    doable: bool
    why_not: str
    decisions: tuple[Decision, ...]
    numbers: tuple[Number, ...]
    steps: tuple[Step, ...]
    red_flags: tuple[RedFlag, ...]
    assumptions: tuple[str, ...]
    next: tuple[Next, ...]


def plan(brief: Brief, checks: tuple[CheckResult, ...], skills: Collection[str]) -> AnswerPlan:
    """Plan the answer to a brief, offering only the installed `skills`."""
    decisions = tuple(decide(framework, brief) for framework in BY_TASK.get(brief.task, ()))
    figures = numbers(brief)
    following, why_not = _next(brief, skills)
    assumed = [check.assumption for check in checks if check.assumption]
    assumed += [figure.assumption for figure in figures if figure.assumption]
    return AnswerPlan(
        task=brief.task,
        doable=bool(following),
        why_not=why_not,
        decisions=decisions,
        numbers=figures,
        steps=_steps(brief),
        red_flags=_red_flags(brief),
        assumptions=tuple(dict.fromkeys(assumed)),
        next=following,
    )


def _next(brief: Brief, skills: Collection[str]) -> tuple[tuple[Next, ...], str]:
    skill = SKILLS.get(brief.task)
    if skill is None or skill not in skills:
        what = "this" if brief.task == "unknown" else f"{brief.task} work"
        return (), f"No skill here does {what} yet: what follows is advice, and nothing was run."
    if skill != "serving":
        return (Next(skill=skill, action="", parameters={}, command=f"mlwright run {skill}"),), ""
    libraries = {mention.name for mention in brief.frameworks}
    if (other := libraries & OTHER_LIBRARIES) and not libraries & SERVABLE:
        named = ", ".join(sorted(other))
        return (
            (),
            f"The serving skill takes scikit-learn, XGBoost and ONNX files, not {named}: what follows is advice, and nothing was run.",
        )
    return (_serving(brief),), ""


def _serving(brief: Brief) -> Next:
    model = next((name for name in brief.files if name.endswith(MODEL_ENDINGS)), MODEL_FILE)
    parameters: dict[str, object] = {"input": model}
    target = brief.target()
    if target is not None:
        parameters["p99_ms"] = target.milliseconds
    if brief.throughput:
        parameters["rps"] = int(max(rate.value for rate in brief.throughput))
    sets = " ".join(f"--set {key}={value:g}" for key, value in parameters.items() if isinstance(value, int | float))
    command = f"mlwright run serving --input {quote(model)} {sets}".strip() + " --out service --yes"
    needs = "put the path of your model file in place of MODEL_FILE" if model == MODEL_FILE else ""
    return Next(skill="serving", action="deploy", parameters=parameters, command=command, needs=needs)


def _steps(brief: Brief) -> tuple[Step, ...]:
    if brief.task not in {"serving", "streaming", "llm-serving"}:
        return ()
    steps = [
        Step(
            text="Put a deadline on every call, the model's own included, and tell the caller when it was missed.",
            checkpoint="reliability.timeouts",
        ),
        Step(
            text="Decide what is answered when the model cannot: a cached or default answer marked as such, or an honest 503.",
            checkpoint="reliability.fallback",
        ),
        Step(
            text="Separate liveness from readiness, and become ready only after a warm-up prediction.",
            checkpoint="reliability.health",
        ),
        Step(
            text="Export rate, errors and duration as a histogram, and the distribution of predictions.",
            checkpoint="observability.metrics",
        ),
    ]
    target = brief.target()
    if target is not None and brief.throughput:
        rate = max(item.value for item in brief.throughput)
        steps.append(
            Step(
                text=f"Load it at {rate:g} requests a second with requests that start on schedule, and at {2 * rate:g} to see it shed; "
                f"the {target.milliseconds:g} ms hold for admitted requests.",
                checkpoint="performance.slo",
            )
        )
    if brief.asks("rollback"):
        steps.append(
            Step(
                text="Rehearse the way back (model, image and settings together) before the first release, and time it."
            )
        )
    if brief.asks("canary"):
        steps.append(
            Step(
                text="Write down the canary's share, length and stop rule before it starts; an error rate shows in minutes, model quality does not."
            )
        )
    return tuple(steps)


def _red_flags(brief: Brief) -> tuple[RedFlag, ...]:
    flags: list[RedFlag] = []
    large = [size for size in brief.parameters if size.value >= LARGE_MODEL_BILLIONS]
    if (
        large
        and ((brief.runs_on("cpu") and not brief.runs_on("gpu")) or brief.excludes("gpu"))
        and brief.task != "finetuning"
    ):
        flags.append(
            RedFlag(
                flag=f"A model of {large[0].words} on a CPU: each token reads all the weights, so text comes slowly and for one user at a time.",
                way_out="Take a smaller or 4-bit model and measure tokens a second on your machine, use a GPU, or a hosted API.",
                ask="ml-engineer with whoever owns the hardware budget",
            )
        )
    if brief.asks("privacy"):
        flags.append(
            RedFlag(
                flag="Personal data is involved.",
                way_out="Settle purpose, minimisation, pseudonymisation, retention and who may see logs and prompts before anything is trained or logged.",
                ask="security-auditor and your data protection officer",
            )
        )
    if brief.asks("online learning"):
        flags.append(
            RedFlag(
                flag="Learning while serving: a bad stretch of data becomes the model within minutes.",
                way_out="Retrain in short scheduled batches behind the same gate as any release, unless a measured loss from staleness pays for more.",
                ask="mlops-engineer and data-scientist",
            )
        )
    if brief.excludes("feedback"):
        flags.append(
            RedFlag(
                flag="There is no validation set or no true labels: nobody could tell whether the model works.",
                way_out="Hold out recent rows now, and arrange for labels, even a small audited sample, before the release.",
                ask="data-scientist",
            )
        )
    return tuple(flags)
