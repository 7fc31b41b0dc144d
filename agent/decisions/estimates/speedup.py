"""Time of one request: the sum of its stages, what a faster part gains, and how well more cards are used."""

from collections.abc import Iterator

from agent.decisions.calculators import Number
from agent.decisions.estimates.queueing import MINUTE, spoken
from agent.decisions.estimates.reading import Request, sole

SEVERAL = 2
LIMIT = r"contract|budget|limit|sla\b|slo\b|target|promis|allow|at most|no more than|must|deadline|says|have\s$|want"


def stages(request: Request) -> Iterator[Number]:
    """The sum of the stages of one request, and what a limit leaves."""
    times = [one for one in request.kind("time") if one.value <= MINUTE and one.noun.startswith(("ms", "milli", "s"))]
    limits = [one for one in times if one.follows(LIMIT, 30)]
    parts = [one for one in times if one not in limits]
    steps = request.says(r"left|remain|over budget|fit|add up|sum|total|together|enough|room|budget")
    if (
        len(parts) < SEVERAL
        or len(limits) > 1
        or not steps
        or any(
            one.near(
                r"\bp\d\d|percentile|median|was\b|now\b|hit|cach|timeout|retr|before|alone|one by one|wait|at a time|batch|cpu|first token"
            )
            for one in parts
        )
    ):
        return
    if len(parts) == SEVERAL and not limits:
        return
    total = sum(one.value for one in parts)
    limit = limits[0].value if limits else None
    rest = "" if limit is None else f"; {spoken(limit)} - {spoken(total)} = {(limit - total) * 1000:.4g} ms left"
    yield Number(
        name="sum of the stages",
        value=total * 1000,
        unit="ms",
        working=f"{' + '.join(f'{one.value * 1000:.4g}' for one in parts)} = {total * 1000:.4g} ms one after the other{rest}",
    )


def amdahl(request: Request) -> Iterator[Number]:
    """What speeding up a part gains overall: 1 / (1 - p + p / s) (Amdahl 1967)."""
    part = [
        one
        for one in request.kind("share")
        if one.near(
            r"\bof (?:the |our |each |a |its |that |total )?(?:\w+(?:'s)?\s){0,2}(?:time|latency|runtime|budget|duration|ms)\b|of (?:the|a|each) (?:request|call)\b|\bspent|\bspends?\b"
        )
    ]
    factor = sole([one for one in request.kind("factor", r"fast|speed|quick|shorter") if one.value > 1])
    share = sole([one for one in part if 0 < one.value < 1])
    if share is None or factor is None:
        return
    value = 1 / (1 - share + share / factor)
    yield Number(
        name="speed-up of the whole",
        value=value,
        unit="times",
        working=f"1 / ({1 - share:.3g} + {share:g} / {factor:g}) = {value:.3g} times as fast, {100 * (1 - 1 / value):.3g} % less time; at most {1 / (1 - share):.3g} times however fast the part gets (Amdahl)",
    )


def scaling(request: Request) -> Iterator[Number]:
    """How well more cards are used: speed-up / cards."""
    cards = sole(request.plain(r"gpus|cards|nodes|workers|machines|cores|accelerators"))
    gain = sole([one for one in request.kind("factor", r"fast|speed|quick") if one.value > 1])
    if (
        cards is None
        or gain is None
        or not request.says(r"train|scal|speed-?up|efficien|epoch|step")
        or request.kind("share")
    ):
        return
    value = 100 * gain / cards
    rest = "; faster than the cards alone can explain: something else changed" if gain > cards else ""
    yield Number(
        name="efficiency of the scaling",
        value=value,
        unit="%",
        working=f"{gain:g} / {cards:g} = {value:.4g} % of what {cards:g} of them could give{rest}",
    )
