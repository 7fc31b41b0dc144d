"""Counts: how many rows, users, documents, vectors, GPUs, people and the like a request names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.brief.model import Quantity, Unit
from agent.brief.names import DEVICES
from agent.brief.numbers import Figure
from agent.brief.rates import periodic
from agent.brief.roles import readings
from agent.brief.scene import Scene

# Up to two words may stand before a noun ("400 support agents"), none of them one that starts another thought.
BETWEEN = r"(?:(?!(?:per|a|an|the|each|every|and|or|in|at|with|on|over|is|are|for|of|to|by|from|as|vs|than|but|that|which|if|we|our|my|x|hours?|days?|minutes?|seconds?|weeks?|months?|years?|times|percent|ms|gb|tb|mb)\b)[\w'’/+-]+\s){0,2}?"
NOUNS: tuple[tuple[Unit, str], ...] = (
    ("concurrent users", r"(?:concurrent|simultaneous|parallel)\s(?:\w+\s)?(?P<c>users|requests|calls|sessions|connections|streams|clients|chats|conversations|people|players)|users? (?:at once|at the same time|concurrently|simultaneously|in parallel)"),
    ("rows", r"rows?|records?|data ?points?|observations|transactions|interactions|examples|samples|instructions|claims|events|reactions"),
    ("users", r"users|customers|subscribers|players|shoppers|visitors|agents|analysts|students|employees|farmers|mau|dau|members"),
    ("documents", r"documents?|docs|pdfs|articles|contracts|invoices?|tickets|e-?mails|mails|messages|papers|reports|chats"),
    ("pages", r"pages"),
    ("vectors", r"vectors|embeddings?|chunks"),
    ("dimensions", r"dims?\b|dimensions|dimensional|-?d\b"),
    ("features", r"features|feature columns|columns|inputs|variables"),
    ("classes", r"classes|categories"),
    ("models", r"models|deployments"),
    ("trials", r"trials"),
    ("GPUs", rf"gpus?|(?:gpu |nvidia )?cards|(?:nvidia )?(?:{DEVICES})s?(?:\s?gpus?)?"),
    ("cores", r"v?cpus?|cores?|cpu cores|threads"),
    ("machines", r"machines?|nodes?|servers?|vms|instances|workstations?|boxes|hosts"),
    ("replicas", r"replicas?|pods"),
    ("teams", r"teams"),
    ("people", r"people|persons|engineers|developers|data scientists?|scientists|researchers|colleagues|folks|devs"),
    ("prompt tokens", r"(?:prompt|input) tokens|tokens? (?:of )?(?:prompt|input|in\b)|token prompts?"),
    ("answer tokens", r"(?:output|answer|generated|completion|response) tokens|tokens? (?:of )?(?:output|answer|out\b)|token (?:answers?|outputs?|responses?)"),
    ("context tokens", r"(?:token )?context(?: (?:window|length))?|tokens? (?:of )?context|sequence length"),
    ("tokens", r"tokens"),
    ("epochs", r"epochs"),
)  # fmt: skip
NOUN = re.compile(
    rf"(?P<x>\s?x\s)?[\s-]?(?:\d+\s?GB\s)?{BETWEEN}(?:"
    + "|".join(f"(?P<g{index}>{pattern})" for index, (_, pattern) in enumerate(NOUNS))
    + r")(?![\w/])(?!-(?!$))",
    re.IGNORECASE,
)
TIMES_GPU = re.compile(rf"\s?[x×]\s?(?:\d+\s?GB\s)?(?:nvidia\s)?(?:{DEVICES}|gpus?)\b", re.IGNORECASE)
BEFORE: tuple[tuple[Unit, re.Pattern[str]], ...] = (
    ("people", re.compile(r"\bteam of(?: about| only)?\s$", re.IGNORECASE)),
    ("batch size", re.compile(r"\bbatch(?:[ _-]size)?(?:\s?(?:of|is|=|:|at))?\s?$|\bbs\s?=\s?$", re.IGNORECASE)),
    ("context tokens", re.compile(r"\b(?:context(?: window| length)?|sequence length|seq(?:uence)?[_ ]len(?:gth)?|max_model_len|max_seq_len)(?:\s?(?:of|is|=|:|to|at))?\s?$", re.IGNORECASE)),
    ("concurrent users", re.compile(r"\bconcurrency(?:\s?(?:of|is|=|:|at))?\s?$", re.IGNORECASE)),
    ("dimensions", re.compile(r"\b(?:vectors|embeddings|dimensions?)\s(?:of|is|=|:)\s?(?:size\s|dimension\s)?$", re.IGNORECASE)),
)  # fmt: skip
# A version or an index is no count: "Python 3 models", "epoch 3", "step 2 features".
NAME_BEFORE = re.compile(
    r"\b(?:python|version|v|keras|llama|gpt|postgres|postgresql|mysql|windows|airflow|torch|pytorch|tensorflow|cuda|claude|tier|phase|step|section|line|stage|zero|rank|room|type|table|chapter|epoch|"
    r"day|week|level|ios|android|kubernetes|spark|pandas|java|node|number|no\.|#|top|layer|option|part|figure|error|code|port|http|soc|iso)[\s-]?$",
    re.IGNORECASE,
)
SMALLEST = {"rows": 2, "users": 2, "documents": 2, "models": 2, "features": 2, "vectors": 2, "pages": 2, "people": 2}
LARGEST = {"models": 1e6, "GPUs": 1e6, "cores": 1e6, "machines": 1e6, "replicas": 1e6, "teams": 1e5, "people": 1e6, "dimensions": 1e6, "features": 1e7, "trials": 1e6, "epochs": 1e6, "classes": 1e7}  # fmt: skip
FOLLOWED = re.compile(r"\s?(?:ms|s|%|[kmgt]i?b)\b|\s?%|\.\d", re.IGNORECASE)


@dataclass(frozen=True)
class Counted:
    """What a figure counts."""

    unit: Unit
    start: int
    end: int
    item: str


def counts(scene: Scene) -> tuple[Quantity, ...]:
    """Return the counts in order; what is counted per second or day is a rate and no count."""
    return tuple(quantity for figure in scene.figures for quantity in _count(scene, figure))


def _count(scene: Scene, figure: Figure) -> Iterator[Quantity]:
    if scene.prose[figure.start - 1 : figure.start] in {"$", "€", "£"}:
        return
    counted = _preceded(scene, figure) or _followed(scene, figure)
    if counted is None or _implausible(counted.unit, figure) or periodic(scene, figure):
        return
    for reading in readings(scene, figure, counted.end):
        words = scene.words(counted.start, counted.end)
        yield Quantity(
            value=reading.value, unit=counted.unit, words=words, low=reading.low, role=reading.role, item=counted.item
        )


def _implausible(unit: Unit, figure: Figure) -> bool:
    whole = figure.value == int(figure.value)
    return not whole or not SMALLEST.get(unit, 1) <= figure.value <= LARGEST.get(unit, 1e15)


def _preceded(scene: Scene, figure: Figure) -> Counted | None:
    before = scene.before(figure.start, 40)
    for unit, pattern in BEFORE:
        match = pattern.search(before)
        if match and not FOLLOWED.match(scene.prose, figure.end):
            start = figure.start - len(match[0])
            return Counted(unit, start, figure.end, "")
    return None


def _followed(scene: Scene, figure: Figure) -> Counted | None:
    if gpus := TIMES_GPU.match(scene.prose, figure.end):
        return Counted("GPUs", figure.start, gpus.end(), "GPUs")
    match = NOUN.match(scene.prose, figure.end)
    if match is None or match["x"] or NAME_BEFORE.search(scene.before(figure.start, 20)):
        return None
    if match.end() > scene.sentence(figure.start)[1]:
        return None
    index = next(index for index in range(len(NOUNS)) if match[f"g{index}"] is not None)
    unit, item = NOUNS[index][0], match[f"g{index}"].lower()
    if unit == "concurrent users":
        item = (match["c"] or "users").lower()
    return Counted(unit, figure.start, match.end(), item)
