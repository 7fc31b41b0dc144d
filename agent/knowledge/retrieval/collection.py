"""An index in a folder of its own: its sources, its one writer, its state for searches, and its doctor.

In the folder: `chroma/` is the record; `state-*` are what searches read, made of what is recorded, and a cache; `pieces/` holds
the vectors of word pieces; `lock` is held by who writes; `pending` says that a writer began and did not finish.
"""

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import cast

import numpy as np

from . import lock, sidecar, store
from .errors import Damaged, RetrievalError
from .scan import Source
from .sidecar import Sidecar
from .sync import CHROMA, PENDING, Report, Work, sync

LOCK, SOURCES = "lock", "sources.json"
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
        with lock.writing(self.root / LOCK, work.wait, lambda text: work.tell(text, 0, 0)):
            report = sync(self.root, sources, work, trusted=not self._unfinished())
            self._note(sources)
            return report

    def examine(self, work: Work) -> Health:
        """Compare the record with the state, passage by passage and vector by vector; changes nothing."""
        with lock.writing(self.root / LOCK, work.wait, lambda text: work.tell(text, 0, 0)):
            faults = ["the last writer did not finish"] if (self.root / PENDING).exists() else []
            try:
                state = sidecar.opened(self.root)
                held = {passage.id: row for row, passage in enumerate(state.passages())} if state is not None else {}
            except (Damaged, OSError, ValueError) as error:
                return Health(0, 0, (*faults, str(error)))
            recorded, found = self._compared(state, held)
            return Health(len(held), recorded, (*faults, *found))

    def _compared(self, state: Sidecar | None, held: dict[str, int]) -> tuple[int, list[str]]:
        seen: set[str] = set()
        different: list[str] = []
        try:
            with store.opened(self.root / CHROMA, state.meta.encoder if state is not None else "") as record:
                for entry in record.records():
                    seen.add(entry.passage.id)
                    row = held.get(entry.passage.id)
                    if row is None or state is None:
                        continue
                    near = state.vectors is None or np.allclose(state.vectors[row], entry.vector, atol=TOLERANCE)
                    if not near or state.line(row) != entry.passage.dumps():
                        different.append(entry.passage.id)
        except RetrievalError as error:
            return len(seen), [str(error)]
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
        """Make the index anew from its sources; vectors are taken from whatever can still be read."""
        with lock.writing(self.root / LOCK, work.wait, lambda text: work.tell(text, 0, 0)):
            self._salvage(work)
            return sync(self.root, self.sources, work, trusted=False)

    def _salvage(self, work: Work) -> None:
        """Put a store in place that can be read: the one there is, else one made of the last state, else an empty one."""
        try:
            with store.opened(self.root / CHROMA, work.name) as record:
                for _ in record.records():
                    pass
        except Damaged:
            work.tell("making the store anew", 0, 0)
        else:
            return
        (self.root / PENDING).touch()
        broken, new = self.root / "chroma.broken", self.root / "chroma.new"
        for folder in (broken, new):
            shutil.rmtree(folder, ignore_errors=True)
        (self.root / CHROMA).rename(broken)
        try:
            state = sidecar.opened(self.root)
        except Damaged:
            state = None
        with store.opened(self.root / CHROMA, work.name) as record:
            if state is not None and state.vectors is not None and state.meta.encoder == work.name:
                rows = enumerate(state.passages())
                record.put(
                    [store.Record(passage, passage.digest(work.name), state.vectors[row]) for row, passage in rows]
                )
        shutil.rmtree(broken, ignore_errors=True)

    def _unfinished(self) -> bool:
        return (self.root / PENDING).exists() or not (self.root / CHROMA).exists()

    def _note(self, sources: Sequence[Source]) -> None:
        part = self.root / f"{SOURCES}.{os.getpid()}.part"
        part.write_text(json.dumps([asdict(source) for source in sources]), encoding="utf-8")
        part.replace(self.root / SOURCES)
