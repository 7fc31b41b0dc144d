"""Which examples share words with a request: an inverted index, for the tier without sentence vectors."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Words = tuple[NDArray[np.int64], NDArray[np.float32]]
"""A text's word features: buckets and their weights, of unit length together."""


@dataclass(frozen=True)
class Postings:
    """For each of `buckets` (sorted) the examples that hold it: `rows[starts[i]:starts[i + 1]]`, with their weights."""

    buckets: NDArray[np.int64]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float16]
    count: int

    def cosines(self, words: Words) -> NDArray[np.float32]:
        """Return the cosine of a text's words with those of every example, shape (count,)."""
        found = np.zeros(self.count, np.float32)
        buckets, weights = words
        places = np.minimum(np.searchsorted(self.buckets, buckets), len(self.buckets) - 1)
        known = self.buckets[places] == buckets
        starts, ends = self.starts[places[known]].tolist(), self.starts[places[known] + 1].tolist()
        for start, end, weight in zip(starts, ends, weights[known].tolist(), strict=True):
            # A text holds a bucket once, so no row stands twice in a part.
            found[self.rows[start:end]] += np.float32(weight) * self.weights[start:end].astype(np.float32)
        return found


def arrays(texts: Sequence[Words]) -> dict[str, NDArray[np.generic]]:
    """Return the arrays of an index over texts, by the names of the fields of `Postings`."""
    buckets = np.concatenate([found for found, _ in texts])
    weights = np.concatenate([weights for _, weights in texts])
    rows = np.repeat(np.arange(len(texts)), [len(found) for found, _ in texts])
    order = np.lexsort((rows, buckets))
    used, starts = np.unique(buckets[order], return_index=True)
    return {
        "buckets": used,
        "starts": np.append(starts, len(buckets)),
        "rows": rows[order].astype(np.int32),
        "weights": weights[order].astype(np.float16),
    }
