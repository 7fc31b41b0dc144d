"""Sample sizes, intervals, false alarms, burn rates, base rates: what a few numbers of a request decide."""

from collections.abc import Iterator
from math import ceil, sqrt

from agent.decisions.calculators import Number
from agent.decisions.estimates.reading import Request

PERCENT = r"\s?(?:%|percent\b|per cent\b)"
# Two-sided 5 % and power 80 %: quantiles of the normal distribution at 0.975 and 0.8.
Z_ALPHA, Z_POWER = 1.959964, 0.841621
DAY = 86_400.0
ALL, HALF = 100.0, 0.5
# Seconds up to which minutes are read more easily than hours.
SHORT = 5400
# A level of significance is at most this; a larger number is something else.
LARGEST_LEVEL = 0.1
# Percent: a share of good calls below it is no target of a service.
LEAST_TARGET = 90.0
# With more rows the interval is no wider than the figures are round.
MANY_ROWS = 1e6
# Percent: a class more frequent than that is not rare.
RARE_PERCENT = 20.0
MOST_PARTS = 20


def sample(request: Request) -> Iterator[Number]:
    """Cases an arm needs to tell two shares apart (normal approximation, Fleiss: Statistical Methods, two proportions)."""
    shares = _shares(request)
    if shares is None:
        return
    first, second = shares
    centre = (first + second) / 2
    spread = Z_ALPHA * sqrt(2 * centre * (1 - centre)) + Z_POWER * sqrt(first * (1 - first) + second * (1 - second))
    need = ceil((spread / (second - first)) ** 2)
    yield Number(
        name="cases each arm needs",
        value=need,
        unit="cases",
        working=f"to tell {100 * first:g} % from {100 * second:g} % (two-sided 5 %, power 80 %) = {need:,}",
    )
    pace = _pace(request)
    if pace is not None:
        seconds = need / pace
        yield Number(
            name="time to see it",
            value=seconds / 60,
            unit="min",
            working=f"{need:,} / {pace:,.3g} a second in the smaller arm = {_spoken(seconds)}"
            + ("; run whole weeks all the same, since days of the week differ" if seconds > DAY else ""),
        )


def _shares(request: Request) -> tuple[float, float] | None:
    """Two shares that are to be told apart: today's, and the one that would be noticed."""
    if not request.says(
        r"notice|detect|tell (?:the )?difference|significan|a/b|ab test|canary|bring\w* (?:that|it) to|hope\w* for|lift|uplift|convert|conversion|experiment|versus|doubl|half the|new (?:model|ranker|version|recommender)"
    ):
        return None
    moved = [(figure.value / 100, figure.start) for figure, _ in request.all(PERCENT)]
    base = [value for value, _ in moved if 0 < value < HALF]
    traffic = _traffic_share(request)
    base = [value for value in base if value != traffic]
    if not base:
        return None
    if request.says(r"\bdoubl"):
        return base[0], 2 * base[0]
    if request.says(r"\btripl"):
        return base[0], 3 * base[0]
    relative = request.amount(
        PERCENT + r"\s(?:relative\s)?(?:better|worse|more|higher|lower|lift|uplift|improvement|relative)"
    )
    if relative is not None and base[0] != relative / 100:
        return base[0], base[0] * (1 + relative / 100)
    return (base[0], base[1]) if len(base) > 1 and base[1] != base[0] else None


def _traffic_share(request: Request) -> float | None:
    share = request.amount(
        PERCENT
        + r"\s(?:of\s)?(?:the\s|our\s|all\s|\d[\d,.]*\s)?(?:traffic|requests|calls|users|visitors|customers|people|sessions)\b"
    )
    if share is not None and request.says(r"(?:failures?|errors?|conver\w+|fail|buy|click)\D{0,20}" + f"{share:g}"):
        return None
    if share is None and request.says(r"\bhalf (?:of (?:them|the)|see|get|the traffic)|50/50"):
        return HALF
    return share / 100 if share is not None else None


def _pace(request: Request) -> float | None:
    """Cases a second in the smaller arm."""
    rate = request.brief.rate()
    if rate is None and (daily := request.brief.daily()) is not None:
        rate = daily / DAY
    share = _traffic_share(request)
    return rate * min(share, 1 - share) if rate is not None and share is not None and 0 < share < 1 else None


def _spoken(seconds: float) -> str:
    if seconds < SHORT:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:.3g} hours" if seconds < 2 * DAY else f"{seconds / DAY:.3g} days"


def alarms(request: Request) -> Iterator[Number]:
    """False alarms of many tests at one level, when nothing has changed: 1 - (1 - level) ** tests, and tests x level."""
    tests = request.amount(r"\s(?:\w+\s){0,2}(?:features|columns|variables|tests|metrics|checks|inputs|segments)\b")
    level = next((figure.value for figure, _ in request.all(r"") if 0 < figure.value <= LARGEST_LEVEL), None)
    if (
        tests is None
        or level is None
        or tests <= 1
        or not request.says(r"\bks\b|kolmogorov|p\s?[<=]|p-value|test|alpha|significan|drift")
    ):
        return
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
        working=f"{tests:g} x {level:g} = {tests * level:.3g} on average",
    )


