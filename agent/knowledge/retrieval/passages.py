"""Passages: documents cut under their headings into pieces that one embedding holds, each a verbatim part of its file."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, cast

from .loaders.documents import Document, Section

Unit = Literal["tokens", "words", "characters"]
WORD = re.compile(r"[^\W\d_]+|\d|[^\w\s]|_")
# Letters one word piece holds in words that MiniLM's vocabulary cuts: the estimate is then within a tenth of the tokenizer.
LETTERS = 6
FENCE = re.compile(
    r"^[ \t]{0,3}(?P<mark>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t]{0,3}(?P=mark)[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
# Where a text may be cut, best first: between paragraphs, lines, sentences, words.
CUTS = (re.compile(r"\n[ \t]*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?;])\s"), re.compile(r"\s"))
SLUG = re.compile(r"\W+")
# A block of code that is longer than a passage stays whole up to this many times its size.
WHOLE = 2


@dataclass(frozen=True)
class Size:
    """How long a passage may be, and how much of the one before it is repeated, both in `unit`.

    A token is a word piece, estimated from the letters, so that the same text is cut alike with and without a tokenizer.
    Raises ValueError for sizes that cannot be.
    """

    most: int = 230
    overlap: int = 0
    unit: Unit = "tokens"

    def __post_init__(self) -> None:
        if self.most < 1 or not 0 <= self.overlap < self.most:
            raise ValueError(f"a passage of {self.most} {self.unit} cannot repeat {self.overlap} of the one before")

    def of(self, text: str) -> int:
        """Return how long `text` is."""
        match self.unit:
            case "characters":
                return len(text)
            case "words":
                return len(text.split())
            case "tokens":
                return sum(1 + (len(word) - 1) // LETTERS for word in WORD.findall(text))


@dataclass(frozen=True)
class Passage:
    """A piece of a document: `text` as it stands there, beginning at `line` (or the page, cell, row: see `unit`).

    `project` is what the document is about beside its title, such as its folder; `labels` are what a search may filter by. `id` is the path, the headings and, where several pieces share them, a number:
    it stays while its section does.
    """

    id: str
    path: str
    title: str
    headings: tuple[str, ...]
    text: str
    line: int
    unit: str = "line"
    project: str = ""
    labels: tuple[str, ...] = ()

    @property
    def prefixed(self) -> str:
        """Return the text with the way to it in front, which is what is indexed: project, title, headings."""
        return _way(self.project, self.title, self.headings) + "\n" + self.text

    def digest(self, encoder: str) -> bytes:
        """Return what tells this content, as that encoder encodes it, from anything else: 16 bytes."""
        return hashlib.blake2b(f"{encoder}\n{self.prefixed}".encode(), digest_size=16).digest()

    def dumps(self) -> bytes:
        """Return the passage as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False).encode() + b"\n"


def loads(line: bytes) -> Passage:
    """Return the passage of such a line; raises ValueError, KeyError or TypeError when it is none."""
    row = cast("dict[str, str]", json.loads(line))
    lists = cast("dict[str, list[str]]", row)
    return Passage(
        row["id"],
        row["path"],
        row["title"],
        tuple(lists["headings"]),
        row["text"],
        int(row["line"]),
        row["unit"],
        row["project"],
        tuple(lists["labels"]),
    )


def _way(project: str, title: str, headings: Sequence[str]) -> str:
    return " > ".join(part for part in (project, title, *headings) if part)


def split(document: Document, size: Size, project: str = "", labels: Sequence[str] = ()) -> list[Passage]:
    """Cut a document into passages of at most `size`, the heading path that is indexed with them counted in."""
    counts: dict[str, int] = {}
    found: list[Passage] = []
    for section in document.sections:
        prefix = size.of(_way(project, document.title, section.headings))
        # A path that fills the passage would leave no room for its text.
        room = max(size.most - prefix, size.most // 2, 1)
        anchor = "/".join(SLUG.sub("-", heading.lower()).strip("-") for heading in section.headings) or "top"
        for start, end in _spans(section, room, size):
            counts[anchor] = counts.get(anchor, 0) + 1
            suffix = f"~{counts[anchor]}" if counts[anchor] > 1 else ""
            line = section.line + (section.text.count("\n", 0, start) if section.unit == "line" else 0)
            found.append(
                Passage(
                    f"{document.path}#{anchor}{suffix}",
                    document.path,
                    document.title,
                    section.headings,
                    section.text[start:end],
                    line,
                    section.unit,
                    project,
                    tuple(labels),
                )
            )
    return found


def _spans(section: Section, room: int, size: Size) -> Iterator[tuple[int, int]]:
    """Yield where the passages of a section begin and end: as few as fit, of about one length."""
    text = section.text
    atoms = [(start, end, size.of(text[start:end])) for start, end in _atoms(text, section.code, room, size.of)]
    if not atoms:
        return
    total = max(1, sum(length for _, _, length in atoms))
    target = total / -(-total // room)
    first, held = 0, 0
    for place, (_, _, length) in enumerate(atoms):
        if place > first and (held + length > room or held + length / 2 > target):
            yield _trimmed(text, atoms[first][0], atoms[place - 1][1])
            first, held = _overlapping(atoms, place, size.overlap)
        held += length
    yield _trimmed(text, atoms[first][0], atoms[-1][1])


def _overlapping(atoms: Sequence[tuple[int, int, int]], place: int, overlap: int) -> tuple[int, int]:
    first, held = place, 0
    while first > 0 and held + atoms[first - 1][2] <= overlap:
        first -= 1
        held += atoms[first][2]
    return first, held


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Leave out empty lines before and blanks behind; the indent of the first line is part of it."""
    part = text[start:end]
    lead = len(part) - len(part.lstrip())
    return start + part.rfind("\n", 0, lead) + 1, start + len(part.rstrip())


def _atoms(text: str, code: bool, room: int, of: Callable[[str], int]) -> Iterator[tuple[int, int]]:
    """Yield the spans that are not to be cut: blocks of code, else paragraphs, lines, sentences, words as the room asks."""
    at = 0
    for fence in () if code else FENCE.finditer(text):
        yield from _cut(text, at, fence.start(), room, of, 0)
        if of(fence[0]) <= WHOLE * room:
            yield fence.start(), fence.end()
        else:
            yield from _cut(text, fence.start(), fence.end(), room, of, 0)
        at = fence.end()
    yield from _cut(text, at, len(text), room, of, 0)


def _cut(text: str, start: int, end: int, room: int, of: Callable[[str], int], level: int) -> Iterator[tuple[int, int]]:
    if not text[start:end].strip():
        return
    if level and of(text[start:end]) <= room:
        yield start, end
        return
    if level == len(CUTS):
        # One word longer than a passage: base64, minified code. By letters, at least one a time.
        step = max(1, (end - start) * room // max(1, of(text[start:end])))
        yield from ((place, min(end, place + step)) for place in range(start, end, step))
        return
    at = start
    for gap in CUTS[level].finditer(text, start, end):
        yield from _cut(text, at, gap.end(), room, of, level + 1)
        at = gap.end()
    yield from _cut(text, at, end, room, of, level + 1)
