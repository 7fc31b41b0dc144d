"""The knowledge that answers cite: the packs' reference docs, and the user's own indexed documents, searched as one."""

import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, cast

import numpy as np

from agent.errors import BadRequest, ConfigurationError, ContentError, Problem
from agent.knowledge import documents
from agent.knowledge.citation import Citation, Found, cite, stems
from agent.knowledge.documents import PERSONA, REFERENCE
from agent.knowledge.retrieval import lexical, pieces, sidecar
from agent.knowledge.retrieval.errors import Damaged
from agent.knowledge.retrieval.loaders import Skipped
from agent.knowledge.retrieval.orders import orders
from agent.knowledge.retrieval.passages import Passage
from agent.knowledge.retrieval.search import HANDBOOKS, PAGES, Hit, Searcher
from agent.knowledge.retrieval.sidecar import Sidecar, State
from agent.knowledge.retrieval.sync import Encoder
from agent.proof.progress import Progress, Report, silent
from agent.resources import Pack, exclusive

Scope = Literal["own", "reference"]
# Of the built-in index's making; the index's own format is another number.
VERSION = 4
# Below this cosine a passage has nothing to do with the query, however near it is beside the others: an answer with no
# source is better than one with a source on something else.
MIN_SIMILARITY = 0.3
# The same of the user's own documents: 0.98 of 580 questions on such documents reach it, 0.24 of 80 on neighbouring products
# and 0.02 of 60 on anything else.
OWN_BEARS = 0.18
PERSONA_BONUS = 0.02
# How many more passages are looked at than wanted, of which the persona's own may rise.
SPARE = 20
# A section that is a question's own subject ("What is PSI?") covers it, whatever else the question says.
NAMED = 1.0
SUBJECT = re.compile(r"What (?:is|are|does) (?:an? |the )?([^?(]+)")


@dataclass(frozen=True)
class Index:
    """The reference docs, opened, and the user's own documents where there are any."""

    reference: Sidecar
    own: Sidecar | None
    encoder: Encoder | None
    tier: str
    report: Report = silent
    scope: Scope | None = None

    @cached_property
    def searcher(self) -> Searcher:
        """What searches it."""
        parts: dict[Scope, Sidecar | None] = {"reference": self.reference, "own": self.own}
        wanted = [part for name, part in parts.items() if part is not None and self.scope in {None, name}]
        return Searcher(wanted, self.encoder, HANDBOOKS if wanted == [self.reference] else PAGES)

    def only(self, scope: Scope | None) -> "Index":
        """Return the index of one's own documents or of the reference docs alone; None for both."""
        if scope == "own" and self.own is None:
            raise BadRequest("no documents of yours are indexed", "mlwright knowledge add FOLDER")
        return replace(self, scope=scope)

    def search(self, query: str, count: int = 5, persona: str | None = None) -> list[Found]:
        """Return the best passages for `query`, those for `persona` raised slightly; none when nothing bears on it."""
        hits = self.searcher.search(query, count + SPARE if persona else count)
        if persona:
            raised = [replace(hit, score=hit.score + PERSONA_BONUS * _for(hit, persona)) for hit in hits]
            hits = sorted(raised, key=lambda hit: -hit.score)[:count]
        return [_found(hit, query) for hit in hits if _bears(hit) and not self._ordering(hit)]

    def _ordering(self, hit: Hit) -> bool:
        """Whether a user's document gives orders to who quotes it; it is told, and left out."""
        found = _own(hit) and orders(hit.passage.text)
        if found:
            place = f"{hit.passage.path}, {hit.passage.unit} {hit.passage.line}"
            self.report(Progress(step=f"left out: {place} gives orders to an assistant"))
        return found

    def citations(
        self, query: str, count: int = 5, persona: str | None = None, read: Sequence[str] = (), opening: bool = False
    ) -> tuple[Citation, ...]:
        """Return passages as numbered citations with verbatim quotes: first those of the reading list, then the best.

        `read` names sections as file.md#Heading; one that is not there is passed over. At most `count` beside them.
        """
        listed = [Found(passage, 1.0, listed=True) for passage in map(self.section, read) if passage is not None]
        known = {found.passage.id for found in listed}
        passages = [*listed, *(hit for hit in self.search(query, count, persona) if hit.passage.id not in known)]
        wanted = stems(query)
        return tuple(cite(number, found, wanted, opening) for number, found in enumerate(passages, 1))

    def section(self, name: str) -> Passage | None:
        """Return the first passage of a section named as file.md#Heading, or None."""
        return self._sections.get(name.casefold())

    @cached_property
    def _sections(self) -> dict[str, Passage]:
        found: dict[str, Passage] = {}
        for passage in self.reference.passages():
            heading = passage.headings[-1] if passage.headings else ""
            found.setdefault(f"{passage.path.partition('/')[2]}#{heading}".casefold(), passage)
        return found

    def listing(self) -> "Listing":
        """Return what is searched, document by document, and the user's files that are not."""
        documents: dict[str, Listed] = {}
        for part in (self.reference, self.own):
            for passage in part.passages() if part is not None else ():
                held = documents.get(passage.path)
                documents[passage.path] = Listed(passage.path, passage.title, held.passages + 1 if held else 1)
        left = cast("list[dict[str, str]]", sidecar.files(self.own).get("skipped", [])) if self.own is not None else []
        return Listing(tuple(documents.values()), tuple(Skipped(row["path"], row["reason"]) for row in left))

    def stats(self) -> dict[str, int | str]:
        """Return sizes in passages and bytes, and how searches are ranked."""
        own = self.own
        ranked = "words"
        if self.searcher.encoder is not None:
            ranked += ", meaning of passage and document"
        if self.searcher.reranks:
            ranked += ", the best hundred by their word pieces (MaxSim)"
        return {
            "reference_passages": self.reference.count,
            "own_passages": own.count if own is not None else 0,
            "own_bytes": _bytes(own.folder.parent) if own is not None else 0,
            "own_bytes_for_search": _bytes(own.folder) + _bytes(own.folder.parent / pieces.FOLDER)
            if own is not None
            else 0,
            "own_folder": str(own.folder.parent) if own is not None else "none",
            "encoder": self.tier,
            "ranked_by": ranked,
        }


