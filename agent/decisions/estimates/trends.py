"""What changes over time: a figure in percent, growth by the month, labels that come late, and the sides of a split."""

from collections.abc import Iterator
from math import log

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import DAY, Amount
from agent.decisions.estimates.reading import PERIODS, Request, digits, sole

FEWEST, MANY = 20, 1000
# A month's growth above it is something else that is said by the month.
LARGEST_GROWTH = 0.9
GIGA, TERA = 1e9, 1e12
GROWS = r"grow|goes up|go up|increas|\brise|rising|more (?:every|each|per)|climb|\bup\b|add(?:s|ed)?\b"


def changes(request: Request) -> Iterator[Number]:
    """The change of a figure in percent, and of wrong answers when it counts right ones."""
    brief = request.brief
    pairs = [
        (old.milliseconds, new.milliseconds)
        for old in brief.latency
        for new in brief.latency
        if (old.role, new.role) == ("before", "observed")
        and None in (old.percentile, new.percentile, *([] if old.percentile != new.percentile else [None]))
    ]
    if len(pairs) == 1 and pairs[0][0] > 0:
        old_time, new_time = pairs[0]
        value = 100 * (new_time - old_time) / old_time
        yield Number(
            name="change in percent",
            value=value,
            unit="%",
            working=f"({new_time:g} - {old_time:g}) / {old_time:g} = {'+' if value > 0 else ''}{digits(value)} %",
        )
    for old in brief.measures:
        for new in brief.measures:
            if (
                (old.name, old.role, new.role) == (new.name, "before", "observed")
                and old.name in {"accuracy", "precision", "recall"}
                and new.percent > old.percent
            ):
                value = 100 * (new.percent - old.percent) / (100 - old.percent)
                yield Number(
                    name="errors that are gone",
                    value=value,
                    unit="%",
                    working=f"({new.percent:g} - {old.percent:g}) / (100 - {old.percent:g}) = {value:.3g} % fewer wrong answers",
                )


def growth(request: Request) -> Iterator[Number]:
    """Growth by a share a month: start x (1 + g) ^ months, and months to double: ln 2 / ln(1 + g)."""
    rates = [
        one
        for one in request.kind("share", GROWS)
        if 0 < one.value < LARGEST_GROWTH and (one.per == "month" or one.leads(r"^[^.]{0,14}month"))
    ]
    rate = sole(rates)
    if rate is None:
        return
    if request.says(r"doubl|twice"):
        months = log(2) / log(1 + rate)
        yield Number(
            name="months to double",
            value=months,
            unit="months",
            working=f"ln 2 / ln(1 + {rate:g}) = {months:.3g} months to double",
        )
    months = _months(request)
    start = [one for one in request.amounts if _starts(one)]
    if months is None or sole(start) is None:
        return
    one = start[0]
    value = one.value * (1 + rate) ** months
    yield Number(
        name=f"after {months:g} months",
        value=value / TERA if one.kind == "size" else value,
        unit="TB" if one.kind == "size" else one.noun,
        working=f"{_shown(one, one.value)} x (1 + {rate:g}) ^ {months:g} = {_shown(one, value)}",
    )


def _starts(one: Amount) -> bool:
    """Whether an amount can be what grows: bytes, a rate, a large count, or a bill by the month."""
    if one.kind == "count":
        rate = one.per in {"second", "day", "month"}
        return one.value > FEWEST and (rate or (one.value >= MANY and one.per not in PERIODS))
    return (one.kind == "size" and one.value >= GIGA) or (one.kind == "money" and one.per == "month")


def _months(request: Request) -> float | None:
    spans = {one.value / (30 * DAY) for one in request.kind("time") if one.noun.startswith("month")} | {
        12 * one.value / (365 * DAY) for one in request.kind("time") if one.noun.startswith("year")
    }
    if len(spans) == 1:
        return round(spans.pop())
    return (
        12.0
        if not spans
        and request.says(
            r"(?:in|after|next|within) (?:a|one|1) year|a year from now|end of (?:the|next) year|next year"
        )
        else None
    )


def labels(request: Request) -> Iterator[Number]:
    """Decisions without a label: those a day x the days a label takes (Little's law)."""
    days = sole(
        [
            one
            for one in request.kind(
                "time",
                r"label|outcome|truth|known|feedback|arriv|come|after|later|late|wait|chargeback|repay|return|delay|until",
            )
            if one.value >= DAY
        ]
    )
    daily = sole([one for one in request.amounts if one.kind == "count" and one.per == "day" and one.value > 1]) or None
    if (
        days is None
        or daily is None
        or not request.says(r"label|outcome|ground truth|truth|feedback|chargeback|repay|known")
    ):
        return
    value = days / DAY * daily
    yield Number(
        name="decisions without a label",
        value=value,
        unit="decisions",
        working=f"{digits(daily)} a day x {days / DAY:g} days = {digits(value)} without a label at any time",
    )


def split(request: Request) -> Iterator[Number]:
    """What each side of a split gets: rate x share, and the rest."""
    shares = [
        one
        for one in request.kind(
            "share",
            r"traffic|to the (?:new|challenger|canary|candidate)|canary|challenger|candidate|new (?:model|one|version)|shadow",
        )
        if 0 < one.value < 1
        and one.near(
            r"traffic|send|get|rout|let|goes|put|give|onto|to the|of (?:the )?(?:requests|calls|users|visitors)|half|split"
        )
    ]
    rates: list[Amount] = [
        one
        for one in request.amounts
        if one.kind == "count"
        and one.per in {"second", "minute", "hour", "day"}
        and one.value > 1
        and not one.counts("tokens?")
    ]
    share, rate = sole(shares), sole(rates)
    if share is None or rate is None or not request.says(r"traffic|split|canary|challenger|a/b|candidate"):
        return
    per, part = rates[0].per, rate * share
    yield Number(
        name="the new one's share",
        value=part,
        unit=f"requests a {per}",
        working=f"{digits(rate)} x {share:g} = {digits(part)} a {per}, {digits(rate - part)} stay where they are",
    )


def _shown(one: Amount, value: float) -> str:
    if one.kind != "size":
        return f"{one.sign}{digits(value)}"
    return f"{digits(value / TERA)} TB" if value >= TERA else f"{digits(value / GIGA)} GB"
