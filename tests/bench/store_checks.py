"""What the trials of `store_faults.py` are made of: documents, an encoder double, processes, and what these do with an index.

A process syncs, repairs, searches, or holds an index against a fresh one of the same documents.
"""

import os
import resource
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # children are forked, and two may run at once

import numpy as np
from numpy.typing import NDArray

from agent.knowledge.retrieval import store, sync
from agent.knowledge.retrieval.collection import Collection
from agent.knowledge.retrieval.errors import RetrievalError
from agent.knowledge.retrieval.passages import loads
from agent.knowledge.retrieval.pieces import WordPieces, packed
from agent.knowledge.retrieval.scan import Source
from agent.knowledge.retrieval.search import Searcher
from agent.knowledge.retrieval.sidecar import Sidecar
from agent.knowledge.retrieval.sync import Work

Matrix = NDArray[np.float32]

CONTEXT = get_context("forkserver")
CONTEXT.set_forkserver_preload(["chromadb", "Stemmer", "agent.knowledge.retrieval.collection"])
DOCUMENTS, SAMPLED, WIDTH, PIECES = 40, 20, 48, 24
BATCH = 32  # passages encoded at once, so that a sync of so few has as many steps as one of thousands
# What a failure may be; anything else ends the child with a trace, and is told as a crash.
FAILURES = (RetrievalError, OSError, ValueError, LookupError, RuntimeError, TypeError, AssertionError, AttributeError)


class Draw:
    """Random choices."""

    def __init__(self, seed: int) -> None:
        self.random = np.random.default_rng(seed)

    def below(self, end: int) -> int:
        """Return 0..end - 1."""
        return int(self.random.integers(end))

    def one(self, things: Sequence[Any]) -> Any:
        """Return one of these."""
        return things[self.below(len(things))]

    def some(self, end: int, count: int) -> list[int]:
        """Return so many different ones of 0..end - 1."""
        return self.random.choice(end, count, replace=False).tolist()

    def words(self, count: int) -> str:
        """Return so many words, as unevenly frequent as a language's."""
        return " ".join(f"w{rank:x}ords" for rank in self.random.zipf(1.3, count) % 5000)


