"""False alarms, burn rates, intervals and chains: what a few numbers of a request decide."""

from collections.abc import Iterator
from math import sqrt

from agent.decisions.calculators import Number
from agent.decisions.estimates.reading import Request, sole
from agent.decisions.estimates.reliability import EITHER, PARTS, available

PERCENT = r"\s?(?:%|percent\b|per cent\b)"
# Two-sided 5 %: the quantile of the normal distribution at 0.975.
Z_ALPHA = 1.959964
ALL, HALF = 100.0, 0.5
# A level of significance is at most this; a larger number is something else.
LARGEST_LEVEL = 0.1
# Percent: a share of good calls below it is no target of a service.
LEAST_TARGET = 90.0
# With more rows the interval is no wider than the figures are round.
MANY_ROWS = 1e6
MOST_PARTS = 20


TESTED = r"\bks\b|kolmogorov|p\s?[<=]|p-?values?|test|alpha|significan|drift|bonferroni|\blevel\b"


def alarms(request: Request) -> Iterator[Number]:
    """False alarms of many tests at one level when nothing has changed: 1 - (1 - level) ^ tests, tests x level; level / tests (Bonferroni)."""
    tests = sole(
        request.plain(
            r"features|columns|variables|tests|metrics|checks|inputs|segments|fields|signals|charts|panels|slices|models|sensors|comparisons|hypotheses"
        )
    )
    levels = {
        one.value for one in request.amounts if one.kind == "count" and 0 < one.value <= LARGEST_LEVEL and not one.noun
    }
    levels |= {
        one.value
        for one in request.kind("share", r"level|alpha|significan|\bp\b|p-?value|threshold|\btest")
        if 0 < one.value <= LARGEST_LEVEL
    }
    if tests is None or len(levels) != 1 or not request.says(TESTED):
        return
    level = levels.pop()
    share = 1 - (1 - level) ** tests
    yield Number(
        name="rounds with an alarm although nothing changed",
        value=100 * share,
        unit="%",
        working=f"1 - (1 - {level:g}) ^ {tests:g} = {100 * share:.1f} %, if the tests were independent",
    )
    yield Number(
        name="false alarms a round",
        value=tests * level,
        unit="alarms",
        working=f"{tests:g} x {level:g} = {tests * level:.3g} false alarms a round on average",
    )
    yield Number(
        name="level for one false round in many",
        value=level / tests,
        unit="level",
        working=f"{level:g} / {tests:g} = {level / tests:.3g} for each test keeps the whole round at {level:g} (Bonferroni)",
    )


FAILS = r"\bfail|\berror|\b5xx|\b500s|\bbad\b|\blost\b|\btime-?outs?|\bbroken|\bdropp"
OBJECTIVE = r"good|\bok\b|succe|\bup\b|availab|answered|objective|target|slo\b|promis"
DAY = 86_400.0


def burn(request: Request) -> Iterator[Number]:
    """How fast an error budget goes: share of failures / budget (Google SRE Workbook, chapter 5)."""
    good = sole(
        available(request) or [one for one in request.kind("share", OBJECTIVE) if LEAST_TARGET <= ALL * one.value < ALL]
    )
    bad = sole([one for one in request.kind("share", FAILS) if 0 < one.value < HALF])
    if good is None or bad is None:
        return
    target, failing = ALL * good, round(ALL * bad, 6)
    value = failing / (100 - target)
    days = sole([one for one in request.kind("time") if one.value >= 7 * DAY]) or 30 * DAY
    days /= DAY
    yield Number(
        name="burn rate",
        value=value,
        unit="times",
        working=f"{failing:g} % / (100 - {target:g}) % = {value:.3g} times as fast as the budget allows",
    )
    if value > 1:
        yield Number(
            name="the budget lasts",
            value=days / value,
            unit="days",
            working=f"{days:g} days / {value:.3g} = {days / value:.3g} days from a full budget",
        )


def margin(request: Request) -> Iterator[Number]:
    """The half width of the 95 % interval of a measured share: 1.96 x sqrt(p (1 - p) / n) (Wald)."""
    rows = request.amount(
        r"\s(?:\w+\s){0,2}(?:rows|examples|samples|cases|questions|images|documents|items|predictions)\b",
        r"(?:on|over|with|of|from|checked|tested|only|just)\s(?:about\s|only\s|just\s)?",
    )
    share = request.amount(PERCENT + r"\s(?:right|correct|accurate|accuracy|recall|precision|hit)") or next(
        (item.percent for item in request.brief.measures if item.role != "target"), None
    )
    if rows is None or share is None or not 1 < rows < MANY_ROWS or not 0 < share < ALL:
        return
    half = 100 * Z_ALPHA * sqrt(share / 100 * (1 - share / 100) / rows)
    yield Number(
        name="uncertainty of the measured share",
        value=half,
        unit="points",
        working=f"1.96 x sqrt({share / 100:g} x {1 - share / 100:.3g} / {rows:,.0f}) = {half:.3g} points either way (95 % interval {share - half:.1f} to {share + half:.1f} %)",
    )


def series(request: Request) -> Iterator[Number]:
    """The availability of as many parts that are all needed, each with the same: a ^ n."""
    found = sole([one for one in request.kind("share") if LEAST_TARGET <= ALL * one.value < ALL])
    parts = sole([one for one in request.plain(PARTS) if 1 < one.value <= MOST_PARTS])
    chained = request.says(r"each|all of|every|in a row|one after|chain|depends|product|through")
    if found is None or parts is None or not chained or request.says(EITHER):
        return
    value = ALL * found**parts
    yield Number(
        name="all of them together",
        value=value,
        unit="%",
        working=f"({ALL * found:g} %) ^ {parts:g} = {value:.3f} %, when each is needed and they fail apart",
    )
