"""Training: searches that must end, steps, effective batches, and what a model's weights weigh."""

import re
from collections.abc import Iterator
from math import ceil, prod

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import Request, sole

MEGA = 1e6
# Hours from which days are told too.
LONG = 48
# Seconds: a day; what takes longer is the search, not a fit.
LONGEST_FIT = 86_400.0
# Values one knob of a grid has; a larger number is something else.
MOST_CHOICES = 200
# What counts as a small model: larger ones are named in millions or billions of parameters.
FEWEST_WEIGHTS, MOST_WEIGHTS = 100, 1e8
# What stands in a list of knobs and is none.
NO_KNOB = (
    r"folds?|machines?|gpus?|cards?|workers?|nodes?|epochs?|boxe?s?|servers?|rows|features|columns|runs|days|hours"
)
KNOB = (
    r"\s(?:\w+[\s-]){0,2}(?:learning rates?|rates|depths?|values?|subsamples?|regulari[sz]\w+|options|choices|settings|"
    r"batch sizes|optimi[sz]ers|lrs?|dropouts?|weight decays|estimators|alphas|kernels|levels|seeds)\b"
)


def grid(request: Request) -> Iterator[Number]:
    """Fits of a full grid, and the time they take: the product of the choices, times one fit."""
    if not request.says(r"learning rates|folds|grid|combination|knob|hyper-?param|search|sweep|tune|tuning|optuna"):
        return
    fits = _combinations(request)
    if fits is None:
        return
    folds = request.amount(r"[\s-]folds?\b")
    runs = fits * (folds or 1)
    times = [
        one
        for one in request.kind("time")
        if one.value <= LONGEST_FIT and (one.near(r"takes?|fit|each|run|train") or one.per)
    ]
    seconds = sole(times)
    # "We tried 60 configurations" says it itself.
    if _said(request) == STATED and folds is None and seconds is None:
        return
    yield Number(
        name="fits of the full grid",
        value=runs,
        unit="fits",
        working=f"{_said(request)}{f' x {folds:g} folds' if folds else ''} = {runs:,.0f}",
    )
    if seconds is None:
        return
    machines = request.brief.count("machines") or sole(request.plain(r"machines|nodes|servers|workers|gpus|cards")) or 1
    hours = runs * seconds / 3600 / machines
    yield Number(
        name="time for the full grid",
        value=hours,
        unit="h",
        working=f"{runs:,.0f} x {seconds / 60:g} min{f' / {machines:g} machines' if machines > 1 else ''} = {hours:.3g} h"
        + (f" ({hours / 24:.3g} days)" if hours > LONG else ""),
    )


STATED = "the combinations"
TIMES = re.compile(r"(\d+(?:\s?[x*]\s?\d+)+)\s(?:\w+\s)?(?:combinations|configurations|configs|grid)")


def _choices(request: Request) -> list[float]:
    """Return the choices of each knob: those that are known, and what is listed in a row with one."""
    known = {figure.start for figure, _ in request.all(KNOB) if 1 < figure.value <= MOST_CHOICES}
    chain: list[Amount] = []
    found: list[list[Amount]] = []
    for one in request.amounts:
        listed = chain and re.fullmatch(r"\s?(?:times|x|,|and|, and|by)\s", request.text[chain[-1].end : one.start])
        if one.kind != "count" or not one.noun or not 1 < one.value <= MOST_CHOICES or one.counts(NO_KNOB):
            chain = []
            continue
        if not listed:
            chain = []
            found.append(chain)
        chain.append(one)
    rows = [row for row in found if any(one.start in known for one in row)]
    return [one.value for row in rows for one in row if len(row) > 1 or one.start in known]


def _combinations(request: Request) -> float | None:
    if match := TIMES.search(request.text):
        return prod(float(part) for part in re.findall(r"\d+", match[1]))
    stated = request.amount(r"\s(?:\w+\s)?(?:combinations|configurations|configs)\b")
    if stated is not None:
        return stated
    knobs = request.amount(r"\s(?:\w+\s)?(?:knobs|parameters|hyper-?parameters|dials)\b")
    each = request.amount(r"\s(?:values|options|choices|settings)\s?(?:each|apiece|per)?\b")
    if knobs is not None and each is not None and request.says(r"each|apiece|per (?:knob|parameter)"):
        return each**knobs
    choices = _choices(request)
    return prod(choices) if len(choices) > 1 else None


