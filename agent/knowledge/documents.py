"""The reference docs, read: front matter, sections under their headings, and chunks that can be cited."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agent.errors import ContentError, Problem
from agent.resources import Pack, visible

HEADING = re.compile(r"^(#{1,4})\s+(.+?)\s*$")
# A few anchors can stand for more words than there is memory.
ANCHOR = re.compile(r"(?:^|[\s\[{,:])[&*][\w-]", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~)")
FRONT = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)
# About 480 word pieces: what a passage may hold and still be one thought.
MAX_WORDS = 300


@dataclass(frozen=True)
class Chunk:
    """A passage: its id, file, heading path, and the text exactly as it stands in the file."""

    id: str
    path: str
    title: str
    headings: tuple[str, ...]
    text: str
    line: int
    personas: tuple[str, ...]
    topics: tuple[str, ...]

    @property
    def prefixed(self) -> str:
        """Return the text with the path to it in front, which is what is indexed."""
        return " > ".join((self.title, *self.headings)) + "\n" + self.text


def sources(packs: Sequence[Pack]) -> list[tuple[Pack, Path]]:
    """Return the reference docs of `packs`, in a stable order; one whose name cannot be shown is no doc."""
    return [
        (pack, path)
        for pack in packs
        for path in sorted(pack.folder("knowledge").glob("**/*.md"))
        if path.name.isprintable() and visible(path.name) == path.name
    ]


def read(pack: Pack, path: Path) -> list[Chunk]:
    """Read one document into chunks, less what cannot be seen; raises ContentError when its front matter is broken."""
    import yaml

    try:
        text = visible(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(path, 0, str(error))]) from error
    match = FRONT.match(text)
    try:
        front: object = yaml.safe_load(match[1]) if match else {}
    except yaml.YAMLError as error:
        raise ContentError([Problem(path, 1, f"the front matter is not YAML: {error}")]) from error
    fields = cast("dict[str, object]", front) if isinstance(front, dict) else {}
    if match and ANCHOR.search(match[1]):
        raise ContentError([Problem(path, 1, "the front matter may not use YAML anchors")])
    name = f"{pack.name}/{path.relative_to(pack.folder('knowledge')).as_posix()}"
    title = str(fields.get("title") or path.stem.replace("-", " "))
    personas, topics = (
        tuple(str(item) for item in cast("list[object]", fields.get(key) or [])) for key in ("personas", "topics")
    )
    start = text[: match.end()].count("\n") if match else 0
    body = text[match.end() :] if match else text
    counts: dict[str, int] = {}
    chunks: list[Chunk] = []
    for headings, line, passage in _sections(body.splitlines(keepends=True), start + 1):
        anchor = "/".join(re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-") for heading in headings) or "top"
        counts[anchor] = counts.get(anchor, 0) + 1
        suffix = f"~{counts[anchor]}" if counts[anchor] > 1 else ""
        chunks.append(Chunk(f"{name}#{anchor}{suffix}", name, title, headings, passage, line, personas, topics))
    return chunks


def _sections(lines: list[str], first: int) -> Iterator[tuple[tuple[str, ...], int, str]]:
    """Yield (heading path without the title, line, text) for each section, long ones cut between paragraphs."""
    path: list[str] = []
    held: list[str] = []
    start = first
    fenced = False
    for number, line in enumerate(lines, first):
        if FENCE.match(line):
            fenced = not fenced
        heading = None if fenced else HEADING.match(line)
        if heading is None:
            held.append(line)
            continue
        yield from _cut(tuple(path[1:]), start, held)
        level = len(heading[1])
        path = [*path[: level - 1], heading[2]]
        held, start = [], number + 1
    yield from _cut(tuple(path[1:]), start, held)


def _cut(headings: tuple[str, ...], start: int, lines: list[str]) -> Iterator[tuple[tuple[str, ...], int, str]]:
    part: list[str] = []
    words, fenced, begin = 0, False, start
    for offset, line in enumerate(lines):
        fenced ^= bool(FENCE.match(line))
        part.append(line)
        words += len(line.split())
        if words >= MAX_WORDS and not fenced and not line.strip():
            yield headings, begin, "".join(part).strip("\n")
            part, words, begin = [], 0, start + offset + 1
    text = "".join(part).strip("\n")
    if text.strip():
        yield headings, begin + next((i for i, line in enumerate(part) if line.strip()), 0), text
