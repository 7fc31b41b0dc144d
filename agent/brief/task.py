"""What kind of work a request is about."""

import re
from typing import cast, get_args

from agent.brief.mentions import Hit, Table, negated
from agent.brief.model import Mention, Quantity, Task
from agent.brief.pattern import Pattern
from agent.brief.scene import Scene
from agent.brief.words import TASKS

TABLE = Table(TASKS)
LLM_SERVERS = frozenset({"vllm", "sglang", "text-generation-inference", "llama.cpp", "ollama"})
BILLION = 1.0
# "Trials" of a search, not of a clinic.
TRIALS = Pattern(r"\b(?:clinical|free|legal|drug|court|patients?)\b", re.IGNORECASE)
PAPERS = r"(?:contracts?|documents?|docs|manuals?|handbooks?|polic(?:y|ies)|articles|pdfs?|wiki|papers|intranet|guidelines|regulations|texts)"
# What a request speaks of that names its task nowhere, the surest first. Each line is one way to say it.
TALK = r"\b(?:chat\w*|answers?|assistant|bot|prompts?|questions?|(?:support|help|service) desk|first token)\b"
HOSTED = r"\b(?:self-)?host(?:ed|ing)?\b|\bfirst token\b|\b(?:support|help|service) desk\b|\banswers? (?:are |is |too )?slow\w*\b"
SILENT: tuple[tuple[Task, str], ...] = (
    ("rag", rf"\b(?:questions?|answers?|ask\w*|chat\w*) (?:\w+ )?(?:about|over|on|from|across)\s(?:our |the |my |their |your )?(?:\w+ )?{PAPERS}\b"),
    ("rag", r"\banswers? (?:\w+ )?(?:need|with|must have|must cite|cite|quote|name|showing?)s? (?:the |their |its )?(?:sources?|citations?)\b"),
    ("rag", r"\b(?:index|search\w*)\b[^.?!]{0,60}?\b(?:documents|docs|articles|pdfs|paragraphs|passages|contracts|manuals)\b|\b(?:documents|docs|articles|pdfs|paragraphs|passages|contracts|manuals) to search\b"),
    ("features", r"\bfeatures?\b[^.?!]{0,60}\b(?:(?:minutes?|hours?|days?|seconds?|h|min) old|fresh\w*|stale\w*|lookups?|reading them|read online)\b"),
    ("edge", r"\b(?:tablets?|handhelds?|wearables?|drones?)\b[^?]{0,120}\b(?:no (?:signal|network|connection|internet|reception)|offline)\b|\bon (?:the|a|his|her|their|our) (?:phones?|tablets?|drones?|camera|device itself)\b"),
    ("monitoring", r"\b(?:is|are|does|do|works?|performs?)\b[^.?!]{0,20}\bstill (?:good|ok|okay|accurate|right|valid|fine|works?|holds?|performs?)\b"),
    ("batch", r"\b(?:score|transcribe|translate|classify|embed|label|process|predict) (?:them|all|everything|it all|the whole|every (?:one|customer|user|row|document))\b|\b(?:don't|do not|no) need (?:for )?real[- ]time\b|\b(?:refreshed|scored|computed|run|renewed) (?:once|twice) (?:a|per) (?:day|night|week|month)\b"),
    ("serving", r"\b(?:CrashLoopBackOff|OOMKilled|ImagePullBackOff)\b(?=.{0,200}\b(?:models?|onnx\w*)\b)|\b(?:lambda|cloud run|fargate)\b[^.?!]{0,40}\bmodels?\b"),
    ("serving", r"\b(?:put|host|ship|wrap|pack)\b[^.?!]{0,30}\bmodels?\b|\b(?:do|can|should|to|must|would|could) (?:i |we )?run\b[^.?!]{0,20}\bmodels?\b|\bmodels? (?:into|in) (?:a |an |the )?(?:container|image|lambda)\b"),
)  # fmt: skip
COMPILED: dict[str, Pattern] = {}


def task(
    scene: Scene, models: tuple[Mention, ...], frameworks: tuple[Mention, ...], counted: tuple[Quantity, ...] = ()
) -> tuple[Task, str]:
    """Return the task and the words that show it; `counted` are the counts, rates and sizes that were read."""
    present: dict[str, Hit] = {}
    for hit in TABLE.hits(scene.prose):
        if hit.name not in present and not negated(scene, hit):
            present[hit.name] = hit
    trials = next((one for one in counted if one.unit == "trials"), None)
    if trials and set(present) <= {"training", "evaluation"} and not TRIALS.search(scene.prose):
        return "tuning", trials.words
    if not present:
        return _silent(scene, _language(models, frameworks), counted)
    order = list(TASKS)
    # The earlier a task is named the more it is what is asked; a specific one wins over a general one beside it.
    name = min(present, key=lambda name: (order.index(name) >= order.index("serving"), present[name].start))
    words = scene.words(present[name].start, present[name].end)
    if name == "serving" and (_language(models, frameworks) or (_large(counted) and _search(TALK, scene))):
        return "llm-serving", words
    served = present.get("serving")
    if name == "monitoring" and served is not None and served.start < present[name].start:
        name, words = "serving", scene.words(served.start, served.end)
    assert name in get_args(Task)
    return cast("Task", name), words


def _silent(scene: Scene, language: bool, counted: tuple[Quantity, ...]) -> tuple[Task, str]:
    """Return the task of a request that names none, by what it speaks of; unknown where that leaves it open."""
    for name, pattern in SILENT:
        if match := _search(pattern, scene):
            return name, scene.words(*match.span())
    talk = (_search(TALK, scene) if _large(counted) else None) or (_search(HOSTED, scene) if language else None)
    if talk:
        return "llm-serving", scene.words(*talk.span())
    rate = next((one for one in counted if one.unit == "requests/s"), None)
    model = _search(r"\b(?:models?|classifiers?|scorer|predict\w*)\b", scene)
    return ("serving", rate.words) if rate and model else ("unknown", "")


def _large(counted: tuple[Quantity, ...]) -> bool:
    """Whether a model is so large that it can only be one of language."""
    return any(one.unit == "billion parameters" and one.value >= BILLION for one in counted)


def _search(pattern: str, scene: Scene) -> re.Match[str] | None:
    if pattern not in COMPILED:
        COMPILED[pattern] = Pattern(pattern, re.IGNORECASE)
    return COMPILED[pattern].search(scene.prose)


def _language(models: tuple[Mention, ...], frameworks: tuple[Mention, ...]) -> bool:
    """Whether what is served is a large language model: named, or served by what serves nothing else."""
    return any(model.name == "large language model" for model in models) or any(
        framework.name in LLM_SERVERS for framework in frameworks
    )
