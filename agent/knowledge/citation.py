"""Citations: a passage, and words of it quoted as they stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from agent.knowledge.retrieval.passages import Passage
from agent.resources import Pack, visible

MIN_QUOTE, MAX_QUOTE = 30, 560
# Sentences quoted together: what they lean on stands beside them.
MAX_SENTENCES = 4
# A passage answers when it is near enough to the question (cosine, MiniLM) and holds enough of its rarer words, or is so
# near that the words do not matter; without vectors the words must do. Of 64 questions on the documents 0.73 are answered by
# the right section and 0.06 by another; of 85 on other things 0.01 are.
NEAR, COVERS, VERY_NEAR, COVERS_LEXICAL = 0.4, 0.35, 0.65, 0.6
# Of a passage of the user's own documents: see `Hit.confidence`.
SURE = 0.5
SENTENCE = re.compile(r"[^\s].*?(?:[.!?](?=\s)|$)", re.DOTALL)
STRUCTURE = re.compile(r"^\s*(?:[|#>]|[-*]\s|\d+\.\s|```)")
CODE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```[ \t]*$", re.DOTALL | re.MULTILINE)


class Citation(BaseModel):
    """`[n]` of an answer: where it leads, and the words there.

    `code` is the section's first block of code as it stands. `similarity` is how near the passage is to the request:
    cosine with MiniLM (None on the lexical tier).
    """

    model_config = ConfigDict(frozen=True)

    id: int
    chunk: str
    path: str
    heading: str
    line: int
    quote: str
    code: str = Field(default="", description="as it stands in the file, without its fence")
    language: str = ""
    score: float
    similarity: float | None = None
    coverage: float = Field(default=0.0, description="share of the request's rarer words that the passage holds, 0..1")
    confidence: float | None = Field(
        default=None,
        description="how surely the user's own documents deal with the request, 0..1; None for reference docs",
    )
    listed: bool = Field(default=False, description="whether a rule names the section, rather than the search")

    def answers(self) -> bool:
        """Whether the passage answers the question itself, rather than only bearing on its subject."""
        if self.listed:
            return True
        if self.confidence is not None:
            return self.confidence >= SURE
        if self.similarity is None:
            return self.coverage >= COVERS_LEXICAL
        near_enough = self.similarity >= NEAR and self.coverage >= COVERS
        # A section that is the question's own subject (coverage 1) was found at all, so it is near enough.
        return near_enough or self.similarity >= VERY_NEAR or self.coverage >= 1


@dataclass(frozen=True)
class Found:
    """A passage and how it was found: fused score, cosine and coverage."""

    passage: Passage
    score: float
    similarity: float | None = None
    coverage: float = 0.0
    listed: bool = False
    confidence: float | None = None


def cite(number: int, found: Found, query_words: set[str], opening: bool = False) -> Citation:
    """Quote the neighbouring sentences of a passage that share most with the query; with `opening` its first ones."""
    passage = found.passage
    code = CODE.search(passage.text)
    return Citation(
        id=number,
        chunk=passage.id,
        path=passage.path,
        heading=" > ".join(passage.headings) or passage.title,
        line=passage.line,
        quote=_opening(passage.text) if opening else _best(passage.text, query_words),
        code=code["code"].rstrip() if code else "",
        language=code["info"].split(" ")[0] if code else "",
        score=round(found.score, 4),
        similarity=None if found.similarity is None else round(found.similarity, 4),
        coverage=round(found.coverage, 4),
        confidence=None if found.confidence is None else round(found.confidence, 4),
        listed=found.listed,
    )


def holds(citation: Citation, packs: Sequence[Pack]) -> bool:
    """Whether the quoted words, and the code, stand in the cited file as they are."""
    pack, _, name = citation.path.partition("/")
    roots = {found.name: found.folder("knowledge") for found in packs}
    if pack not in roots:
        return False
    path = roots[pack] / name
    if not path.is_file():
        return False
    text = visible(path.read_text(encoding="utf-8"))
    return citation.quote in text and citation.code in text


def _opening(text: str) -> str:
    blocks = _blocks(text)
    return _window(_sentences(blocks[0])) if blocks else text.strip()[:MAX_QUOTE].rstrip()


def _best(text: str, query: set[str]) -> str:
    """Of every run of sentences inside a paragraph the one with most of the query's words, the shorter among equals.

    The opening of a section counts a little more: it says what the section is about.
    """
    best, best_worth = "", -1.0
    for place, block in enumerate(_blocks(text)):
        sentences = _sentences(block)
        for start in range(len(sentences)):
            quote = _window(sentences[start:])
            words = {word[:5] for word in re.findall(r"[a-z0-9]{3,}", quote.lower())}
            worth = len(words & query) + (1.0 if place == 0 and start == 0 else 0.0) - 0.3 * (start > 0)
            if worth > best_worth:
                best, best_worth = quote, worth
    return best or text.strip()[:MAX_QUOTE].rstrip()


def _window(sentences: Sequence[re.Match[str]]) -> str:
    """Return as many sentences from the first on as one quote holds, as they stand."""
    first = sentences[0]
    end = first.end()
    for sentence in sentences[1:MAX_SENTENCES]:
        if sentence.end() - first.start() > MAX_QUOTE:
            break
        end = sentence.end()
    return first.string[first.start() : end][: MAX_QUOTE + MIN_QUOTE].rstrip()


def _blocks(text: str) -> list[str]:
    """Return the paragraphs of prose: no code, table, list or heading."""
    prose = CODE.sub("\n", text)
    blocks = [block.strip() for block in re.split(r"\n\s*\n", prose)]
    return [block for block in blocks if len(block) >= MIN_QUOTE and not STRUCTURE.match(block)]


def _sentences(block: str) -> list[re.Match[str]]:
    found = list(SENTENCE.finditer(block))
    return [sentence for sentence in found if len(sentence[0]) >= MIN_QUOTE] or found


def stems(text: str) -> set[str]:
    """Return the beginnings (five letters) of the words of a query, to compare sentences with."""
    return {word[:5] for word in re.findall(r"[a-z0-9]{3,}", text.lower())}
