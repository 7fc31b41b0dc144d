"""Programs by their definitions, and settings files as they are: always the file's own lines."""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

from .documents import Parsed, Section
from .outline import blank, tidy

# Beyond this, parsing takes more memory than a definition's name is worth.
MAX_PARSED = 2_000_000
MAX_LINE = 300
WORDS = (
    r"(?:(?:export|default|public|private|protected|internal|static|final|abstract|sealed|async|unsafe|extern|inline"
    r"|open|data|override|partial|readonly|case|implicit|declare|virtual|suspend|pub(?:\([a-z]+\))?)\s+)*"
)
KEYWORD = re.compile(
    rf"{WORDS}(?:class|interface|struct|enum|trait|impl|func|fun|fn|function|def|defmodule|module|type|object|record"
    r"|namespace|protocol|union|mod|macro_rules!|extension|actor)\b\*?\s*(?:<[^<>]*>\s*)?(?:\([^()]*\)\s*)?"
    r"(?P<name>[A-Za-z_$][\w$.:?!]*)"
)
ASSIGNED = re.compile(
    r"(?:export\s+)?(?:default\s+)?(?:const|let|var)\s+(?P<name>[\w$]+)[^=]*=\s*(?:async\s*)?(?:function\b|\(|\w+\s*=>)"
)
# The greedy stretch before the name, and the look behind it, keep these from trying every place in a line.
METHOD = re.compile(
    rf"[ \t]{{1,4}}(?:public|private|protected|internal)\s+{WORDS}[^()=;]*(?<!\w)(?P<name>\w+)\s*\([^;]*$"
)
CALLABLE = re.compile(
    r"(?!(?:return|else|if|for|while|switch|case|do|using|typedef)\b)(?=[A-Za-z_])"
    r"[^()=;#]*(?<![\w:~])(?P<name>[\w:~]+)\s*\([^;]*$"
)
SHELL = re.compile(r"(?:function\s+)?(?P<name>[\w:.-]+)\s*\(\)")
RUBY = re.compile(r"\s{0,4}(?:class|module|def)\s+(?P<name>[\w.:?!]+)")
SQL = re.compile(
    r"\s*create\s+(?:or\s+replace\s+)?(?:(?:temp|temporary|unique|materialized|external|global|local)\s+)*"
    r"(?:table|view|function|procedure|index|trigger|type|schema)\s+(?:if\s+not\s+exists\s+)?(?P<name>[\w.\"`\[\]]+)",
    re.IGNORECASE,
)
SCRIPT = (KEYWORD, ASSIGNED)
MEMBERS = (KEYWORD, METHOD)
NATIVE = (KEYWORD, CALLABLE)
LANGUAGES: dict[str, tuple[re.Pattern[str], ...]] = {
    **dict.fromkeys((".js", ".jsx", ".mjs", ".cjs", ".ts", ".tsx", ".vue", ".svelte"), SCRIPT),
    **dict.fromkeys((".java", ".cs", ".kt", ".kts", ".scala", ".swift", ".php", ".dart", ".groovy"), MEMBERS),
    **dict.fromkeys((".c", ".h", ".cc", ".cpp", ".cxx", ".hpp", ".hh", ".cu", ".cuh", ".m", ".proto"), NATIVE),
    **dict.fromkeys((".go", ".rs", ".lua", ".ex", ".exs", ".jl", ".zig"), (KEYWORD,)),
    **dict.fromkeys((".sh", ".bash", ".zsh", ".ksh"), (SHELL,)),
    ".rb": (RUBY,),
    ".sql": (SQL,),
}
NOTE = re.compile(r"\s*(?:#(?!include|define|if|endif|else|pragma)|//|/\*|\*|--|@)")


def settings(text: str) -> Parsed:
    """Read a settings file (YAML, TOML, INI) as one section, to be cut between lines."""
    return Parsed("", _span(text.split("\n"), 0, text.count("\n") + 1, ()))


def plain(text: str) -> Parsed:
    """Read text of no known format as one section."""
    return Parsed("", _span(text.split("\n"), 0, text.count("\n") + 1, (), code=False))


def program(text: str, suffix: str) -> Parsed:
    """Read a program by lines that look like definitions in its language; never fails."""
    return Parsed("", _by_pattern(text.split("\n"), LANGUAGES.get(suffix, (KEYWORD,))))


def python(text: str) -> Parsed:
    """Read Python by module docstring, class, method and function; by pattern when it does not parse."""
    lines = text.split("\n")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about somebody else's escapes
            tree = ast.parse(text) if len(text) <= MAX_PARSED else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        tree = None
    return Parsed("", _by_pattern(lines, (KEYWORD,)) if tree is None else _module(lines, tree))


def _module(lines: Sequence[str], tree: ast.Module) -> Iterator[Section]:
    end = 0
    if ast.get_docstring(tree, clean=False) is not None:
        first = tree.body[0]
        # What follows it on its line, after a semicolon, stays with it.
        end = first.end_lineno or first.lineno
        yield from _span(lines, 0, end, (), code=False)
    yield from _definitions(lines, tree.body, (), end, len(lines))


def _definitions(
    lines: Sequence[str], body: Sequence[ast.stmt], headings: tuple[str, ...], start: int, end: int
) -> Iterator[Section]:
    """Yield the definitions in `body` and the lines between them, from line index `start` up to `end`."""
    before = start
    for node in body:
        last = node.end_lineno or node.lineno
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            above = max([before, start])
            first = _with_notes(lines, min([node.lineno, *(mark.lineno for mark in node.decorator_list)]) - 1, above)
            yield from _span(lines, start, first, headings)
            name = (*headings, tidy(node.name))
            if isinstance(node, ast.ClassDef) and not headings:
                yield from _definitions(lines, node.body, name, first, last)
            else:
                yield from _span(lines, first, last, name)
            start = last
        before = last
    yield from _span(lines, start, end, headings)


def _by_pattern(lines: Sequence[str], patterns: tuple[re.Pattern[str], ...]) -> Iterator[Section]:
    start = 0
    headings: tuple[str, ...] = ()
    for index, line in enumerate(lines):
        beginning = line[:MAX_LINE]
        match = next((found for pattern in patterns if (found := pattern.match(beginning))), None)
        if match:
            first = _with_notes(lines, index, start)
            yield from _span(lines, start, first, headings)
            start, headings = first, (tidy(match["name"]),)
    yield from _span(lines, start, len(lines), headings)


def _with_notes(lines: Sequence[str], index: int, floor: int) -> int:
    """Return where the comments and annotations directly above a definition begin."""
    while index > floor and NOTE.match(lines[index - 1]):
        index -= 1
    return index


def _span(
    lines: Sequence[str], start: int, end: int, headings: tuple[str, ...], *, code: bool = True
) -> Iterator[Section]:
    while start < end and blank(lines[start]):
        start += 1
    while start < end and blank(lines[end - 1]):
        end -= 1
    if start < end:
        yield Section(headings, "\n".join(lines[start:end]), start + 1, code=code)
