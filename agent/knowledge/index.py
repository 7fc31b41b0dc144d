"""The read side: a sidecar of chunks, BM25 index and vectors, made from the store and served without importing it."""

import dataclasses
import hashlib
import json
import os
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from agent.encoder import Encoder
from agent.errors import ConfigurationError, ContentError, Problem
from agent.knowledge import documents, store
from agent.knowledge.citation import Citation, Found, cite, stems
from agent.knowledge.documents import Chunk
from agent.knowledge.retrieval import bm25
from agent.knowledge.retrieval.fusion import fuse
from agent.proof.progress import Progress, Report
from agent.resources import Pack, exclusive

FORMAT = 2
CHUNKS = TypeAdapter(tuple[Chunk, ...])


@dataclass(frozen=True)
class Index:
    """An opened sidecar."""

    folder: Path
    chunks: tuple[Chunk, ...]
    encoder: Encoder | None
    tier: str

    def search(self, query: str, count: int = 5, persona: str | None = None) -> list[Found]:
        """Return the best passages for `query`, those for `persona` raised slightly; none when nothing bears on it."""
        words = bm25.open_index(self.folder / "bm25")
        lexical = bm25.scores(words, query, len(self.chunks))
        dense = None
        if self.encoder is not None:
            vectors: NDArray[np.float16] = np.load(self.folder / "vectors.npy", mmap_mode="r")
            dense = vectors.astype(np.float32) @ self.encoder.encode([query])[0]
        joint = fuse(lexical, dense)
        bears = dense >= MIN_SIMILARITY if dense is not None else lexical > 0
        if persona is not None:
            joint = joint + np.asarray(
                [PERSONA_BONUS * (persona in chunk.personas) for chunk in self.chunks], np.float32
            )
        order: list[int] = np.argsort(-joint, kind="stable")[:count].tolist()
        # What stands above the first heading tells how to read a document, and answers nothing.
        best = [place for place in order if bears[place] and self.chunks[place].headings]
        covered = [
            NAMED if _names(self.chunks[place].headings, query) else share
            for place, share in zip(best, bm25.coverage(words, query, best, len(self.chunks)), strict=True)
        ]
        return [
            Found(self.chunks[place], float(joint[place]), None if dense is None else float(dense[place]), share)
            for place, share in zip(best, covered, strict=True)
        ]

    def citations(
        self, query: str, count: int = 5, persona: str | None = None, read: Sequence[str] = (), opening: bool = False
    ) -> tuple[Citation, ...]:
        """Return passages as numbered citations with verbatim quotes: first those of the reading list, then the best.

        `read` names sections as file.md#Heading; one that is not there is passed over. At most `count` beside them.
        """
        listed = [Found(chunk, 1.0, listed=True) for chunk in map(self.section, read) if chunk is not None]
        known = {found.chunk.id for found in listed}
        passages = [*listed, *(hit for hit in self.search(query, count, persona) if hit.chunk.id not in known)]
        wanted = stems(query)
        return tuple(cite(number, found, wanted, opening) for number, found in enumerate(passages, 1))

    def section(self, name: str) -> Chunk | None:
        """Return the first passage of a section named as file.md#Heading, or None."""
        return self._sections.get(name.casefold())

    @cached_property
    def _sections(self) -> dict[str, Chunk]:
        found: dict[str, Chunk] = {}
        for chunk in self.chunks:
            heading = chunk.headings[-1] if chunk.headings else ""
            found.setdefault(f"{chunk.path.partition('/')[2]}#{heading}".casefold(), chunk)
        return found


# A section that is a question's own subject ("What is PSI?") covers it, whatever else the question says.
NAMED = 1.0
SUBJECT = re.compile(r"What (?:is|are|does) (?:an? |the )?([^?(]+)")


def _names(headings: tuple[str, ...], query: str) -> bool:
    subject = SUBJECT.match(headings[-1]) if headings else None
    asked = set(re.findall(r"[\w@]+", query.lower()))
    return subject is not None and set(re.findall(r"[\w@]+", subject[1].lower())) <= asked | {"mean", "do", "for", "in"}


# Below this cosine a passage has nothing to do with the query, however near it is beside the others: an answer with no
# source is better than one with a source on something else.
MIN_SIMILARITY = 0.3
PERSONA_BONUS = 0.02


def key(packs: Sequence[Pack], tier: str) -> str:
    """Return the key of the sidecar for these packs' documents and this encoder tier."""
    digest = hashlib.sha256(f"{FORMAT}:{tier}".encode())
    for pack, path in documents.sources(packs):
        digest.update(
            f"{pack.name}/{path.relative_to(pack.folder('knowledge'))}\0".encode() + path.read_bytes() + b"\0"
        )
    return digest.hexdigest()[:20]


def opened(packs: Sequence[Pack], encoder: Encoder | None, cache: Path, report: Report) -> Index:
    """Open the sidecar of these documents, making store and sidecar first when they are not there."""
    tier = encoder.name if encoder is not None else "lexical"
    folder = cache / "knowledge" / key(packs, tier)
    chunks = _chunks(folder)
    if chunks is None:
        with exclusive(folder.parent / "lock"):
            if (chunks := _chunks(folder)) is None:
                _make(packs, encoder, folder, report)
                chunks = _chunks(folder)
    if chunks is None:
        raise ConfigurationError(
            f"the index written to {folder} cannot be read back", "delete that folder and try again"
        )
    return Index(folder, chunks, encoder, tier)


def _chunks(folder: Path) -> tuple[Chunk, ...] | None:
    try:
        return CHUNKS.validate_json((folder / "chunks.json").read_bytes())
    except (OSError, ValueError):
        return None


def _make(packs: Sequence[Pack], encoder: Encoder | None, folder: Path, report: Report) -> None:
    chunks = [chunk for pack, path in documents.sources(packs) for chunk in documents.read(pack, path)]
    if not chunks:
        raise ContentError([Problem(pack.folder("knowledge"), 0, "there are no documents") for pack in packs])
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        if encoder is not None:
            report(Progress(step=f"encoding {len(chunks)} passages", total=len(chunks)))
            vectors = encoder.encode([chunk.prefixed for chunk in chunks])
            if store.available():
                report(Progress(step="writing the store"))
                store.write(part / "chroma", chunks, vectors)
                chunks, vectors = store.read(part / "chroma")
            np.save(part / "vectors.npy", vectors.astype(np.float16))
        report(Progress(step="indexing words"))
        bm25.build([chunk.prefixed for chunk in chunks], part / "bm25")
        (part / "chunks.json").write_text(json.dumps([dataclasses.asdict(chunk) for chunk in chunks]), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)
