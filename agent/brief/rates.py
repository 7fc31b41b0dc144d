"""Rates: requests a second, and volumes over a minute or longer as items a day."""

import re
from collections.abc import Iterator

from agent.brief.model import Quantity
from agent.brief.nouns import Noun, known, noun, stopped
from agent.brief.numbers import Figure, plain
from agent.brief.pattern import Pattern
from agent.brief.roles import readings
from agent.brief.scene import Scene

PER = r"\s?(?:/|per\s|an?\s|each\s|every\s|in (?:a|one)\s)\s?"
SECOND = r"s(?:ec(?:onds?)?)?\b(?!-)"
LONGER = r"(?P<period>minutes?|mins?|m|hours?|hrs?|h|days?|d|nights?|weeks?|wk|months?|mo|years?|yr|evening|morning|weekday)\b"
# What may stand between a noun and its period: "images of cars per second", "requests in total per second".
REST = r"(?P<rest>(?:\s(?:of\s)?[\w'-]+){0,2}?|\sin total)"
SHORT = Pattern(
    rf"\s?(?:(?P<short>rps|qps|tps|req/s|r/s|fps)\b|(?:/|per\s)\s?{SECOND}|\s?(?:a|each|every)\ssecond\b|\s?(?P<times>times)(?:/|\sper\s|\sa\s){SECOND})",
    re.IGNORECASE,
)
RATE = Pattern(rf"{REST}{PER}{SECOND}", re.IGNORECASE)
# "Forty times a day", and "about 6,000 a day" of what is not named again.
TIMES = Pattern(rf"\s(?P<item>times)(?:/|\s(?:per|a|each|every)\s){LONGER}", re.IGNORECASE)
BARE = Pattern(
    r"\s(?:a|per|each|every)\s(?P<period>minute|hour|day|night)\b(?![\s-](?:budget|bill|price|fee|of|window|retention|history|old))",
    re.IGNORECASE,
)
MONEY = Pattern(
    r"[$€£]|\b(?:pay|paid|spend|spent|costs?|bill|budget|afford|price|fee|salary|euros?|dollars?|bucks|grand|invoice|earns?|hours?|minutes?|gb|tb|%|percent|tokens?)\b",
    re.IGNORECASE,
)
# "Score 100 million customers with LightGBM overnight".
NIGHTLY = Pattern(
    r"(?P<between>[^.;:,?!\d]{0,60}?)\s(?P<period>overnight|nightly|(?:every|each|per) night|a night)\b", re.IGNORECASE
)
RENEWED = Pattern(
    r"\b(?:index\w*|re-?index\w*|rebuil\w*|refresh\w*|updat\w*|sync\w*|train\w*|retrain\w*|deploy\w*|backup|whose|which|that|history|and|from|has|have|had|is|are)\b",
    re.IGNORECASE,
)
RELEASED = Pattern(
    r"\b(?:releas\w*|deploy\w*|retrain\w*|train\w*|roll\w*|restart\w*|updat\w*|fail\w*|crash\w*|chang\w*)\b",
    re.IGNORECASE,
)
MANY = 1000
FEW = 10
REACH = 60
MINUTES = Pattern(r"\s?rpm\b", re.IGNORECASE)
PREFIX = Pattern(
    r"\b(?P<item>rps|qps|tps|(?:requests|queries|predictions|calls) per second|requests/s|req/s)\b\s?(?:\(peak\)\s?)?(?:of|is|are|at|=|:|~|about|around|peak(?:s|ing)?|up|to|under|load|target|currently)*(?:\s(?:of|is|at|about|around|up|to|~))*[\s:=~<]*$",
    re.IGNORECASE,
)
UNIT_NEXT = Pattern(r"\s?(?:ms|s|sec|seconds|%|[kmgt]i?b|x)\b|\s?%|:\d", re.IGNORECASE)
VOLUME = Pattern(
    rf"{REST}(?:{PER}{LONGER}|\severy\s(?P<count>\d+|two|three|five|six|ten|fifteen|thirty)\s(?P<many>minutes|hours|days|weeks)\b|\s(?:once (?:a|per)\s(?P<once>day|night|week|month|year)\b|(?P<adverb>daily|nightly|hourly|weekly|monthly|yearly|annually|overnight)\b))",
    re.IGNORECASE,
)
COUNTED = Pattern(r"[\s-]?(?:daily|monthly|weekly)\s(?:active\s)?(?:users|players|customers|visitors)\b", re.IGNORECASE)
NEWS = Pattern(r"\s(?:new|more|of them)\b", re.IGNORECASE)
BEFORE = Pattern(
    r"\b(?P<adverb>daily|nightly|overnight|hourly|weekly|monthly)(?:,\s|\s(?:\w+\s){0,2}?)(?:of|for|on|over|:)?\s?(?:about\s|around\s|~|up to\s|some\s|all\s|our\s|the\s)*\(?$"
    r"|\b(?:every|each|per)\s(?P<period>day|night|hour|week|month)\s(?:we\s|it\s|there are\s|about\s|around\s|some\s|comes?\s|get\s|score\s|process\s|receive\s|ingest\s|run\s|have\s|~)*$",
    re.IGNORECASE,
)
TOP = Pattern(r"\btop[\s-]$", re.IGNORECASE)
PERIODS = {
    "m": 1 / 1440,
    "h": 1 / 24,
    "d": 1.0,
    "n": 1.0,
    "w": 7.0,
    "y": 365.0,
    "e": 1.0,
    "o": 1.0,
    "p": 1.0,
    "a": 365.0,
}


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
    found = _per_second(scene, figure)
    if found is None:
        prefix = PREFIX.search(scene.before(figure.start, 60))
        if prefix is None or UNIT_NEXT.match(scene.prose, figure.end) or known(scene.prose, figure.end):
            return
    elif found[1].startswith("token"):
        return
    end, item = found or (figure.end, "")
    words = scene.words(figure.start, end) if found else _with_prefix(scene, figure)
    for reading in readings(scene, figure, end):
        yield Quantity(
            value=reading.value, unit="requests/s", words=words, low=reading.low, role=reading.role, item=item
        )


