"""What a request resembles: for each set of labelled requests, the share of each label. Read where its words are silent."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from agent.encoder import Encoder
from agent.routing.artifact import FORMAT, TABLE, semantic
from agent.routing.features import vector
from agent.routing.ridge import Semantic, softmax

Sample = tuple[str, str]
"""A request and its label."""
Shares = dict[str, float]


class Head(BaseModel):
    """One set of labels: where its columns start, the temperature of its shares, its accuracy on left-out samples."""

    model_config = ConfigDict(frozen=True)

    start: int
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
    """Compiled heads: `used` buckets, `lexical` (used, labels), `semantic` or None, `bias` (labels,)."""

    table: Table
    used: NDArray[np.int64]
    idf: NDArray[np.float32]
    lexical: NDArray[np.float16]
    semantic: Semantic | None
    bias: NDArray[np.float32]


def read(folder: Path) -> Heads | None:
    """Map compiled heads, or return None when there are none that can be used."""
    try:
        table = Table.model_validate_json((folder / TABLE).read_bytes())
        if table.format != FORMAT:
            return None
        return Heads(
            table,
            np.load(folder / "used.npy", mmap_mode="r"),
            np.load(folder / "idf.npy", mmap_mode="r"),
            np.load(folder / "lexical.npy", mmap_mode="r"),
            semantic(folder),
            np.load(folder / "bias.npy"),
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
        scores = self._scores(text)
        found: dict[str, Shares] = {}
        for name, head in self.heads.table.heads.items():
            mine = scores[head.start : head.start + len(head.labels)]
            shares = softmax(mine / head.temperature)
            found[name] = dict(zip(head.labels, [float(share) for share in shares], strict=True))
        return found

    def _scores(self, text: str) -> NDArray[np.float64]:
        heads = self.heads
        buckets, weights = vector(text, heads.idf)
        places = np.minimum(np.searchsorted(heads.used, buckets), len(heads.used) - 1)
        known = heads.used[places] == buckets
        scores = weights[known] @ heads.lexical[places[known]].astype(np.float32) + heads.bias
        if self.encoder is not None and heads.semantic is not None:
            scores = scores + heads.semantic.scores(heads.semantic.cosines(self.encoder.encode([text])[0]))
        return scores.astype(np.float64)
