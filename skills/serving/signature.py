"""The signature: the features by name, what they may hold, and what the model answers."""

import keyword
import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from agent.api import Refused

from .libraries import Rows
from .model import Label, Model, Task

MAX_NAME = 200


@dataclass(frozen=True)
class Feature:
    """One input: its name on the wire and in the code, whether null is taken, and the range seen in the data."""

    name: str
    field: str
    dtype: str
    missing_allowed: bool
    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True)
class Signature:
    """What goes into a model and what comes out."""

    task: Task
    features: tuple[Feature, ...]
    classes: tuple[Label, ...] | None
    probabilities: bool

    @property
    def missing_allowed(self) -> bool:
        """Whether the model takes missing values."""
        return any(feature.missing_allowed for feature in self.features)


def build(model: Model, header: tuple[str, ...] | None, rows: Rows | None) -> Signature:
    """Return a model's signature; names come from the model, else from the data's `header`, else they are x0, x1, ...

    `rows`, of shape (n, width), tell the ranges. Raises Refused for names that cannot be told apart or written.
    """
    names = model.names or header or tuple(f"x{index}" for index in range(model.width))
    _check(names)
    features = tuple(
        Feature(name, field, "float32" if model.float32 else "float64", model.missing_allowed, *_range(rows, index))
        for index, (name, field) in enumerate(zip(names, fields(names), strict=True))
    )
    return Signature(model.task, features, model.classes, model.probabilities)


def fields(names: Iterable[str]) -> tuple[str, ...]:
    """Return an identifier for each name: valid, ASCII, public, no keyword, and unlike all the others."""
    found: list[str] = []
    taken: set[str] = set()
    for name in names:
        stem = re.sub(r"[^0-9a-zA-Z]+", "_", name).strip("_") or "feature"
        if stem[0].isdigit():
            stem = f"x{stem}"
        if keyword.iskeyword(stem) or keyword.issoftkeyword(stem):
            stem = f"{stem}_"
        field, count = stem, 2
        while field in taken:
            field, count = f"{stem}_{count}", count + 1
        taken.add(field)
        found.append(field)
    return tuple(found)


def _check(names: tuple[str, ...]) -> None:
    for name in names:
        if not name or len(name) > MAX_NAME or not name.isprintable():
            raise Refused(
                f"the feature name {name[:MAX_NAME]!r} is empty, too long or has unprintable characters",
                "rename it and train again",
            )
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise Refused(f"two features are called {twice!r}", "rename one and train again")


def _range(rows: Rows | None, index: int) -> tuple[float, float] | tuple[None, None]:
    if rows is None:
        return None, None
    column = rows[:, index][np.isfinite(rows[:, index])]
    return (float(column.min()), float(column.max())) if column.size else (None, None)
