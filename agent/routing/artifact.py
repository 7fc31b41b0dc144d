"""The compiled router on disk: a folder of arrays and one JSON file, keyed by the hash of what it was made from."""

import hashlib
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from agent.errors import ConfigurationError
from agent.resources import exclusive
from agent.routing.postings import Postings
from agent.routing.ridge import Semantic
from agent.routing.tree import Company, Helper, Node, Tie

# Raised when features, heads or this format change: an artifact of an older code is not read.
FORMAT = 13
# Labels that are no leaf. What is about mlwright itself is declined; what only goes on from the turn before says nothing
# by itself, and is out of scope where there was none.
ABOUT = "about-mlwright"
FOLLOW_UP = "follow-up"
NO_LEAF = (ABOUT, FOLLOW_UP)
TABLE = "table.json"


class Table(BaseModel):
    """Everything of the artifact that is not an array."""

    model_config = ConfigDict(frozen=True)

    format: int
    tier: str
    root: str
    nodes: dict[str, Node]
    leaves: tuple[str, ...]
    columns: tuple[str, ...]
    paths: dict[str, tuple[tuple[str, bool], ...]]
    examples: tuple[tuple[str, str], ...]
    phrases: dict[str, str]
    company: tuple[Company, ...]
    colleagues: dict[str, dict[str, int]]
    helpers: tuple[Helper, ...]
    ties: tuple[Tie, ...]
    temperature: float
    ask_margin: float
    measured: dict[str, float]


@dataclass(frozen=True)
class Artifact:
    """A compiled router, its arrays mapped: `idf` (buckets,), `lexical` (buckets, columns), `semantic` or `postings`."""

    table: Table
    idf: NDArray[np.float32]
    lexical: NDArray[np.float16]
    bias: NDArray[np.float32]
    semantic: Semantic | None
    postings: Postings | None


def key(sources: list[Path], tier: str) -> str:
    """Return the key of the artifact for these files and encoder tier: a hash of their bytes and of the format."""
    digest = hashlib.sha256(f"{FORMAT}:{tier}:{np.__version__}".encode())
    for path in sources:
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:20]


def read(folder: Path) -> Artifact | None:
    """Map an artifact, or return None when there is none that can be used."""
    try:
        table = Table.model_validate_json((folder / TABLE).read_bytes())
        if table.format != FORMAT:
            return None
        return Artifact(
            table,
            idf=np.load(folder / "idf.npy", mmap_mode="r"),
            lexical=np.load(folder / "lexical.npy", mmap_mode="r"),
            bias=np.load(folder / "bias.npy"),
            semantic=semantic(folder),
            postings=_postings(folder, len(table.examples)),
        )
    except (OSError, ValueError):
        return None


def semantic(folder: Path) -> Semantic | None:
    """Map what sentence vectors add to scores; None where it was compiled without."""
    if not (folder / "vectors.npy").is_file():
        return None
    return Semantic(np.load(folder / "vectors.npy", mmap_mode="r"), np.load(folder / "weights.npy"))


def _postings(folder: Path, count: int) -> Postings | None:
    if not (folder / "postings_rows.npy").is_file():
        return None
    buckets, starts, rows, weights = (
        np.load(folder / f"postings_{name}.npy", mmap_mode="r") for name in ("buckets", "starts", "rows", "weights")
    )
    return Postings(buckets, starts, rows, weights, count)


def write(folder: Path, table: BaseModel, arrays: dict[str, NDArray[np.generic]]) -> None:
    """Write an artifact beside its place and rename it in: a reader sees all of it or none."""
    part = folder.with_name(f"{folder.name}.{os.getpid()}.part")
    part.mkdir(parents=True)
    try:
        for name, array in arrays.items():
            np.save(part / f"{name}.npy", array)
        (part / TABLE).write_text(json.dumps(table.model_dump(mode="json")), encoding="utf-8")
        if folder.exists():
            shutil.rmtree(folder)
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)


Compiled = TypeVar("Compiled")


def prepared(folder: Path, read: Callable[[Path], Compiled | None], make: Callable[[Path], None]) -> Compiled:
    """Return what `read` finds in `folder`, making it first when it is not there: one process makes it, others wait."""
    found = read(folder)
    if found is not None:
        return found
    with exclusive(folder.parent / "lock"):
        found = read(folder)
        if found is None:
            make(folder)
            found = read(folder)
    if found is None:
        raise ConfigurationError(
            f"what was written to {folder} cannot be read back", "delete that folder and try again"
        )
    return found