class Hashed:
    """An encoder double: vectors from a hash of the text, the same in every process and every batch."""

    name = "hashed"

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors."""
        return np.stack([_drawn(text, 1)[0] for text in texts])

    def encode_words(self, texts: Sequence[str]) -> tuple[Matrix, list[WordPieces]]:
        """Return those, and a vector for each of the first words."""
        return self.encode(texts), [_pieces(text) for text in texts]


def _drawn(text: str, count: int) -> Matrix:
    seed = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
    rows = np.random.default_rng(seed).standard_normal((count, WIDTH)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def _pieces(text: str) -> WordPieces:
    ids = [int.from_bytes(blake2b(word.encode(), digest_size=2).digest(), "little") for word in text.split()[:PIECES]]
    return WordPieces(np.asarray(ids, np.uint16), _drawn(f"pieces of {text}", len(ids)))


def page(draw: Draw) -> str:
    """Return a document of one to six sections."""
    sections = [
        f"## {draw.words(3)}\n\n" + "\n\n".join(f"{draw.words(20 + draw.below(100))}." for _ in range(3))
        for _ in range(1 + draw.below(6))
    ]
    return f"# {draw.words(2)}\n\n" + "\n\n".join(sections) + "\n"


def edit(docs: Path, draw: Draw) -> None:
    """Add, change, copy, rename or delete one to eight documents."""
    for _ in range(1 + draw.below(8)):
        held = sorted(docs.rglob("*.md"))
        old, new = draw.one(held), docs / draw.one("abc") / f"{draw.below(10**9)}.md"
        new.parent.mkdir(exist_ok=True)
        wanted = "add" if len(held) < DOCUMENTS - 5 else "delete" if len(held) > DOCUMENTS + 5 else ""
        match wanted or draw.one(["add", "change", "append", "copy", "rename", "delete"]):
            case "add":
                new.write_text(page(draw), encoding="utf-8")
            case "change":
                old.write_text(page(draw), encoding="utf-8")
            case "append":
                old.write_text(old.read_text(encoding="utf-8") + page(draw), encoding="utf-8")
            case "copy":
                shutil.copyfile(old, new)
            case "rename":
                old.rename(new)
            case _:
                old.unlink()


@dataclass(frozen=True)
class Outcome:
    """What became of a child: what it returned, or the name and words of its error."""

    value: object = None
    error: str = ""
    message: str = ""
    told: bool = False
    seconds: float = 0.0


class Child:
    """A process that does one thing; made when it is about to begin it."""

    def __init__(self, action: Callable[..., object], *arguments: object) -> None:
        self.near, far = CONTEXT.Pipe()
        self.process: ForkServerProcess = CONTEXT.Process(target=_run, args=(far, action, arguments), daemon=True)
        self.process.start()
        far.close()
        self.near.recv()

    def outcome(self) -> Outcome:
        """Wait for it."""
        try:
            return self.near.recv()
        except EOFError:
            self.process.join()
            return Outcome(error="crash", message=f"exit code {self.process.exitcode}")
        finally:
            self.process.join()

    def kill(self) -> None:
        """SIGKILL it, wherever it is."""
        self.process.kill()


def _run(connection: Connection, action: Callable[..., object], arguments: Sequence[object]) -> None:
    connection.send(None)
    start = time.monotonic()
    try:
        connection.send(Outcome(action(*arguments), seconds=time.monotonic() - start))
    except FAILURES as error:
        connection.send(Outcome(None, type(error).__name__, str(error), isinstance(error, RetrievalError)))


def work(wait: float = 30.0) -> Work:
    """Return how the index is made in all trials."""
    return Work(Hashed(), wait=wait)


def synced(root: Path, docs: Path, wait: float = 30.0, file_bytes: int = 0) -> str:
    """Sync, in files of at most `file_bytes`."""
    sync.BATCH = BATCH
    if file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (file_bytes, file_bytes))
    Collection(root).sync([Source("docs", str(docs))], work(wait))
    return "synced"


def repaired(root: Path) -> str:
    """Repair."""
    sync.BATCH = BATCH
    Collection(root).repair(work())
    return "repaired"


def lines(docs: Path) -> frozenset[bytes]:
    """Return the passages of the documents as they are."""
    from agent.knowledge.retrieval.loaders import Limits
    from agent.knowledge.retrieval.passages import Size
    from agent.knowledge.retrieval.scan import scan

    found = scan([Source("docs", str(docs))], {}, Size(), Limits(), lambda _done, _count: None).fresh
    return frozenset(passage.dumps() for _, passages in found.values() for passage in passages)


@dataclass(frozen=True)
class Verdict:
    """What an index lacks or holds otherwise than a fresh one, what it holds too often, and what else is wrong with it."""

    lost: int
    doubled: int
    faults: tuple[str, ...]
    seen_by_doctor: bool

    @property
    def right(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.lost or self.doubled or self.faults)

    @property
    def told(self) -> str:
        """What is wrong."""
        return f"{self.lost} lost, {self.doubled} doubled: {', '.join(self.faults)}"


Held = tuple[str, bytes, Matrix]


def check(root: Path, docs: Path, fresh: Path, seed: int) -> Verdict:
    """Hold the index against a fresh one of the same documents."""
    synced(fresh, docs)
    made = Collection(fresh).opened()
    assert made is not None
    wanted = {passage.id: (passage.dumps(), Hashed().encode([passage.prefixed])[0]) for passage in made.passages()}
    assert {line for line, _ in wanted.values()} == lines(docs)
    health = Collection(root).examine(work())
    faults = [f"doctor: {fault}" for fault in health.faults]
    lost = doubled = 0
    parts: tuple[Callable[[Path, int], list[Held]], ...] = (_searched, _recorded)
    for part in parts:
        try:
            missing, surplus = _compared(wanted, part(root, seed))
        except FAILURES as error:
            missing, surplus = len(wanted), 0
            faults.append(f"{part.__name__[1:]}: {type(error).__name__}: {error}")
        lost, doubled = lost + missing, doubled + surplus
    return Verdict(lost, doubled, tuple(faults), bool(health.faults))


def _compared(wanted: dict[str, tuple[bytes, Matrix]], held: Iterable[Held]) -> tuple[int, int]:
    counts: Counter[str] = Counter()
    right: set[str] = set()
    for identity, line, vector in held:
        counts[identity] += 1
        if identity in wanted and wanted[identity][0] == line and np.allclose(wanted[identity][1], vector, atol=1e-6):
            right.add(identity)
    surplus = sum(count - 1 for count in counts.values()) + len(counts.keys() - wanted.keys())
    return len(wanted.keys() - right), surplus


def _searched(root: Path, seed: int) -> list[Held]:
    """Return what is searched; raises AssertionError for a sampled passage that does not find itself, or lacks its pieces."""
    state = Collection(root).opened()
    if state is None or state.vectors is None or (state.count and state.pieces is None):
        raise AssertionError("there is nothing to search, or vectors or word pieces are missing")
    held = [(passage.id, passage.dumps(), row) for passage, row in zip(state.passages(), state.vectors, strict=True)]
    searcher = Searcher([state], Hashed())
    for row in Draw(seed).some(state.count, min(SAMPLED, state.count)):
        text = loads(held[row][1]).prefixed
        first = searcher.search(text, 1)[0].passage
        assert first.prefixed == text, f"{held[row][0]} finds {first.id} first"
        assert state.pieces is not None
        assert np.array_equal(state.pieces.take([row])[0], packed(_pieces(text).vectors)), (
            f"other pieces: {held[row][0]}"
        )
        assert state.postings.lengths[row] > 0, f"no words: {held[row][0]}"
    return held


def _recorded(root: Path, seed: int) -> list[Held]:
    """Return what the store holds; raises AssertionError for a sampled vector that is not nearest to itself."""
    with store.opened(root / sync.CHROMA, Hashed.name) as record:
        held = list(record.records())
        assert len(held) == len(record), "the store counts otherwise than it lists"
        texts = {one.passage.id: one.passage.prefixed for one in held}
        for one in (held[row] for row in Draw(seed).some(len(held), min(SAMPLED, len(held)))):
            nearest = [*record.nearest(one.vector, 1), ""]
            assert texts.get(nearest[0]) == one.passage.prefixed, f"{one.passage.id} is not found by its vector"
    return [(one.passage.id, one.passage.dumps(), one.vector) for one in held]


def read(root: Path, allowed: frozenset[bytes], stop: Event) -> tuple[int, tuple[str, ...]]:
    """Search until told to stop, with an index opened for each search and with the first one, left open."""
    draw, strange, searches = Draw(0), list[str](), 0
    first: Sidecar | None = None
    while not stop.is_set():
        try:
            latest = Collection(root).opened()
            first = first or latest
            for state in (latest, first) if latest is not None and first is not None else ():
                query = draw.words(6)
                searches += 1
                hits = Searcher([state], Hashed()).search(query, 5)
                strange += (f"saw {hit.passage.id}" for hit in hits if hit.passage.dumps() not in allowed)
        except FAILURES as error:
            strange.append(f"{type(error).__name__}: {error}")
        time.sleep(0.002)
    return searches, tuple(strange)
