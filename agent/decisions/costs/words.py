"""How amounts are written on a command line: 100M, 8h, 0.30 USD/hour."""

import math
import re
from collections.abc import Mapping

from agent.decisions.costs.units import ONCE, TIMES, Money
from agent.errors import BadRequest

SCALES: Mapping[str, float] = {
    "": 1, "%": 0.01, "k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6,
    "b": 1e9, "bn": 1e9, "billion": 1e9, "t": 1e12, "trillion": 1e12,
}  # fmt: skip
SECONDS: Mapping[str, float] = {
    "ms": 0.001, "s": 1, "sec": 1, "second": 1, "m": 60, "min": 60, "minute": 60, "h": 3600, "hr": 3600, "hour": 3600,
    "d": 86_400, "day": 86_400, "w": 604_800, "week": 604_800,
}  # fmt: skip
PERIODS: Mapping[str, str] = {
    "h": "hour", "hr": "hour", "node-hour": "hour", "replica-hour": "hour", "gpu-hour": "hour", "d": "day", "w": "week",
    "mo": "month", "y": "year", "yr": "year", "gb-month": "GB-month", "gb": "GB", "mtok": "million tokens",
    "1m tokens": "million tokens", "m tokens": "million tokens", "million tokens": "million tokens",
    "1 million tokens": "million tokens", "million requests": "million requests", "once": ONCE,
} | {time: time for time in TIMES}  # fmt: skip
SIGNS: Mapping[str, str] = {"$": "USD", "€": "EUR", "£": "GBP"}
PLAIN = re.compile(r"([\d.,_]+(?:e[+-]?\d+)?)\s*([a-z%]*)", re.IGNORECASE)
PART = re.compile(r"([\d.,]+)\s*([a-z]+)\s*", re.IGNORECASE)
AMOUNT = re.compile(r"([$€£]?)\s*([\d.,_]+(?:e[+-]?\d+)?)\s*([kmb]?)\s*([a-z]{3})?", re.IGNORECASE)
# Outside this range a number is a slip of the keyboard, and products of several would leave what a float can hold.
LEAST, MOST = 1e-12, 1e21


class Unreadable(BadRequest, ValueError):
    """An amount that is not written in a form that is understood."""


def quantity(text: object) -> float:
    """Return a number written as 100M, 1.5k, 3B, 1e8, 12,500 or 60%; raises Unreadable."""
    if isinstance(text, int | float) and not isinstance(text, bool):
        return _sane(text, str(text))
    match = PLAIN.fullmatch(str(text).strip())
    scale = SCALES.get(match[2].lower()) if match else None
    if match is None or scale is None:
        raise Unreadable(f"{str(text)!r} is not a number", "for example: 100M, 1.5k, 250000, 60%")
    return _number(match[1], str(text)) * scale


def whole(text: object) -> float:
    """Return a number of things that cannot be split; raises Unreadable."""
    value = quantity(text)
    if value != math.floor(value):
        raise Unreadable(f"{text} is not a whole number", "for example: 8")
    return value


def duration(text: object) -> float:
    """Return seconds from 8h, 480 min, 1h30m, 50ms or 2 days; raises Unreadable, also for a number without its unit."""
    if isinstance(text, int | float):
        raise Unreadable(f"{text} has no unit of time", "for example: 8h, 480min, 30s, 50ms")
    rest, total = str(text).strip(), 0.0
    while rest:
        match = PART.match(rest)
        name = match[2].lower() if match else ""
        unit = SECONDS.get(name) or SECONDS.get(name.removesuffix("s"))
        if match is None or unit is None:
            raise Unreadable(f"{str(text)!r} is not a length of time", "for example: 8h, 480min, 1h30m, 50ms")
        total += _number(match[1], str(text)) * unit
        rest = rest[match.end() :]
    if not total:
        raise Unreadable(f"{str(text)!r} is no time at all", "for example: 8h, 480min, 50ms")
    return total


def money(text: str) -> Money:
    """Return money from '0.30 USD/hour', '$500/day', '0.02 USD/GB-month' or '3/million tokens'; raises Unreadable.

    Without a currency it is USD. The period is never guessed.
    """
    amount, slash, period = text.strip().partition("/")
    match = AMOUNT.fullmatch(amount.strip())
    if match is None or not slash or not period.strip():
        raise Unreadable(
            f"{text!r} is not money with its period", "for example: '0.30 USD/hour', '$500/day', '3 USD/million tokens'"
        )
    currency = SIGNS.get(match[1]) or (match[4] or "USD").upper()
    name = " ".join(period.lower().split())
    return Money(
        _number(match[2], text) * SCALES[match[3].lower()],
        currency,
        PERIODS.get(name, PERIODS.get(name.removesuffix("s"), name)),
    )


def _number(digits: str, text: str) -> float:
    whole = digits.replace("_", "")
    if "," in whole:
        if not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", whole):
            raise Unreadable(f"{text!r} is not a number", "write the decimals after a point: 1234.5")
        whole = whole.replace(",", "")
    try:
        value = float(whole)
    except ValueError as error:
        raise Unreadable(f"{text!r} is not a number", "for example: 100M, 1.5k, 250000") from error
    return _sane(value, text)


def _sane(value: float, text: str) -> float:
    # A comparison with what is no number is false, so NaN is refused too.
    if value and not LEAST <= abs(value) <= MOST:
        raise Unreadable(f"{text} is not a number to count with", "give one between 1e-12 and 1e21")
    return float(value)
