"""Word documents (.docx): paragraphs, lists and tables by heading style, read as a stream that follows no links."""

import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers.expat import ExpatError, ParserCreate

from .documents import Limits, Parsed, Unreadable
from .outline import Outline, Piece, first_title, grouped, tidy
from .pdf import sensible

MAIN, STYLES, CORE = "word/document.xml", "word/styles.xml", "docProps/core.xml"
MAX_RATIO = 100
SPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
    "http://purl.org/dc/elements/1.1/",
    "http://schemas.openxmlformats.org/markup-compatibility/2006",
)
HEADING = re.compile(r"heading ([1-9])$", re.IGNORECASE)
# What was moved away stands again where it went; a fallback repeats what it stands in for.
REPEATED = frozenset({"moveFrom", "Fallback", "del"})
BREAKS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
OFF = {"0", "false", "off"}


def word(data: bytes, limits: Limits) -> Parsed:
    """Read a .docx; raises Unreadable when it is broken, encrypted, or unpacks to more than the limits."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _refuse_bombs(archive, len(data), limits)
            parts = {name: archive.read(name) for name in (MAIN, STYLES, CORE) if name in archive.namelist()}
        if MAIN not in parts:
            raise Unreadable("is no Word document")
        styles = _Styles()
        _parse(parts.get(STYLES, b""), styles.start, styles.end, styles.data)
        core = _Core()
        _parse(parts.get(CORE, b""), core.start, core.end, core.data)
        body = _Body(styles.levels())
        _parse(parts[MAIN], body.start, body.end, body.data)
    except (zipfile.BadZipFile, zlib.error, ExpatError, EOFError, KeyError, ValueError, RuntimeError) as error:
        old = data.startswith(b"\xd0\xcf\x11\xe0")  # a file of Word 97, or an encrypted one
        raise Unreadable("is encrypted, or of an older Word" if old else "is a broken Word document") from error
    title = body.title or sensible("".join(core.title)) or first_title(body.pieces)
    return Parsed(title, grouped(body.pieces, Outline(title)))


def _refuse_bombs(archive: zipfile.ZipFile, size: int, limits: Limits) -> None:
    # No more is unpacked of a part than it declares.
    unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > min(limits.unpacked_bytes, MAX_RATIO * max(size, 10_000)):
        raise Unreadable(f"unpacks to {unpacked / 1e6:,.0f} MB, more than such a document should")


def _parse(
    xml: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    data: Callable[[str], None],
) -> None:
    """Run the handlers over a part, with names that belong to no known schema left out."""
    if not xml:
        return
    parser = ParserCreate(namespace_separator=" ")
    parser.buffer_text = True

    def known(name: str) -> str:
        space, _, local = name.rpartition(" ")
        return local if space in SPACES else ""

    def opened(name: str, attributes: dict[str, str]) -> None:
        start(known(name), {key.rpartition(" ")[2]: value for key, value in attributes.items()})

    def refuse(*_: object) -> None:
        raise Unreadable("declares entities, which a Word document has no need of")

    parser.StartElementHandler = opened
    parser.EndElementHandler = lambda name: end(known(name))
    parser.CharacterDataHandler = data
    parser.StartDoctypeDeclHandler = refuse
    parser.Parse(xml, True)


@dataclass
class _Core:
    """The document's properties, of which the title counts."""

    title: list[str] = field(default_factory=list[str])
    inside: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.inside = name == "title"

    def end(self, name: str) -> None:
        self.inside = False

    def data(self, text: str) -> None:
        if self.inside:
            self.title.append(text)


