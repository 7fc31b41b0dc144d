"""What comes in, and what one machine copes with: the demand of a request, its peak, and the replicas that follow."""

from collections.abc import Iterator
from math import ceil

from agent.decisions.calculators import UTILISATION, Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import Request, digits, sole

# What comes per second but is no call: words of a stream, work of a job.
NO_CALLS = r"tokens?|steps?|frames?|rows|records|samples|values|points|bytes|words|iterations|examples|epochs"
MACHINE = r"replica|pod|worker|process|instance|machine|box|node|server|container|copy|copies|core|gpu|card|vm|thread"
COPES = (
    rf"\b(?:one|a|1|single|per|each|every|the|this|our)\s(?:\w+\s)?(?:{MACHINE})s?\s(?:alone\s|on its own\s)?(?:\w+\s)?"
    r"(?:copes? with|manages?|does|did|do|handles?|takes?|serves?|can|gets? through|reach\w*|achieves?|sustains?|gave|gives|got|get|delivers?|delivered|made|stood|keeps up|survives?|scores?|processes|tops out at|maxes out at)\b"
)
COPED = rf"\b(?:per|each|every|on (?:one|a single|a)|from (?:one|a single|a)|an?|1)\s(?:single\s)?(?:{MACHINE})\b"
BUSY = r"busy|busier|load|utili|full|cpu\b|above|over|exceed|of what|capacity|headroom|below|hotter|warm|ceiling|maximum|at most|no more than|\bunder\b|\bcap\b"
# Below it a share is no level of load that somebody plans for, and above it none that holds.
LEAST_LOAD, MOST_LOAD = 0.2, 0.96
ROUNDING = 1e-9


def copes(one: Amount) -> bool:
    """Whether a rate is what one machine manages, and not what comes in."""
    return (
        one.follows(rf"{COPES}[^\d]*$", 60)
        or one.leads(COPED, 30)
        or one.follows(rf"\b(?:{MACHINE})s?\s(?:copes? with|manages?|handles?|did)\b[^\d]*$")
    )


def calls(request: Request) -> list[Amount]:
    """Return the rates of calls a second, in order."""
    return [
        one
        for one in request.amounts
        if one.kind == "count"
        and one.per == "second"
        and not one.counts(NO_CALLS)
        and not one.follows(r"tokens?\b", 60)
    ]


def demand(request: Request) -> float | None:
    """Return the calls a second that come in, at the peak when it is told as a factor; None when it is ambiguous."""
    found = [one for one in calls(request) if not copes(one)]
    values = {one.value for one in found}
    rate = request.brief.rate()
    if len(values) > 1:
        base = rate if rate in values else None
    elif values:
        base = values.pop()
    else:
        base = rate if rate is not None and not calls(request) and not request.things("frames", "second") else None
    return base


def peak(request: Request) -> Iterator[Number]:
    """A peak that is told as a factor of the mean."""
    base, factor = demand(request), peak_factor(request)
    if base is None or factor is None:
        return
    value = base * factor
    yield Number(
        name="peak rate",
        value=value,
        unit="requests/s",
        working=f"{digits(base)}/s x {factor:g} = {digits(value)}/s at the peak",
    )


def peak_factor(request: Request) -> float | None:
    """Return how many times the mean a peak is, when the request says so."""
    return sole(
        [
            one
            for one in request.kind("factor", r"\bpeak|\brush|\bspike|busiest|evening|burst|black friday|christmas")
            if one.value > 1
        ]
    )


def load_share(request: Request) -> float | None:
    """Return the utilisation that is asked for, as a share of 1."""
    good = {item.value / 100 for item in request.brief.availability}
    found = [
        one
        for one in request.kind("share", BUSY)
        if LEAST_LOAD <= one.value <= MOST_LOAD and round(one.value, 6) not in {round(value, 6) for value in good}
    ]
    value = sole(found)
    if value is not None and (
        found[0].follows(r"(?:headroom|reserve|spare) (?:of|is)\s$")
        or found[0].leads(r"^\s(?:of\s)?(?:headroom|reserve|free|spare|idle)")
    ):
        return 1 - value
    return value


def replicas(request: Request) -> Iterator[Number]:
    """Machines for a rate when the request says what one was measured to manage: rate / (capacity x utilisation)."""
    able = sole([one for one in calls(request) if copes(one)])
    rate = demand(request)
    if able is None or rate is None or able >= rate * (peak_factor(request) or 1):
        return
    rate *= peak_factor(request) or 1
    share = load_share(request)
    exact = rate / (able * (share or 1))
    need = ceil(exact - ROUNDING)
    room = ceil(rate / (able * UTILISATION) - ROUNDING)
    level = f"({digits(able)}/s x {share:g})" if share else f"{digits(able)}/s"
    rest = (
        f"; with one to spare {need + 1} replicas"
        if share
        else f" with nothing in reserve; kept {UTILISATION:.0%} busy and with one to spare {room} + 1 = {room + 1}"
    )
    yield Number(
        name="replicas",
        value=need,
        unit="replicas",
        working=f"{digits(rate)}/s / {level} = {exact:.3g}, so {need} replicas{rest}",
        assumption="the measured rate is one at which the latency still held",
    )
