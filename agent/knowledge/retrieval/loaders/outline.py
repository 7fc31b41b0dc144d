"""Headings: where they stand, what they say without their markup, and the sections between them."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from .documents import Section

MAX_HEADING = 200
# Of `text <target>` and the like only the text is said. Applied to short lines only.
MARKUP = re.compile(
    r"""
      :[\w:+.-]{1,40}:`(?P<role>[^`]*)`
    | `+(?P<code>[^`]*)`+(?P<target>_{1,2}(?!\w))?
    | !?\[(?P<link>(?:!\[[^\[\]]*\]\([^()]*\)|[^\[\]])*)\](?:\((?:[^()]|\([^()]*\))*\)|\[[^\[\]]*\])
    | </?[A-Za-z][^<>]*>
    """,
    re.VERBOSE,
)
TARGET = re.compile(r"\s*<[^<>]*>$")
ANCHOR = re.compile(r"\s\{[#.:][^{}]*\}$")
CLOSING = re.compile(r"(?:\s#+|\s*¶)+$")


class Piece(NamedTuple):
    """A line of text (level 0) or a heading (level 1 and deeper), and its line in the file."""

    level: int
    text: str
    line: int


class Outline:
    """The headings above the place that has been reached, less the document's own title."""

    def __init__(self, title: str = "") -> None:
        self.title = title
        self.path: list[tuple[int, str]] = []

    def enter(self, level: int, heading: str) -> None:
        """Go on below a heading."""
        while self.path and self.path[-1][0] >= level:
            self.path.pop()
        if self.path or heading != self.title:
            self.path.append((level, heading))

    @property
    def headings(self) -> tuple[str, ...]:
        """The path to the place reached."""
        return tuple(heading for _, heading in self.path)


def blank(line: str) -> bool:
    """Whether a line says nothing."""
    return not line or line.isspace()


def tidy(heading: str) -> str:
    """Return a heading on one line, without the link to itself at its end, 200 characters at most."""
    line = " ".join(heading[: 5 * MAX_HEADING].split())
    return CLOSING.sub("", line)[:MAX_HEADING].strip()


def plain(heading: str) -> str:
    """Return a heading of Markdown or reStructuredText as it is read aloud: no links, ticks, roles, tags or stars."""
    line = heading[: 5 * MAX_HEADING].strip()
    line = ANCHOR.sub("", MARKUP.sub(_said, line)).replace("**", "")
    return tidy(line) or tidy(heading)


def _said(match: re.Match[str]) -> str:
    if match["role"] is not None or match["target"]:
        text: str = match["code"] if match["role"] is None else match["role"]
        return TARGET.sub("", text).lstrip("~!") or text
    # The text of a link may be code, or an image, whose own text is neither.
    return match["code"] or MARKUP.sub(_said, match["link"] or "")


def first_title(pieces: Iterable[Piece]) -> str:
    """Return the first heading of level 1, or nothing."""
    return next((piece.text for piece in pieces if piece.level == 1), "")


def grouped(pieces: Iterable[Piece], outline: Outline, idle: Callable[[str], bool] = blank) -> Iterator[Section]:
    """Yield a section for the lines below each heading, without the idle lines at either end."""
    held: list[str] = []
    start = 0
    for level, text, line in pieces:
        if level:
            yield from _section(held, start, outline, idle)
            outline.enter(level, text)
            held = []
        elif held or not idle(text):
            start = start if held else line
            held.append(text)
    yield from _section(held, start, outline, idle)


def _section(held: list[str], start: int, outline: Outline, idle: Callable[[str], bool]) -> Iterator[Section]:
    while held and idle(held[-1]):
        held.pop()
    if held:
        yield Section(outline.headings, "\n".join(held), start)
