"""Cores, memory of copies, windows of a batcher, reads a second, what a log keeps."""

from collections.abc import Iterator
from math import ceil

from agent.decisions.calculators import UTILISATION, Number
from agent.decisions.estimates.reading import SIZE, TIME, Request, bytes_of, seconds_of

GIGA = 1e9
# A quotient that is a whole number up to the last digits of a float needs no further core.
ROUNDING = 1e-9
# Bytes: what is larger is a file or a machine, not a record that is written for each call.
LARGEST_RECORD = 1e8
# Fewer people than this are a team, not those a table of results is made for.
MANY = 1000


def cores(request: Request) -> Iterator[Number]:
    """Cores for a rate when the request says what one call costs: rate x CPU seconds / utilisation."""
    rate = request.brief.rate()
    found = request.find(TIME + r"\s(?:of\s)?(?:pure\s)?(?:cpu|compute|processor)")
    if found is None or rate is None:
        return
    cost = found[0].value * seconds_of(found[1]["time"])
    work = rate * cost
    percent = request.amount(
        r"\s?(?:%|percent)(?:\s(?:busy|load|cpu|utili[sz]ation))?",
        r"(?:above|over|below|under|at|to|of|than|exceed|past)\s",
    )
    given = percent is not None and not request.brief.availability
    share = (percent or 100 * UTILISATION) / 100
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
        assumption="" if given else f"cores are kept {share:.0%} busy, so that queueing stays short",
    )


def copies(request: Request) -> Iterator[Number]:
    """Memory when every worker process loads its own copy of the model."""
    workers = request.amount(r"\s(?:uvicorn\s|gunicorn\s|worker\s)?(?:workers|processes|replicas in (?:a|one) pod)\b")
    size = request.bytes(before=r"(?:model|weights|copy|artifact)\D{0,24}") or request.bytes(
        r"\s(?:model|each|per worker|of weights|onnx|artifact)"
    )
    if workers is None or size is None:
        return
    total = workers * size / GIGA
    limit = request.bytes(before=r"(?:limit|limits|container|pod|memory)\D{0,16}")
    fits = (
        "" if limit is None else f", {'above' if total * GIGA > limit else 'within'} the limit of {limit / GIGA:.3g} GB"
    )
    yield Number(
        name="memory of the model's copies",
        value=total,
        unit="GB",
        working=f"{workers:g} workers x {size / GIGA:.3g} GB = {total:.3g} GB{fits}, before anything else the process holds",
    )


def window(request: Request) -> Iterator[Number]:
    """Requests that gather in a batching window: rate x window."""
    rate = request.brief.rate()
    seconds = request.seconds(
        before=r"(?:wait(?:ing)?|window of|collect(?:ing)? for|queue delay of|hold(?:ing)? (?:them )?for|delay of)\s(?:up to\s|about\s)?"
    )
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


def reads(request: Request) -> Iterator[Number]:
    """Lookups a second when every call reads several values."""
    rate = request.brief.rate()
    each = request.amount(
        r"\s(?:\w+\s)?(?:values|features|keys|lookups|reads|columns|gets)\b",
        r"(?:reads?|fetch(?:es)?|looks? up|gets?|needs?|makes?|does)\s(?:about\s|around\s)?",
    )
    if rate is None or each is None or each <= 1:
        return
    value = rate * each
    yield Number(
        name="lookups",
        value=value,
        unit="reads/s",
        working=f"{rate:,.0f}/s x {each:g} = {value:,.0f} reads a second; fetched together it is {rate:,.0f} round trips",
    )


def log(request: Request) -> Iterator[Number]:
    """Disk that records fill: rate x bytes x days."""
    rate = request.brief.rate()
    if rate is None and (daily := request.brief.daily()) is not None:
        rate = daily / 86_400
    found = request.find(SIZE + r"(?!\s(?:of\s)?(?:ram|vram|memory|gpu|card))")
    if (
        rate is None
        or found is None
        or not request.says(r"\blog|\bstor|\bwrit|\bkeep|\brecord|\bdisk|\bretain|\bretention")
    ):
        return
    size = found[0].value * bytes_of(found[1]["size"])
    if size > LARGEST_RECORD:
        return
    day = rate * size * 86_400 / GIGA
    yield Number(
        name="written a day",
        value=day,
        unit="GB",
        working=f"{rate:,.3g}/s x {size / 1e3:g} kB x 86,400 s = {day:,.4g} GB a day",
    )
    days = request.amount(r"\sdays\b")
    if days is not None:
        yield Number(
            name="kept",
            value=day * days,
            unit="GB",
            working=f"{day:,.4g} GB x {days:g} days = {day * days:,.5g} GB, before compression",
        )


def table(request: Request) -> Iterator[Number]:
    """A table in memory: rows x columns x bytes."""
    columns = request.amount(r"\s(?:numeric\s|float\s)?(?:columns|cols|features)\b")
    rows = request.brief.count("rows")
    if rows is None or columns is None:
        return
    width = 8 if request.says(r"float64|double") else 4
    value = rows * columns * width / GIGA
    given = request.says(r"float32|float64|double")
    yield Number(
        name="the table in memory",
        value=value,
        unit="GB",
        working=f"{rows:,.0f} x {columns:g} x {width} bytes = {value:.3g} GB, and a few times that while it is read and trained on",
        assumption="" if given else "the columns are 4-byte floats",
    )


def lookup_table(request: Request) -> Iterator[Number]:
    """Entries of a table of results made ahead: users x items each."""
    users = request.brief.count("users")
    each = request.amount(
        r"\s(?:\w+\s){0,2}(?:products|items|recommendations|articles|films|movies|songs|offers|suggestions)\b",
        r"(?:each|every|per|show\w*|get\w*|see\w*)[^.]{0,50}",
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
