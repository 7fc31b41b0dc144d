"""Citations: a passage, and words of it quoted as they stand."""

import re

from pydantic import BaseModel, ConfigDict

from agent.knowledge.documents import Chunk
from agent.resources import Pack

MIN_QUOTE, MAX_QUOTE = 30, 320
SENTENCE = re.compile(r"[^\s].*?(?:[.!?](?=\s)|$)", re.DOTALL)
STRUCTURE = re.compile(r"^\s*(?:[|#>]|[-*]\s|\d+\.\s|```)")


class Citation(BaseModel):
    """`[n]` of an answer: where it leads, and the words there."""

    model_config = ConfigDict(frozen=True)

    id: int
    chunk: str
    path: str
    heading: str
    line: int
    quote: str
    score: float


def cite(number: int, chunk: Chunk, query_words: set[str], score: float) -> Citation:
    """Quote the sentence of `chunk` that shares most with the query."""
    quote = _best(chunk.text, query_words)
    heading = " > ".join(chunk.headings) or chunk.title
    return Citation(
        id=number, chunk=chunk.id, path=chunk.path, heading=heading, line=chunk.line, quote=quote, score=round(score, 4)
    )


def holds(citation: Citation, packs: tuple[Pack, ...]) -> bool:
    """Whether the quoted words stand in the cited file, as they are."""
    pack, _, name = citation.path.partition("/")
    roots = {found.name: found.folder("knowledge") for found in packs}
    if pack not in roots:
        return False
    path = roots[pack] / name
    return path.is_file() and citation.quote in path.read_text(encoding="utf-8")


def _best(text: str, query: set[str]) -> str:
    """The first sentence counts a little more: it says what a section is about."""
    sentences = list(_sentences(text))
    if not sentences:
        return text.strip()[:MAX_QUOTE].rstrip()

    def worth(pair: tuple[int, str]) -> float:
        words = set(re.findall(r"[a-z0-9]{3,}", pair[1].lower()))
        return len({word for word in words if word[:5] in query}) + (0.5 if pair[0] == 0 else 0.0)

    return max(enumerate(sentences), key=worth)[1]


def _sentences(text: str) -> list[str]:
    blocks = re.split(r"\n\s*\n|^```.*?^```\s*?$", text, flags=re.DOTALL | re.MULTILINE)
    prose = [block.strip() for block in blocks if not STRUCTURE.match(block)]
    return [
        match[0] for block in prose for match in SENTENCE.finditer(block) if MIN_QUOTE <= len(match[0]) <= MAX_QUOTE
    ]


def stems(text: str) -> set[str]:
    """Return the beginnings (five letters) of the words of a query, to compare sentences with."""
    return {word[:5] for word in re.findall(r"[a-z0-9]{3,}", text.lower())}
