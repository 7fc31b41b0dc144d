"""Counts: how many rows, users, documents, vectors, GPUs, people and the like a request names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.brief.model import Quantity, Unit
from agent.brief.names import DEVICES
from agent.brief.nouns import stopped
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.rates import periodic
from agent.brief.roles import readings, role
from agent.brief.scene import Scene
from agent.brief.tokens import tokens

# Up to two words may stand before a noun ("400 support agents"), none of them one that starts another thought.
BETWEEN = r"(?P<between>(?:[\w'/+-]+\s){0,2}?)"
NOUNS: tuple[tuple[Unit, str], ...] = (
    ("concurrent users", r"(?:concurrent|simultaneous|parallel)\s(?:\w+\s)?(?P<c>users|requests|calls|sessions|connections|streams|clients|chats|conversations|people|players)|(?:users?|people|persons|agents|players|visitors|customers|clients|shoppers|students|employees|colleagues) (?:\w+ ){0,4}?(?:at once|at the same time|concurrently|simultaneously|in parallel)"),
    ("rows", r"rows?|records?|data ?points?|observations|transactions|interactions|examples|samples|instructions|claims|events|reactions"),
    ("users", r"users|customers|subscribers|players|shoppers|visitors|agents|analysts|students|employees|farmers|mau|dau|members"),
    ("documents", r"documents?|docs|texts|paragraphs|passages|abstracts|letters|pdfs|articles|contracts|invoices?|tickets|e-?mails|mails|messages|papers|reports|chats|descriptions|manuals|books|wiki pages"),
    ("pages", r"pages"),
    ("vectors", r"vectors|embeddings?|chunks"),
    ("dimensions", r"dims?\b|dimensions|dimensional|-?d\b|float(?:32|16|64)?s?(?= (?:each|per|long|values?))|(?:numbers|values|floats) (?:each|per (?:vector|embedding|text|chunk|image|document))"),
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
NOUN = Pattern(
    rf"(?P<x>\s?x\s)?[\s-]?(?:\d+\s?GB\s)?{BETWEEN}(?:"
    + "|".join(f"(?P<g{index}>{pattern})" for index, (_, pattern) in enumerate(NOUNS))
    + r")(?![\w/])(?!-(?!$))",
    re.IGNORECASE,
)
TIMES_GPU = Pattern(rf"\s?[x]\s?(?:\d+\s?GB\s)?(?:nvidia\s)?(?:{DEVICES}|gpus?)\b", re.IGNORECASE)
BEFORE: tuple[tuple[Unit, Pattern], ...] = (
    ("people", Pattern(r"\bteam of(?: about| only)?\s$", re.IGNORECASE)),
    ("batch size", Pattern(r"\bbatch[ _-]size(?:\s?(?:of|is|=|:|at))?\s?$|\bbs\s?=\s?$|(?:\b(?:with|use|using|at|max)|,)\sbatch\s$", re.IGNORECASE)),
    ("context tokens", Pattern(r"\b(?:context(?: window| length)?|sequence length|seq(?:uence)?[_ ]len(?:gth)?|max_model_len|max_seq_len)(?:\s?(?:of|is|=|:|to|at))?\s?$", re.IGNORECASE)),
    ("concurrent users", Pattern(r"\bconcurrency(?:\s?(?:of|is|=|:|at))?\s?$", re.IGNORECASE)),
    ("dimensions", Pattern(r"\b(?:vectors?|embeddings?|dimensions?|dim)\s?(?:of|is|=|:|with)\s?(?:size\s|dimension\s)?$", re.IGNORECASE)),
)  # fmt: skip
# A version or an index is no count: "Python 3 models", "epoch 3", "step 2 features".
NAME_BEFORE = Pattern(
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
ONE_IN = Pattern(r"\b(?:1|one) in $", re.IGNORECASE)
# "18 tokens per second" and "2,000 A100 hours" are no counts of tokens and GPUs.
TIMED = Pattern(
    r"\s?(?:/\s?|per\s|an?\s|each\s|every\s)(?:s|secs?|seconds?|min|minute|h|hour|day|week|month|night|year)\b|[\s-](?:hours?|days?|minutes?|months?)\b",
    re.IGNORECASE,
)
PLURAL = Pattern(
    r"\s(?!(?:is|has|was|as|its|this|does|vs|runs|needs|takes|gives|gets|uses|always|across|makes|times|plus|costs)\b)[a-z]+s\b",
    re.IGNORECASE,
)
# Cards are graphics cards unless the sentence is about paying.
PAYMENT = Pattern(
    r"\b(?:credit|fraud|payments?|transactions?|accounts?|customers?|merchants?|banks?|gift|business)\b", re.IGNORECASE
)
RACK = 512
# "50 million images, embeddings of 1536": so many vectors.
EMBEDDED = Pattern(
    r"[\s-](?!(?:of|per|a|in|and|or|with)\b)[a-z][\w-]*s,?\s(?:(?:with|and|each|one|an?|as|their|whose|the)\s){0,2}embeddings?\s(?:of|with|each)\b",
    re.IGNORECASE,
)
# "A single card with 48 GB": one.
SINGLE = Pattern(
    rf"\b(?:a|one|the|just|our|on|only) single\s(?:nvidia\s)?(?:\d+\s?GB\s)?(?P<item>gpu|graphics card|card|{DEVICES})\b(?!\s?-?(?:server|node|machine|box|instance|pod|request|workstation|host|payment|number|holder))(?:\sgpu\b)?",
    re.IGNORECASE,
)
FOLLOWED = Pattern(r"\s?(?:ms|s|%|[kmgt]i?b)\b|\s?%|\.\d", re.IGNORECASE)


@dataclass(frozen=True)
class Counted:
    """What a figure counts."""

    unit: Unit
    start: int
    end: int
    item: str


def counts(scene: Scene) -> tuple[Quantity, ...]:
    """Return the counts in order; what is counted per second or day is a rate and no count."""
    found: list[tuple[int, Quantity]] = []
    end = 0
    for figure in scene.figures:
        counted = _counted(scene, figure)
        # The 4090 of "6 rtx 4090 boxes" is no number of boxes.
        if counted is None or (figure.start < end and counted.unit != "dimensions"):
            continue
        end = counted.end
        found += [(figure.start, quantity) for quantity in _read(scene, figure, counted)]
    found += list(_single(scene))
    return tuple(quantity for _, quantity in sorted(found, key=lambda pair: pair[0]))


def _single(scene: Scene) -> Iterator[tuple[int, Quantity]]:
    for match in SINGLE.finditer(scene.prose):
        item, sentence = match["item"].lower(), scene.sentence(match.start())
        if item == "card" and PAYMENT.search(scene.prose, *sentence):
            continue
        where = role(scene, match.start(), match.end())
        words = scene.words(*match.span())
        yield match.start(), Quantity(value=1, unit="GPUs", words=words, role=where, item=item)


def _counted(scene: Scene, figure: Figure) -> Counted | None:
    if scene.prose[figure.start - 1 : figure.start] in {"$", "€", "£"}:
        return None
    counted = _preceded(scene, figure) or _followed(scene, figure)
    if (counted is None or counted.unit == "tokens") and (told := tokens(scene, figure)):
        counted = Counted(told[0], figure.start, told[1], "")
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
    if vectors := EMBEDDED.match(scene.prose, figure.end):
        noun = vectors[0].split()[0].strip(",-")
        return Counted("vectors", figure.start, figure.end + vectors[0].index(noun) + len(noun), noun.lower())
    if gpus := TIMES_GPU.match(scene.prose, figure.end):
        return Counted("GPUs", figure.start, gpus.end(), "GPUs")
    match = _behind(scene, figure.end)
    before = scene.before(figure.start, 20)
    if match is None or match["x"] or NAME_BEFORE.search(before) or ONE_IN.search(before):
        return None
    if figure.value > 1 and _attributed(scene, match):
        match = _behind(scene, match.end())
    if match is None or match.end() > scene.sentence(figure.start)[1] or _timed(scene, match):
        return None
    unit, item = _noun(match)
    if unit == "concurrent users":
        item = (match["c"] or "users").lower()
    return Counted(unit, figure.start, match.end(), item)


def _behind(scene: Scene, place: int) -> re.Match[str] | None:
    match = NOUN.match(scene.prose, place)
    return None if match is None or any(stopped(word) for word in match["between"].split()) else match


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
