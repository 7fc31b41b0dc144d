"""From bytes to text that may be shown: encodings, line ends, and what cannot be seen."""

import codecs
import re

# Control characters but for tab and line end, halves of characters, characters without width, and those that turn the
# direction of text: none is anything to read, and a terminal obeys some. Joiners stay: scripts and emoji need them.
UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff\U000e0000-\U000e007f]"
)
CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"
HIGH = bytes(range(128, 256))
# The longer mark first: UTF-32's begins like UTF-16's.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MAX_CONTROLS, MAX_FOREIGN = 0.05, 0.3


class NotText(ValueError):
    """Bytes are no text; the message says in which way, as a predicate."""


def visible(text: str) -> str:
    """Return a stranger's text without what steers a terminal or cannot be seen; tabs and line ends stay."""
    return UNSEEN.sub("", text)


def readable(text: str) -> str:
    r"""Return a text with \n for every line end and without what cannot be seen."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return visible(text)


def decode(data: bytes) -> str:
    """Return bytes as readable text: UTF-8, UTF-16 or UTF-32 by their mark, else Western; raises NotText."""
    encoding = next((name for mark, name in MARKS if data.startswith(mark)), "")
    if encoding.startswith(("utf-16", "utf-32")):
        return _texted(_strictly(data, encoding))
    if b"\0" in data or _share(data, CONTROLS) > MAX_CONTROLS:
        raise NotText("is not text")
    try:
        return readable(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _texted(_western(data))


def _strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise NotText("is not text") from error


def _western(data: bytes) -> str:
    # Western prose has an accent here and there; where most letters are beyond ASCII it is another alphabet.
    if _share(data, HIGH) > MAX_FOREIGN:
        raise NotText("is in an encoding that is not known; save it as UTF-8")
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def _texted(decoded: str) -> str:
    """Return decoded text as readable; raises NotText when too much of it is nothing to read."""
    text = readable(decoded)
    ends = decoded.count("\r\n")
    if len(decoded) - ends - len(text) > MAX_CONTROLS * len(decoded) + 1:
        raise NotText("is not text")
    return text


def _share(data: bytes, of: bytes) -> float:
    return (len(data) - len(data.translate(None, of))) / max(len(data), 1)
