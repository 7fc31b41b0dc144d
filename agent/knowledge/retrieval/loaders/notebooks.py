"""Jupyter notebooks: prose by its headings, code and short printed output by their cells."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from .documents import Parsed, Section, Unreadable
from .markup import markdown_pieces
from .outline import Outline, first_title, grouped
from .tables import loads

MAX_OUTPUT = 2_000
COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\[[0-9;]{1,12}m")


def notebook(text: str) -> Parsed:
    """Read a notebook of format 3 or 4; raises Unreadable when it is none."""
    value = loads(text)
    top = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    cells: list[dict[str, Any]] = _dicts(top.get("cells"))
    for sheet in _dicts(top.get("worksheets")):
        cells.extend(_dicts(sheet.get("cells")))
    if not cells:
        raise Unreadable("is no notebook, or one without cells")
    titles = (first_title(markdown_pieces(_lines(cell))) for cell in cells if _is_prose(cell))
    title = next((title for title in titles if title), "")
    return Parsed(title, _sections(cells, Outline(title)))


def _sections(cells: list[dict[str, Any]], outline: Outline) -> Iterator[Section]:
    for number, cell in enumerate(cells, 1):
        lines = _lines(cell)
        if _is_prose(cell):
            for section in grouped(markdown_pieces(lines), outline):
                yield replace(section, line=number, unit="cell")
            continue
        text = "\n".join(lines).strip("\n")
        code = cell.get("cell_type") == "code"
        if text.strip():
            yield Section(outline.headings, text, number, "cell", code)
        for output in _dicts(cell.get("outputs")) if code else []:
            printed = _printed(output)
            if printed.strip() and len(printed) < MAX_OUTPUT:
                yield Section(outline.headings, printed.strip("\n"), number, "cell")


def _is_prose(cell: dict[str, Any]) -> bool:
    return cell.get("cell_type") in {"markdown", "heading"}


def _lines(cell: dict[str, Any]) -> list[str]:
    lines = _text(cell.get("source", cell.get("input"))).split("\n")
    # Format 3 has headings as cells of their own.
    level = cell.get("level")
    if cell.get("cell_type") == "heading" and isinstance(level, int):
        lines[0] = "#" * max(1, min(level, 6)) + " " + lines[0]
    return lines


def _printed(output: dict[str, Any]) -> str:
    data: object = output.get("data")
    shown = cast("dict[str, Any]", data).get("text/plain") if isinstance(data, dict) else None
    return COLOUR.sub("", _text(shown or output.get("text")))


def _text(source: object) -> str:
    if isinstance(source, list):
        return "".join(part for part in cast("list[object]", source) if isinstance(part, str))
    return source if isinstance(source, str) else ""


def _dicts(values: object) -> list[dict[str, Any]]:
    items = cast("list[object]", values) if isinstance(values, list) else []
    return [cast("dict[str, Any]", item) for item in items if isinstance(item, dict)]
