"""Machines that are paid by the hour: their price, their number, and what switching them off saves."""

from collections.abc import Iterator

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import DAY, Amount
from agent.decisions.estimates.reading import Request, sole

HOUR = 3600.0


def off_hours(request: Request) -> Iterator[Number]:
    """What switching machines off saves a month: machines x hours off x price x 30."""
    price = hourly(request)
    hours = sole(
        [
            one
            for one in request.kind("time", r"\boff\b|switch|shut|stop|idle|asleep|at night|unused|nobody")
            if HOUR <= one.value < DAY
        ]
    )
    if (
        price is None
        or hours is None
        or not request.says(
            r"switch\w* (?:\w+ ){0,4}off|shut\w* (?:\w+ ){0,3}down|turn\w* (?:\w+ ){0,4}off|idle|scale to zero|asleep|stop (?:them|it)"
        )
    ):
        return
    count = machines_count(request)
    value = count * hours / HOUR * price.value * 30
    yield Number(
        name="saved by switching off",
        value=value,
        unit=f"{price.sign}/month",
        working=f"{count:g} x {hours / HOUR:g} h x {price.sign}{price.value:g} x 30 = {price.sign}{value:,.2f} a month saved",
    )


def hourly(request: Request) -> Amount | None:
    """Return the one price by the hour."""
    found = [one for one in request.kind("money") if one.per == "hour"]
    return found[0] if sole(found) is not None else None


def machines_count(request: Request) -> float:
    """Return how many machines are paid for: one, unless the request says."""
    return (
        sole(request.plain(r"workers|nodes|machines|instances|gpus|vms|servers|replicas|pods|cards|boxes|executors"))
        or 1.0
    )
