"""Experiments: the cases each arm needs, and how long they take to come."""

import re
from collections.abc import Iterator
from math import ceil, sqrt

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import Request, digits, sole
from agent.decisions.estimates.traffic import demand

# Two-sided 5 % and power 80 %: quantiles of the normal distribution at 0.975 and 0.8.
Z_ALPHA, Z_POWER = 1.959964, 0.841621
DAY = 86_400.0
HALF = 0.5
# Letters between a share and what it is of.
NEXT = 9
# Seconds up to which minutes are read more easily than hours.
SHORT = 5400
ASKED = (
    r"notice|detect|tell (?:the )?difference|\btell\b|significan|a/b|ab test|canary|bring\w* (?:that|it) to|hop(?:e|ing)|lift|convert|conversion|"
    r"experiment|versus|\bsee (?:it|that|whether|if)|doubl|prove|half the|new (?:model|ranker|version|recommender)|challenger|spot"
)
NO_BASE = r"confiden|power|certain|significan|alpha|\blevel|traffic|availab|uptime|cheaper|discount|busy|cpu"
ROUTED = r"\b(?:gets?|sends?|sent|lets?|route\w*|expos\w+|put|give\w*|goes|canary (?:takes|has|on|with|of|at)|onto|roll\w*|canary\b[^.%]{0,16}$)"
TO_NEW = r"(?:goes|go|is sent|are sent|get|see|sees|on|onto|to|in)\s(?:the\s|a\s|our\s)?(?:new|canary|challenger|candidate|treatment|test|variant|b\b)|\btraffic"
# What went up or down by a share is no share of cases.
MOVED = r"\b(?:up|down|by|rose|fell|dropped|grew)\s(?:about\s|some\s)?$"
RELATIVE = r"relative|lift|uplift|better|worse|\bmore\b|higher|lower|improvement|increase|fewer"


def sample(request: Request) -> Iterator[Number]:
    """Cases an arm needs to tell two shares apart (normal approximation, Fleiss: Statistical Methods, two proportions)."""
    shares = _shares(request)
    if shares is None:
        return
    first, second = shares
    mean, gap = (first + second) / 2, abs(second - first)
    null, other = 2 * mean * (1 - mean), first * (1 - first) + second * (1 - second)
    need = ceil(((Z_ALPHA * sqrt(null) + Z_POWER * sqrt(other)) / gap) ** 2)
    yield Number(
        name="cases each arm needs",
        value=need,
        unit="cases",
        working=f"to tell {100 * first:g} % from {100 * second:g} %: ((1.96 x sqrt({null:.4g}) + 0.842 x sqrt({other:.4g})) / {gap:.4g}) ^ 2 = {need:,} in each arm (two-sided 5 %, power 80 %)",
    )
    pace = _pace(request)
    if pace is not None:
        seconds = need / pace[0]
        yield Number(
            name="time to see it",
            value=seconds / 60,
            unit="min",
            working=f"{need:,} / {pace[1]} in the smaller arm = {_spoken(seconds)}"
            + ("; run whole weeks all the same, since days of the week differ" if seconds > DAY else ""),
        )


def traffic_share(request: Request) -> Amount | None:
    """Return the share of the traffic that the new one gets."""
    found = [one for one in request.kind("share") if 0 < one.value < 1 and not one.of and _routed(request, one)]
    return found[0] if sole(found) is not None else None


def _routed(request: Request, one: Amount) -> bool:
    if one.value == HALF and not request.text[one.start : one.end].strip()[:2].isdigit():
        return (
            one.leads(r"see|get|go|in (?:each|the|one|either)|of (?:them|the)|the (?:traffic|users|visitors|requests)")
            or "split" in request.text[one.start : one.end]
        )
    behind = next(
        (
            two
            for two in request.amounts
            if two.kind == "count"
            and 0 <= two.start - one.end <= NEXT
            and request.text[one.end : two.start].split()[:1] == ["of"]
            and "." not in request.text[one.end : two.start]
        ),
        None,
    )
    if behind is not None and behind.per and not one.near(r"fail|err|wrong|click|buy|conver"):
        return True
    if re.search(r"canary[^.%\d]{0,12}$", one.before):
        return True
    return one.follows(ROUTED, 28) or one.leads(TO_NEW, 34)


def _shares(request: Request) -> tuple[float, float] | None:
    """Two shares that are to be told apart: today's, and the one that would be noticed."""
    if not request.says(ASKED):
        return None
    traffic = traffic_share(request)
    base = [
        one
        for one in request.kind("share")
        if 0 < one.value < HALF and one is not traffic and not one.near(NO_BASE) and not one.follows(MOVED)
    ]
    if not base:
        return None
    first = base[0].value
    for pattern, factor in ((r"\bdoubl", 2.0), (r"\btripl", 3.0), (r"\bhalv|cut in half|half as many", 0.5)):
        if request.says(pattern):
            return first, factor * first
    moved = [
        one
        for one in base[1:]
        if one.leads(rf"^\s(?:\w+\s)?(?:{RELATIVE})", 30) or one.follows(r"relative\w*\s(?:\w+\s)*$")
    ]
    if moved:
        down = moved[0].leads(r"lower|worse|fewer", 30)
        return first, first * (1 - moved[0].value if down else 1 + moved[0].value)
    points = [
        one
        for one in request.amounts
        if one.kind == "count" and one.leads(r"^\s?(?:%|percentage|percent)?[\s-]?(?:points?|pp)\b", 20)
    ]
    if len(base) == 1 and sole(points) is not None and points[0].value < 100 * (HALF - first):
        return first, first + points[0].value / 100
    second = next((one.value for one in base[1:] if one.value != first), None)
    return (first, second) if second is not None else None


def _pace(request: Request) -> tuple[float, str] | None:
    """Return cases a second in the smaller arm, and how they come about."""
    share = traffic_share(request)
    rate, per = demand(request), "second"
    if rate is None:
        daily = (
            sole([one for one in request.amounts if one.kind == "count" and one.per == "day" and one.value > 1])
            or request.brief.daily()
        )
        rate, per = daily, "day"
    if rate is None or share is None:
        return None
    part = min(share.value, 1 - share.value)
    return rate * part / (DAY if per == "day" else 1), f"({digits(rate)} x {part:g}) a {per}"


def _spoken(seconds: float) -> str:
    if seconds < SHORT:
        return f"{seconds / 60:.3g} min"
    return f"{seconds / 3600:.3g} hours" if seconds < 2 * DAY else f"{seconds / DAY:.3g} days ({seconds / 3600:.3g} h)"
