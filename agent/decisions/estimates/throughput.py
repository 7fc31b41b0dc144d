"""Rates of a model: batches against single calls, frames, tokens of one answer and of many users."""

import re
from collections.abc import Iterator
from math import floor

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import PERIODS, Request, digits, sole

MINUTE = 60.0
# Items of a batch; letters between them and their time; frames a second of a camera.
LARGEST_BATCH, NEXT, FASTEST = 10_000, 45, 1000
TOGETHER = r"batch|together|in one go|at (?:a|the same) time|at once|one call|in one\b|per call|a go|jointly"
ALONE = r"\b(?:alone|single|singly|each|one by one|one at a time|by itself|on its own|1 (?:alone|takes?|costs?|needs?))\b|\b(?:one|1)\s(?:\w+\s){0,2}$"
PEOPLE = r"users?|agents?|people|customers|callers|clients|seconds|machines|workers|pods|gpus|replicas"
FRAMES = r"pictures|frames|images|fps|shots|photos|scans"


def batching(request: Request) -> Iterator[Number]:
    """Items a second in batches and one by one: items / time of a batch, 1 / time of one."""
    times = [one for one in request.kind("time") if one.value <= MINUTE]
    pair = _batch(request, times)
    if pair is None or not request.says(rf"{TOGETHER}"):
        return
    count, time = pair
    rate = count.value / time.value
    single = [
        one for one in times if one is not time and (one.near(ALONE) or one.follows(r"\b(?:one|1)\b[^,.;]{0,24}$"))
    ]
    alone = sole([one for one in single if one.value != time.value])
    yield Number(
        name="in batches",
        value=rate,
        unit="items/s",
        working=f"{count.value:g} / {time.value * 1000:.4g} ms = {digits(rate)} a second in batches of {count.value:g} ({time.value * 1000 / count.value:.3g} ms each)",
    )
    if alone is not None:
        yield Number(
            name="one by one",
            value=1 / alone,
            unit="items/s",
            working=f"1 / {alone * 1000:.4g} ms = {digits(1 / alone)} a second one by one; batching gives {rate * alone:.3g} times as many",
        )


def _batch(request: Request, times: list[Amount]) -> tuple[Amount, Amount] | None:
    for one in request.amounts:
        if one.kind != "count" or not 1 < one.value <= LARGEST_BATCH or one.per in PERIODS or one.counts(PEOPLE):
            continue
        between = [two.start for two in request.amounts if two.value > 1]
        near = [
            time
            for time in times
            if (0 < time.start - one.end <= NEXT or _before(request, time, one))
            and not any(one.end < place < time.start for place in between)
            and "." not in request.text[one.end : time.start]
            and not time.near(r"window|wait|gather|collect|slo\b|p9\d|budget|every")
        ]
        around = request.text[max(0, one.start - 24) : max(near[0].start, one.end)] if near else ""
        if re.search(r"batch|together|in one (?:go|call|pass)|at a time|one call|a go\b", around):
            return one, near[0]
    return None


def _before(request: Request, time: Amount, count: Amount) -> bool:
    """Whether a time stands before what it is for: "60 ms for a batch of 16"."""
    return (
        re.fullmatch(r"\s(?:for|per|in)\s(?:an?\s)?batch(?:es)? of\s", request.text[time.end : count.start]) is not None
    )


def frames(request: Request) -> Iterator[Number]:
    """Time a frame may take, 1 / rate, and the frames a second that a time allows."""
    rate = sole([one for one in request.amounts if one.counts(FRAMES) and one.per == "second" and one.value <= FASTEST])
    if rate is None or not request.says(r"camera|video|fps|frames?\b|conveyor|stream|line|belt"):
        return
    times = [
        one
        for one in request.kind("time")
        if one.value <= MINUTE and not one.near(r"clip|video|delay|latency of|every|buffer|history")
    ]
    used = sole(times)
    budget = 1 / rate
    yield Number(
        name="time a frame",
        value=budget * 1000,
        unit="ms",
        working=f"1,000 ms / {rate:g} frames/s = {budget * 1000:.4g} ms a frame",
    )
    if used is not None:
        able = 1 / used
        keeps = "keeps up" if able >= rate else "does not keep up"
        yield Number(
            name="frames it manages",
            value=able,
            unit="frames/s",
            working=f"1,000 ms / {used * 1000:.4g} ms = {able:.4g} frames/s, one after the other: it {keeps}",
        )


def answer_time(request: Request) -> Iterator[Number]:
    """Time of one answer: prompt tokens / prefill rate + answer tokens / decoding rate."""
    rates = [
        one for one in request.amounts if one.kind == "count" and one.per == "second" and one.counts("tokens?|tok")
    ]
    sizes = [one for one in request.amounts if one.counts("tokens?") and not one.per]
    if not rates or request.says(r"altogether|in total|all users|aggregate"):
        return
    prefill = sole(
        [one for one in rates if one.near(r"prefill|prompt processing|reads?\b|ingest|processes the prompt")]
    )
    decode = sole([one for one in rates if one.value != prefill])
    answer = sole(
        [one for one in sizes if one.follows(r"answer|output|repl|respon|summar|generat|complet|writes?|paragraph")]
    ) or request.brief.count("answer tokens")
    prompt = sole([one for one in sizes if one.follows(r"prompt|input|context|question")]) or request.brief.count(
        "prompt tokens"
    )
    if answer is None or decode is None or (prefill is not None and prompt is None):
        return
    first = prompt / prefill if prompt is not None and prefill is not None else 0.0
    if first and prompt is not None and prefill is not None:
        yield Number(
            name="time to the first token",
            value=first,
            unit="s",
            working=f"{digits(prompt)} / {digits(prefill)} a second = {first:.3g} s before the first token",
        )
    rest = answer / decode
    yield Number(
        name="time of the whole answer",
        value=first + rest,
        unit="s",
        working=f"{f'{first:.3g} s + ' if first else ''}{digits(answer)} / {decode:g} a second = {first + rest:.4g} s",
    )


def token_users(request: Request) -> Iterator[Number]:
    """Users whom a server's tokens a second suffice for: total / tokens a second each."""
    rates = [
        one
        for one in request.amounts
        if one.kind == "count" and one.per == "second" and (one.counts("tokens?|tok") or not one.noun)
    ]
    if not rates or not any(one.counts("tokens?|tok") for one in rates):
        return
    each = [
        one
        for one in rates
        if one.near(
            r"each|every|nobody|per user|per person|a user|a reader|fewer|less than|at least|person|single user|for one"
        )
    ]
    total = [one for one in rates if one not in each]
    own, whole = sole(each), sole(total)
    if (
        own is None
        or whole is None
        or whole <= own
        or not request.says(r"users?|people|at once|agents|readers|conversations|customers|concurrent|colleagues|seats")
    ):
        return
    value = floor(whole / own)
    yield Number(
        name="users at once",
        value=value,
        unit="users",
        working=f"{digits(whole)} / {own:g} tokens a second each = {value:,} users who are answered at the same moment",
    )
