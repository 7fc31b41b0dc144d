"""Sizes: gigabytes of data, of RAM and of GPU memory, and parameters of models in billions."""

import re
from collections.abc import Iterator

from agent.brief.model import Quantity, Unit
from agent.brief.names import DEVICES
from agent.brief.nouns import known, noun
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.roles import readings
from agent.brief.scene import Scene

UNIT = Pattern(
    r"[\s-]?(?P<unit>[KMGTP](?:i?B|i)|gigabytes?|megabytes?|terabytes?|petabytes?|gigs?)\b(?!\s?/\s?s|\s?ps|\s?per sec|\s?net|E)",
    re.IGNORECASE,
)
GIGABYTES = {"k": 1e-6, "m": 1e-3, "g": 1.0, "t": 1e3, "p": 1e6}
BINARY = {"k": 1024 / 1e9, "m": 1024**2 / 1e9, "g": 1024**3 / 1e9, "t": 1024**4 / 1e9, "p": 1024**5 / 1e9}

GPU_BEHIND = Pattern(
    rf"\s?(?:of\s)?(?:vram|gpu[- ]?(?:memory|ram|mem)?\b|graphics (?:card|memory)|(?:\w+\s)?cards?\b|hbm|video memory|(?:{DEVICES})\b|nvidia)",
    re.IGNORECASE,
)
GPU_BEFORE = Pattern(
    rf"\b(?:{DEVICES}|vram(?: of| is|:)?|gpu memory(?: of| is|:)?|gpus? (?:with|has|have)(?: only)?|(?:gpus?|cards?) (?:of|with|has|have)(?: only)?)s?[\s,(-]{{0,3}}(?:each |of |is )?$",
    re.IGNORECASE,
)
RAM_BEHIND = Pattern(
    r"\s?(?:of\s)?(?:system\s|main\s)?(?:ram\b|memory\b|mem\b|(?:machines?|instances?|nodes?|laptops?|servers?|vms?|box(?:es)?|pods?|hosts?)\b)",
    re.IGNORECASE,
)
RAM_BEFORE = Pattern(
    r"\b(?:ram|memory(?: limit| request)?|mem)(?:\s?(?:of|is|:|=|limit|at|about|only|around))*\s?$|\b(?:instance|machine|vm|laptop|server|node|box) (?:with|has)(?: only)?\s$",
    re.IGNORECASE,
)
# "eats 60 GB" says neither of what nor where it lies.
USED = Pattern(
    r"\b(?:eats?|eating|uses?|using|needs?|requests?|limit(?: of| is)?|requires?|takes?|consumes?|is (?:full )?at|fits? in)\s(?:up\s)?(?:about\s|around\s|up to\s|over\s|almost\s)?$",
    re.IGNORECASE,
)
LIMIT_BEHIND = Pattern(r"\s(?:is full|limit|free|is too small)\b", re.IGNORECASE)

PARAMETERS = Pattern(
    r"(?<![\w.$€£])(?<![A-Za-z]-)(?P<number>\d+(?:\.\d+)?)(?P<to>\s?-\s?\d+(?:\.\d+)?)?(?:(?P<b>\s?[bB])(?![\w/%]|\.\w)|(?P<word>\s?-?(?:billion|million|bn|[kMm]))(?=[\s-](?:[Pp]aram|(?:float\s)?weights\b)))(?P<what>[\s-](?:[Pp]aram(?:s|eters?)?|(?:float\s)?weights)\b)?"
)
MILLIONS = Pattern(
    r"(?<![\w.$€£-])(?P<number>\d+(?:\.\d+)?)\s?M\s(?=(?:encoder|decoder|proxy|model|network|backbone|llm|transformer|seq2seq)\b)"
)
NAMED = Pattern(
    r"(?<![\w./])[A-Za-z][A-Za-z.\d]*(?:[-_:][A-Za-z\d.]{1,12})?[-_:](?P<number>\d{1,4}(?:\.\d{1,3})?)[bB](?![a-wyzA-WYZ\d])"
)
# Behind a number of billions, what makes it one of models, and what makes it one of things.
MODEL_BEHIND = Pattern(
    r"[\s-](?:chat|language|llm|model|instruct|base|code|open|quantized|quantised|dense|vision|embedding|reranker)\b|[\s-](?:answers?|scores?|beats|runs|fits|writes|replies)\s(?:\d|in\b|on\b|the\b|our\b|as\b)",
    re.IGNORECASE,
)
THINGS_BEHIND = Pattern(
    r"[\s-](?:[\w-]+\s){0,2}?(?:interactions|datapoints|people|dollars|triples|cells|pairs)\b", re.IGNORECASE
)


