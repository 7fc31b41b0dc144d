"""The arithmetic of a request. Every result carries its working, so that a reader can redo it."""

import math

from pydantic import BaseModel, ConfigDict, Field

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


def mean_rate(items_per_day: float) -> Number:
    """Items a second when a day's items come evenly."""
    value = items_per_day / SECONDS_A_DAY
    return Number(
        name="mean rate",
        value=value,
        unit="items/s",
        working=f"{items_per_day:,.0f} a day / {SECONDS_A_DAY:,} s = {value:,.1f}/s",
    )


def peak_rate(mean: float) -> Number:
    """The peak over a mean rate, by the assumed factor."""
    return Number(
        name="peak rate",
        value=mean * PEAK,
        unit="items/s",
        working=f"{mean:,.1f}/s x {PEAK:g} = {mean * PEAK:,.1f}/s",
        assumption=f"the peak is {PEAK:g} times the mean; replace it by your own traffic's ratio",
    )


def window_rate(items: float, seconds: float) -> tuple[Number, Number]:
    """Rows a second that a window needs, and those that leave half of it for a second run."""
    rate, hours = items / seconds, seconds / 3600
    return (
        Number(
            name="rate the window needs",
            value=rate,
            unit="rows/s",
            working=f"{items:,.0f} rows / {hours:g} h ({seconds:,.0f} s) = {rate:,.0f} rows/s, {items / hours / 1e6:,.3g} million an hour",
        ),
        Number(
            name="rate that leaves time to run it again",
            value=2 * rate,
            unit="rows/s",
            working=f"{items:,.0f} rows in half the window = {2 * rate:,.0f} rows/s",
            assumption="a failed run is repeated inside the same window",
        ),
    )


def training_memory(billions: float) -> Number:
    """Memory of full fine-tuning with Adam in mixed precision: 16 bytes a parameter (ZeRO, arXiv 1910.02054, section 3.1)."""
    value = billions * 16
    return Number(
        name="full fine-tuning, weights to optimiser states",
        value=value,
        unit="GB",
        working=f"{billions:g}e9 x 16 bytes (2 weights + 2 gradients + 12 Adam in 32 bit) = {value:,.4g} GB, before activations",
    )


def vector_memory(vectors: float, dimensions: float, given: bool) -> Number:
    """Memory of raw float32 vectors; an index comes on top."""
    value = vectors * dimensions * 4 / 1e9
    return Number(
        name="raw vectors",
        value=value,
        unit="GB",
        working=f"{vectors:,.0f} x {dimensions:g} x 4 bytes = {value:,.3g} GB in float32, {value / 4:,.3g} GB in int8, before the index",
        assumption="" if given else f"the embeddings have {dimensions:g} dimensions",
    )


def change(before: float, after: float) -> Number:
    """How many times a latency grew, or what share of it must go."""
    if after >= before:
        value = after / before
        return Number(
            name="growth", value=value, unit="times", working=f"{after:g} ms / {before:g} ms = {value:.3g} times"
        )
    value = 100 * (before - after) / before
    return Number(
        name="must go",
        value=value,
        unit="%",
        working=f"({before:g} - {after:g}) / {before:g} = {value:.3g} % of the time",
    )


def errors_change(before: float, after: float) -> Number:
    """What a change of a rate of right answers means for the wrong ones; both in percent."""
    value = (100 - after) / (100 - before)
    return Number(
        name="wrong answers",
        value=value,
        unit="times as many",
        working=f"(100 - {after:g}) / (100 - {before:g}) = {value:.3g} times as many wrong answers",
    )


def frame_budget(rate: float) -> Number:
    """Milliseconds one frame may take, everything included."""
    return Number(
        name="time a frame",
        value=1000 / rate,
        unit="ms",
        working=f"1,000 ms / {rate:g} frames/s = {1000 / rate:.3g} ms",
    )


def tokens_a_day(requests_a_day: float, prompt: float, answer: float, given: bool) -> Number:
    """Tokens a day, in and out."""
    value = requests_a_day * (prompt + answer)
    return Number(
        name="tokens",
        value=value / 1e6,
        unit="million a day",
        working=f"{requests_a_day:,.0f} a day x ({prompt:g} in + {answer:g} out) = {value / 1e6:,.4g} million",
        assumption="" if given else STEADY,
    )


def saving(now: float, target: float, currency: str, period: str) -> Number:
    """The share of a bill that must go."""
    value = 100 * (now - target) / now
    return Number(
        name="saving needed",
        value=value,
        unit="%",
        working=f"({currency}{now:,.0f} - {currency}{target:,.0f}) / {currency}{now:,.0f} = {value:.3g} % a {period}",
    )
