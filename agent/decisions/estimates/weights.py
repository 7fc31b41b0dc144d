"""Weights: a file in fewer bits, adapters beside frozen weights, conversations beside both."""

from collections.abc import Iterator
from math import floor

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.language import SHARE_OF_CARD, weights_gb
from agent.decisions.estimates.reading import Request, digits, sole
from agent.decisions.estimates.storage import GIGA, size

# Adapters that are larger are no adapters.
LARGEST_ADAPTER = 0.2
# Who names no memory asks about something else of an adapter.
SIZED = r"memory|\bv?ram\b|\bfits?\b|\bgb\b|\bcards?\b|\bgpus?\b|\boom\b|how (?:much|big|large)"


def smaller_weights(request: Request) -> Iterator[Number]:
    """A model's file in fewer bits: size x bits / bits."""
    if (
        not request.says(r"int8|8[- ]bit|quanti|fp16|float16|half precision|int4|4[- ]bit")
        or request.brief.billions() is not None
    ):
        return
    sizes = [
        one
        for one in request.kind("size")
        if not one.per
        and one.value < 100 * GIGA
        and not one.near(r"\bram\b|vram|card|memory|flash|limit|phone has|budget|app\b")
        and not one.follows(r"\b(?:needs?|uses?|takes?|eats?|reach\w*|has|have)\s(?:\w+\s)?$")
    ]
    held = sole(sizes)
    if held is None or not request.says(
        r"model|network|detector|classifier|weights|encoder|onnx|transformer|bert|cnn|resnet|file"
    ):
        return
    half = sizes[0].near(r"fp16|float16|half precision|bf16")
    start = 16 if half else 32
    told = [
        f"{size(held * bits / start / GIGA)} in {bits} bits ({bits}/{start} of it)"
        for bits in (16, 8, 4)
        if bits < start
    ]
    yield Number(
        name="the weights in fewer bits",
        value=held * 8 / start / 1e6,
        unit="MB",
        working=f"{size(held / GIGA)} in {start} bits = {', '.join(told)}",
        assumption="the file is nearly all weights"
        + ("" if half or request.says(r"float32|fp32|32[- ]bit") else ", held in 32 bits"),
    )


def adapters(request: Request) -> Iterator[Number]:
    """LoRA: frozen weights, and 16 bytes for each adapter weight that is trained (LoRA, arXiv 2106.09685; ZeRO, arXiv 1910.02054)."""
    billions = request.brief.billions()
    if billions is None or not request.says(r"lora\b|adapters?\b") or not request.says(SIZED):
        return
    bits = 4 if request.says(r"qlora|4[- ]bit|nf4|int4") else 8 if request.says(r"8[- ]bit|int8") else 16
    share = sole(
        [
            one
            for one in request.kind("share", r"adapter|lora|trainable|of the (?:weights|parameters)|rank|train")
            if 0 < one.value <= LARGEST_ADAPTER
        ]
    )
    trained = share if share is not None else 0.01
    frozen, added = billions * bits / 8, billions * trained * 16
    yield Number(
        name="LoRA: frozen weights and adapters",
        value=frozen + added,
        unit="GB",
        working=f"{billions:g}e9 x {bits / 8:g} bytes = {digits(frozen)} GB frozen; {billions * trained:.3g}e9 x 16 bytes = {added:.3g} GB trained; {digits(frozen + added)} GB before activations",
        assumption="" if share is not None else "the adapters are 1 % of the weights",
    )


def conversations(request: Request) -> Iterator[Number]:
    """Conversations on a card when the cache of one is told in bytes: (card - weights) / cache."""
    each = [
        one
        for one in request.kind("size", r"conversation|session|sequence|chat|cache|user|request|per\b|each")
        if one.value < 80 * GIGA and one.near(r"cache|kv\b")
    ]
    card, held = _card(request), weights_gb(request.brief)
    own = sole(each)
    if own is None or card is None or held is None or own / GIGA >= card:
        return
    room = card * SHARE_OF_CARD - held[0]
    fits, most = max(0, floor(room / (own / GIGA))), max(0, floor((card - held[0]) / (own / GIGA)))
    yield Number(
        name="conversations at once",
        value=fits,
        unit="conversations",
        working=f"({card:g} GB x {SHARE_OF_CARD} - {held[0]:g} GB of weights) / {own / GIGA:g} GB = {fits}; ({card:g} - {held[0]:g}) / {own / GIGA:g} = {most} with nothing left for activations",
        assumption=f"{SHARE_OF_CARD:.0%} of the card is used, vLLM's default",
    )


def _card(request: Request) -> float | None:
    told = max((item.value for item in request.brief.memory if item.unit == "GB GPU memory"), default=None)
    cards: list[Amount] = [
        one for one in request.kind("size", r"card|gpu|vram|a100|h100|l40|a10|l4\b|h200") if not one.near(r"cache|kv\b")
    ]
    lone = sole(cards)
    return told if told is not None else lone / GIGA if lone is not None else None
