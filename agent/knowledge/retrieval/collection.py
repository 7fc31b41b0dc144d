"""An index in a folder of its own: its sources, its one writer, its state for searches, and its doctor.

In the folder: `chroma/` is the record; `state-*` are what searches read, made of what is recorded, and a cache; `pieces/` holds
the vectors of word pieces; `lock` is held by who writes; `pending` says that a writer began and did not finish.
"""

import json
import os
import shutil
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np

from . import lock, pieces, sidecar, store
from .errors import Damaged, RetrievalError
from .scan import Source
from .sidecar import Sidecar
from .sync import CHROMA, PENDING, Report, Work, sync

LOCK, SOURCES, BROKEN = "lock", "sources.json", "chroma.broken"
TOLERANCE = 1e-5


@dataclass(frozen=True)
class Health:
    """What the doctor found: faults, each a sentence; an index without any holds the same in record and state."""

    passages: int
    recorded: int
    faults: tuple[str, ...]


class Collection:
    """An index in `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is indexed; raises Damaged when the list cannot be read."""
        path = self.root / SOURCES
        try:
            rows = cast("list[dict[str, str]]", json.loads(path.read_bytes()))
            return tuple(Source(row["name"], row["root"]) for row in rows)
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{path} cannot be read: {error}", "delete it, and add the folders again") from error

    def opened(self) -> Sidecar | None:
        """Open what searches read; None when nothing was indexed yet."""
        return sidecar.opened(self.root)

    def sync(self, sources: Sequence[Source], work: Work) -> Report:
        """Make the index hold these sources as they are now, and nothing else.

        Stopped at any moment, it loses nothing that was recorded, and the next sync goes on from there. Raises RetrievalError
        when a source is not there (what is indexed of it stays), Locked when another process writes, Damaged when the record
        cannot be read or written.
        """
        for source in sources:
            if not Path(source.root).exists():
                hint = f"bring it back, or take it out of the index: {source.name}"
                raise RetrievalError(f"{source.root} is not there", hint)
        with self._writing(work):
            # Noted first: what is stopped half way is what the next sync goes on with.
            self._note(sources)
            return sync(self.root, sources, work, trusted=not self._unfinished())

    @contextmanager
    def _writing(self, work: Work) -> Generator[None]:
        """Hold the lock; what the disk refuses is told as an error of the index."""
        try:
            with lock.writing(self.root / LOCK, work.wait, lambda text: work.tell(text, 0, 0)):
                yield
        except OSError as error:
            hint = "free disk space if there is none, and go on: nothing that was recorded is lost"
            raise RetrievalError(f"the index in {self.root} cannot be written: {error}", hint) from error

    def examine(self, work: Work) -> Health:
        """Compare the record with the state, passage by passage and vector by vector, and files with their sums."""
        with self._writing(work):
            faults = ["the last writer did not finish"] if (self.root / PENDING).exists() else []
            if parts := pieces.damaged(self.root):
                faults.append(f"the word pieces of {len(parts)} parts are not what was written")
            state = sidecar.verified(self.root)
            if state is None:
                return Health(0, 0, (*faults, "what searches read is not what was written"))
            if fault := store.fault(self.root / CHROMA, state.meta.encoder):
                return Health(state.count, 0, (*faults, fault))
            recorded, found = self.compared(state)
            return Health(state.count, recorded, (*faults, *found))

    def compared(self, state: Sidecar) -> tuple[int, list[str]]:
        """Return how many passages are recorded, and what differs between the record and a state; the caller writes nothing."""
        held = {passage.id: row for row, passage in enumerate(state.passages())}
        seen: set[str] = set()
        different: list[str] = []
        with store.opened(self.root / CHROMA, state.meta.encoder) as record:
            for entry in record.records():
                seen.add(entry.passage.id)
                row = held.get(entry.passage.id)
                if row is None:
                    continue
                near = state.vectors is None or np.allclose(state.vectors[row], entry.vector, atol=TOLERANCE)
                if not (near and entry.sound) or state.line(row) != entry.passage.dumps():
                    different.append(entry.passage.id)
        missing, surplus = sorted(held.keys() - seen), sorted(seen - held.keys())
        return len(seen), [
            f"{len(names)} {what}, such as {names[0]}"
            for names, what in (
                (missing, "passages are not in the store"),
                (surplus, "passages of the store are not searched"),
                (different, "passages differ between store and search"),
            )
            if names
        ]

    def repair(self, work: Work) -> Report:
        """Make the index anew from its sources; what is as it was written is not encoded again."""
        with self._writing(work):
            pieces.drop(self.root, pieces.damaged(self.root))
            chroma = self.root / CHROMA
            if store.available() and chroma.exists() and store.fault(chroma, work.name):
                self._set_aside(work)
            try:
                report = sync(self.root, self.sources, work, trusted=False)
            except Damaged:
                # It could be read, and not be written.
                self._set_aside(work)
                report = sync(self.root, self.sources, work, trusted=False)
            shutil.rmtree(self.root / BROKEN, ignore_errors=True)
            return report

    def _set_aside(self, work: Work) -> None:
        work.tell("making the store anew", 0, 0)
        shutil.rmtree(self.root / BROKEN, ignore_errors=True)
        (self.root / CHROMA).rename(self.root / BROKEN)

    def _unfinished(self) -> bool:
        return (self.root / PENDING).exists() or not (self.root / CHROMA).exists()

    def _note(self, sources: Sequence[Source]) -> None:
        part = self.root / f"{SOURCES}.{os.getpid()}.part"
        part.write_text(json.dumps([asdict(source) for source in sources]), encoding="utf-8")
        part.replace(self.root / SOURCES)
