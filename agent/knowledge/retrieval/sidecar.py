"""What a search reads: passages, word counts and vectors as files that are mapped, one folder for each state of an index.

A folder is written beside the others and becomes the current one when the file CURRENT names it, in one rename: a reader sees
the state before or the state after, and what is open stays readable. Vectors of word pieces, the largest part, stand in files
that the states share.
"""

import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from . import lexical, pieces
from .errors import REPAIR, Damaged
from .lexical import Postings
from .passages import Passage, loads
from .pieces import FOLDER as PIECES
from .pieces import Pieces, Place

FORMAT = 2
CURRENT = "CURRENT"
NAME = re.compile(r"state-\d{6,}")
# The last states that are kept: a reader that has read CURRENT may still be about to open what it named.
KEPT = 2


@dataclass(frozen=True)
class Meta:
    """What a state says of itself: the encoder that made the vectors ("" for none), how many passages, and its settings.

    sums: the size in bytes and the SHA-256 of each of its files.
    """

    format: int
    encoder: str
    count: int
    generation: int
    parts: tuple[str, ...] = ()
    sums: Mapping[str, tuple[int, str]] = field(default_factory=dict[str, "tuple[int, str]"])
    settings: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True)
class Sidecar:
    """An opened state. Passages are read when they are asked for."""

    folder: Path
    meta: Meta

    @property
    def count(self) -> int:
        """How many passages it holds."""
        return self.meta.count

    @cached_property
    def postings(self) -> Postings:
        """The words."""
        return lexical.opened(self.folder)

    @cached_property
    def vectors(self) -> NDArray[np.float32] | None:
        """One unit vector a passage, shape (count, dimension); None without an encoder."""
        return self._array("vectors") if self.meta.encoder else None

    @cached_property
    def pieces(self) -> Pieces | None:
        """The vectors of word pieces, or None when they are not kept."""
        if not self.meta.parts:
            return None
        folder = self.folder.parent / PIECES
        return Pieces(folder, self.meta.parts, self._array("piece_places"), self._array("piece_frequencies"))

    @cached_property
    def pages(self) -> tuple[NDArray[np.float32], NDArray[np.uint32]] | None:
        """The mean vector of each document's passages, and which document each passage is of; None without an encoder."""
        return (self._array("pages"), self._array("page_of")) if self.meta.encoder else None

    @cached_property
    def digests(self) -> NDArray[np.uint8]:
        """What tells each passage's content, shape (count, 16)."""
        return self._array("digests")

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        return self._array("ends")

    @cached_property
    def _lines(self) -> NDArray[np.uint8]:
        path = self.folder / "passages.jsonl"
        return np.memmap(path, np.uint8, "r") if path.stat().st_size else np.empty(0, np.uint8)

    def line(self, row: int) -> bytes:
        """Return a passage as the line of JSON it was written as."""
        start = int(self._ends[row - 1]) if row else 0
        return self._lines[start : int(self._ends[row])].tobytes()

    def passage(self, row: int) -> Passage:
        """Return a passage; raises Damaged when its line is not one."""
        try:
            return loads(self.line(row))
        except (ValueError, KeyError, TypeError) as error:
            raise Damaged(f"{self.folder} is damaged: passage {row} cannot be read", REPAIR) from error

    def passages(self) -> list[Passage]:
        """Return all of them."""
        return [self.passage(row) for row in range(self.count)]

    def _array(self, name: str) -> NDArray[Any]:
        return np.load(self.folder / f"{name}.npy", mmap_mode="r" if self.count else None, allow_pickle=False)


@dataclass(frozen=True)
class State:
    """What a state is written from; vectors, places and frequencies are None when there are none.

    `paths` names the document of each passage.
    """

    lines: Sequence[bytes]
    paths: Sequence[str]
    digests: Sequence[bytes]
    postings: Postings
    vectors: NDArray[np.float32] | None
    places: Sequence[Place] | None
    frequencies: NDArray[np.uint32] | None = None
    encoder: str = ""
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    files: Mapping[str, object] = field(default_factory=dict[str, object])


def opened(root: Path) -> Sidecar | None:
    """Open the current state of an index, or None when there is none; raises Damaged when what it names is broken."""
    for _ in range(KEPT + 1):
        try:
            name = (root / CURRENT).read_text(encoding="utf-8", errors="replace").strip()
        except FileNotFoundError:
            return None
        if not NAME.fullmatch(name):
            raise Damaged(f"{root / CURRENT} is damaged", REPAIR)
        try:
            found = Sidecar(root / name, _meta(root / name))
        except FileNotFoundError:
            continue  # a writer has moved on twice since CURRENT was read
        _whole(found)
        return found
    raise Damaged(f"{root} names a state that is not there", REPAIR)


def _whole(state: Sidecar) -> None:
    """Raise Damaged when a file of a state, or of its word pieces, is missing or has another length."""
    lengths = {state.folder / name: size for name, (size, _) in state.meta.sums.items()}
    for path, size in lengths.items():
        if not path.is_file() or path.stat().st_size != size:
            raise Damaged(f"{path} is missing or cut", REPAIR)
    for name in state.meta.parts:
        if not pieces.is_whole(state.folder.parent, name):
            raise Damaged(f"the word pieces {name} are missing or cut", REPAIR)