@dataclass
class _Styles:
    """Which styles are headings: by name, by outline level, or by the style they are based on."""

    own: dict[str, int] = field(default_factory=dict[str, int])
    based: dict[str, str] = field(default_factory=dict[str, str])
    at: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        value = attributes.get("val", "")
        if name == "style":
            self.at = attributes.get("styleId", "")
        elif name == "basedOn":
            self.based[self.at] = value
        elif name == "name" and (match := HEADING.match(value)):
            self.own[self.at] = int(match[1]) + 1
        elif name == "name" and value.lower() == "title":
            self.own[self.at] = 1
        elif name == "outlineLvl" and value in set("012345678"):
            self.own.setdefault(self.at, int(value) + 2)

    def end(self, name: str) -> None:
        pass

    def data(self, text: str) -> None:
        pass

    def levels(self) -> dict[str, int]:
        """Return style ids with their heading level, 1 for the document's title."""
        found = dict(self.own)
        for style in self.based:
            base = style
            for _ in range(9):
                base = self.based.get(base, "")
                if base in self.own:
                    found.setdefault(style, self.own[base])
        return found


@dataclass
class _Paragraph:
    level: int = 0
    listed: bool = False
    text: list[str] = field(default_factory=list[str])


class _Body:
    """Collects the paragraphs; a table's row is one line, and paragraphs are counted for their place."""

    def __init__(self, levels: dict[str, int]) -> None:
        self.levels = levels
        self.pieces: list[Piece] = []
        self.title = ""
        self.open: list[_Paragraph] = []
        self.rows: list[list[list[str]]] = []
        self.count = 0
        self.repeated = 0
        self.spoken = self.hidden = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if self.repeated or name in REPEATED:
            self.repeated += name in REPEATED
            return
        if name == "p":
            self.open.append(_Paragraph())
        elif name == "tr":
            self.rows.append([])
        elif name == "tc" and self.rows:
            self.rows[-1].append([])
        elif name == "r":
            self.hidden = False
        elif self.open:
            self._inside(name, attributes.get("val", ""), self.open[-1])

    def _inside(self, name: str, value: str, paragraph: _Paragraph) -> None:
        if name == "t":
            self.spoken = not self.hidden
        elif name in BREAKS and not self.hidden:
            paragraph.text.append(BREAKS[name])
        elif name == "vanish":
            self.hidden = value not in OFF
        elif name == "pStyle":
            paragraph.level = self.levels.get(value, 0)
            paragraph.listed = paragraph.listed or value.startswith("List")
        elif name == "outlineLvl" and value in set("012345678"):
            paragraph.level = int(value) + 2
        elif name == "numPr":
            paragraph.listed = True

    def data(self, text: str) -> None:
        if self.spoken and self.open and not self.repeated:
            self.open[-1].text.append(text)

    def end(self, name: str) -> None:
        if self.repeated:
            self.repeated -= name in REPEATED
        elif name == "t":
            self.spoken = False
        elif name == "p" and self.open:
            self._paragraph(self.open.pop())
        elif name == "tr" and self.rows:
            cells = self.rows.pop()
            self._line(" | ".join(" ".join(" ".join(cell).split()) for cell in cells))
        elif name == "tbl" and not self.rows:
            self.pieces.append(Piece(0, "", self.count))

    def _paragraph(self, paragraph: _Paragraph) -> None:
        self.count += not self.rows
        text = "".join(paragraph.text).strip()
        if not text:
            return
        if self.rows:
            self._line(text)
        elif paragraph.level:
            heading = tidy(text)
            self.title = self.title or (heading if paragraph.level == 1 else "")
            self.pieces.append(Piece(paragraph.level, heading, self.count))
        else:
            self.pieces.extend(Piece(0, line, self.count) for line in text.split("\n"))
            if paragraph.listed:
                first = self.pieces[-1 - text.count("\n")]
                self.pieces[-1 - text.count("\n")] = first._replace(text="- " + first.text)
            else:
                self.pieces.append(Piece(0, "", self.count))

    def _line(self, text: str) -> None:
        if self.rows:
            if self.rows[-1]:
                self.rows[-1][-1].append(text)
        elif text.strip(" |"):
            self.count += 1
            self.pieces.append(Piece(0, text, self.count))
