"""Rates: requests a second, and volumes over a minute or longer as items a day."""

import re
from collections.abc import Iterator

from agent.brief.model import Quantity
from agent.brief.numbers import Figure, plain
from agent.brief.roles import readings
from agent.brief.scene import Scene

NOUNS = (
    "rows?|records?|predictions?|requests?|reqs?|users?|transactions?|txns?|events?|quer(?:y|ies)|calls?|documents?|docs?|images?|customers?|items?|inferences?|infers?|hits?|messages?|"
    "tokens?|conversations?|chats?|tickets?|e-?mails?|orders?|payments?|clicks?|impressions?|bids?|visits?|visitors?|sessions?|searches|summaries|pages?|files?|videos?|photos?|pictures?|claims?|"
    "invoices?|articles?|products?|skus?|scores?|scorings?|jobs?|questions?|prompts?|posts?|comments?|tweets?|reviews?|accounts?|merchants?|devices?|sensors?|readings?|samples?|scans?|slides?|"
    "vectors?|embeddings?|chunks?|translations?|transcripts?|recommendations?|swipes?|logs?|entries|points?|data ?points?|examples?|generations?|subscribers?|players?|members?|shipments?|packages?|"
    "rides?|trips?|loans?|applications?|reads?|writes?|lookups?|frames?|answers?|profiles?|households?|policies|accesses|patients?|transfers?|bookings?|ads?|cards?"
)
# Words that start another thought: between a number and its noun there are only adjectives.
STOP = (
    "per|a|an|the|each|every|and|or|in|at|with|on|over|is|are|was|for|of|to|by|from|as|vs|than|but|that|which|if|we|our|my|x|x\\d+|\\d+x|\\d+(?![\\d-])|hours?|days?|minutes?|seconds?|weeks?|months?|years?|times|"
    "percent|ms|[kmgtp]i?b|uses?|using|used|needs?|takes?|took|gets?|has|have|runs?|makes?|goes|does?|did|can|could|will|should|must|when|while|where|because|since|so|then|also|too|not|no|only|it|"
    "they|he|she|this|these|those|their|its|your|all|any|some|both|workers|jobs|upsert|i|double|enough|per-\\w+|into|after|before|under|until|without|within|via|through|between|how|what|who|why"
)
ITEM = rf"(?P<item>{NOUNS})"
WORDS = rf"(?:(?!(?:{STOP})\b)[\w'-]+\s){{0,2}}?"
PER = r"\s?(?:/|per\s|an?\s|each\s|every\s|in (?:a|one)\s)\s?"
SECOND = r"s(?:ec(?:onds?)?)?\b"
LONGER = r"(?P<period>minutes?|mins?|m|hours?|hrs?|h|days?|d|nights?|weeks?|wk|months?|mo|years?|yr|evening|morning|weekday)\b"
RATE = re.compile(
    rf"\s?(?:(?P<short>rps|qps|tps|req/s|r/s|fps)\b|[\s-]?{WORDS}(?:{ITEM}(?:\s(?:of \w+|\w+ed|in total|online))?){PER}{SECOND}|(?P<bare>\s?(?:/|per\s)\s?{SECOND})|\s(?P<times>times)(?:/|\sper\s|\sa\s){SECOND})",
    re.IGNORECASE,
)
MINUTES = re.compile(r"\s?rpm\b", re.IGNORECASE)
PREFIX = re.compile(
    r"\b(?P<item>rps|qps|tps|(?:requests|queries|predictions|calls) per second|requests/s|req/s)\b\s?(?:\(peak\)\s?)?(?:of|is|are|at|=|:|~|about|around|peak(?:s|ing)?|up|to|under|load|target|currently)*(?:\s(?:of|is|at|about|around|up|to|~))*[\s:=~<]*$",
    re.IGNORECASE,
)
UNIT_NEXT = re.compile(r"\s?(?:ms|s|sec|seconds|%|[kmgt]i?b|x)\b|\s?%|:\d", re.IGNORECASE)
VOLUME = re.compile(
    rf"[\s-]?{WORDS}{ITEM}(?P<rest>(?:\s(?:of\s)?(?!(?:{STOP})\b)[\w'-]+){{0,2}}?)(?:{PER}{LONGER}|\severy\s(?P<count>\d+|two|three|five|six|ten|fifteen|thirty)\s(?P<many>minutes|hours|days|weeks)\b|\s(?:once (?:a|per)\s(?P<once>day|night|week|month|year)\b|(?P<adverb>daily|nightly|hourly|weekly|monthly|yearly|annually|overnight)\b))",
    re.IGNORECASE,
)
JUST = re.compile(rf"[\s-]?{WORDS}{ITEM}\b", re.IGNORECASE)
COUNTED = re.compile(
    r"[\s-]?(?:daily|monthly|weekly)\s(?:active\s)?(?:users|players|customers|visitors)\b", re.IGNORECASE
)
NEWS = re.compile(r"\s(?:new|more|of them)\b", re.IGNORECASE)
BEFORE = re.compile(
    r"\b(?P<adverb>daily|nightly|hourly|weekly|monthly)\s(?:\w+\s){0,2}?(?:of|for|on|over|:)?\s?(?:about\s|around\s|~|up to\s|some\s|all\s|our\s|the\s)*\(?$"
    r"|\b(?:every|each|per)\s(?P<period>day|night|hour|week|month)\s(?:we\s|it\s|there are\s|about\s|around\s|some\s|comes?\s|get\s|score\s|process\s|receive\s|ingest\s|run\s|have\s|~)*$",
    re.IGNORECASE,
)
TOP = re.compile(r"\btop[\s-]$", re.IGNORECASE)
PERIODS = {"m": 1 / 1440, "h": 1 / 24, "d": 1.0, "n": 1.0, "w": 7.0, "y": 365.0, "e": 1.0, "o": 1.0, "a": 365.0}


