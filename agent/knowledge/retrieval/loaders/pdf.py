"""PDF: the text of each page, under the titles of the outline when there is one."""

import io
import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from .documents import Limits, Parsed, Section, Unreadable
from .encodings import readable
from .outline import Outline, blank, tidy

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

# A running head is one of the first or last EDGE lines of a page, and the same on most of at least MIN_PAGES pages.
EDGE, MIN_PAGES, MOST = 3, 3, 0.6
SCANNED = 20  # characters a page, below which it is a picture of one
MAX_ENTRIES = 5_000
DIGITS = re.compile(r"\d+")
# What programs write for a title that nobody gave.
NO_TITLE = re.compile(
    r"untitled|microsoft word|powerpoint presentation|word document|document\d*$"
    r"|.*\.(?:docx?|tex|dvi|indd|qxd|pdf|xlsx?|html?)$|.*[\\/].*[\\/]",
    re.IGNORECASE,
)


def pdf(data: bytes, limits: Limits) -> Parsed:
    """Read a PDF; raises Unreadable when it is encrypted, broken, scanned, or over the limits."""
    try:
        import pypdf
    except ImportError as error:
        raise Unreadable("needs pypdf: pip install pypdf") from error
    with _quiet():
        try:
            reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
            return _read(reader, limits)
        except (Unreadable, MemoryError):
            raise
        except Exception as error:
            # A broken file makes the library fail in any way that there is.
            raise Unreadable(f"is a broken PDF ({type(error).__name__})") from error


@contextmanager
def _quiet() -> Generator[None]:
    # It logs every oddity of a file; the user hears what became of it.
    logger = logging.getLogger("pypdf")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)


def _read(reader: "PdfReader", limits: Limits) -> Parsed:
    if reader.is_encrypted and not _opens(reader):
        raise Unreadable("is encrypted")
    count = len(reader.pages)
    if count > limits.pages:
        raise Unreadable(f"has more than {limits.pages:,} pages")
    texts = _texts(reader, limits)
    if sum(map(len, texts)) < SCANNED * count and any(_has_image(page) for page in reader.pages):
        raise Unreadable(f"holds scanned pages without text ({count} pages); run OCR first")
    title = sensible(reader.metadata.title if reader.metadata else None)
    paths = _paths(reader, title, count)
    sections = [
        Section(paths[index], text, index + 1, "page")
        for index, text in enumerate(_without_running_heads(texts))
        if not blank(text)
    ]
    return Parsed(title, sections)


def _opens(reader: "PdfReader") -> bool:
    # Many files bar only copying or printing, and every viewer opens those with an empty password.
    from pypdf.errors import DependencyError

    try:
        return bool(reader.decrypt(""))
    except (DependencyError, NotImplementedError):
        return False


def _texts(reader: "PdfReader", limits: Limits) -> list[str]:
    check = _deadline(limits.seconds)
    texts: list[str] = []
    size = 0
    for page in reader.pages:
        check()
        text = readable(page.extract_text(visitor_operand_before=check))
        size += len(text)
        if size > limits.characters:
            raise Unreadable(f"holds more than {limits.characters:,} characters of text")
        texts.append("\n".join(line.rstrip() for line in text.split("\n")).strip("\n"))
    return texts


def _deadline(seconds: float) -> Callable[..., None]:
    """Return what raises Unreadable once the time is up, whatever it is called with."""
    end = time.monotonic() + seconds

    def check(*_: object) -> None:
        if time.monotonic() > end:
            raise Unreadable(f"takes longer than {seconds:g} s to read")

    return check


def _has_image(page: "PageObject") -> bool:
    resources: Any = page.get("/Resources")
    objects: Any = resources.get_object().get("/XObject") if resources is not None else None
    if objects is None:
        return False
    return any(item.get_object().get("/Subtype") == "/Image" for item in objects.get_object().values())


def _without_running_heads(texts: Sequence[str]) -> list[str]:
    """Return the pages without the lines at their edges that most pages share, numbers apart."""
    pages = [text.split("\n") for text in texts]
    if len(pages) < MIN_PAGES:
        return list(texts)
    counts = Counter(key for lines in pages for key in {_key(lines[place]) for place in _edges(lines)})
    shared = {key for key, count in counts.items() if count > MOST * len(pages)}
    kept = ["\n".join(_inner(lines, shared)).strip("\n") for lines in pages]
    return kept if any(not blank(text) for text in kept) else list(texts)


def _inner(lines: list[str], shared: set[str]) -> Iterator[str]:
    edges = set(_edges(lines))
    return (line for place, line in enumerate(lines) if place not in edges or _key(line) not in shared)


def _edges(lines: list[str]) -> list[int]:
    full = [place for place, line in enumerate(lines) if not blank(line)]
    return sorted({*full[:EDGE], *full[-EDGE:]})


def _key(line: str) -> str:
    return DIGITS.sub("#", " ".join(line.split()))


def sensible(title: object) -> str:
    """Return a title property if a person gave it, else nothing."""
    words = tidy(readable(title)) if isinstance(title, str) else ""
    return words if any(map(str.isalpha, words)) and not NO_TITLE.match(words) else ""


def _paths(reader: "PdfReader", title: str, count: int) -> list[tuple[str, ...]]:
    """Return the heading path in force on each page: the first that begins on it, else the last before it."""
    from pypdf.errors import PyPdfError

    begins: dict[int, tuple[str, ...]] = {}
    lasts: dict[int, tuple[str, ...]] = {}
    outline = Outline(title)
    try:
        for level, heading, index in _entries(reader):
            outline.enter(level, heading)
            begins.setdefault(index, outline.headings)
            lasts[index] = outline.headings
    except (PyPdfError, LookupError, TypeError, ValueError, AttributeError, AssertionError):
        # An outline that cannot be followed is none.
        begins, lasts = {}, {}
    paths: list[tuple[str, ...]] = []
    path: tuple[str, ...] = ()
    for index in range(count):
        paths.append(begins.get(index, path))
        path = lasts.get(index, path)
    return paths


def _entries(reader: "PdfReader") -> Iterator[tuple[int, str, int]]:
    """Yield (level, title, page index) for the entries of the outline, as they stand in it."""
    stack: list[Iterator[object]] = [iter(cast("list[object]", reader.outline))]
    for _ in range(MAX_ENTRIES):
        entry = next(stack[-1], None)
        if entry is None:
            stack.pop()
            if not stack:
                return
        elif isinstance(entry, list):
            stack.append(iter(cast("list[object]", entry)))
        else:
            item = cast("Any", entry)
            index = reader.get_destination_page_number(item)
            heading = tidy(readable(str(item.title)))
            if heading and isinstance(index, int) and index >= 0:
                yield len(stack), heading, index
