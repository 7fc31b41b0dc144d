"""Making an index hold some folders as they are now: only what changed is read, encoded and recorded.

The order makes it safe to stop anywhere: `pending` is set; vectors of word pieces are written, then the passages are recorded
a batch at a time; what is gone is taken out of the record; a new state is made for searches; `pending` is taken away. Where it
is found, the next sync asks the record what it holds, and encodes nothing twice.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple, dataclass, field, replace
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from . import lexical, pieces, sidecar, store
from .errors import REPAIR, Damaged
from .lexical import Postings
from .loaders import Limits
from .loaders.documents import Skipped
from .passages import Passage, Size, loads
from .pieces import WordPieces
from .scan import Scan, Seen, Source, scan, settled
from .sidecar import Sidecar, State
from .store import Record, Store

Matrix = NDArray[np.float32]

CHROMA, PENDING = "chroma", "pending"
BATCH = 256
# Above so many passages the vectors of word pieces, about 60 kB a passage, are not kept.
RERANKED = 20_000


class Encoder(Protocol):
    """What indexing asks of an encoder."""

    @property
    def name(self) -> str:
        """What tells its vectors from another encoder's."""
        ...

    def encode(self, texts: list[str], /) -> Matrix:
        """Return unit vectors, shape (len(texts), dimension)."""
        ...

    def encode_words(self, texts: Sequence[str], /) -> tuple[Matrix, list[WordPieces]]:
        """Return those, and each text's word pieces."""
        ...


