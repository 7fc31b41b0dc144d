"""Markdown and reStructuredText: the file's own lines, cut at its headings."""

import re
import string
from collections.abc import Iterator, Sequence

from .documents import Parsed
from .outline import Outline, Piece, blank, first_title, grouped, plain

ATX = re.compile(r" {0,3}(#{1,6})(?=[ \t]|$)")
FENCE = re.compile(r"[ \t]*(`{3,}|~{3,})")
# What an underline makes no heading of: lists, quotes, tables, and what is indented.
NO_TITLE = re.compile(r"\s|[-*+]\s|>|\||\d{1,9}[.)]\s|:::|<!--")
# Raw HTML in which a # begins no heading, up to the line that closes it.
RAW = {"<!--": "-->", "<pre": "</pre>", "<script": "</script>", "<style": "</style>"}
FIELD = {"---": re.compile(r"([A-Za-z_][\w-]*):[ \t]+(.*)"), "+++": re.compile(r"([A-Za-z_][\w-]*)[ \t]*=[ \t]*(.*)")}
MAX_FRONT_LINES, MAX_FIELD, MAX_TITLE, MIN_MARK = 500, 1_000, 300, 2
LABEL = re.compile(r"\.\. _[^:]*:\s*$|\.\. _`[^`]*`:\s*$")


def markdown(text: str) -> Parsed:
    """Read Markdown (MDX too); front matter is `---` or `+++` lines around `key: value` or `key = value`."""
    lines = text.split("\n")
    fields, start = _front(lines)
    title = fields.get("title") or first_title(markdown_pieces(lines, start))
    return Parsed(title, grouped(markdown_pieces(lines, start), Outline(plain(title))), fields)


def markdown_pieces(lines: Sequence[str], index: int = 0) -> Iterator[Piece]:
    """Yield the lines from `index` on as text and headings; a # inside a fence, a comment or raw HTML is text."""
    fence = closer = ""
    fresh = True  # whether a paragraph would begin at this line
    while index < len(lines):
        line = lines[index]
        index += 1
        if fence:
            fence = "" if _closes(fence, line) else fence
        elif closer:
            closer = "" if closer in line.lower() else closer
        elif not (fence := _fence(line)) and not (closer := _raw(line)):
            below = lines[index] if fresh and index < len(lines) else ""
            level, heading = _heading(line, below)
            if level and heading:
                yield Piece(level, heading, index)
                index += not ATX.match(line)
                fresh = True
                continue
        yield Piece(0, line, index)
        fresh = blank(line)


def _heading(line: str, below: str) -> tuple[int, str]:
    if match := ATX.match(line):
        words = line[match.end() :].strip()
        bare = words.rstrip("#")
        return len(match[1]), plain(bare if bare[-1:].isspace() or not bare else words)
    mark = below.strip(" \t")
    if len(mark) < MIN_MARK or mark[0] not in "=-" or mark.strip(mark[0]) or below.startswith("    "):
        return 0, ""
    if blank(line) or len(line) > MAX_TITLE or NO_TITLE.match(line):
        return 0, ""
    return (1 if mark[0] == "=" else 2), plain(line)


def _fence(line: str) -> str:
    match = FENCE.match(line)
    # `code` within three ticks on one line opens nothing.
    return match[1] if match and not (match[1][0] == "`" and "`" in line[match.end() :]) else ""


def _closes(fence: str, line: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and mark.startswith(fence) and not mark.strip(fence[0])


def _raw(line: str) -> str:
    if "<" not in line[:12]:
        return ""
    beginning = line[:12].lstrip().lower()
    for opener, closer in RAW.items():
        if beginning.startswith(opener):
            return "" if closer in line.lower() else closer
    return ""


def _front(lines: Sequence[str]) -> tuple[dict[str, str], int]:
    """Return the front matter's flat fields and where the lines after it begin."""
    mark = lines[0].rstrip()
    if mark not in FIELD:
        return {}, 0
    ends = (place for place, line in enumerate(lines[1:MAX_FRONT_LINES], 1) if line.rstrip() in {mark, "..."})
    end = next(ends, 0)
    # `key:` alone is a field as well, though it has no value of its own here.
    if not any(re.match(r"[A-Za-z_][\w -]*[:=]", line) for line in lines[1:end]):
        return {}, 0
    found = (FIELD[mark].match(line[:MAX_FIELD]) for line in lines[1:end])
    fields = {match[1]: _scalar(match[2]) for match in found if match}
    return {key: value for key, value in fields.items() if value}, end + 1


def _scalar(value: str) -> str:
    value = value.strip()
    if value[:1] in {"'", '"'}:
        end = value.find(value[0], 1)
        return value[1:end].strip() if end > 0 else ""
    return "" if value[:1] in set("[{|>&*!#%@`") else value.split(" #", 1)[0].rstrip()


def rst(text: str) -> Parsed:
    """Read reStructuredText; what each kind of underline means follows from the order in which they appear."""
    lines = text.split("\n")
    title = first_title(_rst_pieces(lines))
    return Parsed(title, grouped(_rst_pieces(lines), Outline(title), _idle))


def _idle(line: str) -> bool:
    return blank(line) or LABEL.match(line) is not None


def _rst_pieces(lines: Sequence[str]) -> Iterator[Piece]:
    styles: list[tuple[str, bool]] = []
    index, fresh = 0, True
    while index < len(lines):
        line = lines[index]
        found = _rst_title(lines, index) if fresh else None
        if found is None:
            index += 1
            yield Piece(0, line, index)
            fresh = blank(line) or line.startswith("..")
            continue
        heading, style, taken = found
        if style not in styles:
            styles.append(style)
        yield Piece(styles.index(style) + 1, heading, index + 1)
        index += taken


def _rst_title(lines: Sequence[str], index: int) -> tuple[str, tuple[str, bool], int] | None:
    """Return the title that begins at a line: its text, style (character, whether overlined) and number of lines."""
    line = lines[index]
    if blank(line) or len(line) > MAX_TITLE:
        return None
    over, title, under = (*lines[index : index + 3], "", "")[:3]
    mark = _ruler(over)
    if mark and mark == _ruler(under) and not blank(title) and not _ruler(title) and len(title) <= MAX_TITLE:
        return plain(title), (mark, True), 3
    mark = _ruler(title)
    if not mark or _ruler(line) or line[0].isspace() or line.startswith(".. "):
        return None
    if len(title.rstrip()) < min(4, len(line.rstrip())):
        return None
    return plain(line), (mark, False), 2


def _ruler(line: str) -> str:
    mark = line.rstrip()
    return mark[0] if len(mark) > 1 and mark[0] in string.punctuation and not mark.strip(mark[0]) else ""