def _said(request: Request) -> str:
    if match := TIMES.search(request.text):
        return match[1]
    choices = _choices(request)
    knobs = request.amount(r"\s(?:\w+\s)?(?:knobs|parameters|hyper-?parameters|dials)\b")
    if knobs is not None and choices:
        return f"{choices[-1]:g} ^ {knobs:g}"
    return " x ".join(f"{choice:g}" for choice in choices) if len(choices) > 1 else STATED


def _per_device(request: Request, accumulation: float | None) -> float | None:
    """Return a card's batch: "batch 64 on 8 GPUs" is the whole one; only who accumulates or says "per card" gives the part."""
    said = request.amount(r"\s(?:\w+\s)?(?:per|a|each)\s(?:card|gpu|device)")
    if said is not None or not accumulation:
        return said
    return request.brief.count("batch size") or request.amount(r"", r"\bbatch(?:[\s_]size)?(?:\sof|:|=)?\s")


def steps(request: Request) -> Iterator[Number]:
    """The effective batch and the optimiser steps: per device x devices x accumulation; examples x epochs / batch."""
    accumulation = request.amount(r"\s(?:gradient[\s-])?accumulation") or request.amount(
        r"", r"accumulat\w*(?: steps?)?[^\d,.;]{0,8}"
    )
    per_device = _per_device(request, accumulation)
    devices = request.brief.count("GPUs") or request.amount(r"\s(?:cards|gpus|devices)\b")
    nodes = request.amount(r"\s(?:nodes|machines|servers)\b")
    if per_device is None or devices is None or not request.says(r"accumul|effective|batch"):
        return
    parts = [
        per_device,
        devices,
        *([nodes] if nodes and nodes != devices else []),
        *([accumulation] if accumulation else []),
    ]
    batch = prod(parts)
    yield Number(
        name="effective batch",
        value=batch,
        unit="examples",
        working=f"{' x '.join(f'{part:g}' for part in parts)} = {batch:g} examples a step",
    )
    examples = request.brief.count("rows") or request.amount(
        r"\s(?:\w+\s)?(?:pairs|examples|samples|documents|conversations)\b"
    )
    epochs = request.brief.count("epochs") or request.amount(r"\s(?:pass(?:es)?|epochs?)\b")
    if examples is not None and epochs is not None:
        value = ceil(examples / batch) * epochs
        yield Number(
            name="optimiser steps",
            value=value,
            unit="steps",
            working=f"{examples:,.0f} / {batch:g} x {epochs:g} epochs = {value:,.0f} steps",
        )


def small_weights(request: Request) -> Iterator[Number]:
    """What a small model's weights weigh: weights x 4 bytes, x 1 in int8."""
    found = request.find(r"\s(?:\w+\s)?(?:float\s|float32\s)?(?:weights|parameters)\b")
    if (
        found is None
        or re.match(r"\s(?:\w+\s)?\w+\s(?:per|a|each)\s(?:run|request|call)\b", request.text[found[0].end :])
        or not FEWEST_WEIGHTS <= found[0].value < MOST_WEIGHTS
    ):
        return
    count = found[0].value
    unit, scale = ("kB", 1e3) if count < MEGA else ("MB", 1e6)
    for name, width in (("float32", 4), ("int8", 1)):
        value = count * width / scale
        yield Number(
            name=f"weights in {name}",
            value=value,
            unit=unit,
            working=f"{count:,.0f} x {width} byte{'s' if width > 1 else ''} = {value:,.4g} {unit}",
        )


def layers(text: str) -> tuple[float, float, float] | None:
    """Return layers, key-value heads and head size when a request states the shape of its model."""
    found = [
        re.search(pattern, text)
        for pattern in (
            r"(\d+)\s(?:\w+\s)?layers",
            r"(\d+)\s(?:kv|key[- ]value|key/value)[\s-]heads",
            r"heads?\s(?:of|with|x|dim\w*|size)\s(?:size\s|dim\w*\s)?(\d+)|head[_ ](?:dim|size)\w*\D{0,4}(\d+)",
        )
    ]
    if not all(found):
        return None
    values = [next(float(group) for group in match.groups() if group) for match in found if match]
    return values[0], values[1], values[2]
