"""Language models: the cache a conversation needs, what fits a card, and how fast one stream can be at most."""

import re
from collections.abc import Iterator
from math import ceil, floor

from agent.brief.model import Brief
from agent.decisions.calculators import Number
from agent.decisions.estimates.reading import Request
from agent.decisions.estimates.training import layers

BANDWIDTH = re.compile(r"(\d+(?:\.\d+)?)\s?(gb|tb)\s?(?:/|per\s)\s?s(?:ec\w*)?")
# What vLLM takes of a card by default (--gpu-memory-utilization).
SHARE_OF_CARD = 0.9
HALF = 2
TERA = 1000.0


def weights_gb(brief: Brief) -> tuple[float, int] | None:
    """Return gigabytes of weights and the bits they are held in: those the request names, else 16."""
    billions = brief.billions()
    if billions is None:
        return None
    text = brief.text.lower()
    bits = (
        4
        if re.search(r"\b(?:4[- ]?bits?|int4|awq|gptq|q4|nf4)\b", text)
        else 8
        if re.search(r"\b(?:8[- ]?bits?|int8|fp8|q8)\b", text)
        else 16
    )
    return billions * bits / 8, bits


def cache(request: Request) -> Iterator[Number]:
    """Bytes of key-value cache: 2 x layers x kv heads x head size x 2 a token (keys and values, 16 bit)."""
    shape = layers(request.text)
    if shape is None:
        return
    count, heads, size = shape
    token = HALF * count * heads * size * 2
    yield Number(
        name="cache a token",
        value=token / 1e3,
        unit="kB",
        working=f"2 x {count:g} layers x {heads:g} heads x {size:g} x 2 bytes = {token / 1e3:,.1f} kB",
    )
    length = (
        request.brief.count("context tokens") or request.brief.count("tokens") or request.brief.count("prompt tokens")
    )
    if length is None:
        return
    each = token * length / 1e9
    yield Number(
        name="cache a conversation",
        value=each,
        unit="GB",
        working=f"{token / 1e3:,.1f} kB x {length:,.0f} tokens = {each:.3g} GB",
    )
    held = weights_gb(request.brief)
    card = max((item.value for item in request.brief.memory if item.unit == "GB GPU memory"), default=None)
    if held is None or card is None:
        return
    room = card * SHARE_OF_CARD - held[0]
    fits = max(0, floor(room / each))
    yield Number(
        name="conversations at once",
        value=fits,
        unit="conversations",
        working=f"({card:g} GB x {SHARE_OF_CARD} - {held[0]:g} GB of weights) / {each:.3g} GB = {fits}, all of them at full length",
        assumption=f"{SHARE_OF_CARD:.0%} of the card is used, vLLM's default, and activations fit the rest",
    )


def speed(request: Request) -> Iterator[Number]:
    """The bound of one stream: memory bandwidth / bytes of weights, since every token reads them all."""
    held = weights_gb(request.brief)
    match = BANDWIDTH.search(request.text)
    if held is None or match is None:
        return
    bandwidth = float(match[1]) * (TERA if match[2] == "tb" else 1.0)
    value = bandwidth / held[0]
    yield Number(
        name="one stream, at most",
        value=value,
        unit="tokens/s",
        working=f"{bandwidth:g} GB/s / {held[0]:g} GB of weights in {held[1]} bits = {value:.3g} tokens a second, a bound and not a forecast",
    )


def cards(request: Request) -> Iterator[Number]:
    """Cards that hold the weights."""
    held = weights_gb(request.brief)
    card = max((item.value for item in request.brief.memory if item.unit == "GB GPU memory"), default=None)
    if held is None or card is None or request.brief.task in {"training", "finetuning"}:
        return
    count = ceil(held[0] / (card * SHARE_OF_CARD))
    if count > 1:
        yield Number(
            name="cards for the weights alone",
            value=ceil(held[0] / card),
            unit="GPUs",
            working=f"{held[0]:g} GB in {held[1]} bits / {card:g} GB = {held[0] / card:.2f}, so {ceil(held[0] / card)}; with {SHARE_OF_CARD:.0%} of each and room for the cache {count} or more",
        )
