"""How old data or features may be, or are."""

import re
from collections.abc import Iterator

from agent.brief.model import Quantity, Role
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.roles import role
from agent.brief.scene import Scene

UNIT = Pattern(
    r"[\s-]?(?P<unit>ms|milliseconds?|s|secs?|seconds?|mins?|minutes?|h|hrs?|hours?|days?|weeks?)\b(?!\s?/\s?\w)",
    re.IGNORECASE,
)
SECONDS = {"ms": 1e-3, "mil": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
FRESH_BEFORE = Pattern(
    r"\b(?:no|not|never|nothing|none)\s(?:be\s|more\s)?(?:older|staler)\sthan(?:\s(?:about|around|an?|the|~))*\s?$"
    r"|\b(?:fresh\w*|stale\w*|up[- ]to[- ]date|recency|data age|feature age|replication lag|feature lag|data lag)\b[^.,;!?]{0,30}?(?:\s(?:within|of|is|to|under|below|at most|than|less than|up to|by|about|in|be|must|should|for|max))+[\s<≤=:~]*$"
    r"|\b(?:data|features?|index|table|aggregates?|documents?|profiles?|embeddings|predictions|counters|scores|stock|inventory)\b[^.,;!?]{0,30}?\b(?:at most|max(?:imum)?|up to|less than|under)\s(?:about\s)?$",
    re.IGNORECASE,
)
OLD_BEHIND = Pattern(
    r"\s(?:old\b|stale\b|fresh\b|of staleness\b|staleness\b|freshness\b|behind real|lag\b|out of date)", re.IGNORECASE
)
NEWS_BEHIND = Pattern(r"\s(?:of|after)\s(?:the|a|an|each|every|its|their)\s(?:\w+\s?){1,2}", re.IGNORECASE)
WITHIN = Pattern(r"\b(?:within|in under|in less than)\s(?:about\s|around\s|~)?$", re.IGNORECASE)
NEWS = Pattern(
    r"\b(?:updat\w*|refresh\w*|reflect\w*|propagat\w*|visible|available|appear|searchable|features?|recommendations?|feed|in sync|synced|index\w*|ingest\w*|land\w*)\b",
    re.IGNORECASE,
)
RENEWED = Pattern(
    r"\b(?:updat|refresh|synchroni[sz]|synced|sync|materiali[sz]|recomput|re-?index|rebuil[dt])\w*\s(?:\w+\s)?(?P<every>hourly|daily|nightly|weekly|every\s(?P<one>minute|hour|day|night|week|second)\b|every\s$)",
    re.IGNORECASE,
)
EVERY = {"hourly": 3600.0, "daily": 86_400.0, "nightly": 86_400.0, "weekly": 604_800.0, "minute": 60.0, "hour": 3600.0, "day": 86_400.0, "night": 86_400.0, "week": 604_800.0, "second": 1.0}  # fmt: skip


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
    scale = factor(unit["unit"])
    before = scene.before(figure.start)
    low = None if figure.floor is None else figure.floor * scale
    end = unit.end()
    if renewed := RENEWED.search(before):
        if renewed["every"].lower().endswith("every ") and renewed.end() == len(before):
            start = figure.start - len(renewed[0])
            yield start, _quantity(scene, start, end, figure.value * scale, role(scene, start, end, "observed"), low)
        return
    if not is_fresh(scene, figure, end):
        return
    if old := OLD_BEHIND.match(scene.prose, end):
        end = old.end()
    yield figure.start, _quantity(scene, figure.start, end, figure.value * scale, role(scene, figure.start, end), low)


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


def factor(unit: str) -> float:
    """Return how many seconds a unit of time has."""
    unit = unit.lower()
    return SECONDS["ms"] if unit == "ms" or unit.startswith("mil") else SECONDS[unit[0]]
