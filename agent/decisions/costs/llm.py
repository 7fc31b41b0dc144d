"""A language model on hardware of your own: memory, and the most tokens a second the hardware can give.

Everything about speed here is an upper bound from bandwidth or arithmetic. It is never a prediction: measure.
"""

import math

from pydantic import Field

from agent.decisions.calculators import weights_memory
from agent.decisions.costs.sheet import (
    Count,
    Estimate,
    Maybe,
    MaybeMoney,
    MaybeWhole,
    Naught,
    Request,
    Share,
    Sheet,
    Whole,
    need,
)
from agent.decisions.costs.units import Money, Rate
from agent.errors import BadRequest

CONFIG = "read num_hidden_layers, num_key_value_heads and head_dim in the model's config.json"
# The default of vLLM's --gpu-memory-utilization.
MEMORY_SHARE = 0.9


class Model(Request):
    """A decoder on one or more devices; the architecture comes from the model's own config.json."""

    params: Count = Field(description="Parameters, such as 8B.")
    bits: Whole = Field(16.0, description="Bits of a weight: 16, 8 or 4.")
    active_params: Maybe = Field(None, description="Parameters a token uses, for a mixture of experts.")
    layers: MaybeWhole = Field(None, description="num_hidden_layers in config.json.")
    kv_heads: MaybeWhole = Field(None, description="num_key_value_heads in config.json (fewer than heads with GQA).")
    head_dim: MaybeWhole = Field(None, description="head_dim in config.json, or hidden_size / num_attention_heads.")
    kv_bits: Whole = Field(16.0, description="Bits of a cached key or value.")
    context: Maybe = Field(None, description="Tokens a sequence holds, prompt and answer.")
    concurrency: MaybeWhole = Field(None, description="Sequences at the same time.")
    memory: Maybe = Field(None, description="Memory of one device in GB (10^9 bytes).")
    devices: Whole = Field(1.0, description="Devices the model is split over.")
    memory_share: Share = Field(MEMORY_SHARE, description="Share of the memory used; vLLM's default is 0.9.")
    overhead: Naught = Field(0.0, description="GB for activations and the runtime, measured; 0 makes the rest a bound.")
    bandwidth: Maybe = Field(None, description="Memory bandwidth of one device in GB/s; for a CPU that of its RAM.")
    tflops: Maybe = Field(None, description="Dense TFLOPS of one device in the format used.")
    prompt: Maybe = Field(None, description="Tokens of a prompt, for the time to read it.")
    speed: Maybe = Field(None, description="Tokens a second that one sequence must get.")
    measured: Maybe = Field(None, description="Measured tokens a second, all sequences together.")
    price: MaybeMoney = Field(
        None, description="Price of one device, such as '3.99 USD/hour', or an id of the price table."
    )


def fit(model: Model) -> Estimate:
    """Work out what fits and the bounds on speed; raises BadRequest that names the option when something is missing."""
    sheet = Sheet("llm", model)
    weights = weights_memory(model.params / 1e9, round(model.bits))
    sheet.figures.append(weights)
    token = _cache(model, sheet)
    room = _memory(model, sheet, weights.value)
    if token is not None:
        _sequences(model, sheet, token, room)
    elif model.context or model.concurrency:
        raise BadRequest("the architecture is missing", f"give --layers, --kv-heads and --head-dim: {CONFIG}")
    _decode(model, sheet, token)
    _prefill(model, sheet)
    _price(model, sheet)
    return sheet.estimate()


def cache_per_token(layers: float, kv_heads: float, head_dim: float, bits: float = 16) -> float:
    """Return bytes a token's keys and values take: 2 x layers x kv_heads x head_dim x bytes (attention with GQA)."""
    return 2 * layers * kv_heads * head_dim * bits / 8


def _cache(model: Model, sheet: Sheet) -> float | None:
    if model.layers is None and model.kv_heads is None and model.head_dim is None:
        return None
    layers = need(model.layers, f"--layers: {CONFIG}", "the number of layers")
    heads = need(model.kv_heads, f"--kv-heads: {CONFIG}", "the number of key-value heads")
    width = need(model.head_dim, f"--head-dim: {CONFIG}", "the width of a head")
    value = cache_per_token(layers, heads, width, model.kv_bits)
    working = (
        f"2 (key, value) x {layers:g} layers x {heads:g} heads x {width:g} x {model.kv_bits / 8:g} bytes = {value:,.0f}"
    )
    return sheet.number(
        "KV cache, a token", value, "bytes", working, "full attention in every layer; sliding windows keep less"
    )


def _memory(model: Model, sheet: Sheet, weights: float) -> float | None:
    """Return the GB left for the cache; None when no memory is given."""
    if model.memory is None:
        sheet.changes.append("give --memory (and --bandwidth) of the device to see what fits")
        return None
    usable = model.devices * model.memory * model.memory_share
    left = usable - weights - model.overhead
    working = (
        f"{model.devices:g} x {model.memory:g} GB x {model.memory_share:g} - {weights:,.4g} GB weights"
        f" - {model.overhead:g} GB = {left:,.4g} GB"
    )
    note = "" if model.overhead else "activations and the runtime take some of it: give --overhead once measured"
    sheet.number("left for the KV cache", left, "GB", working, note)
    if left <= 0:
        sheet.judge("does not fit", f"the weights of {weights:,.4g} GB leave nothing of {usable:,.4g} GB")
        sheet.changes.append("fewer bits a weight, more devices, or a smaller model")
    elif not (model.context or model.concurrency):
        sheet.judge("fits", f"the weights fit, with {left:,.4g} GB left for the cache")
    return left


