"""What a document is read into: titled sections that can be cited with their place, or the reason why not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import NamedTuple

from .encodings import readable


@dataclass(frozen=True)
class Section:
    """A stretch of a document under one heading path.

    `headings` is the path below the document's title. `text` stands word for word in the source: its exact lines for
    Markdown, reStructuredText, plain text and programs, the extracted text for the other formats. `line` counts from 1
    in `unit`s: lines of the file (of a Word document, paragraphs), pages, notebook cells, or rows (of a table file the
    header is row 1; of JSON the records or keys). `code` says that all of it is program text.
    """

    headings: tuple[str, ...]
    text: str
    line: int
    unit: str = "line"
    code: bool = False


@dataclass(frozen=True)
class Document:
    """A file read: the posix name it was given, its title, its sections, and the flat fields of its front matter."""

    path: str
    title: str
    sections: tuple[Section, ...]
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True)
class Skipped:
    """A file, or a folder with all it holds, that is not read, and why (a predicate: "is empty")."""

    path: str
    reason: str


class Unreadable(Exception):
    """A file cannot be read; `reason` is a predicate that a user understands ("is encrypted")."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """How much is read of what a stranger wrote: bytes, counts, characters of extracted text, seconds for one PDF."""

    file_bytes: int = 50_000_000
    text_bytes: int = 20_000_000
    unpacked_bytes: int = 200_000_000
    files: int = 100_000
    pages: int = 5_000
    sections: int = 250_000
    characters: int = 100_000_000
    seconds: float = 120.0


DEFAULT = Limits()


class Parsed(NamedTuple):
    """What a format's reader found; the sections may be read lazily."""

    title: str
    sections: Iterable[Section]
    fields: Mapping[str, str] = {}


def document(parsed: Parsed, name: str, limits: Limits) -> Document:
    """Gather what was parsed; raises Unreadable when it is nothing, or more than the limits allow."""
    sections = tuple(_bounded(parsed.sections, limits))
    if not sections:
        raise Unreadable("holds no text")
    title = " ".join(readable(parsed.title).split())[:200]
    return Document(name, title or stem(name), sections, dict(parsed.fields))


def stem(name: str) -> str:
    """Return a file's name as a title: without its suffix, - and _ as spaces."""
    words = PurePosixPath(name).stem.replace("-", " ").replace("_", " ").strip()
    return words or name


def _bounded(sections: Iterable[Section], limits: Limits) -> Iterator[Section]:
    count = characters = 0
    for section in sections:
        # An entity or an escape can stand for a character that the file itself was not allowed.
        text = readable(section.text)
        if not text.strip():
            continue
        count += 1
        characters += len(text)
        if count > limits.sections:
            raise Unreadable(f"has more than {limits.sections:,} sections")
        if characters > limits.characters:
            raise Unreadable(f"holds more than {limits.characters:,} characters of text")
        headings = tuple(" ".join(readable(heading).split()) for heading in section.headings)
        yield replace(section, headings=headings, text=text)
