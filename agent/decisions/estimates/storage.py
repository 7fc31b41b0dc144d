"""Bytes: logs kept, compression, vectors, images, tables, smaller weights, adapters, conversations on a card."""

import re
from collections.abc import Iterator

from agent.decisions.calculators import Number
from agent.decisions.estimates.reading import Request, digits, sole

GIGA, DAY = 1e9, 86_400.0
# Vectors of one thing: its photos, its chunks.
MOST_EACH = 1000
# Bytes: what is larger is a file; numbers of a vector; things of a collection.
LARGEST_RECORD, MILLI = 1e8, 1e-3
FEWEST, WIDEST, MANY, SOME = 16, 8192, 1000, 10
SMALLER = re.compile(r"(?:makes? |to |down to |is )?an? (half|third|quarter|fifth|sixth|eighth|tenth)\b")
PARTS = {"half": 2.0, "third": 3.0, "quarter": 4.0, "fifth": 5.0, "sixth": 6.0, "eighth": 8.0, "tenth": 10.0}
RATIO = re.compile(
    r"(?<![\d:.])(\d+(?:\.\d+)?)\s?(?::|to)\s?(?:1|one)\b(?!:?\d)|factor (?:of )?(\d+(?:\.\d+)?)|(\d+(?:\.\d+)?)\s?(?:x|times) smaller"
)
VECTORS = r"vectors|embeddings|chunks|images|pictures|photos|documents|docs|texts|paragraphs|passages|articles|products|sentences|pages|tickets|items|snippets|abstracts|faces|songs|titles|products?\s\w+|product texts|descriptions|messages"
LOGGED = r"\blog(?:s|ged|ging)?\b|\bwrit(?:e|es|ten|ing)\b|\bkeep|\bkept|\brecord(?:s|ed|ing)?\b(?! store)|\bdisk|\bretain|\bretention|\baudit|\bsaved?\b|\bstor(?:ed|ing|age)\b|\bstore (?:each|every|all|them|it|the (?:inputs|features|predictions|scores))|\barchiv"
NO_WRITES = r"tokens?|reads|lookups|searches|gets|queries"
SEARCHED = r"vector|embed|dims?\b|dimension|semantic|similar|index|float|int8|search|numbers each|rag\b"
EACH = r"\b(?:each|every \w+|with|per \w+|has|have|into)\s(?:with\s|has\s|having\s|about\s|around\s)?$"
DIMENSIONS = r"dims?|dimensions?|dimensional|floats?|float32|numbers|d\b|components"


def size(gigabytes: float) -> str:
    """Return a size in the unit that is read most easily."""
    if gigabytes >= 1:
        return f"{digits(gigabytes)} GB"
    return f"{digits(gigabytes * 1000)} MB" if gigabytes >= MILLI else f"{digits(gigabytes * 1e6)} kB"


def written(request: Request) -> Iterator[Number]:
    """What a log keeps: bytes each x rate x days, and what compression leaves."""
    days, each = _days(request), _each(request)
    daily = sole([one for one in request.kind("size") if one.per == "day"])
    if each is not None and daily is None:
        daily = each[0] * each[1]
        yield Number(
            name="written a day",
            value=daily / GIGA,
            unit="GB",
            working=f"{digits(each[1] / DAY)}/s x {each[0] / 1e3:g} kB x 86,400 s = {size(daily / GIGA)} a day",
        )
    if daily is None or days is None or not request.says(LOGGED):
        return
    kept = daily * days / GIGA
    yield Number(
        name="kept",
        value=kept,
        unit="GB",
        working=f"{size(daily / GIGA)} x {days:g} days = {digits(kept)} GB, before compression",
    )
    factor = _compression(request)
    if factor is not None:
        yield Number(
            name="kept, compressed",
            value=kept / factor,
            unit="GB",
            working=f"{digits(kept)} GB / {factor:g} = {digits(kept / factor)} GB compressed ({digits(daily / GIGA / factor)} GB a day)",
        )


