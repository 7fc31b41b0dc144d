"""Conflicts: what a request asks for that cannot hold together, and which of the two the answer takes."""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from pydantic import BaseModel, ConfigDict

from agent.brief.model import Brief, Latency

DAILY = 86_400.0
NO_NETWORK = re.compile(
    r"\b(?:no (?:network|internet|reception|connection|connectivity|signal|wifi|wi-fi)|without (?:network|internet|reception|a connection|connectivity)"
    r"|offline|air[- ]gapped|nothing may (?:leave|go (?:to the )?out\w*))\b",
    re.IGNORECASE,
)
HOSTED = re.compile(
    r"\b(?:hosted (?:\w+\s)?(?:gpt|model|llm|api|claude)|openai|chatgpt|gpt-?[45]\w*|(?:the )?claude api|gemini api|bedrock|cloud api)\b",
    re.IGNORECASE,
)
# Percent: a month of it leaves 21.6 minutes, about one restart of a machine with all that hangs on it.
MORE_THAN_ONE_MACHINE = 99.95


class Conflict(BaseModel):
    """Two things that contradict each other, the question that settles it, and what is assumed until then."""

    model_config = ConfigDict(frozen=True)

    id: str
    detail: str
    question: str
    assumption: str


def conflicts(brief: Brief) -> tuple[Conflict, ...]:
    """Return what a request contradicts itself in."""
    tests: tuple[Callable[[Brief], Iterator[Conflict]], ...] = (
        _percentiles,
        _same_percentile,
        _rates,
        _wanted_and_excluded,
        _freshness,
        _budgets,
        _offline,
        _one_machine,
    )
    return tuple(found for test in tests for found in test(brief))


def _targets(brief: Brief) -> list[Latency]:
    return [latency for latency in brief.latency if latency.role == "target"]


def _percentiles(brief: Brief) -> Iterator[Conflict]:
    ranked = sorted(
        (item for item in _targets(brief) if item.percentile is not None), key=lambda item: item.percentile or 0
    )
    for low, high in pairwise(ranked):
        if low.percentile != high.percentile and low.milliseconds > high.milliseconds:
            yield Conflict(
                id="percentiles",
                detail=f"p{low.percentile:g} at {low.milliseconds:g} ms cannot be above p{high.percentile:g} at {high.milliseconds:g} ms.",
                question="Which of the two latency targets is right?",
                assumption=f"p{high.percentile:g} at {high.milliseconds:g} ms holds, the stricter one.",
            )


def _same_percentile(brief: Brief) -> Iterator[Conflict]:
    by_rank: dict[float | None, set[float]] = {}
    for item in _targets(brief):
        by_rank.setdefault(item.percentile, set()).add(item.milliseconds)
    for rank, values in by_rank.items():
        if rank is not None and len(values) > 1:
            said = " and ".join(f"{value:g} ms" for value in sorted(values))
            yield Conflict(
                id="latency-targets",
                detail=f"The request names two targets for p{rank:g}: {said}.",
                question="Which of the two is the target, and whose is the other (another endpoint, an SLA)?",
                assumption=f"{min(values):g} ms is the target, the stricter one.",
            )


def _rates(brief: Brief) -> Iterator[Conflict]:
    rates = {item.value: item.words for item in brief.throughput if item.role == "target"}
    if len(rates) > 1:
        yield Conflict(
            id="rates",
            detail=f"The request names {' and '.join(rates.values())}.",
            question="Which rate is the peak?",
            assumption=f"{max(rates):g} a second is the peak.",
        )


def _wanted_and_excluded(brief: Brief) -> Iterator[Conflict]:
    needs = {"kserve": "kubernetes", "vllm": "gpu", "seldon": "kubernetes", "tensorrt": "gpu"}
    for mention in brief.frameworks:
        needed = needs.get(mention.name)
        if needed is not None and brief.excludes(needed):
            words = next(item.words for item in brief.excluded if item.name == needed)
            yield Conflict(
                id="excluded",
                detail=f"{mention.words} needs what the request rules out (“{words}”).",
                question=f"Is {mention.words} fixed, or the rule against {needed}?",
                assumption=f"The rule against {needed} holds.",
            )


def _freshness(brief: Brief) -> Iterator[Conflict]:
    ages = [item for item in brief.freshness if item.value < DAILY]
    if ages and brief.task == "batch" and brief.asks("scheduled"):
        yield Conflict(
            id="freshness",
            detail=f"A daily run cannot give what is at most “{ages[0].words}” old.",
            question="Which holds: the daily run, or the freshness?",
            assumption="The freshness holds, so the run is as frequent as it asks, or the scores are made on request.",
        )


def _budgets(brief: Brief) -> Iterator[Conflict]:
    caps = {(item.value, item.currency, item.period) for item in brief.budget if item.role == "target" and item.period}
    periods = {period for _, _, period in caps}
    if len(caps) > 1 and len(periods) == 1:
        said = " and ".join(item.words for item in brief.budget if item.role == "target")
        yield Conflict(
            id="budgets",
            detail=f"The request names two budgets: {said}.",
            question="Which budget holds?",
            assumption="The smaller one holds.",
        )


def _offline(brief: Brief) -> Iterator[Conflict]:
    alone, hosted = NO_NETWORK.search(brief.text), HOSTED.search(brief.text)
    if alone and hosted and brief.kind != "comparison":
        yield Conflict(
            id="offline",
            detail=f"“{hosted[0]}” cannot be reached where the request has “{alone[0]}”.",
            question="May answers wait in a queue until there is a network, or must a local model on the device give them?",
            assumption="A small local model answers on the device, and the hosted one only when it can be reached.",
        )


def _one_machine(brief: Brief) -> Iterator[Conflict]:
    wanted = [item for item in brief.availability if item.role == "target" and item.value >= MORE_THAN_ONE_MACHINE]
    place = next((item for item in brief.environment if item.name == "vm"), None)
    if wanted and place is not None:
        yield Conflict(
            id="one-machine",
            detail=f"{wanted[0].value:g} % cannot be promised on one machine (“{place.words}”): each restart, update and fault of it counts.",
            question="May a second machine stand beside it, or is a lower target enough?",
            assumption="Two machines, each able to carry the load alone.",
        )
