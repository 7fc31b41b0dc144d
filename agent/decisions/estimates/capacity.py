"""Cores, memory of copies, windows of a batcher, reads a second, what a log keeps."""

from collections.abc import Iterator
from math import ceil

from agent.decisions.calculators import UTILISATION, Number
from agent.decisions.estimates.reading import Request, sole
from agent.decisions.estimates.storage import size
from agent.decisions.estimates.traffic import demand, load_share, peak_factor

GIGA = 1e9
# A quotient that is a whole number up to the last digits of a float needs no further core.
ROUNDING = 1e-9
# Bytes: what is larger is a file or a machine, not a record that is written for each call.
LARGEST_RECORD = 1e8
# Seconds: what takes longer is a job, not a call.
LONGEST_CALL = 60.0
GATHERS = r"wait|window|collect|gather|queue delay|hold|delay of|accumulat"
# Fewer people than this are a team, not those a table of results is made for.
MANY = 1000


def cores(request: Request) -> Iterator[Number]:
    """Cores for a rate when the request says what one call costs: rate x CPU seconds / utilisation."""
    rate = demand(request)
    cost = sole(request.kind("time", r"\bcpu\b|\bcompute\b|processor|\bcore\b"))
    if cost is None or rate is None or cost > LONGEST_CALL:
        return
    rate *= peak_factor(request) or 1
    work = rate * cost
    given = load_share(request)
    share = given or UTILISATION
    yield Number(
        name="cores of work",
        value=work,
        unit="cores",
        working=f"{rate:,.0f}/s x {cost * 1000:g} ms = {work:.3g} cores busy all the time",
    )
    yield Number(
        name="cores to order",
        value=ceil(work / share - ROUNDING),
        unit="cores",
        working=f"{work:.3g} / {share:.2g} = {work / share:.3g}, so {ceil(work / share - ROUNDING)} cores, plus one replica that may be restarting",
        assumption="" if given is not None else f"cores are kept {share:.0%} busy, so that queueing stays short",
    )


def copies(request: Request) -> Iterator[Number]:
    """Memory when every worker process loads its own copy of the model."""
    workers = request.amount(r"\s(?:uvicorn\s|gunicorn\s|worker\s)?(?:workers|processes|replicas in (?:a|one) pod)\b")
    held = request.bytes(before=r"(?:model|weights|copy|artifact)\D{0,24}") or request.bytes(
        r"\s(?:model|each|per worker|of weights|onnx|artifact)"
    )
    if workers is None or held is None:
        return
    total = workers * held / GIGA
    limit = request.bytes(before=r"(?:limit|limits|container|pod|memory)\D{0,16}")
    fits = (
        "" if limit is None else f", {'above' if total * GIGA > limit else 'within'} the limit of {limit / GIGA:.3g} GB"
    )
    yield Number(
        name="memory of the model's copies",
        value=total,
        unit="GB",
        working=f"{workers:g} workers x {held / GIGA:.3g} GB = {total:.3g} GB{fits}, before anything else the process holds",
    )


def window(request: Request) -> Iterator[Number]:
    """Requests that gather in a batching window: rate x window."""
    rate = demand(request)
    seconds = sole([one for one in request.kind("time") if one.value <= 1 and one.follows(GATHERS)])
    if rate is None or seconds is None or not request.says(r"batch|collect|gather|one (?:predict )?call|window"):
        return
    value = rate * seconds
    yield Number(
        name="requests gathered in the window",
        value=value,
        unit="requests",
        working=f"{rate:,.0f}/s x {seconds * 1000:g} ms = {value:.3g} on average"
        + ("; most windows hold one request, which only waits" if value < 1 else ""),
    )


def table(request: Request) -> Iterator[Number]:
    """A table in memory: rows x columns x bytes."""
    columns = sole(request.plain(r"columns|cols|features|variables|fields"))
    rows = request.brief.count("rows") or sole(request.plain("rows|records"))
    if rows is None or columns is None:
        return
    width = 8 if request.says(r"float64|double") else 4
    value = rows * columns * width / GIGA
    given = request.says(r"float32|float64|double")
    yield Number(
        name="the table in memory",
        value=value,
        unit="GB",
        working=f"{rows:,.0f} x {columns:g} x {width} bytes = {size(value)}, and a few times that while it is read and trained on",
        assumption="" if given else "the columns are 4-byte floats",
    )


def lookup_table(request: Request) -> Iterator[Number]:
    """Entries of a table of results made ahead: users x items each."""
    users = request.brief.count("users")
    each = sole(
        [
            one
            for one in request.plain(
                r"products|items|recommendations|articles|films|movies|songs|offers|suggestions|titles|listings"
            )
            if one.value <= MANY and one.follows(r"each|every|per|show|gets?|sees?|for", 60)
        ]
    )
    if users is None or each is None or users < MANY:
        return
    value = users * each
    yield Number(
        name="entries made ahead",
        value=value,
        unit="entries",
        working=f"{users:,.0f} x {each:g} = {value / 1e6:,.4g} million entries ({value:,.0f})",
    )
