"""CSV, JSON and JSON Lines: records as lines `name: value`, with the number of the record."""

import csv
import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, cast

from .documents import Parsed, Section, Unreadable
from .outline import tidy

DELIMITERS = ",\t;|"
MAX_ROWS = 20
# Small records go together up to FULL characters; a record is cut at the line that passes CUT.
FULL, CUT = 1_000, 8_000
MAX_NAME, MAX_PATH = 80, 200
SAMPLE = 20


def table(text: str) -> Parsed:
    """Read delimited text; a first row of distinct words is the header, else the columns are column1, column2..."""
    delimiter = _delimiter(text)
    return Parsed("", _packed(_rows(text, delimiter), separator="\n"))


def _delimiter(text: str) -> str:
    """Return the delimiter by which most of the first rows have the same number of cells, the more cells the better."""
    sample = "\n".join(text[:65_536].split("\n")[:SAMPLE])
    best, most = ",", 0.0
    for delimiter in DELIMITERS:
        try:
            widths = Counter(len(row) for row in csv.reader(io.StringIO(sample), delimiter=delimiter) if row)
        except csv.Error:
            continue
        width, count = max(widths.items(), key=lambda item: item[1], default=(1, 0))
        worth = count / max(widths.total(), 1) + min(width, 50) / 100
        if width > 1 and worth > most:
            best, most = delimiter, worth
    return best


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    number = 0
    try:
        for number, cells in enumerate(reader, 1):
            if number == 1 and _is_header(cells):
                names = [cell.strip()[:MAX_NAME] for cell in cells]
                continue
            values = ((place, " ".join(cell.split())) for place, cell in enumerate(cells))
            yield number, "; ".join(f"{_name(names, place)}: {value}" for place, value in values if value)
    except csv.Error as error:
        raise Unreadable(f"is not a table at row {number + 1}: {error}") from error


def _is_header(cells: list[str]) -> bool:
    words = [cell.strip() for cell in cells if cell.strip()]
    return bool(words) and len(set(words)) == len(words) and not any(_is_value(word) for word in words)


def _is_value(word: str) -> bool:
    # A number, date, percentage or version.
    return word.strip("+-$€%").replace(".", "").replace(",", "").replace("-", "").replace(":", "").isdigit()


def _name(names: list[str], place: int) -> str:
    return (names[place] if place < len(names) else "") or f"column{place + 1}"


def loads(text: str) -> object:
    """Return the value of JSON text; raises Unreadable."""
    try:
        return json.loads(text)
    except ValueError as error:
        # Python's limit on the digits of a number is a ValueError as well.
        where = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise Unreadable(f"is not JSON{where}") from error
    except RecursionError as error:
        raise Unreadable("is JSON nested too deeply") from error


def tree(text: str) -> Parsed:
    """Read JSON: a list by its records, an object by its keys."""
    value = loads(text)
    if isinstance(value, dict):
        return Parsed("", _keys(cast("dict[str, Any]", value)))
    return Parsed("", _packed(_records(value)))


def _keys(value: dict[str, Any]) -> Iterator[Section]:
    """Yield an object's plain values together, then every key that holds more under its own name."""
    plain = ((number, line) for number, key in enumerate(value, 1) for line in _scalars(key, value[key]))
    yield from _packed(plain, separator="\n")
    for number, (key, inner) in enumerate(value.items(), 1):
        if isinstance(inner, list) and _has_records(cast("list[object]", inner)):
            yield from _packed(_records(cast("object", inner)), (tidy(key),))
        elif isinstance(inner, dict | list):
            yield from _packed(((number, line) for line in flat(cast("object", inner))), (tidy(key),))


def _scalars(key: str, value: object) -> Iterator[str]:
    if not isinstance(value, dict | list):
        yield f"{key[:MAX_PATH]}: {_word(value)}"


def _has_records(values: list[object]) -> bool:
    return any(isinstance(value, dict) for value in values)


def _records(value: object) -> Iterator[tuple[int, str]]:
    records = cast("list[object]", value) if isinstance(value, list) else [value]
    if not _has_records(records):
        return ((1, line) for line in flat(cast("object", value)))
    return ((number, line) for number, record in enumerate(records, 1) for line in flat(record))


def lines(text: str) -> Parsed:
    """Read JSON Lines; a line that is not JSON makes the file unreadable, and the reason names it."""
    return Parsed("", _packed(_line_records(text)))


def _line_records(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            record = loads(line)
        except Unreadable as error:
            raise Unreadable(f"is not JSON Lines: line {number} is not JSON") from error
        for entry in flat(record):
            yield number, entry


def flat(value: object, path: str = "") -> Iterator[str]:
    """Yield a value's leaves as lines `path.to.it: leaf`; a list of plain values is one line."""
    if isinstance(value, dict):
        for key, inner in cast("dict[str, object]", value).items():
            yield from flat(inner, f"{path}.{key}"[-MAX_PATH:].lstrip("."))
    elif isinstance(value, list):
        values = cast("list[object]", value)
        plain = [_word(inner) for inner in values if not isinstance(inner, dict | list)]
        if plain:
            yield _leaf(path, ", ".join(plain))
        for place, inner in enumerate(values, 1):
            if isinstance(inner, dict | list):
                yield from flat(cast("object", inner), f"{path}.{place}"[-MAX_PATH:].lstrip("."))
    else:
        yield _leaf(path, _word(value))


def _leaf(path: str, word: str) -> str:
    return f"{path}: {word}" if path else word


def _word(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _packed(
    entries: Iterable[tuple[int, str]], headings: tuple[str, ...] = (), separator: str = "\n\n"
) -> Iterator[Section]:
    """Yield sections of a few records each from lines numbered by record."""
    parts: list[str] = []
    first = last = size = records = 0
    for number, line in entries:
        if parts and (size >= CUT or (number != last and (records >= MAX_ROWS or size >= FULL))):
            yield Section(headings, "".join(parts), first, "row")
            parts, size, records = [], 0, 0
        if not parts:
            first, records = number, 1
        else:
            parts.append("\n" if number == last else separator)
            records += number != last
        parts.append(line)
        size += len(line) + 1
        last = number
    if parts:
        yield Section(headings, "".join(parts), first, "row")