def sizes(scene: Scene) -> tuple[tuple[Quantity, ...], tuple[Quantity, ...]]:
    """Return the sizes of data, and those of memory."""
    data: list[Quantity] = []
    memory: list[Quantity] = []
    for figure in scene.figures:
        unit = UNIT.match(scene.prose, figure.end)
        if unit is None or figure.scale:
            continue
        kind = _kind(scene, figure, unit)
        if kind is None:
            continue
        (data if kind == "GB" else memory).extend(_read(scene, figure, unit, kind))
    return tuple(data), tuple(memory)


def _kind(scene: Scene, figure: Figure, unit: re.Match[str]) -> Unit | None:
    before, after = scene.before(figure.start, 40), scene.after(unit.end(), 40)
    if GPU_BEHIND.match(after) or GPU_BEFORE.search(before):
        return "GB GPU memory"
    if RAM_BEHIND.match(after) or RAM_BEFORE.search(before):
        return "GB RAM"
    if unit["unit"].lower().endswith("i"):
        return "GB RAM" if re.search(r"memory|\bram\b|pod|limit|request", before + after, re.IGNORECASE) else None
    return None if USED.search(before) or LIMIT_BEHIND.match(after) else "GB"


def _read(scene: Scene, figure: Figure, unit: re.Match[str], kind: Unit) -> Iterator[Quantity]:
    name = unit["unit"].lower()
    factor = (BINARY if len(name) in {2, 3} and name[1] == "i" and name[:3] != "gig" else GIGABYTES)[name[0]]
    for reading in readings(scene, figure, unit.end()):
        low = None if reading.low is None else reading.low * factor
        yield Quantity(
            value=round(reading.value * factor, 9),
            unit=kind,
            words=scene.words(figure.start, unit.end()),
            low=low,
            role=reading.role,
        )


def parameters(scene: Scene) -> tuple[Quantity, ...]:
    """Return the sizes of models in billions of parameters: "7B", "350M parameters", "Llama-3-8B". "8x7B" is left out."""
    named = list(NAMED.finditer(scene.prose))
    spans = [match.span() for match in named]
    found = [(match.start(), _billions(scene, match, float(match["number"]))) for match in named]
    for place, quantity in (*_sized(scene), *_millions(scene)):
        if not any(start <= place < end for start, end in spans):
            found.append((place, quantity))
    return tuple(quantity for _, quantity in sorted(found, key=lambda pair: pair[0]))


def _sized(scene: Scene) -> Iterator[tuple[int, Quantity]]:
    for match in PARAMETERS.finditer(scene.prose):
        word = (match["word"] or "b").strip(" -").lower()
        if match["what"] is None and _things(scene.prose, match.end()):
            continue
        factor = {"b": 1.0, "bn": 1.0, "billion": 1.0, "m": 1e-3, "million": 1e-3, "k": 1e-6}[word]
        high = float(match["to"].strip(" -")) if match["to"] else None
        value = float(match["number"])
        low = value * factor if high is not None and value < high else None
        yield match.start(), _billions(scene, match, (high if high is not None else value) * factor, low)


def _things(text: str, place: int) -> bool:
    """Whether what stands behind "7B" is counted by it: rows and the like."""
    if MODEL_BEHIND.match(text, place) or not re.match(r"[\s-]", text[place : place + 1]):
        return False
    return noun(text, place) is not None or known(text, place) is not None or bool(THINGS_BEHIND.match(text, place))


def _millions(scene: Scene) -> Iterator[tuple[int, Quantity]]:
    for match in MILLIONS.finditer(scene.prose):
        yield match.start(), _billions(scene, match, float(match["number"]) / 1000)


def _billions(scene: Scene, match: re.Match[str], value: float, low: float | None = None) -> Quantity:
    return Quantity(value=value, unit="billion parameters", words=scene.words(*match.span()), low=low)