def _days(request: Request) -> float | None:
    kept = [one for one in request.kind("time") if one.value >= DAY and not one.near(r"ago|old\b|train|late")]
    if kept:
        value = sole(kept)
        return None if value is None else round(value / DAY, 3)
    return 365.0 if request.says(r"(?:a|one|1|the|per|whole|full) (?:full |whole )?year\b|yearly|a year's") else None


def _each(request: Request) -> tuple[float, float] | None:
    """Return bytes of a record and the records a day."""
    record = sole(
        [
            one
            for one in request.kind("size")
            if one.value <= LARGEST_RECORD and not one.near(r"\bram\b|memory|model|weights|limit|vram")
        ]
    )
    paces = [
        one
        for one in request.amounts
        if one.kind == "count" and one.per in {"second", "day"} and not one.counts(NO_WRITES) and one.value > 1
    ]
    if record is None or sole(paces) is None or not request.says(LOGGED):
        return None
    return record, paces[0].value * (DAY if paces[0].per == "second" else 1)


def _compression(request: Request) -> float | None:
    if not request.says(r"compress|zstd|gzip|parquet|snappy|smaller|squeez|zip\b"):
        return None
    share = sole(
        [
            one
            for one in request.kind("share", r"compress|zstd|gzip|parquet|to\b|left|of (?:it|the|its)|size")
            if 0 < one.value < 1
        ]
    )
    if share is not None:
        return 1 / share
    if match := SMALLER.search(request.text):
        return PARTS[match[1]]
    if match := RATIO.search(request.text):
        return float(next(group for group in match.groups() if group))
    return None


def vectors(request: Request) -> Iterator[Number]:
    """Raw vectors: count x dimensions x 4, 2 and 1 bytes; an index comes on top."""
    brief = request.brief
    wide = [one for one in request.plain(DIMENSIONS) if FEWEST <= one.value <= WIDEST]
    dimensions = brief.count("dimensions") or sole(wide)
    many = [one.value for one in request.plain(VECTORS) if one.value >= MANY and not one.counts(DIMENSIONS)]
    count = brief.count("vectors") or max(many, default=None)
    if count is None or dimensions is None or not request.says(SEARCHED):
        return
    each = sole([one for one in request.plain(VECTORS) if one.value <= MOST_EACH and one.follows(EACH)])
    shown = f"{count:,.0f}" + (f" x {each:g}" if each else "")
    full = count * (each or 1) * dimensions * 4 / GIGA
    yield Number(
        name="raw vectors",
        value=full,
        unit="GB",
        working=f"{shown} x {dimensions:g} x 4 bytes = {size(full)} in float32, {size(full / 2)} in float16, {size(full / 4)} in int8, before the index",
    )


def images(request: Request) -> Iterator[Number]:
    """Decoded images: count x height x width x channels x bytes."""
    match = re.search(r"(?<![\d.])(\d{2,5})\s?x\s?(\d{2,5})(?:\s?x\s?(\d{1,2}))?(?![\d.])", request.text)
    count = sole(
        [
            one
            for one in request.plain(r"images|pictures|photos|frames|scans|slides|tiles|crops|patches|screenshots")
            if one.value >= SOME
        ]
    )
    if match is None or count is None:
        return
    grey = request.says(r"gr[ae]y|mono|black and white|single[- ]channel")
    channels = int(match[3]) if match[3] else 1 if grey else 3
    width = 4 if request.says(r"float32|float 32|fp32") else 2 if request.says(r"float16|fp16|uint16|16[- ]bit") else 1
    value = count * int(match[1]) * int(match[2]) * channels * width / GIGA
    yield Number(
        name="the images, decoded",
        value=value,
        unit="GB",
        working=f"{count:,.0f} x {match[1]} x {match[2]} x {channels} x {width} byte{'s' if width > 1 else ''} = {size(value)}",
        assumption="" if match[3] or grey else "three colour channels",
    )
