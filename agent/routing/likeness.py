"""What a request resembles: for each set of labelled requests, the share of each label. Read where its words are silent."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from agent.encoder import Encoder
from agent.routing.artifact import FORMAT, TABLE
from agent.routing.features import vector

Sample = tuple[str, str]
"""A request and its label."""
Shares = dict[str, float]


class Head(BaseModel):
    """One set of labels: its place among the arrays, the temperature that calibrated it, its accuracy on unseen samples."""

    model_config = ConfigDict(frozen=True)

    number: int
    labels: tuple[str, ...]
    temperature: float
    accuracy: float


class Table(BaseModel):
    """Everything of the compiled heads that is not an array."""

    model_config = ConfigDict(frozen=True)

    format: int
    heads: dict[str, Head]


@dataclass(frozen=True)
class Heads:
    """Compiled heads: weights (features, labels) and bias (labels,) by number; `used` and `idf` on the lexical tier."""

    table: Table
    weights: tuple[NDArray[np.floating], ...]
    bias: tuple[NDArray[np.float32], ...]
    used: NDArray[np.int64] | None
    idf: NDArray[np.float32] | None


def read(folder: Path) -> Heads | None:
    """Map compiled heads, or return None when there are none that can be used."""
    try:
        table = Table.model_validate_json((folder / TABLE).read_bytes())
        if table.format != FORMAT:
            return None
        lexical = (folder / "used.npy").is_file()
        return Heads(
            table,
            tuple(np.load(folder / f"weights{number}.npy", mmap_mode="r") for number in range(len(table.heads))),
            tuple(np.load(folder / f"bias{number}.npy") for number in range(len(table.heads))),
            np.load(folder / "used.npy") if lexical else None,
            np.load(folder / "idf.npy", mmap_mode="r") if lexical else None,
        )
    except (OSError, ValueError):
        return None


class Likeness:
    """Compiled heads and the encoder they were compiled with."""

    def __init__(self, heads: Heads, encoder: Encoder | None) -> None:
        self.heads = heads
        self.encoder = encoder

    def shares(self, text: str) -> dict[str, Shares]:
        """Return for every head the share of each of its labels, which sum to 1."""
        features, rows = self._features(text)
        found: dict[str, Shares] = {}
        for name, head in self.heads.table.heads.items():
            weights = self.heads.weights[head.number]
            picked = weights if rows is None else weights[rows]
            scores = (features @ picked.astype(np.float32) + self.heads.bias[head.number]) / head.temperature
            shares = np.exp(scores - scores.max())
            shares /= shares.sum()
            found[name] = dict(zip(head.labels, [float(share) for share in shares], strict=True))
        return found

    def _features(self, text: str) -> tuple[NDArray[np.float32], NDArray[np.int64] | None]:
        if self.encoder is not None:
            return self.encoder.encode([text])[0], None
        assert self.heads.used is not None
        assert self.heads.idf is not None
        buckets, weights = vector(text, self.heads.idf)
        places = np.searchsorted(self.heads.used, buckets)
        places = np.minimum(places, len(self.heads.used) - 1)
        known = self.heads.used[places] == buckets
        return weights[known], places[known]
