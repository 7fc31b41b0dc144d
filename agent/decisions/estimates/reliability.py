"""Availability: a year's downtime, services in a chain, machines side by side, what a budget has left."""

from collections.abc import Iterator
from math import prod

from agent.decisions.calculators import MINUTES, Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import Request, digits, sole

LEAST = 0.9
ROUND = 8
SEVERAL = 2
MOST_MACHINES = 5
FEWEST = 100
DAY = 86_400.0
HOURS_A_YEAR = 365 * 24
UP = r"uptime|\bup\b|availab|\bslo\b|\bsla\b|contract|promis|reliab|nines|good\b|for the month|succe|guarantee|sign|target|objective"
CHAIN = r"\b(?:all|both|each|every one)\b|chain|one after (?:the other|another)|depends?|in a row|in series|behind|needs? \w+ of them|goes through|pass(?:es)? through|end[- ]to[- ]end|together|promise"
PARTS = r"services|dependencies|components|systems|backends|parts|hops|stages|steps|links|microservices"
EITHER = r"\beither\b|second (?:one|machine|vm|server|node|region|zone|instance|replica|copy)|(?:two|2|three|3) (?:of them|machines|vms|servers|replicas|zones|regions|instances|copies|nodes|data ?cent\w+)|redundan|another one|both (?:fail|die|are down|go down)|one (?:of them )?is enough|in parallel|stand-?by|side by side|fails? over|fail-?over"


def available(request: Request) -> list[Amount]:
    """Return the availabilities of a request, as shares of 1."""
    said = request.says(r"availab|uptime|downtime|\bbe down\b|error budget|objective|nines")
    known = {round(item.value / 100, ROUND) for item in request.brief.availability}
    return [
        one
        for one in request.kind("share")
        if LEAST <= one.value < 1
        and (round(one.value, ROUND) in known or one.near(UP) or said)
        and not one.near(
            r"accura|recall|precision|confiden|certain|sure|percentile|of (?:all |the )?(?:requests|calls) (?:in|under|within|below|need|must)"
        )
    ]


def _bare(request: Request) -> list[Amount]:
    """Return every percentage that can be an availability, once the request is about availability."""
    return [one for one in request.kind("share") if LEAST <= one.value < 1]


def year(request: Request) -> Iterator[Number]:
    """Downtime a year at an availability: (1 - availability) x 365 days."""
    one = sole(available(request))
    if one is None or not request.says(r"\byear|\bannual|12 months|per annum|p\.a\."):
        return
    hours = (1 - one) * HOURS_A_YEAR
    month = (1 - one) * MINUTES
    yield Number(
        name="downtime a year",
        value=hours * 60,
        unit="min",
        working=f"(100 - {100 * one:g}) % x 525,600 min = {digits(hours * 60)} min a year ({hours:,.3g} h), {month:,.3g} min in 30 days",
    )


def chain(request: Request) -> Iterator[Number]:
    """The availability of parts that are all needed, each with its own: their product."""
    found = _bare(request)
    if (
        len(found) < SEVERAL
        or (len({one.value for one in found}) == 1 and request.plain(PARTS))
        or not available(request)
        or not request.says(CHAIN)
        or request.says(EITHER)
    ):
        return
    value = prod(one.value for one in found)
    parts = " x ".join(f"{one.value:g}" for one in found)
    yield Number(
        name="all of them together",
        value=100 * value,
        unit="%",
        working=f"{parts} = {100 * value:.4g} %, {digits((1 - value) * MINUTES)} min down in 30 days, when each is needed and they fail apart",
    )


def parallel(request: Request) -> Iterator[Number]:
    """The availability of machines of which one is enough: 1 - (1 - a) ^ n."""
    one = sole(available(request) or _bare(request))
    if (
        one is None
        or not request.says(EITHER)
        or not request.says(
            r"\beither\b|enough|second|another|redundan|parallel|both (?:fail|die|are|go)|stand-?by|beside|fails? over|fail-?over"
        )
    ):
        return
    stated = sole(
        [
            two
            for two in request.plain(r"machines|vms|servers|replicas|zones|regions|instances|copies|nodes")
            if two.value <= MOST_MACHINES
        ]
    )
    count = int(stated or 2)
    value = 1 - (1 - one) ** count
    yield Number(
        name="either is enough",
        value=100 * value,
        unit="%",
        working=f"1 - (1 - {one:g}) ^ {count} = {100 * value:.8g} %, only if they fail apart: not with the same release, power or network",
    )


def left(request: Request) -> Iterator[Number]:
    """What an outage takes of a month's error budget."""
    one = sole(available(request) or [two for two in _bare(request) if request.says(r"budget|outage|downtime")])
    used = [
        two
        for two in request.kind(
            "time",
            r"outage|\bdown\b|cost us|lost|used|ate|eaten|burn|incident|already|gone|took|unavailable|downtime|dead",
        )
        if 1 <= two.value < DAY
    ]
    if one is None or not used or not request.says(r"budget|left|allow|still|remain|how much|may we|can we|slo|sla"):
        return
    total, gone = (1 - one) * MINUTES, sum(two.value for two in used) / 60
    said = " - ".join([f"{digits(total)}", *(f"{two.value / 60:g}" for two in used)])
    yield Number(
        name="error budget",
        value=total - gone,
        unit="minutes in 30 days",
        working=f"(100 - {100 * one:g}) % x {MINUTES:,} min = {digits(total)} min; {said} = {digits(total - gone)} min left, {100 * gone / total:.3g} % is used",
    )


def may_fail(request: Request) -> Iterator[Number]:
    """Requests that may fail in the period whose volume is told: volume x (1 - target)."""
    one = sole(available(request))
    volumes = [
        two
        for two in request.amounts
        if two.kind == "count" and two.per in {"day", "week", "month", "year"} and two.value >= FEWEST
    ]
    if one is None or sole(volumes) is None:
        return
    value = volumes[0].value * (1 - one)
    yield Number(
        name="failures allowed",
        value=value,
        unit=f"requests a {volumes[0].per}",
        working=f"(100 - {100 * one:g}) % x {volumes[0].value:,.0f} a {volumes[0].per} = {digits(value)} may fail",
    )