def burn(request: Request) -> Iterator[Number]:
    """How fast an error budget goes: share of failures / budget (Google SRE Workbook, chapter 5)."""
    target = max((item.value for item in request.brief.availability), default=None)
    if target is None:
        found = request.find(PERCENT + r"\s(?:of\s)?(?:\w+\s){0,3}(?:good|ok|succe\w+|up|available|answered)")
        target = found[0].value if found and found[0].value >= LEAST_TARGET else None
    failing = request.amount(
        PERCENT + r"\s(?:of\s)?(?:\w+\s){0,4}(?:fail\w*|errors?|5xx|are bad|lost)\b"
    ) or request.amount(PERCENT, r"(?:errors?|error rate|fail\w*|5xx)\D{0,20}")
    if target is None or failing is None or target >= ALL or failing >= ALL * HALF:
        return
    value = failing / (100 - target)
    days = request.amount(r"[\s-]days?\b") or 30.0
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


def majority(request: Request) -> Iterator[Number]:
    """The accuracy of a model that always says no: 1 - base rate."""
    base = _base_rate(request)
    if base is None:
        return
    yield Number(
        name="accuracy of always saying no",
        value=100 * (1 - base),
        unit="%",
        working=f"100 - {100 * base:g} = {100 * (1 - base):g} %",
    )
    daily, recall, false = request.brief.daily(), _measured(request, "recall"), _false_rate(request)
    if daily is None or recall is None or false is None:
        return
    caught, wrong = daily * base * recall, daily * (1 - base) * false
    yield Number(
        name="found a day", value=caught, unit="a day", working=f"{daily:,.0f} x {base:g} x {recall:g} = {caught:,.0f}"
    )
    yield Number(
        name="false alarms a day",
        value=wrong,
        unit="a day",
        working=f"{daily:,.0f} x {1 - base:g} x {false:g} = {wrong:,.0f}",
    )
    yield Number(
        name="precision",
        value=100 * caught / (caught + wrong),
        unit="%",
        working=f"{caught:,.0f} / ({caught:,.0f} + {wrong:,.0f}) = {100 * caught / (caught + wrong):.1f} %",
    )


RARE = r"fraud\w*|defect\w*|churn\w*|positive\w*|sick|ill|default\w*|spam|anomal\w+|fail\w*|bad"


def _base_rate(request: Request) -> float | None:
    thousand = request.find(
        rf"\s(?:in|out of|of|per)\s(?:a\s|every\s)?(thousand|10,?000|1,?000|hundred|100)\b[^.]{{0,40}}(?:{RARE})"
    )
    if thousand is not None:
        words = thousand[1][1].replace(",", "")
        return thousand[0].value / {"thousand": 1e3, "hundred": 100.0}.get(
            words, float(words) if words.isdigit() else 1e3
        )
    share = request.amount(PERCENT + rf"\s(?:of\s)?(?:\w+\s){{0,4}}(?:are\s|is\s)?(?:{RARE})\b") or request.amount(
        PERCENT, rf"(?:{RARE}|base) (?:rate|share)?\D{{0,12}}"
    )
    rare = request.says(r"fraud|defect|rare|spam|anomal|disease|tumou?r|default")
    return share / 100 if share is not None and share < RARE_PERCENT and rare else None


def _measured(request: Request, name: str) -> float | None:
    return next((item.percent / 100 for item in request.brief.measures if item.name == name), None)


def _false_rate(request: Request) -> float | None:
    share = request.amount(PERCENT, r"(?:false[- ](?:positive|alarm)s?(?: rate)?|fpr)\D{0,20}") or request.amount(
        PERCENT + r"\s(?:of\s)?(?:the\s)?(?:good|legitimate|honest|normal|genuine|clean|innocent)"
    )
    return share / 100 if share is not None else None


def series(request: Request) -> Iterator[Number]:
    """The availability of services that are all needed: their product."""
    found = sorted({item.value for item in request.brief.availability})
    parts = request.amount(r"\s(?:\w+\s){0,2}(?:services|dependencies|components|systems|backends|parts)\b")
    if (
        not found
        or parts is None
        or not 1 < parts <= MOST_PARTS
        or not request.says(r"each|all of|every|in a row|one after|chain|depends|product")
    ):
        return
    value = 100 * (found[-1] / 100) ** parts
    yield Number(
        name="all of them together",
        value=value,
        unit="%",
        working=f"({found[-1]:g} %) ^ {parts:g} = {value:.3f} %, when each is needed and they fail apart",
    )
