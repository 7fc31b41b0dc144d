"""Every estimate, in the order in which an answer tells them."""

from collections.abc import Callable, Iterator

from agent.brief.model import Brief
from agent.decisions.calculators import Number
from agent.decisions.estimates import capacity, language, money, statistics, training
from agent.decisions.estimates.reading import Request

ESTIMATES: tuple[Callable[[Request], Iterator[Number]], ...] = (
    capacity.cores,
    capacity.copies,
    capacity.window,
    capacity.reads,
    capacity.log,
    capacity.table,
    capacity.lookup_table,
    statistics.sample,
    statistics.alarms,
    statistics.burn,
    statistics.margin,
    statistics.majority,
    statistics.series,
    training.grid,
    training.steps,
    training.small_weights,
    language.cache,
    language.speed,
    language.cards,
    money.machines,
    money.tokens,
)


def estimates(brief: Brief) -> Iterator[Number]:
    """Yield what the word problems of a request come to."""
    request = Request(brief)
    for estimate in ESTIMATES:
        yield from estimate(request)