@dataclass(frozen=True)
class Listed:
    """A document that is searched."""

    path: str
    title: str
    passages: int


@dataclass(frozen=True)
class Listing:
    """The documents that are searched, and the files that are not, each with the reason."""

    documents: tuple[Listed, ...]
    skipped: tuple[Skipped, ...]


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _for(hit: Hit, persona: str) -> bool:
    return PERSONA + persona in hit.passage.labels


def _found(hit: Hit, query: str) -> Found:
    coverage = NAMED if _names(hit.passage, query) else hit.coverage
    return Found(hit.passage, hit.score, hit.similarity, coverage, confidence=hit.confidence if _own(hit) else None)


def _own(hit: Hit) -> bool:
    """Whether it is one of the user's documents: only the reference docs' passages are labelled so."""
    return REFERENCE not in hit.passage.labels


def _bears(hit: Hit) -> bool:
    if _own(hit):
        return hit.confidence >= OWN_BEARS
    # What stands above the first heading of a reference doc tells how to read it, and answers nothing.
    if not hit.passage.headings:
        return False
    return hit.similarity >= MIN_SIMILARITY if hit.similarity is not None else hit.coverage > 0


def _names(passage: Passage, query: str) -> bool:
    subject = SUBJECT.match(passage.headings[-1]) if passage.headings else None
    asked = set(re.findall(r"[\w@]+", query.lower()))
    return subject is not None and set(re.findall(r"[\w@]+", subject[1].lower())) <= asked | {"mean", "do", "for", "in"}


def key(packs: Sequence[Pack], tier: str) -> str:
    """Return the key of the index of these packs' documents for this encoder tier."""
    digest = hashlib.sha256(f"{VERSION}:{tier}".encode())
    for pack, path in documents.sources(packs):
        digest.update(f"{documents.name(pack, path)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def opened(
    packs: Sequence[Pack], encoder: Encoder | None, cache: Path, report: Report, own: Sidecar | None = None
) -> Index:
    """Open the index of the packs' docs, made first when it is not there, beside `own`.

    The reference docs are read-only: their files are the record, and the index, keyed by their content, is only a cache.
    Where `own` has vectors of word pieces, theirs are made too, so that both can be weighed alike.
    """
    tier = encoder.name if encoder is not None else "lexical"
    rerank = encoder is not None and own is not None and own.pieces is not None
    folder = cache / "knowledge" / f"{key(packs, tier)}{'-pieces' if rerank else ''}"
    reference = _read(folder)
    if reference is None:
        with exclusive(folder.parent / "lock"):
            reference = _read(folder) or _made(packs, encoder, folder, rerank, report)
    return Index(reference, own, encoder, tier, report)


def _read(folder: Path) -> Sidecar | None:
    try:
        return sidecar.opened(folder)
    except (Damaged, OSError):
        return None


def _made(packs: Sequence[Pack], encoder: Encoder | None, folder: Path, rerank: bool, report: Report) -> Sidecar:
    passages = [passage for pack, path in documents.sources(packs) for passage in documents.read(pack, path)]
    if not passages:
        raise ContentError([Problem(pack.folder("knowledge"), 0, "there are no documents") for pack in packs])
    texts = [passage.prefixed for passage in passages]
    name = encoder.name if encoder is not None else ""
    digests = [passage.digest(name) for passage in passages]
    try:
        shutil.rmtree(folder, ignore_errors=True)
        if encoder is not None:
            report(Progress(step=f"encoding {len(passages)} passages", total=len(passages)))
        vectors = encoder.encode(texts) if encoder is not None else None
        if rerank and encoder is not None:
            report(Progress(step=f"encoding the words of {len(passages)} reference passages"))
            words = encoder.encode_words(texts)[1]
            pieces.write_part(folder, "reference", digests, words)
        places = pieces.places(folder)
        placed = [places[digest] for digest in digests] if rerank else None
        report(Progress(step="indexing words"))
        return sidecar.write(
            folder,
            State(
                [passage.dumps() for passage in passages],
                [passage.path for passage in passages],
                digests,
                lexical.posted(texts),
                np.asarray(vectors, np.float32) if vectors is not None else None,
                placed,
                pieces.frequencies(folder, placed) if placed is not None else None,
                name,
            ),
        )
    except OSError as error:
        raise ConfigurationError(
            f"the index cannot be written to {folder}: {error}", "free space there, or set MLWRIGHT_HOME"
        ) from error