def rates(scene: Scene) -> tuple[Quantity, ...]:
    """Return the rates per second in order."""
    return tuple(quantity for figure in scene.figures for quantity in _rate(scene, figure))


def volumes(scene: Scene) -> tuple[Quantity, ...]:
    """Return the volumes, as items a day, in order."""
    return tuple(quantity for figure in scene.figures for quantity in _volume(scene, figure))


def periodic(scene: Scene, figure: Figure) -> bool:
    """Whether a figure is a rate or a volume, and so is no count."""
    return next(_rate(scene, figure), None) is not None or next(_volume(scene, figure), None) is not None


def _rate(scene: Scene, figure: Figure) -> Iterator[Quantity]:
    if scene.prose[figure.start - 1 : figure.start] in {"$", "€", "£"}:
        return
    before = scene.before(figure.start, 60)
    match = RATE.match(scene.prose, figure.end)
    end, item = figure.end, ""
    if match:
        end, item = match.end(), _item(match)
        if item.startswith("token"):
            return
    else:
        prefix = PREFIX.search(before)
        if prefix is None or UNIT_NEXT.match(scene.prose, figure.end) or JUST.match(scene.prose, figure.end):
            return
    words = scene.words(figure.start, end) if match else _with_prefix(scene, figure)
    for reading in readings(scene, figure, end):
        yield Quantity(
            value=reading.value, unit="requests/s", words=words, low=reading.low, role=reading.role, item=item
        )


def _item(match: re.Match[str]) -> str:
    if match["short"]:
        return "frames" if match["short"].lower() == "fps" else ""
    return (match["item"] or "").lower()


def _with_prefix(scene: Scene, figure: Figure) -> str:
    prefix = PREFIX.search(scene.before(figure.start, 60))
    return scene.words(figure.start - (len(prefix[0]) if prefix else 0), figure.end)


def _volume(scene: Scene, figure: Figure) -> Iterator[Quantity]:
    if (
        COUNTED.match(scene.prose, figure.end)
        or TOP.search(scene.before(figure.start, 8))
        or scene.prose[figure.start - 1 : figure.start] in {"$", "€", "£"}
    ):
        return
    start, end, item, days = figure.start, figure.end, "", 0.0
    if rpm := MINUTES.match(scene.prose, figure.end):
        end, item, days = rpm.end(), "requests", 1 / 1440
    elif match := VOLUME.match(scene.prose, figure.end):
        end, item = match.end(), _head(match)
        days = _days(match["period"] or match["once"] or match["adverb"] or match["many"])
        days *= plain(match["count"]) if match["count"] else 1
    elif (match := BEFORE.search(scene.before(figure.start, 60))) and (
        noun := JUST.match(scene.prose, figure.end) or NEWS.match(scene.prose, figure.end)
    ):
        start -= len(match[0])
        end = noun.end()
        item = (noun.groupdict().get("item") or "").lower()
        days = _days(match["period"] or match["adverb"])
    if not days:
        return
    for reading in readings(scene, figure, end):
        low = None if reading.low is None else reading.low / days
        words = scene.words(start, end)
        yield Quantity(value=reading.value / days, unit="items/day", words=words, low=low, role=reading.role, item=item)


def _head(match: re.Match[str]) -> str:
    """What is counted in "80,000 customer letters a night": the letters."""
    last = match["rest"].split()[-1:] if " of " not in match["rest"] else []
    return (last[0] if last and last[0].endswith("s") else match["item"]).lower()


def _days(period: str) -> float:
    period = period.lower()
    if period.startswith("mo"):
        return 1.0 if period == "morning" else 30.0
    return PERIODS[period[0]]
