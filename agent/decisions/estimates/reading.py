"""Amounts in a request: the number that stands before, or behind, certain words."""

import re
from dataclasses import dataclass
from functools import cached_property

from agent.brief.model import Brief
from agent.brief.numbers import Figure
from agent.brief.scene import Scene
from agent.decisions.estimates.amounts import Amount, Kind, amounts
from agent.decisions.estimates.spelling import figures_for_words

SECONDS = {
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "m": 60.0,
    "min": 60.0,
    "h": 3600.0,
    "hour": 3600.0,
    "d": 86_400.0,
    "day": 86_400.0,
}
BYTES = {
    "b": 1.0,
    "kb": 1e3,
    "mb": 1e6,
    "gb": 1e9,
    "tb": 1e12,
    "mi": 1.048576e6,
    "gi": 1.073741824e9,
    "mib": 1.048576e6,
    "gib": 1.073741824e9,
}
TIME = r"[\s-]?(?P<time>milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|hours?|hrs?|h|days?)\b"
SIZE = r"\s?(?P<size>bytes?|[kmgt]i?b|[mg]i)\b"


@dataclass(frozen=True)
class Request:
    """A request as the estimates read it."""

    brief: Brief

    @cached_property
    def scene(self) -> Scene:
        """Its text with its numbers found, those in words among them."""
        return Scene(figures_for_words(self.brief.text))

    @cached_property
    def text(self) -> str:
        """Its text in lower case."""
        return self.scene.prose.lower()

    @cached_property
    def amounts(self) -> tuple[Amount, ...]:
        """What its numbers measure, in order."""
        return amounts(self.scene)

    def kind(self, kind: Kind, near: str = "") -> list[Amount]:
        """Return the amounts of one kind, those with `near` close by when it is given."""
        return [one for one in self.amounts if one.kind == kind and (not near or one.near(near))]

    def things(self, noun: str, per: str = "") -> list[Amount]:
        """Return the counts of things: all there are, or those that come per time."""
        return [one for one in self.amounts if one.counts(noun) and one.per == per]

    def plain(self, noun: str) -> list[Amount]:
        """Return the counts of things that are no rate, whatever else stands behind them."""
        return [one for one in self.amounts if one.counts(noun) and one.per not in PERIODS and one.value > 1]

    def says(self, pattern: str) -> bool:
        """Whether a pattern stands anywhere in it."""
        return re.search(pattern, self.text) is not None

    def amount(self, behind: str, before: str = "") -> float | None:
        """Return the first number with `behind` right behind it, and `before` right before it; None when there is none."""
        found = self.find(behind, before)
        return found[0].value if found else None

    def find(self, behind: str, before: str = "") -> "tuple[Figure, re.Match[str]] | None":
        """Return the first such number and the match of what stands behind it."""
        return next(iter(self.all(behind, before)), None)

    def all(self, behind: str, before: str = "") -> "list[tuple[Figure, re.Match[str]]]":
        """Return every such number, in order."""
        prose = self.scene.prose.lower()
        found: list[tuple[Figure, re.Match[str]]] = []
        for figure in self.scene.figures:
            match = re.compile(behind).match(prose, figure.end)
            if match and (not before or re.search(before + r"$", prose[max(0, figure.start - 60) : figure.start])):
                found.append((figure, match))
        return found

    def seconds(self, behind: str = "", before: str = "") -> float | None:
        """Return the first length of time with `behind` behind its unit, in seconds."""
        found = self.find(TIME + behind, before)
        return found[0].value * seconds_of(found[1]["time"]) if found else None

    def bytes(self, behind: str = "", before: str = "") -> float | None:
        """Return the first size with `behind` behind its unit, in bytes (1 GB is 1e9)."""
        found = self.find(SIZE + behind, before)
        return found[0].value * bytes_of(found[1]["size"]) if found else None


# From here on a fraction is noise.
LARGE = 1000
PERIODS = frozenset({"second", "minute", "hour", "day", "night", "week", "month", "year"})


def sole(found: "list[Amount]") -> float | None:
    """Return the value of amounts that agree; None when there are none, or several that differ."""
    return found[0].value if len({one.value for one in found}) == 1 else None


def digits(value: float) -> str:
    """Return a number as it is read aloud: whole from a thousand on, else to five digits."""
    return f"{value:,.0f}" if abs(value) >= LARGE else f"{value:.5g}"


def seconds_of(unit: str) -> float:
    """Return the seconds of a unit of time as it is written."""
    unit = unit.lower()
    if unit.startswith(("ms", "milli")):
        return SECONDS["ms"]
    return SECONDS[unit[:1]]


def bytes_of(unit: str) -> float:
    """Return the bytes of a unit of size as it is written."""
    return BYTES["b" if unit.lower().startswith("byte") else unit.lower()]
