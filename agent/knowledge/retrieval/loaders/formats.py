"""Which reader a file's name calls for."""

from collections.abc import Callable
from pathlib import PurePosixPath

from . import markup, notebooks, pdf, programs, tables, webpages, word
from .documents import Limits, Parsed

TEXTS: dict[str, Callable[[str], Parsed]] = {
    **dict.fromkeys((".md", ".markdown", ".mdx", ".mkd"), markup.markdown),
    **dict.fromkeys((".rst", ".rest"), markup.rst),
    **dict.fromkeys((".txt", ".text", ".log"), programs.plain),
    **dict.fromkeys((".html", ".htm", ".xhtml"), webpages.page),
    **dict.fromkeys((".csv", ".tsv"), tables.table),
    **dict.fromkeys((".jsonl", ".ndjson"), tables.lines),
    **dict.fromkeys((".py", ".pyi", ".pyw"), programs.python),
    **dict.fromkeys((".yaml", ".yml", ".toml", ".ini", ".cfg", ".conf", ".properties"), programs.settings),
    ".json": tables.tree,
    ".ipynb": notebooks.notebook,
}
PACKED: dict[str, Callable[[bytes, Limits], Parsed]] = {".pdf": pdf.pdf, ".docx": word.word}


def suffix(name: str) -> str:
    """Return a name's suffix, in small letters."""
    return PurePosixPath(name).suffix.lower()


def is_known(name: str) -> bool:
    """Whether the suffix says how a file is read; any other is read as plain text if it is text."""
    return suffix(name) in TEXTS or suffix(name) in PACKED or suffix(name) in programs.LANGUAGES


def parse_text(text: str, name: str) -> Parsed:
    """Read decoded text by its suffix."""
    kind = suffix(name)
    if kind in programs.LANGUAGES:
        return programs.program(text, kind)
    return TEXTS.get(kind, programs.plain)(text)
