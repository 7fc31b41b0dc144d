"""Offers: commands that do a part of the work, their parameters taken from the request."""

import re
from collections.abc import Collection, Mapping, Sequence
from shlex import quote

from agent.brief.model import Brief, Kind
from agent.decisions.cost_offers import cost_offers
from agent.decisions.framework import Decision
from agent.decisions.offer import Next

# Which skill does a task. A task is only offered when the skill is installed.
SKILLS: Mapping[str, str] = {
    "serving": "serving",
    "rag": "rag",
    "monitoring": "monitoring",
    "training": "training",
    "batch": "batch",
    "features": "features",
    "finetuning": "finetuning",
}
MODEL_FILE = "MODEL_FILE"
DOCUMENTS = "DOCUMENTS"
READABLE = re.compile(
    r"\b(?:pdfs?|docs|documentation|documents?|manuals?|handbooks?|policies|wikis?|runbooks?|contracts?|reports?|articles?|guides?"
    r"|knowledge base|markdown|faqs?|intranet|sharepoint|confluence|word files)\b",
    re.IGNORECASE,
)
# Leaves of the serving strategy that are one service which answers requests.
OWN = frozenset({"own-service", "kubernetes-deployment", "replicas", "serverless", "in-process"})
ADVICE = "This is advice, and nothing was run."
# The largest rate the serving skill takes as a parameter.
MAX_RPS = 100_000
SERVABLE = frozenset({"scikit-learn", "xgboost", "onnx"})
OTHER_LIBRARIES = frozenset(
    {"pytorch", "tensorflow", "jax", "transformers", "lightgbm", "catboost", "vllm", "llama.cpp", "ollama", "keras"}
)
# What the serving skill's projects do not take, whatever the library.
OTHER_MODELS = frozenset({"large language model", "neural network", "bert", "embedding model"})
MODEL_ENDINGS = (".skops", ".joblib", ".pkl", ".pickle", ".onnx", ".json", ".ubj")


def offers(
    brief: Brief, kind: Kind, skills: Collection[str], decided: Sequence[Decision] = ()
) -> tuple[tuple[Next, ...], str]:
    """Return what can be run for a brief as it was decided, and why nothing does the work when that is so."""
    works, why_not = _works(brief, kind, skills, decided)
    costs = tuple(cost_offers(brief)) if kind in {"design", "comparison", "review"} else ()
    return (*works, *costs), why_not


def _works(
    brief: Brief, kind: Kind, skills: Collection[str], decided: Sequence[Decision]
) -> tuple[tuple[Next, ...], str]:
    if kind in {"definition", "how-to", "diagnosis"}:
        return _looks(brief, kind), ""
    if kind == "review" or brief.task == "unknown":
        return _looks(brief, kind), ADVICE
    skill = SKILLS.get(brief.task)
    if skill is None or skill not in skills:
        return (), f"No skill does {brief.task} work yet: this is advice, and nothing was run."
    if skill == "rag":
        return ((_rag(),), "") if _answers_from_documents(brief, kind) else ((), ADVICE)
    if skill != "serving":
        return (Next(skill=skill, action="", parameters={}, command=f"mlwright run {skill}"),), ""
    libraries = {mention.name for mention in brief.frameworks}
    models = {mention.name for mention in brief.models}
    other = libraries & OTHER_LIBRARIES or models & OTHER_MODELS
    if other and not libraries & SERVABLE:
        named = ", ".join(sorted(other))
        return (), (
            f"The serving skill takes scikit-learn, XGBoost and ONNX files of numeric features, not {named}: "
            "this is advice, and nothing was run."
        )
    if kind == "comparison":
        return (), ""
    if not _is_service(brief, decided):
        return (), ADVICE
    return (_serving(brief),), ""


def _answers_from_documents(brief: Brief, kind: Kind) -> bool:
    """Whether new answers from files of text are wanted, rather than a search of records or a change of what is there."""
    named = {mention.name for mention in brief.frameworks}
    return kind == "design" and not named and READABLE.search(brief.text) is not None


def _rag() -> Next:
    command = f"mlwright run rag --input {DOCUMENTS} --out answers --yes"
    return Next(skill="rag", action="build", parameters={"input": DOCUMENTS}, command=command)


def _is_service(brief: Brief, decided: Sequence[Decision]) -> bool:
    """Whether what is decided first is a service of its own, or a model file is there to make one of."""
    if _model(brief) != MODEL_FILE:
        return True
    first = decided[0] if decided else None
    return first is not None and (
        first.id == "deployment-strategy" or (first.id == "serving-strategy" and first.leaf in OWN)
    )


def _model(brief: Brief) -> str:
    return next((name for name in brief.files if name.endswith(MODEL_ENDINGS)), MODEL_FILE)


def _looks(brief: Brief, kind: Kind) -> tuple[Next, ...]:
    """For a service that exists: its own code can be held against the constitution."""
    if kind not in {"diagnosis", "review"} or brief.task not in {"serving", "streaming"}:
        return ()
    return (
        Next(
            skill="",
            action="check",
            parameters={"path": "."},
            command="mlwright check .",
            does="holds the service's code, Dockerfile and manifests against fifteen checkpoints, with file and line",
        ),
    )


def _serving(brief: Brief) -> Next:
    model = _model(brief)
    parameters: dict[str, object] = {"input": model}
    target, rate = brief.target(), brief.rate()
    if target is not None:
        parameters["p99_ms"] = target.milliseconds
    if rate is not None and rate <= MAX_RPS:
        parameters["rps"] = max(1, round(rate))
    sets = " ".join(f"--set {key}={value:.10g}" for key, value in parameters.items() if isinstance(value, int | float))
    command = " ".join(filter(None, ("mlwright run serving --input", quote(model), sets, "--out service --yes")))
    return Next(
        skill="serving",
        action="deploy",
        parameters=parameters,
        command=command,
        needs="put the path of your model file in place of MODEL_FILE" if model == MODEL_FILE else "",
        does="writes the service, runs it, and compares it row by row with the model",
    )