def _per_second(scene: Scene, figure: Figure) -> tuple[int, str] | None:
    """Where a rate per second ends, and what it is of."""
    if short := SHORT.match(scene.prose, figure.end):
        return short.end(), "frames" if (short["short"] or "").lower() == "fps" else ""
    found = _tail(scene, figure, RATE)
    return (found[1].end(), found[0]) if found else None


def _tail(scene: Scene, figure: Figure, pattern: Pattern) -> tuple[str, re.Match[str]] | None:
    """What a figure counts and the period behind it: "80,000 customer letters a night" counts letters."""
    counted = noun(scene.prose, figure.end)
    match = pattern.match(scene.prose, counted.end) if counted else None
    if counted is None or match is None:
        return None
    rest = match["rest"].split()
    if match["rest"] != " in total" and any(word != "of" and stopped(word) for word in rest):
        return None
    last = rest[-1].lower() if rest and "of" not in rest else ""
    return (last if last.endswith("s") else counted.item), match


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
    elif tail := _tail(scene, figure, VOLUME):
        item, match = tail
        end = match.end()
        days = _days(match["period"] or match["once"] or match["adverb"] or match["many"])
        days *= plain(match["count"]) if match["count"] else 1
        # "Five submissions a day" is no load; what is surely asked of a model may be few.
        days = days if figure.value / days >= FEW or known(scene.prose, figure.end) else 0.0
    elif (match := BEFORE.search(scene.before(figure.start, 60))) and (counted := _counted(scene, figure)):
        start -= len(match[0])
        end, item = counted.end, counted.item
        days = _days(match["period"] or match["adverb"])
    elif found := _said(scene, figure):
        end, item, days = found
    if not days:
        return
    for reading in readings(scene, figure, end):
        low = None if reading.low is None else reading.low / days
        words = scene.words(start, end)
        yield Quantity(value=reading.value / days, unit="items/day", words=words, low=low, role=reading.role, item=item)


def _counted(scene: Scene, figure: Figure) -> Noun | None:
    """What is counted behind "every night": a noun that is known to be, or any plural of many."""
    if new := NEWS.match(scene.prose, figure.end):
        return known(scene.prose, figure.end) or Noun("", new.end())
    return known(scene.prose, figure.end) or (noun(scene.prose, figure.end) if figure.value >= MANY else None)


def _said(scene: Scene, figure: Figure) -> tuple[int, str, float] | None:
    """A volume that is said in another way, with its end, noun and days: "forty times a day", "6,000 a day", "overnight"."""
    if match := TIMES.match(scene.prose, figure.end):
        days = _days(match["period"])
        return (match.end(), "times", days) if figure.value / days >= FEW and not _released(scene, figure) else None
    if figure.value >= FEW and (match := BARE.match(scene.prose, figure.end)):
        start, end = scene.sentence(figure.start)
        near = scene.prose[max(start, figure.start - REACH) : min(end, match.end() + REACH)]
        return None if MONEY.search(near) else (match.end(), "", _days(match["period"]))
    counted = noun(scene.prose, figure.end) if figure.value >= MANY else None
    match = NIGHTLY.match(scene.prose, counted.end) if counted else None
    if counted is None or match is None or RENEWED.search(match["between"]):
        return None
    return counted.end, counted.item, _days(match["period"])


def _released(scene: Scene, figure: Figure) -> bool:
    """Whether what happens so many times is work on the system rather than its use."""
    return bool(RELEASED.search(scene.before(figure.start, REACH)))


def _days(period: str) -> float:
    period = re.sub(r"^(?:every|each|per|a) ", "", period.lower())
    if period.startswith("mo"):
        return 1.0 if period == "morning" else 30.0
    return PERIODS[period[0]]
