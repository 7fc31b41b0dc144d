"""Web pages: the words of the main part under its headings, without what stands around it."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from .documents import Parsed
from .outline import Outline, Piece, grouped, tidy

VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
# Never read, and what is around the text of a page.
UNREAD = frozenset({"script", "style", "template", "noscript", "svg", "iframe", "object", "canvas", "select", "button"})
CHROME = frozenset({"nav", "aside", "footer", "header"})
# Links to a heading itself and the numbers of lines: by the class the usual generators give them, or by their sign.
MARKS = frozenset({"headerlink", "hash-link", "header-anchor", "linenos", "lineno"})
PARAGRAPHS = frozenset({"blockquote", "div", "dl", "ol", "p", "pre", "section", "table", "ul"})
BLOCKS = PARAGRAPHS | CHROME | {
    "address", "article", "body", "caption", "dd", "details", "dt", "fieldset", "figcaption", "figure", "form", "h5",
    "h6", "hr", "li", "main", "summary", "tbody", "tfoot", "thead", "tr",
}  # fmt: skip
HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4}
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
UNMARKED = re.compile(r"<!--|<[!?]|<(script|style)\b", re.IGNORECASE)
CLOSERS = {name: re.compile(rf"</{name}\b[^>]*>", re.IGNORECASE) for name in ("script", "style")}
SIGNS = frozenset("#¶§🔗")
MAIN = re.compile(r"<main\b|\brole\s*=\s*[\"']?main\b", re.IGNORECASE)
ARTICLE = re.compile(r"<article\b", re.IGNORECASE)


def page(text: str) -> Parsed:
    """Read a page: its main part when it names one, less menus and hidden elements; else all that can be seen of it."""
    markup = _markup(text)
    named = "main" if MAIN.search(markup) else "article" if ARTICLE.search(markup) else ""
    reader = _Page("")
    for scope, chrome in dict.fromkeys(((named, False), ("", False), ("", True))):
        reader = _Page(scope, chrome=chrome)
        reader.feed(markup)
        reader.close()
        reader.finish()
        if any(piece.level == 0 and piece.text for piece in reader.pieces):
            break
    tops = [piece.text for piece in reader.pieces if piece.level == 1]
    # What a page calls itself in its own words; a <title> names the site as well.
    title = tops[0] if len(tops) == 1 else tidy("".join(reader.title)) or next(iter(tops), "")
    return Parsed(title, grouped(reader.pieces, Outline(title)))


def _markup(text: str) -> str:
    """Return the page without comments, declarations, scripts and styles, every line where it was.

    The parser of the standard library searches to the end of the page for each of these that is never closed.
    """
    parts: list[str] = []
    place = 0
    while match := UNMARKED.search(text, place):
        parts.append(text[place : match.start()])
        end = _closed(text, match)
        parts.append("\n" * text.count("\n", match.start(), end))
        place = end
    parts.append(text[place:])
    markup = "".join(parts)
    last = markup.rfind(">") + 1
    return markup[:last] + markup[last:].replace("<", "&lt;")


def _closed(text: str, match: re.Match[str]) -> int:
    if match[1]:
        closer = CLOSERS[match[1].lower()].search(text, match.end())
        return closer.end() if closer else len(text)
    mark = "-->" if match[0] == "<!--" else ">"
    # <!--> is a comment, too.
    found = text.find(mark, match.start() + 2)
    return found + len(mark) if found >= 0 else len(text)


class _Page(HTMLParser):
    """Collects the lines of a page; keeps counts instead of a stack, so depth costs nothing."""

    def __init__(self, scope: str, *, chrome: bool = False) -> None:
        super().__init__(convert_charrefs=True)
        self.scope, self.chrome = scope, chrome
        self.pieces: list[Piece] = []
        self.title: list[str] = []
        self.in_title = False
        self.root, self.inside = "", 0
        self.skipped, self.depth = "", 0
        self.heading = 0
        self.pre = 0
        self.cells = -1  # of the table row at hand; -1 outside rows
        self.prefix = ""
        self.held: list[str] = []
        self.begin = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.skipped:
            self.depth += tag == self.skipped
            # A paragraph ends where the next block begins.
            if self.skipped != "p" or tag not in BLOCKS:
                return
            self.skipped = ""
        fields = {name: value or "" for name, value in attrs}
        if tag not in VOID and self._unwanted(tag, fields):
            self.skipped, self.depth = tag, 1
            return
        if tag == "title":
            self.in_title = not self.title
        if self.root:
            self.inside += tag == self.root
        elif self.scope and (tag == self.scope or (self.scope == "main" and fields.get("role") == "main")):
            self.root, self.inside = tag, 1
        self._open(tag)

    def _unwanted(self, tag: str, fields: dict[str, str]) -> bool:
        if tag in UNREAD or "hidden" in fields or fields.get("aria-hidden") == "true":
            return True
        if HIDDEN.search(fields.get("style", "")[:1_000]) or not MARKS.isdisjoint(fields.get("class", "").split()):
            return True
        # An article's own header holds its title.
        return not self.chrome and tag in CHROME and not (tag == "header" and self.inside)

    def _open(self, tag: str) -> None:
        if tag in HEADINGS:
            self._flush()
            self.heading, self.pre = HEADINGS[tag], 0
        elif self.heading and tag in PARAGRAPHS and tag != "div":
            self._flush()  # a heading that was never closed
        if tag == "br" or (self.pre and tag in BLOCKS):
            self.handle_data("\n")
            if not self.pre and self.cells < 0 and not self.heading:
                self._flush()
        elif tag in {"td", "th"} and self.cells >= 0:
            self.handle_data(" | " if self.cells else "")
            self.cells += 1
        elif tag in BLOCKS:
            self._block(tag)

    def _block(self, tag: str) -> None:
        if self.heading or (self.cells >= 0 and tag not in {"tr", "pre", "table"}):
            self.handle_data(" ")
            return
        self._flush()
        if tag == "li":
            self.prefix = "- "
        elif tag == "tr":
            self.cells = 0
        elif tag == "pre":
            self.pre = 1

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            self.depth -= tag == self.skipped
            self.skipped = self.skipped if self.depth else ""
            return
        if tag == "title":
            self.in_title = False
        if tag in HEADINGS or (tag in BLOCKS and (tag in {"tr", "pre", "table"} or self.cells < 0)):
            self._close(tag)
        if tag == self.root:
            self.inside -= 1
            self.root = self.root if self.inside else ""

    def _close(self, tag: str) -> None:
        if (self.heading and tag not in HEADINGS) or (self.pre and tag != "pre"):
            return
        self._flush()
        if tag in {"tr", "table"}:
            self.cells = -1
        if tag in PARAGRAPHS and self.pieces and self.pieces[-1].level == 0 and self.pieces[-1].text:
            self.pieces.append(Piece(0, "", self.getpos()[0]))

    def handle_data(self, data: str) -> None:
        if self.skipped:
            return
        if self.in_title:
            self.title.append(data)
        elif (self.inside or not self.scope) and not (self.heading and data.strip() in SIGNS):
            if not self.begin and not data.isspace():
                self.begin = self.getpos()[0] + data[: len(data) - len(data.lstrip())].count("\n")
            self.held.append(data)

    def finish(self) -> None:
        """Take what the page's end left open."""
        self._flush()

    def _flush(self) -> None:
        text, self.held = "".join(self.held), []
        begin, self.begin = self.begin, 0
        level, self.heading = self.heading, 0
        pre, self.pre = self.pre, 0
        if not text.strip(" |\t\n"):
            return
        if level:
            self.pieces.append(Piece(level, tidy(text), begin))
        elif pre:
            self.pieces.extend(_preformatted(text, begin))
        else:
            self.pieces.append(Piece(0, self.prefix + " ".join(text.split()), begin))
        self.prefix = ""


def _preformatted(text: str, begin: int) -> Iterator[Piece]:
    lines = text.strip("\n").split("\n")
    return (Piece(0, line.rstrip(), begin + place) for place, line in enumerate(lines))
