"""The record of an index: a Chroma collection that holds each passage, its vector and where it came from.

Two processes that write one Chroma folder lose vectors for ever, and nobody is told. So it is opened under the index's lock
only, by who writes, closed before the lock is let go, and never read by a search.
"""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from .errors import REPAIR, Damaged, RetrievalError
from .passages import Passage

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection
    from chromadb.api.types import GetResult, Include

Matrix = NDArray[np.float32]

BATCH = 5000  # Chroma takes at most 5,461 records at once
# Reading one of 87 MB took 2 s; some ten times that is allowed, since a damaged one may take for ever.
PATIENCE, SPEED = 30.0, 5e6
# How far a vector's checks may be off; another vector's are off by about 1.
SAME = 1e-3
# Without an encoder there is no vector, and Chroma holds nothing without one.
NO_VECTOR = np.ones(1, np.float32)


@dataclass(frozen=True)
class Record:
    """A passage as it stands in the store; `sound` is False where its vector is not the one that was written."""

    passage: Passage
    digest: bytes
    vector: Matrix
    sound: bool = True


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
    return Damaged(f"the store in {folder} failed: {error}", f"free disk space if there is none, then {REPAIR}")


def fault(folder: Path, encoder: str) -> str:
    """Return why a store cannot be read whole, or "".

    It is found out in a process of its own: a damaged file can make Chroma end its process, or never answer.
    """
    code = f"import sys; from {__package__}.store import read; read(sys.argv[1], sys.argv[2])"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, str(folder), encoder],
            env=environment,
            capture_output=True,
            check=False,
            text=True,
            timeout=PATIENCE + size / SPEED,
        )
    except subprocess.TimeoutExpired:
        return f"the store in {folder} cannot be read: reading it does not end"
    if not done.returncode:
        return ""
    told = (done.stderr.strip().splitlines() or [""])[-1]
    return f"the store in {folder} cannot be read: {told.rpartition('Damaged: ')[2] or f'exit {done.returncode}'}"


def read(folder: str, encoder: str) -> None:
    """Read a store from one end to the other; raises Damaged."""
    with opened(Path(folder), encoder) as record:
        if not all(entry.sound for entry in record.records()):
            raise Damaged("vectors are not what was written", REPAIR)


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


def _metadata(record: Record) -> dict[str, str | int | float]:
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
        **{f"check{number}": float(value) for number, value in enumerate(_checks(record.vector))},
    }


def _checks(vector: Matrix) -> Matrix:
    """Return two numbers by which a vector is known again, shape (2,): Chroma may change its last bits, and a damaged file all."""
    return np.random.default_rng(0).standard_normal((2, len(vector))).astype(np.float32) @ vector


def _record(identity: str, text: str, note: dict[str, str], vector: Matrix) -> Record:
    headings, labels = (tuple(cast("list[str]", json.loads(note[name]))) for name in ("headings", "labels"))
    passage = Passage(
        identity, note["path"], note["title"], headings, text, int(note["line"]), note["unit"], note["project"], labels
    )
    checks = [float(note["check0"]), float(note["check1"])]
    return Record(passage, bytes.fromhex(note["digest"]), vector, np.allclose(checks, _checks(vector), atol=SAME))
