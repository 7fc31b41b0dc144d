"""The arithmetic of a request. Every result carries its working, so that a reader can redo it."""

import math

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief

# Where queueing delay starts to dominate: an M/M/1 queue waits 1.5 service times at 0.6, 4 at 0.8 (rho / (1 - rho)).
UTILISATION = 0.6
MINUTES = 30 * 24 * 60
SECONDS_A_DAY = 86_400
# A peak over the daily mean when the request gives only a volume; stated as an assumption wherever it is used.
PEAK = 3.0
HOURS_A_MONTH = 730
STEADY = "the rate holds day and night"


class Number(BaseModel):
    """A figure of the answer: its name, value and unit, and how it was worked out."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: float
    unit: str
    working: str
    assumption: str = Field(default="", description="what it rests on beside the request")


def numbers(brief: Brief) -> tuple[Number, ...]:
    """Work out what follows from the request's own figures; nothing when it has none."""
    found: list[Number] = []
    rate = _rate(brief, found)
    target = brief.target()
    if rate is not None and target is not None and brief.task != "batch":
        found.append(concurrency(rate, target.milliseconds))
        found.append(cpu_allowance(rate))
    if brief.availability:
        found.append(error_budget(brief.availability[0].value))
        if rate is not None:
            found.append(failures_allowed(brief.availability[0].value, rate))
    found += _cost(brief, rate)
    if brief.parameters and (
        brief.task in {"llm-serving", "finetuning"}
        or any(model.name == "large language model" for model in brief.models)
    ):
        found += [weights_memory(brief.parameters[0].value, bits) for bits in (16, 8, 4)]
    return tuple(found)


def _rate(brief: Brief, found: list[Number]) -> float | None:
    if brief.throughput:
        return max(rate.value for rate in brief.throughput)
    if not brief.volume:
        return None
    volume = max(item.value for item in brief.volume)
    mean = volume / SECONDS_A_DAY
    found.append(
        Number(
            name="mean rate",
            value=mean,
            unit="items/s",
            working=f"{volume:,.0f} a day / {SECONDS_A_DAY:,} s = {mean:,.1f}/s",
        )
    )
    if brief.task == "batch":
        return None
    found.append(
        Number(
            name="peak rate",
            value=mean * PEAK,
            unit="items/s",
            working=f"{mean:,.1f}/s x {PEAK:g} = {mean * PEAK:,.1f}/s",
            assumption=f"the peak is {PEAK:g} times the mean; replace it by your own traffic's ratio",
        )
    )
    return mean * PEAK


def concurrency(rate: float, milliseconds: float) -> Number:
    """Requests in flight when each takes the whole latency target: Little's law, L = rate x time."""
    value = rate * milliseconds / 1000
    return Number(
        name="requests in flight",
        value=value,
        unit="requests",
        working=f"{rate:,.0f}/s x {milliseconds / 1000:g} s = {value:,.0f} if every request used the whole target (Little's law)",
    )


def cpu_allowance(rate: float) -> Number:
    """CPU time one request may take on one core at the target utilisation."""
    value = 1000 * UTILISATION / rate
    return Number(
        name="CPU a request may cost, per core",
        value=value,
        unit="ms",
        working=f"{UTILISATION:g} x 1,000 ms / {rate:,.0f} = {value:.2f} ms; a request that costs c ms needs c / {value:.2f} cores, rounded up",
        assumption=f"a core is kept {UTILISATION:.0%} busy at peak, so that queueing stays short",
    )


def cores(rate: float, cpu_milliseconds: float, utilisation: float = UTILISATION) -> int:
    """Return the cores that `rate` requests a second need at `cpu_milliseconds` each; raises ValueError outside (0, 1]."""
    if not 0 < utilisation <= 1:
        raise ValueError("utilisation must lie in (0, 1]")
    return max(1, math.ceil(rate * cpu_milliseconds / 1000 / utilisation))


def error_budget(percent: float) -> Number:
    """Minutes a month that may fail at an availability of `percent`."""
    value = (100 - percent) / 100 * MINUTES
    return Number(
        name="error budget",
        value=value,
        unit="minutes in 30 days",
        working=f"(100 - {percent:g}) % x {MINUTES:,} min = {value:,.1f} min",
    )


def failures_allowed(percent: float, rate: float) -> Number:
    """Requests a month that may fail at an availability of `percent` and a steady `rate`."""
    total = rate * SECONDS_A_DAY * 30
    value = (100 - percent) / 100 * total
    return Number(
        name="failures allowed",
        value=value,
        unit="requests in 30 days",
        working=f"(100 - {percent:g}) % x {total:,.0f} requests = {value:,.0f}",
        assumption=STEADY,
    )


def weights_memory(billions: float, bits: int) -> Number:
    """Memory for the weights alone: parameters x bytes; KV cache and activations come on top."""
    value = billions * bits / 8
    return Number(
        name=f"weights at {bits} bit",
        value=value,
        unit="GB",
        working=f"{billions:g}e9 parameters x {bits / 8:g} bytes = {value:g} GB, before KV cache and activations",
    )


def cost_per_million(per_month: float, items_per_day: float, currency: str, given: bool) -> Number:
    """What a million items may cost inside a monthly budget; `given` when the request states the volume itself."""
    monthly = items_per_day * 30
    value = per_month / monthly * 1e6
    return Number(
        name="budget per million",
        value=value,
        unit=f"{currency} per million items",
        working=f"{currency}{per_month:,.0f} / {monthly / 1e6:,.1f} million a month = {currency}{value:,.3g}",
        assumption="" if given else STEADY,
    )


def monthly(items_per_day: float, given: bool) -> Number:
    """Items a month, by which to divide the bill; `given` when the request states the volume itself."""
    value = items_per_day * 30
    return Number(
        name="a million costs",
        value=value / 1e6,
        unit="million items a month",
        working=f"the month's bill / {value / 1e6:,.4g}, since {items_per_day:,.0f} a day x 30 = {value / 1e6:,.4g} million",
        assumption="" if given else STEADY,
    )


def _cost(brief: Brief, rate: float | None) -> list[Number]:
    months = {"hour": HOURS_A_MONTH, "day": 30.0, "week": 30 / 7, "month": 1.0, "year": 1 / 12}
    daily = max((item.value for item in brief.volume), default=(rate or 0) * SECONDS_A_DAY)
    for budget in brief.budget:
        if budget.period in months:
            per_month = budget.value * months[budget.period]
            return [cost_per_million(per_month, daily, budget.currency, bool(brief.volume))] if daily else []
    return [monthly(daily, bool(brief.volume))] if daily else []
