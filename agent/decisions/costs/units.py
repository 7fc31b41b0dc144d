"""Money per period: two amounts are added only when their currency and their period are the same.

Conversions are asked for by name. The conventions: a day has 24 hours, a month 30 days, a year 365 days or 12 months, and
what runs always is paid for 730 hours a month. So an hourly price goes to a month by 730, not by 24 x 30 = 720.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from agent.errors import BadRequest

# (from, to): how many of `from` are in one `to`. The way back is the inverse; no conversion goes by a third period.
LENGTHS: Mapping[tuple[str, str], float] = {
    ("hour", "day"): 24,
    ("hour", "week"): 168,
    ("hour", "month"): 730,
    ("hour", "year"): 8760,
    ("day", "week"): 7,
    ("day", "month"): 30,
    ("day", "year"): 365,
    ("week", "month"): 30 / 7,
    ("week", "year"): 365 / 7,
    ("month", "year"): 12,
}
TIMES = ("hour", "day", "week", "month", "year")
ONCE = "once"
# From here on all digits of a number are no help to a reader.
READABLE = 1e15


class Unlike(BadRequest, TypeError):
    """Two amounts that cannot be added, compared or converted."""


@dataclass(frozen=True)
class Rate:
    """So many items in a period, such as 30 runs a month."""

    value: float
    item: str
    period: str

    def __post_init__(self) -> None:
        if not (math.isfinite(self.value) and self.value > 0):
            raise BadRequest(f"a rate of {self.value:g} {self.item} is not more than 0", "give a number above 0")


@dataclass(frozen=True)
class Money:
    """An amount in a currency for a period or an item: 240 USD a run, 0.02 USD a GB-month; `once` for a single payment."""

    amount: float
    currency: str
    period: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.amount):
            raise BadRequest(f"{self.amount} is not an amount of money", "give a number")

    def __str__(self) -> str:
        return f"{figure(self.amount)} {self.unit}"

    @property
    def unit(self) -> str:
        """Return the currency and what it is paid for, as it is written after the amount."""
        return f"{self.currency} {ONCE}" if self.period == ONCE else f"{self.currency}/{self.period}"

    def __add__(self, other: "Money") -> "Money":
        self._like(other, "added to")
        return replace(self, amount=self.amount + other.amount)

    def __sub__(self, other: "Money") -> "Money":
        self._like(other, "taken from")
        return replace(self, amount=self.amount - other.amount)

    def __lt__(self, other: "Money") -> bool:
        self._like(other, "compared with")
        return self.amount < other.amount

    def __le__(self, other: "Money") -> bool:
        self._like(other, "compared with")
        return self.amount <= other.amount

    def __mul__(self, by: "float | Rate") -> "Money":
        """Return the money times a number; per item times items a period, it is money per that period."""
        if isinstance(by, Rate):
            if by.item != self.period:
                raise Unlike(f"{self} cannot be multiplied by {by.item}s a {by.period}", "the rate must count the same")
            return Money(self.amount * by.value, self.currency, by.period)
        return replace(self, amount=self.amount * by)

    def __truediv__(self, by: "float | Rate") -> "Money":
        """Return the money divided by a number; per period divided by items in that period, it is money per item."""
        if isinstance(by, Rate):
            if by.period != self.period:
                raise Unlike(
                    f"{self} cannot be divided by {by.item}s a {by.period}", f"convert it first: .per({by.period!r})"
                )
            return Money(self.amount / by.value, self.currency, by.item)
        if by == 0:
            raise BadRequest(f"{self} cannot be divided by nothing", "give a number above 0")
        return replace(self, amount=self.amount / by)

    def per(self, period: str) -> "Money":
        """Return the same spending for another length of time; raises Unlike for a run, an item or a single payment."""
        if period == self.period:
            return self
        if (self.period, period) in LENGTHS:
            return Money(self.amount * LENGTHS[self.period, period], self.currency, period)
        if (period, self.period) in LENGTHS:
            return Money(self.amount / LENGTHS[period, self.period], self.currency, period)
        raise Unlike(
            f"{self} is not money for a length of time that can be put as money per {period}",
            "say how often it is paid: multiply it by a rate, such as 30 runs a month",
        )

    def million(self) -> "Money":
        """Return the price of a million of the items this is the price of one of."""
        if self.period in {*TIMES, ONCE}:
            raise Unlike(f"{self} is not the price of an item", "divide it by a rate first")
        return Money(self.amount * 1e6, self.currency, f"million {self.period}s")

    def _like(self, other: "Money", verb: str) -> None:
        if self.currency != other.currency:
            raise Unlike(f"{other} cannot be {verb} {self}: the currencies differ", "give every amount in one currency")
        if self.period != other.period:
            raise Unlike(
                f"{other} cannot be {verb} {self}: one is per {other.period}, the other per {self.period}",
                f"convert one of them first: .per({self.period!r})",
            )


def figure(value: float) -> str:
    """Return a number as a reader wants it: two decimals, or three significant digits when it is small."""
    size = abs(value)
    if size and size < 1:
        digits = 2 - math.floor(math.log10(size))
        text = f"{value:.{digits}f}".rstrip("0")
        return text + "0" * max(0, 2 - len(text.partition(".")[2]))
    return f"{value:,.2f}".removesuffix(".00") if size < READABLE else f"{value:.3g}"
