"""The user's rows: a CSV file with a header, as numbers."""

import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from agent.api import BadRequest

from .libraries import Rows

MAX_ROWS = 200_000
NAME = re.compile(r"[\w .()%#-]{1,60}")
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


@dataclass(frozen=True)
class Table:
    """Rows of shape (n, columns), missing cells as NaN, and the columns' names."""

    names: tuple[str, ...]
    rows: Rows


def read(path: Path, target: str | None, wanted: tuple[str, ...] | None, width: int) -> Table:
    """Read the model's features from a CSV file; raises BadRequest naming the line or the column at fault.

    With the names a model `wanted`, those columns are taken in its order and others left. Without, what remains once
    `target` is dropped must be `width` columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream)
            header = [name.strip() for name in next(reader, list[str]())]
            names = _columns(header, target, wanted, width)
            places = [header.index(name) for name in names]
            rows = [
                _numbers(cells, places, header, reader.line_num)
                for cells in islice((cells for cells in reader if cells), MAX_ROWS)
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as problem:
        raise BadRequest(
            f"{path} cannot be read as CSV: {problem}", "give a CSV file in UTF-8 with a header"
        ) from problem
    if not rows:
        raise BadRequest(f"{path} has no rows", "give a CSV file with a header and rows below it")
    return Table(names, np.array(rows, dtype=np.float64))


def _columns(header: list[str], target: str | None, wanted: tuple[str, ...] | None, width: int) -> tuple[str, ...]:
    if target is not None and target not in header:
        raise BadRequest(f"the data has no column {target!r}; it has {_shown(header)}")
    if wanted is not None and set(wanted) <= set(header):
        return wanted
    rest = tuple(name for name in header if name != target)
    if len(set(rest)) != len(rest):
        raise BadRequest("two columns of the data have the same name", "rename one of them")
    if wanted is not None:
        missing = [name for name in wanted if name not in header]
        raise BadRequest(f"the data lacks columns the model was fitted on: {', '.join(missing)}")
    if len(rest) != width:
        hint = (
            "name the column to leave out with --set target=NAME" if len(rest) == width + 1 and target is None else ""
        )
        raise BadRequest(f"the model takes {width} features and the data has {len(rest)} columns: {_shown(rest)}", hint)
    return rest


def _shown(names: Sequence[str]) -> str:
    # The first line of a file that is no table is not repeated: it may be anybody's.
    if all(NAME.fullmatch(name) for name in names):
        return ", ".join(names)
    return f"{len(names)}, with names that no table would have"


def _numbers(cells: list[str], places: list[int], header: list[str], line: int) -> list[float]:
    if len(cells) != len(header):
        raise BadRequest(f"line {line} of the data has {len(cells)} cells, its header {len(header)}")
    values: list[float] = []
    for place in places:
        text = cells[place].strip()
        try:
            values.append(math.nan if text.lower() in MISSING else float(text))
        except ValueError:
            raise BadRequest(
                f"line {line} of the data: {header[place]} is {text!r}, not a number",
                "encode texts as numbers, as the model was trained",
            ) from None
    return values