def _untold(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Work:
    """How an index is made: encoder (None: words alone), passage size, limits of what is read, and who is told how far it is.

    `rerank` is up to how many passages the vectors of word pieces are kept; `wait` the seconds to wait for another writer;
    `batch` how many passages are encoded and recorded at a time.
    """

    encoder: Encoder | None
    size: Size = field(default_factory=Size)
    limits: Limits = field(default_factory=Limits)
    rerank: int = RERANKED
    wait: float = 10.0
    batch: int = BATCH
    tell: Callable[[str, int, int], None] = _untold

    @property
    def name(self) -> str:
        """The encoder's name, "" without one."""
        return self.encoder.name if self.encoder is not None else ""

    @property
    def settings(self) -> dict[str, object]:
        """What passages depend on beside the documents."""
        return {"size": asdict(self.size)}


@dataclass(frozen=True)
class Report:
    """What a sync did: files by what became of them, all passages, how many were encoded, files skipped with their reasons."""

    added: int
    changed: int
    removed: int
    unchanged: int
    passages: int
    encoded: int
    seconds: float
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class Row:
    """A passage of the state to be: its document's name, its line and digest; `old` is the row of the last state that is the same, or -1."""

    path: str
    line: bytes
    digest: bytes
    old: int = -1


class Known:
    """What need not be worked out again: vectors by content, and what the record holds."""

    def __init__(self) -> None:
        self.vectors: dict[bytes, Matrix] = {}
        self.recorded: dict[str, bytes] = {}

    @classmethod
    def of_state(cls, state: Sidecar, gone: Sequence[int]) -> "Known":
        """Return what a finished state knows; the record holds its `gone` rows beside those that stay."""
        known = cls()
        if state.vectors is not None:
            known.vectors = dict(zip(map(bytes, state.digests), state.vectors, strict=True))
        known.recorded = {loads(line).id: line for line in map(state.line, gone)}
        return known

    @classmethod
    def of_record(cls, record: Store, spare: Sidecar | None) -> "Known":
        """Return what the record knows, and the vectors of a state of the same encoder; a vector that was damaged is not."""
        known = cls() if spare is None else cls.of_state(spare, ())
        for held in record.records():
            known.recorded[held.passage.id] = held.passage.dumps() if held.sound else b""
            if held.sound:
                known.vectors.setdefault(held.digest, held.vector)
        return known


def sync(root: Path, sources: Sequence[Source], work: Work, trusted: bool) -> Report:
    """Sync the index in `root`, whose lock the caller holds; not `trusted`, its last state is not built upon."""
    start, now = time.monotonic(), time.time_ns()
    spare = sidecar.verified(root)
    spare = spare if spare is not None and spare.meta.encoder == work.name else None
    before = spare if trusted and spare is not None and spare.meta.settings == work.settings else None
    known = _seen(before) if before is not None else {}
    found = scan(sources, known, work.size, work.limits, lambda done, count: work.tell("reading files", done, count))
    rows, seen = _rows(before, found, work.name)
    encoded = 0
    if before is None or found.fresh or known.keys() != found.same.keys() or _lacks_pieces(before, rows, work):
        noted = _noted(seen, found.skipped, now)
        written = _write(root, before, spare, rows, noted, work)
        if written is None:
            # The store does not hold what it held: what it holds now is asked, and nothing taken for granted.
            return sync(root, sources, work, trusted=False)
        encoded = written
    else:
        sidecar.note(before, _noted(seen, found.skipped, now))
    return Report(
        added=sum(name not in known for name in found.fresh),
        changed=sum(name in known for name in found.fresh),
        removed=len(known.keys() - seen.keys()),
        unchanged=len(found.same),
        passages=len(rows),
        encoded=encoded,
        seconds=round(time.monotonic() - start, 3),
        skipped=tuple(found.skipped),
    )


def _lacks_pieces(before: Sidecar, rows: Sequence[Row], work: Work) -> bool:
    """Whether the last state has no word pieces, and should: they were lost, or there were too many passages."""
    return work.encoder is not None and before.pieces is None and 0 < len(rows) <= work.rerank


def _seen(state: Sidecar) -> dict[str, Seen]:
    files = cast("dict[str, dict[str, tuple[int, int, str, int, int]]]", sidecar.files(state))["files"]
    return {name: Seen(*row) for name, row in files.items()}


def _noted(seen: dict[str, Seen], skipped: Sequence[Skipped], now: int) -> dict[str, object]:
    return {
        "files": {name: astuple(settled(row, now)) for name, row in seen.items()},
        "skipped": [asdict(left) for left in skipped],
    }


def _rows(before: Sidecar | None, found: Scan, encoder: str) -> tuple[list[Row], dict[str, Seen]]:
    """Return the passages of the state to be, in the order of their files' names, and where each file's are."""
    rows: list[Row] = []
    seen: dict[str, Seen] = {}
    for name in sorted(found.same.keys() | found.fresh.keys()):
        first = len(rows)
        if name in found.fresh:
            looked, passages = found.fresh[name]
            rows += (Row(name, passage.dumps(), passage.digest(encoder)) for passage in passages)
        else:
            assert before is not None
            looked = found.same[name]
            held = range(looked.first, looked.first + looked.count)
            rows += (Row(name, before.line(old), bytes(before.digests[old]), old) for old in held)
        seen[name] = replace(looked, first=first, count=len(rows) - first)
    return rows, seen


def _write(
    root: Path, before: Sidecar | None, spare: Sidecar | None, rows: Sequence[Row], files: dict[str, object], work: Work
) -> int | None:
    """Record what is new, take out what is gone, and make the state; returns how many passages were encoded.

    Returns None, and has changed nothing, when the record does not hold as much as the last state.
    """
    chroma = root / CHROMA
    if before is None and chroma.exists():
        work.tell("asking the store what it holds", 0, 0)
        if fault := store.fault(chroma, work.name):
            raise Damaged(fault, REPAIR)
    (root / PENDING).touch()
    kept = {row.old for row in rows}
    with store.opened(chroma, work.name) as record:
        if before is None:
            known = Known.of_record(record, spare)
        elif len(record) != before.count:
            return None
        else:
            known = Known.of_state(before, [old for old in range(before.count) if old not in kept])
        encoded = _record(root, record, known, rows, work)
    work.tell("writing what searches read", 0, 0)
    sidecar.write(root, _state(root, before, rows, known, files, work))
    (root / PENDING).unlink()
    pieces.collect(root, sidecar.parts(root))
    return encoded


def _record(root: Path, record: Store, known: Known, rows: Sequence[Row], work: Work) -> int:
    """Put what the record does not hold yet, a batch at a time, and drop what no row is."""
    rerank = work.encoder is not None and len(rows) <= work.rerank
    placed = pieces.places(root).keys() if rerank else ()
    wanted = [row for row in rows if row.old < 0 or (rerank and row.digest not in placed)]
    passages = [loads(row.line) for row in wanted]
    digests = [row.digest for row in wanted]
    fresh: dict[bytes, int] = {}
    ready: list[int] = []
    for place, (passage, digest) in enumerate(zip(passages, digests, strict=True)):
        if digest not in known.vectors or (rerank and digest not in placed):
            # What stands twice is encoded once: in another batch it would get slightly other vectors.
            fresh.setdefault(digest, place)
        if fresh.get(digest) != place and known.recorded.get(passage.id) != passage.dumps():
            ready.append(place)
    firsts = list(fresh.values())
    for done in range(0, len(firsts), work.batch):
        work.tell("encoding passages", done, len(firsts))
        batch = firsts[done : done + work.batch]
        record.put(_encoded(root, [(passages[place], digests[place]) for place in batch], known, rerank, work))
    work.tell("encoding passages", len(firsts), len(firsts))
    record.put([Record(passages[place], digests[place], known.vectors[digests[place]]) for place in ready])
    ids = {passage.id for passage in passages}
    record.drop([identity for identity in known.recorded if identity not in ids])
    return len(firsts)


def _encoded(
    root: Path, batch: Sequence[tuple[Passage, bytes]], known: Known, rerank: bool, work: Work
) -> list[Record]:
    """Encode passages, keep the vectors of their word pieces, and return what to record."""
    texts = [passage.prefixed for passage, _ in batch]
    digests = [digest for _, digest in batch]
    if work.encoder is None:
        vectors = np.tile(store.NO_VECTOR, (len(batch), 1))
    elif rerank:
        vectors, words = work.encoder.encode_words(texts)
        pieces.write_part(root, uuid.uuid4().hex, digests, words)
    else:
        vectors = work.encoder.encode(texts)
    known.vectors.update(zip(digests, vectors, strict=True))
    return [Record(passage, digest, vector) for (passage, digest), vector in zip(batch, vectors, strict=True)]


def _state(
    root: Path, before: Sidecar | None, rows: Sequence[Row], known: Known, files: dict[str, object], work: Work
) -> State:
    places = pieces.places(root)
    rerank = work.encoder is not None and len(rows) <= work.rerank and all(row.digest in places for row in rows)
    placed = [places[row.digest] for row in rows] if rerank else None
    return State(
        lines=[row.line for row in rows],
        paths=[row.path for row in rows],
        digests=[row.digest for row in rows],
        postings=_postings(before, rows),
        vectors=_vectors([known.vectors[row.digest] for row in rows]) if work.encoder is not None else None,
        places=placed,
        frequencies=pieces.frequencies(root, placed) if placed is not None else None,
        encoder=work.name,
        settings=work.settings,
        files=files,
    )


def _vectors(rows: Sequence[Matrix]) -> Matrix:
    return np.stack(rows) if rows else np.empty((0, 1), np.float32)


def _postings(before: Sidecar | None, rows: Sequence[Row]) -> Postings:
    """Count the words of new passages, and take those of the others over."""
    fresh = [place for place, row in enumerate(rows) if row.old < 0]
    counted = lexical.posted([loads(rows[place].line).prefixed for place in fresh])
    if before is None:
        return counted
    moved = np.full(before.count, -1, np.int64)
    for place, row in enumerate(rows):
        if row.old >= 0:
            moved[row.old] = place
    return lexical.joined([before.postings, counted], [moved, np.asarray(fresh, np.int64)], len(rows))
