"""The record of an index: a Chroma collection that holds each passage, its vector and where it came from.

Two processes that write one Chroma folder lose vectors for ever, and nobody is told. So it is opened under the index's lock
only, by who writes, closed before the lock is let go, and never read by a search.
"""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from .errors import Damaged, RetrievalError
from .passages import Passage

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from chromadb.api.types import GetResult, Include

Matrix = NDArray[np.float32]

BATCH = 5000  # Chroma takes at most 5,461 records at once
# Without an encoder there is no vector, and Chroma holds nothing without one.
NO_VECTOR = np.ones(1, np.float32)


@dataclass(frozen=True)
class Record:
    """A passage as it stands in the store."""

    passage: Passage
    digest: bytes
    vector: Matrix


def available() -> bool:
    """Whether Chroma is installed; it is not imported."""
    try:
        distribution("chromadb")
    except PackageNotFoundError:
        return False
    return True


@contextmanager
def opened(folder: Path, encoder: str) -> "Generator[Store]":
    """Open the store in `folder` for one encoder's vectors; folder and collection are made, other encoders' collections deleted.

    Raises RetrievalError without Chroma, and Damaged when Chroma fails on the folder, or on what is done with it.
    """
    if not available():
        raise RetrievalError("an index needs chromadb, which is not installed", "pip install chromadb")
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    faults = (ChromaError, OSError, ValueError, KeyError, RuntimeError, AttributeError)
    try:
        client = cast("Client", chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False)))
    except faults as error:
        # What failed to open is kept by its path, half made, and would be handed to who opens a mended folder.
        SharedSystemClient.clear_system_cache()
        raise _damaged(folder, error) from error
    try:
        name = f"passages-{encoder or 'words'}"
        for other in client.list_collections():
            if other.name != name:
                client.delete_collection(other.name)
        yield Store(client.get_or_create_collection(name, embedding_function=None, metadata={"hnsw:space": "cosine"}))
    except faults as error:
        raise _damaged(folder, error) from error
    finally:
        client.close()


def _damaged(folder: Path, error: Exception) -> Damaged:
    return Damaged(
        f"the store in {folder} failed: {error}", "free disk space if there is none, then: mlwright knowledge doctor"
    )


class Store:
    """The opened store."""

    def __init__(self, collection: "Collection") -> None:
        self.collection = collection

    def __len__(self) -> int:
        return self.collection.count()

    def put(self, records: Sequence[Record]) -> None:
        """Write records, over those of the same id."""
        for start in range(0, len(records), BATCH):
            part = records[start : start + BATCH]
            self.collection.upsert(
                ids=[record.passage.id for record in part],
                embeddings=np.stack([record.vector for record in part]),
                documents=[record.passage.text for record in part],
                metadatas=[_metadata(record) for record in part],
            )

    def drop(self, ids: Sequence[str]) -> None:
        """Delete the records of these ids."""
        for start in range(0, len(ids), BATCH):
            self.collection.delete(ids=list(ids[start : start + BATCH]))

    def ids(self) -> set[str]:
        """Return the ids of all records."""
        return {identity for page in self._pages(vectors=False) for identity in page["ids"]}

    def records(self) -> Iterator[Record]:
        """Yield every record; raises Damaged for one that cannot be read as it was written."""
        for page in self._pages(vectors=True):
            vectors = np.asarray(page["embeddings"], np.float32)
            texts, notes = page["documents"] or [], page["metadatas"] or []
            for identity, text, note, vector in zip(page["ids"], texts, notes, vectors, strict=True):
                yield _record(identity, text, {key: str(value) for key, value in note.items()}, vector)

    def nearest(self, vector: Matrix, count: int) -> list[str]:
        """Return the ids of the passages nearest to `vector`, the nearest first."""
        return self.collection.query(query_embeddings=vector[None, :], n_results=count, include=[])["ids"][0]

    def _pages(self, vectors: bool) -> "Iterator[GetResult]":
        for start in range(0, self.collection.count(), BATCH):
            include: Include = ["documents", "metadatas", "embeddings"] if vectors else []
            yield self.collection.get(limit=BATCH, offset=start, include=include)


def _metadata(record: Record) -> dict[str, str | int]:
    passage = record.passage
    return {
        "path": passage.path,
        "title": passage.title,
        "headings": json.dumps(passage.headings),
        "line": passage.line,
        "unit": passage.unit,
        "project": passage.project,
        "labels": json.dumps(passage.labels),
        "digest": record.digest.hex(),
    }


def _record(identity: str, text: str, note: dict[str, str], vector: Matrix) -> Record:
    headings, labels = (tuple(cast("list[str]", json.loads(note[name]))) for name in ("headings", "labels"))
    passage = Passage(
        identity, note["path"], note["title"], headings, text, int(note["line"]), note["unit"], note["project"], labels
    )
    return Record(passage, bytes.fromhex(note["digest"]), vector)
