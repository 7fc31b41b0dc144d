"""Times that are no latencies: how old data may be, and by when something must be done."""

import re
from collections.abc import Iterator

from agent.brief.model import Deadline, Quantity, Role
from agent.brief.numbers import Figure
from agent.brief.roles import role
from agent.brief.scene import Scene

UNIT = re.compile(
    r"[\s-]?(?P<unit>ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|days?|weeks?)\b(?!\s?/\s?\w)",
    re.IGNORECASE,
)
SECONDS = {"ms": 1e-3, "mil": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
FRESH_BEFORE = re.compile(
    r"\b(?:no|not|never|nothing|none)\s(?:be\s|more\s)?(?:older|staler)\sthan(?:\s(?:about|around|an?|the|~))*\s?$"
    r"|\b(?:fresh\w*|stale\w*|up[- ]to[- ]date|recency|data age|feature age|replication lag|feature lag|data lag)\b[^.,;!?]{0,30}?(?:\s(?:within|of|is|to|under|below|at most|than|less than|up to|by|about|in|be|must|should|for|max))+[\s<≤=:~]*$"
    r"|\b(?:data|features?|index|table|aggregates?|documents?|profiles?|embeddings|predictions|counters|scores|stock|inventory)\b[^.,;!?]{0,30}?\b(?:at most|max(?:imum)?|up to|less than|under)\s(?:about\s)?$",
    re.IGNORECASE,
)
OLD_BEHIND = re.compile(
    r"\s(?:old\b|stale\b|fresh\b|of staleness\b|staleness\b|freshness\b|behind real|lag\b|out of date)", re.IGNORECASE
)
NEWS_BEHIND = re.compile(r"\s(?:of|after)\s(?:the|a|an|each|every|its|their)\s(?:\w+\s?){1,2}", re.IGNORECASE)
WITHIN = re.compile(r"\b(?:within|in under|in less than)\s(?:about\s|around\s|~)?$", re.IGNORECASE)
NEWS = re.compile(
    r"\b(?:updat\w*|refresh\w*|reflect\w*|propagat\w*|visible|available|appear|searchable|features?|recommendations?|feed|in sync|synced|index\w*|ingest\w*|land\w*)\b",
    re.IGNORECASE,
)
RENEWED = re.compile(
    r"\b(?:updat|refresh|synchroni[sz]|synced|sync|materiali[sz]|recomput|re-?index|rebuil[dt])\w*\s(?:\w+\s)?(?P<every>hourly|daily|nightly|weekly|every\s(?P<one>minute|hour|day|night|week|second)\b|every\s$)",
    re.IGNORECASE,
)
EVERY = {"hourly": 3600.0, "daily": 86_400.0, "nightly": 86_400.0, "weekly": 604_800.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0, "night": 86_400.0, "week": 604_800.0, "second": 1.0}  # fmt: skip

TIME = r"(?:(?P<{0}h>[01]?\d|2[0-4])(?::(?P<{0}m>[0-5]\d))?\s?(?P<{0}x>am|pm|a\.m\.|p\.m\.|o'clock|(?<=\d)h\b|utc)?|(?P<{0}w>noon|midnight))"
CLOCK = re.compile(
    rf"\b(?:by|before|until|till|not later than|no later than|latest)\s(?:the\s)?{TIME.format('a')}(?![\w%:.,-]*\d)(?!\w)",
    re.IGNORECASE,
)
WINDOW = re.compile(
    rf"(?<![\w:.])(?:between\s|from\s)?{TIME.format('a')}\s?(?:-|to|and|until|till)\s?{TIME.format('b')}(?![\w:%])",
    re.IGNORECASE,
)
WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
DATE = re.compile(
    rf"\b(?:by|before|until|till|due)\s(?:the\s)?(?:next\s|this\s|coming\s)?(?:{WEEKDAY}|tomorrow|tonight|(?:month|quarter|year|week)[- ]end|next (?:week|month|quarter|year)|end of (?:the |this |next )?(?:day|week|month|quarter|year)|eod|eow|(?:q[1-4])\b|spring|summer|autumn|winter|christmas|january|february|march|april|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
DONE = re.compile(
    r"\b(?:(?:finish\w*|complete[ds]?|done|ready|end|run|must|should|needs? to|has to|have to|want|need|restor\w*|recover\w*)\b[^.;!?]{0,40}?\b(?:within|in|in under|under|in less than|less than|below|at most|max)|within)\s(?:about\s|around\s|~|the\s|an\s)?(?:next\s)?$",
    re.IGNORECASE,
)
NOT_DONE = re.compile(
    r"\s(?:of (?:history|data|audio|video|logs)|ago\b|old\b|late\b|window\b|after\b|timeout)|\s?(?:later)\b|'",
    re.IGNORECASE,
)
GROWS = re.compile(r"\b(?:go(?:es)?|went|up|grow\w*|rises?|spikes?|doubl\w*|tripl\w*|\d+x)\s$", re.IGNORECASE)
LONG = 60.0
NOON = 12


def freshness(scene: Scene) -> tuple[Quantity, ...]:
    """Return the ages, in seconds, that data may have or has."""
    found = [pair for figure in scene.figures for pair in _aged(scene, figure)]
    for match in RENEWED.finditer(scene.prose):
        if not match["every"].lower().endswith("every "):
            seconds = EVERY[(match["one"] or match["every"]).lower()]
            found.append((match.start(), _quantity(scene, match.start(), match.end(), seconds, _renewal(scene, match))))
    return tuple(quantity for _, quantity in sorted(found, key=lambda pair: pair[0]))


def _renewal(scene: Scene, match: re.Match[str]) -> Role:
    return role(scene, match.start(), match.end(), "observed")


def _quantity(scene: Scene, start: int, end: int, seconds: float, where: Role, low: float | None = None) -> Quantity:
    return Quantity(value=seconds, unit="seconds", words=scene.words(start, end), role=where, low=low)


def _aged(scene: Scene, figure: Figure) -> Iterator[tuple[int, Quantity]]:
    unit = UNIT.match(scene.prose, figure.end)
    if unit is None or figure.scale:
        return
    factor = _factor(unit["unit"])
    before = scene.before(figure.start)
    low = None if figure.floor is None else figure.floor * factor
    end = unit.end()
    if renewed := re.search(RENEWED.pattern, before, re.IGNORECASE):
        if renewed["every"].lower().endswith("every ") and renewed.end() == len(before):
            start = figure.start - len(renewed[0])
            yield start, _quantity(scene, start, end, figure.value * factor, role(scene, start, end, "observed"), low)
        return
    if not is_fresh(scene, figure, end):
        return
    if old := OLD_BEHIND.match(scene.prose, end):
        end = old.end()
    yield figure.start, _quantity(scene, figure.start, end, figure.value * factor, role(scene, figure.start, end), low)


def is_fresh(scene: Scene, figure: Figure, end: int) -> bool:
    """Whether a length of time is an age of data rather than a latency or a deadline."""
    before, after = scene.before(figure.start), scene.after(end, 60)
    if match := FRESH_BEFORE.search(before):
        return not match[0].lower().startswith(
            (
                "data",
                "feature",
                "index",
                "table",
                "aggreg",
                "docu",
                "prof",
                "embed",
                "pred",
                "count",
                "score",
                "stock",
                "inv",
            )
        ) or bool(OLD_BEHIND.match(after))
    if OLD_BEHIND.match(after):
        bound = re.search(
            r"\b(?:max\w*|at most|up to|no more than|less than|can be|may be|must be)\s(?:\w+\s)?$", before
        )
        return bool(
            bound
            or re.search(
                r"\b(?:data|features?|index|embeddings|profiles?|scores|predictions)\s(?:\w+\s)?(?:are|is|were)\s(?:\w+\s)?$",
                before,
            )
        )
    return bool(
        WITHIN.search(before)
        and NEWS_BEHIND.match(after)
        and NEWS.search(scene.prose[slice(*scene.sentence(figure.start))][:400])
    )


def deadlines(scene: Scene) -> tuple[Deadline, ...]:
    """Return the windows, times of day, dates and lengths of time in which something must be done, in order."""
    found = list(_windows(scene))
    taken = [(start, start + len(deadline.words)) for start, deadline in found]
    for match in CLOCK.finditer(scene.prose):
        clock = _clock(match, "a")
        if clock and (match["am"] or match["ax"] or match["aw"]) and not any(a <= match.start() < b for a, b in taken):
            found.append((match.start(), Deadline(words=scene.words(*match.span()), clock=clock)))
    found += [(match.start(), Deadline(words=scene.words(*match.span()))) for match in DATE.finditer(scene.prose)]
    found += [pair for figure in scene.figures for pair in _lengths(scene, figure)]
    return tuple(deadline for _, deadline in sorted(found, key=lambda pair: pair[0]))


def _windows(scene: Scene) -> Iterator[tuple[int, Deadline]]:
    for match in WINDOW.finditer(scene.prose):
        # Two bare numbers are no window, nor is "from 2 h to 9 h": they must say that they are times of day.
        hours = (match["bx"] or "").lower() == "h"
        both = (match["am"] and match["bm"]) or (match["bx"] and not hours) or match["bw"]
        linked = match[0].lower().startswith(("between", "from")) or not re.search(r"\sand\s", match[0])
        opens, clock = _clock(match, "a", match["bx"] or ""), _clock(match, "b")
        if not both or not linked or not opens or not clock:
            continue
        seconds = (_minutes(clock) - _minutes(opens)) % 1440 * 60.0
        yield match.start(), Deadline(words=scene.words(*match.span()), clock=clock, opens=opens, seconds=seconds)


def _lengths(scene: Scene, figure: Figure) -> Iterator[tuple[int, Deadline]]:
    unit = UNIT.match(scene.prose, figure.end)
    if unit is None or figure.scale:
        return
    factor = _factor(unit["unit"])
    before, after = scene.before(figure.start, 70), scene.after(unit.end(), 20)
    match = DONE.search(before)
    if (
        match is None
        or GROWS.search(before[: match.start()])
        or factor < LONG
        or NOT_DONE.match(after)
        or is_fresh(scene, figure, unit.end())
    ):
        return
    start = figure.start - (len(match[0]) - match[0].lower().rfind("within") if "within" in match[0].lower() else 0)
    yield start, Deadline(words=scene.words(start, unit.end()), seconds=figure.value * factor)


def _clock(match: re.Match[str], key: str, other: str = "") -> str:
    if word := match[f"{key}w"]:
        return "12:00" if word.lower() == "noon" else "00:00"
    hour, half = int(match[f"{key}h"]), (match[f"{key}x"] or other).lower()
    if half.startswith(("a", "p")):
        if not 1 <= hour <= NOON:
            return ""
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour % 24:02d}:{match[f'{key}m'] or '00'}"


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _factor(unit: str) -> float:
    unit = unit.lower()
    return SECONDS["ms"] if unit == "ms" or unit.startswith("mil") else SECONDS[unit[0]]
