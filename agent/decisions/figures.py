"""The figures of an answer: what follows by arithmetic from the numbers a request gives, and nothing when it has none."""

from collections.abc import Iterator
from itertools import chain

from agent.brief.model import Brief, Money
from agent.decisions import calculators
from agent.decisions.calculators import SECONDS_A_DAY, Number
from agent.decisions.estimates.every import estimates
from agent.decisions.facts import MONTHS

# What small sentence encoders give; stated as an assumption wherever it is used.
DIMENSIONS = 768.0
MAX_FIGURES = 12
ALWAYS = 100.0
# So few a day are no rate: a mean a second of them says nothing.
FEWEST_A_DAY = 5000
# Where the first is told, the second misreads the same numbers.
EXPLAINED = (
    ("mean latency with the cache", "must go"),
    ("in batches", "must go"),
    ("sum of the stages", "must go"),
    ("how long it takes", "peak rate"),
    ("how long it takes", "mean rate"),
    ("time a frame", "CPU a request may cost, per core"),
    ("time a frame", "requests in flight"),
    ("waiting in the queue", "requests in flight"),
)


def numbers(brief: Brief) -> tuple[Number, ...]:
    """Work out what follows from a request's own figures, what it asks about most first."""
    rate = brief.rate()
    found = chain(
        _changes(brief),
        estimates(brief),
        _load(brief),
        _window(brief),
        _availability(brief),
        _memory(brief),
        _money(brief, rate),
    )
    unique: dict[str, Number] = {}
    for figure in found:
        unique.setdefault(figure.name, figure)
    hidden = {name for told, name in EXPLAINED if told in unique}
    return tuple(figure for figure in unique.values() if figure.name not in hidden)[:MAX_FIGURES]


def _changes(brief: Brief) -> Iterator[Number]:
    roles = {role: [item for item in brief.latency if item.role == role] for role in ("before", "observed", "target")}
    for first, then in (("before", "observed"), ("observed", "target")):
        pairs = [
            (old.milliseconds, new.milliseconds)
            for old in roles[first]
            for new in roles[then]
            if None in (old.percentile, new.percentile) or old.percentile == new.percentile
        ]
        if pairs and (pairs[0][1] > pairs[0][0]) is (first == "before"):
            yield calculators.change(*pairs[0])
    for old in brief.measures:
        for new in brief.measures:
            if (old.name, old.role, new.role) == (new.name, "before", "observed") and old.name in RIGHT:
                yield calculators.errors_change(old.percent, new.percent)


# Measures whose complement counts wrong answers.
RIGHT = frozenset({"accuracy", "precision", "recall"})


def _load(brief: Brief) -> Iterator[Number]:
    rate, daily = brief.rate(), brief.daily()
    if any(item.item == "frames" for item in brief.throughput) and rate:
        yield calculators.frame_budget(rate)
        return
    if rate is None and daily is not None:
        if daily < FEWEST_A_DAY:
            return
        yield calculators.mean_rate(daily)
        if brief.task == "batch":
            return
        yield calculators.peak_rate(daily / SECONDS_A_DAY)
        rate = daily / SECONDS_A_DAY * calculators.PEAK
    target = brief.target()
    if rate and target is not None and brief.task != "batch":
        yield calculators.concurrency(rate, target.milliseconds)
        if brief.task not in {"llm-serving", "rag"}:
            yield calculators.cpu_allowance(rate)
    prompt, answer = brief.count("prompt tokens"), brief.count("answer tokens")
    if prompt is not None and answer is not None and (rate or daily):
        yield calculators.tokens_a_day(daily or (rate or 0) * SECONDS_A_DAY, prompt, answer, daily is not None)


def _window(brief: Brief) -> Iterator[Number]:
    if brief.task not in {"batch", "pipeline", "features"}:
        return
    seconds = min((item.seconds for item in brief.deadline if item.seconds), default=None)
    items = brief.daily() or brief.count("rows") or brief.count("users")
    if seconds and items:
        yield from calculators.window_rate(items, seconds)


def _availability(brief: Brief) -> Iterator[Number]:
    for percent in sorted({item.value for item in brief.availability if item.value < ALWAYS}, reverse=True)[:1]:
        yield calculators.error_budget(percent)
        if (rate := brief.rate()) is not None:
            yield calculators.failures_allowed(percent, rate)


def _memory(brief: Brief) -> Iterator[Number]:
    vectors = brief.count("vectors")
    if vectors is not None:
        dimensions = brief.count("dimensions")
        yield calculators.vector_memory(vectors, dimensions or DIMENSIONS, dimensions is not None)
    billions = brief.billions()
    if billions is None:
        return
    if brief.task in {"finetuning", "training"}:
        yield calculators.training_memory(billions)
        yield calculators.weights_memory(billions, 16)
        yield calculators.weights_memory(billions, 4)
    elif brief.task != "rag":
        yield from (calculators.weights_memory(billions, bits) for bits in (16, 8, 4))


def _money(brief: Brief, rate: float | None) -> Iterator[Number]:
    now, target = _bill(brief, "observed"), _bill(brief, "target")
    if now and target and now.period == target.period and now.currency == target.currency and now.value > target.value:
        yield calculators.saving(now.value, target.value, now.currency, now.period)
    daily = brief.daily() or (rate or 0) * SECONDS_A_DAY
    bill = target or now
    if not daily or brief.task == "training":
        return
    given = brief.daily() is not None
    if bill is not None:
        yield calculators.cost_per_million(bill.value * MONTHS[bill.period], daily, bill.currency, given)
    elif brief.asks("cost"):
        yield calculators.monthly(daily, given)


def _bill(brief: Brief, role: str) -> Money | None:
    return next((item for item in brief.budget if item.role == role and item.period in MONTHS), None)