def verified(root: Path) -> Sidecar | None:
    """Open the current state if each of its files is, byte for byte, what was written; else return None."""
    try:
        state = opened(root)
        if state is not None and isinstance(files(state)["files"], dict):
            return (
                state
                if all(_sum(state.folder / name)[1] == sha for name, (_, sha) in state.meta.sums.items())
                else None
            )
    except (Damaged, OSError, KeyError):
        return None
    return None


def _sum(path: Path) -> tuple[int, str]:
    with path.open("rb") as stream:
        return path.stat().st_size, hashlib.file_digest(stream, "sha256").hexdigest()


def write(root: Path, state: State) -> Sidecar:
    """Write a new state and make it the current one; states older than the one before it are deleted."""
    before = _generations(root)
    number = max((*before, 0)) + 1
    folder = root / f"state-{number:06d}"
    part = root / f"{folder.name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    names = tuple(sorted({place.part for place in state.places or ()}))
    _arrays(part, state, names)
    sums = {path.name: _sum(path) for path in sorted(part.iterdir())}
    meta = Meta(FORMAT, state.encoder, len(state.lines), number, names, sums, state.settings)
    # What is noted of the files may be replaced alone, and has no sum.
    (part / "files.json").write_text(json.dumps(state.files, ensure_ascii=False), encoding="utf-8")
    (part / "meta.json").write_text(json.dumps(asdict(meta)), encoding="utf-8")
    part.rename(folder)
    _replace(root / CURRENT, f"{folder.name}\n")
    for old in before[: 1 - KEPT]:
        shutil.rmtree(root / f"state-{old:06d}", ignore_errors=True)
    return Sidecar(folder, meta)


def _arrays(folder: Path, state: State, names: Sequence[str]) -> None:
    (folder / "passages.jsonl").write_bytes(b"".join(state.lines))
    np.save(folder / "ends.npy", np.cumsum([len(line) for line in state.lines], dtype=np.int64))
    np.save(folder / "digests.npy", np.frombuffer(b"".join(state.digests), np.uint8).reshape(-1, 16))
    state.postings.save(folder)
    if state.vectors is not None:
        np.save(folder / "vectors.npy", state.vectors.astype(np.float32, copy=False))
        pages, page_of = _pages(state.paths, state.vectors)
        np.save(folder / "pages.npy", pages)
        np.save(folder / "page_of.npy", page_of)
    if state.places is not None and state.frequencies is not None:
        numbers = {name: number for number, name in enumerate(names)}
        placed = [(numbers[place.part], place.first, place.count) for place in state.places]
        np.save(folder / "piece_places.npy", np.asarray(placed, np.int64).reshape(-1, 3))
        np.save(folder / "piece_frequencies.npy", state.frequencies)


def _pages(paths: Sequence[str], vectors: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.uint32]]:
    numbers = {path: number for number, path in enumerate(dict.fromkeys(paths))}
    page_of = np.asarray([numbers[path] for path in paths], np.uint32)
    sums = np.zeros((len(numbers), vectors.shape[1]), np.float32)
    np.add.at(sums, page_of, vectors)
    return sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), np.finfo(np.float32).tiny), page_of


def files(sidecar: Sidecar) -> dict[str, object]:
    """Return what the state's writer noted of each file."""
    try:
        return cast("dict[str, object]", json.loads((sidecar.folder / "files.json").read_bytes()))
    except (OSError, ValueError) as error:
        raise Damaged(f"{sidecar.folder} is damaged: {error}", REPAIR) from error


def note(sidecar: Sidecar, seen: Mapping[str, object]) -> None:
    """Replace what is noted of the files, whose passages are the same."""
    text = json.dumps(seen, ensure_ascii=False)
    if (sidecar.folder / "files.json").read_text(encoding="utf-8") != text:
        _replace(sidecar.folder / "files.json", text)


def parts(root: Path) -> frozenset[str]:
    """Return the names of the parts that any state uses; a state that cannot be read uses none."""
    found: set[str] = set()
    for number in _generations(root):
        with suppress(Damaged, OSError):
            found.update(_meta(root / f"state-{number:06d}").parts)
    return frozenset(found)


def _meta(folder: Path) -> Meta:
    raw = (folder / "meta.json").read_bytes()
    try:
        row = cast("dict[str, Any]", json.loads(raw))
        if row["format"] != FORMAT:
            raise Damaged(f"{folder} was written by another version", REPAIR)
        sums = {name: (size, sha) for name, (size, sha) in row["sums"].items()}
        return Meta(FORMAT, row["encoder"], row["count"], row["generation"], tuple(row["parts"]), sums, row["settings"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged(f"{folder} is damaged: {error}", REPAIR) from error


def _generations(root: Path) -> list[int]:
    return sorted(int(path.name[6:]) for path in root.glob("state-*") if path.name[6:].isdigit())


def _replace(path: Path, text: str) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(path)
