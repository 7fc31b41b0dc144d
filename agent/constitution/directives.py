"""`# mlwright: allow <checkpoint> because <reason>`: what a project says it has decided, on the line of the finding."""

import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass, field

from agent.constitution.sources import Source, printable

WORDS = "mlwright: allow"
# Rows and running text are written by anybody; only code and settings say what a project has decided.
DATA = (".csv", ".tsv", ".json", ".jsonl", ".txt", ".md", ".rst", ".html", ".xml")
DIRECTIVE = re.compile(r"(?:#|//)\s*mlwright: allow (?P<checkpoint>[a-z]+\.[a-z-]+) because (?P<reason>\S.*?)\s*$")


@dataclass
class Allowed:
    """The directives of a project: file, line and checkpoint -> reason."""

    reasons: dict[tuple[str, int, str], str] = field(default_factory=dict[tuple[str, int, str], str])

    def read(self, source: Source) -> None:
        """Take up the directives of a file. One that stands alone on its line also covers the next line."""
        if WORDS.encode() not in source.content:
            return
        lines = source.text.splitlines()
        for number, comment in _comments(source, lines):
            if match := DIRECTIVE.search(comment):
                self.reasons[source.path, number, match["checkpoint"]] = printable(match["reason"])
                if number <= len(lines) and lines[number - 1].lstrip().startswith(("#", "//")):
                    self.reasons[source.path, number + 1, match["checkpoint"]] = printable(match["reason"])

    def reason(self, path: str, line: int, last: int, checkpoint: str) -> str:
        """Return why a finding on these lines is allowed; empty when it is not."""
        lines = range(line, max(line, last) + 1)
        return next((reason for number in lines if (reason := self.reasons.get((path, number, checkpoint)))), "")


def _comments(source: Source, lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield line numbers and comments; in Python only real comments, so that a string cannot allow anything."""
    if source.path.lower().endswith(DATA):
        return
    if source.kind != "python":
        yield from enumerate(lines, 1)
        return
    try:
        for token in tokenize.tokenize(io.BytesIO(source.content).readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
