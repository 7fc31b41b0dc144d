"""Counts: how many rows, users, documents, vectors, GPUs, people and the like a request names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.brief.model import Quantity, Unit
from agent.brief.names import DEVICES
from agent.brief.numbers import Figure
from agent.brief.rates import STOP, periodic
from agent.brief.roles import readings
from agent.brief.scene import Scene

# Up to two words may stand before a noun ("400 support agents"), none of them one that starts another thought.
BETWEEN = rf"(?:(?!(?:{STOP})\b)[\w'/+-]+\s){{0,2}}?"
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
TIMES_GPU = re.compile(rf"\s?[x]\s?(?:\d+\s?GB\s)?(?:nvidia\s)?(?:{DEVICES}|gpus?)\b", re.IGNORECASE)
BEFORE: tuple[tuple[Unit, re.Pattern[str]], ...] = (
    ("people", re.compile(r"\bteam of(?: about| only)?\s$", re.IGNORECASE)),
    ("batch size", re.compile(r"\bbatch[ _-]size(?:\s?(?:of|is|=|:|at))?\s?$|\bbs\s?=\s?$|(?:\b(?:with|use|using|at|max)|,)\sbatch\s$", re.IGNORECASE)),
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
SMALLEST = {
    "rows": 2,
    "users": 2,
    "documents": 2,
    "models": 2,
    "features": 2,
    "vectors": 2,
    "pages": 2,
    "people": 2,
    "dimensions": 32,
}
# "Two customers" is said of an example, "ten internal users" of a load.
SPELT = 5
NAMED_IN_PASSING = frozenset({"rows", "users", "documents", "pages", "vectors"})
LARGEST = {"models": 1e6, "GPUs": 1e6, "cores": 1e6, "machines": 1e6, "replicas": 1e6, "teams": 1e5, "people": 1e6, "dimensions": 1e6, "features": 1e7, "trials": 1e6, "epochs": 1e6, "classes": 1e7}  # fmt: skip
ONE_IN = re.compile(r"\b(?:1|one) in $", re.IGNORECASE)
# "18 tokens per second" and "2,000 A100 hours" are no counts of tokens and GPUs.
TIMED = re.compile(
    r"\s?(?:/\s?|per\s|an?\s|each\s|every\s)(?:s|secs?|seconds?|min|minute|h|hour|day|week|month|night|year)\b|[\s-](?:hours?|days?|minutes?|months?)\b",
    re.IGNORECASE,
)
PLURAL = re.compile(
    r"\s(?!(?:is|has|was|as|its|this|does|vs|runs|needs|takes|gives|gets|uses|always|across|makes|times|plus|costs)\b)[a-z]+s\b",
    re.IGNORECASE,
)
# Cards are graphics cards unless the sentence is about paying.
PAYMENT = re.compile(
    r"\b(?:credit|fraud|payments?|transactions?|accounts?|customers?|merchants?|banks?|gift|business)\b", re.IGNORECASE
)
RACK = 512
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
    found: list[Quantity] = []
    end = 0
    for figure in scene.figures:
        counted = _counted(scene, figure)
        # The 4090 of "6 rtx 4090 boxes" is no number of boxes.
        if counted is None or (figure.start < end and counted.unit != "dimensions"):
            continue
        end = counted.end
        found += _read(scene, figure, counted)
    return tuple(found)


def _counted(scene: Scene, figure: Figure) -> Counted | None:
    if scene.prose[figure.start - 1 : figure.start] in {"$", "€", "£"}:
        return None
    counted = _preceded(scene, figure) or _followed(scene, figure)
    return None if counted is None or _implausible(scene, counted, figure) or periodic(scene, figure) else counted


def _read(scene: Scene, figure: Figure, counted: Counted) -> Iterator[Quantity]:
    words = scene.words(counted.start, counted.end)
    for reading in readings(scene, figure, counted.end):
        yield Quantity(
            value=reading.value, unit=counted.unit, words=words, low=reading.low, role=reading.role, item=counted.item
        )


def _implausible(scene: Scene, counted: Counted, figure: Figure) -> bool:
    spelt = scene.prose[figure.start].isalpha() and not figure.scale
    least = SPELT if spelt and counted.unit in NAMED_IN_PASSING else SMALLEST.get(counted.unit, 1)
    if counted.unit == "GPUs" and counted.item.endswith(("card", "cards")):
        start, end = scene.sentence(figure.start)
        if figure.value > RACK or PAYMENT.search(scene.prose, start, end):
            return True
    return figure.value != int(figure.value) or not least <= figure.value <= LARGEST.get(counted.unit, 1e15)


def _preceded(scene: Scene, figure: Figure) -> Counted | None:
    before = scene.before(figure.start, 40)
    for unit, pattern in BEFORE:
        match = pattern.search(before)
        if match and not FOLLOWED.match(scene.prose, figure.end):
            start = figure.start - len(match[0].lstrip(", "))
            return Counted(unit, start, figure.end, "")
    return None


def _followed(scene: Scene, figure: Figure) -> Counted | None:
    if gpus := TIMES_GPU.match(scene.prose, figure.end):
        return Counted("GPUs", figure.start, gpus.end(), "GPUs")
    match = NOUN.match(scene.prose, figure.end)
    before = scene.before(figure.start, 20)
    if match is None or match["x"] or NAME_BEFORE.search(before) or ONE_IN.search(before):
        return None
    if figure.value > 1 and _attributed(scene, match):
        match = NOUN.match(scene.prose, match.end())
    if match is None or match.end() > scene.sentence(figure.start)[1] or _timed(scene, match):
        return None
    unit, item = _noun(match)
    if unit == "concurrent users":
        item = (match["c"] or "users").lower()
    return Counted(unit, figure.start, match.end(), item)


def _noun(match: re.Match[str]) -> tuple[Unit, str]:
    index = next(index for index in range(len(NOUNS)) if match[f"g{index}"] is not None)
    return NOUNS[index][0], match[f"g{index}"].lower()


def _timed(scene: Scene, match: re.Match[str]) -> bool:
    """Whether what is counted is counted per time; features and models are not, though they may be computed each night."""
    return _noun(match)[0] not in {"features", "models"} and bool(TIMED.match(scene.prose, match.end()))


def _attributed(scene: Scene, match: re.Match[str]) -> bool:
    """Whether the noun only describes another: "60 small CPU models", "two GPU pods"."""
    return (
        not match[0].lower().endswith(("s", "each"))
        and bool(PLURAL.match(scene.prose, match.end()))
        and match[0][0] != "-"
    )