def _sequences(model: Model, sheet: Sheet, token: float, room: float | None) -> None:
    if model.context is None and model.concurrency is None:
        return
    context = need(model.context, "--context", "how many tokens a sequence holds")
    each = token * context / 1e9
    sheet.number("KV cache, a sequence", each, "GB", f"{token:,.0f} bytes x {context:,.0f} tokens = {each:,.4g} GB")
    if room is None:
        return
    count = max(0, math.floor(room / each + 1e-9))
    working = f"{max(room, 0):,.4g} GB / {each:,.4g} GB, rounded down = {count:,}"
    sheet.number(
        "sequences at once",
        float(count),
        "sequences",
        working,
        "each holds its whole context; paging admits more short ones",
    )
    wanted = model.concurrency or 1
    if room > 0 and count >= wanted:
        sheet.judge("fits", f"{count:,} sequences of {context:,.0f} tokens fit, {wanted:g} wanted")
    elif room > 0:
        sheet.judge("does not fit", f"{count:,} sequences of {context:,.0f} tokens fit, {wanted:g} wanted")
        sheet.changes.append("a shorter context, an 8-bit cache, fewer bits a weight, or more memory")


def _decode(model: Model, sheet: Sheet, token: float | None) -> None:
    if model.bandwidth is None:
        if model.speed is not None:
            raise BadRequest(
                "a speed needs the memory's bandwidth", "give --bandwidth in GB/s from the device's data sheet"
            )
        return
    active = (model.active_params or model.params) * model.bits / 8 / 1e9
    cache = (token or 0) * (model.context or 0) / 1e9
    flow = model.bandwidth * model.devices
    alone = flow / (active + cache)
    working = f"{flow:,.4g} GB/s / ({active:,.4g} GB weights + {cache:,.4g} GB cache) = {alone:,.4g}"
    assumption = "each token reads every active weight and the whole cache once; a bound, the real rate is lower"
    sheet.number("upper bound, one sequence", alone, "tokens/s", working, assumption)
    together = model.concurrency or 1
    if together > 1:
        most = together * flow / (active + together * cache)
        working = f"{together:g} x {flow:,.4g} GB/s / ({active:,.4g} GB + {together:g} x {cache:,.4g} GB) = {most:,.4g}"
        if model.tflops is not None and (limit := _arithmetic(model)) < most:
            most, working = (
                limit,
                f"{model.devices:g} x {model.tflops:g} TFLOPS / (2 x active parameters) = {limit:,.4g}",
            )
        sheet.number("upper bound, all sequences", most, "tokens/s", working, assumption)
        alone = min(alone, most / together)
    if model.measured is not None and model.measured > alone * together:
        sheet.warnings.append(
            f"{model.measured:g} tokens/s measured is above the bound of {alone * together:,.4g} for {together:g} at once:"
            " it was measured with more sequences or shorter ones, on other hardware, or it counts prompts"
        )
    _speed(model, sheet, alone)


def _speed(model: Model, sheet: Sheet, bound: float) -> None:
    if model.speed is None:
        return
    if model.speed > bound:
        sheet.judge("cannot be done", f"{model.speed:g} tokens/s a sequence is above the bound of {bound:,.4g}")
        sheet.changes.append("fewer bits a weight, fewer sequences at once, or more bandwidth")
    else:
        sheet.judge(
            "unknown",
            f"{model.speed:g} tokens/s is below the bound of {bound:,.4g}; only a measurement shows it is reached",
        )


def _arithmetic(model: Model) -> float:
    """Return tokens a second when arithmetic is the limit: about 2 operations a parameter and token."""
    return model.devices * (model.tflops or 0) * 1e12 / (2 * (model.active_params or model.params))


def _prefill(model: Model, sheet: Sheet) -> None:
    if model.tflops is None:
        return
    most = _arithmetic(model)
    active = (model.active_params or model.params) / 1e9
    working = f"{model.devices:g} x {model.tflops:g}e12 / (2 x {active:g}e9) = {most:,.4g}"
    sheet.number(
        "upper bound, reading prompts",
        most,
        "tokens/s",
        working,
        "2 operations a parameter and token, attention left out",
    )
    if model.prompt is not None:
        value = 1000 * model.prompt / most
        sheet.number(
            "least time to the first token", value, "ms", f"{model.prompt:g} tokens / {most:,.4g}/s = {value:,.4g} ms"
        )


def _price(model: Model, sheet: Sheet) -> None:
    if model.price is None:
        return
    hourly = sheet.money(
        "all devices, an hour",
        model.price.per("hour") * model.devices,
        f"{model.devices:g} x {model.price.per('hour')}",
    )
    sheet.money("all devices, a month", hourly.per("month"), f"{hourly} x 730 h, always on")
    if model.measured is None:
        sheet.changes.append("give --measured (tokens/s from a load test) for the cost of a million tokens")
        return
    made = Rate(model.measured * 3600, "token", "hour")
    per: Money = (hourly / made).million()
    sheet.money(
        "a million tokens",
        per,
        f"{hourly} / {made.value / 1e6:,.6g} million an hour",
        "busy all the time at the measured rate",
    )
