"""The store of record: a Chroma collection, written and read back through llama-index's vector store."""

import json
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from agent.knowledge.documents import Chunk

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

COLLECTION = "knowledge"
BATCH = 5000  # Chroma takes at most 5,461 records at once


def available() -> bool:
    """Whether the extra `knowledge` is installed; nothing is imported."""
    try:
        for name in ("chromadb", "llama-index-core", "llama-index-vector-stores-chroma"):
            distribution(name)
    except PackageNotFoundError:
        return False
    return True


def write(folder: Path, chunks: Sequence[Chunk], vectors: NDArray[np.float32]) -> None:
    """Write passages with their own vectors into a new collection in `folder`."""
    from llama_index.core.schema import BaseNode, TextNode
    from llama_index.vector_stores.chroma import ChromaVectorStore

    store = ChromaVectorStore(chroma_collection=_collection(folder))
    for start in range(0, len(chunks), BATCH):
        part = slice(start, start + BATCH)
        nodes: list[BaseNode] = [
            TextNode(id_=chunk.id, text=chunk.text, embedding=vector.tolist(), metadata=_metadata(chunk, number))
            for number, (chunk, vector) in enumerate(zip(chunks[part], vectors[part], strict=True), start)
        ]
        store.add(nodes)


def read(folder: Path) -> tuple[list[Chunk], NDArray[np.float32]]:
    """Return every passage and its vector, in the order they were written."""
    found = _collection(folder).get(include=["documents", "metadatas", "embeddings"])
    rows = sorted(
        zip(
            found["ids"],
            found["documents"] or [],
            found["metadatas"] or [],
            np.asarray(found["embeddings"]),
            strict=True,
        ),
        key=lambda row: int(str(row[2]["order"])),
    )
    chunks = [
        _chunk(identity, text, {key: str(value) for key, value in metadata.items()})
        for identity, text, metadata, _ in rows
    ]
    return chunks, np.asarray([row[3] for row in rows], np.float32)


def nearest(folder: Path, vector: NDArray[np.float32], count: int) -> list[str]:
    """Return the ids of the nearest passages, through llama-index, best first."""
    from llama_index.core.vector_stores import VectorStoreQuery
    from llama_index.vector_stores.chroma import ChromaVectorStore

    store = ChromaVectorStore(chroma_collection=_collection(folder))
    result = store.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=count))
    return list(result.ids or [])


def _collection(folder: Path) -> "Collection":
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(str(folder), settings=Settings(anonymized_telemetry=False))
    return client.get_or_create_collection(COLLECTION, embedding_function=None, metadata={"hnsw:space": "cosine"})


def _metadata(chunk: Chunk, order: int) -> dict[str, str | int]:
    return {
        "order": order,
        "path": chunk.path,
        "title": chunk.title,
        "headings": json.dumps(chunk.headings),
        "line": chunk.line,
        "personas": json.dumps(chunk.personas),
        "topics": json.dumps(chunk.topics),
    }


def _chunk(identity: str, text: str, metadata: dict[str, str]) -> Chunk:
    headings, personas, topics = (tuple(json.loads(metadata[key])) for key in ("headings", "personas", "topics"))
    return Chunk(identity, metadata["path"], metadata["title"], headings, text, int(metadata["line"]), personas, topics)
