"""The lexical leg: BM25 (bm25s, method lucene, k1 1.5, b 0.75) over stemmed words without stop words."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import bm25s

K1, B = 1.5, 0.75


def tokens(texts: Sequence[str]) -> list[list[str]]:
    """Return each text's stemmed words, stop words left out."""
    import bm25s
    import Stemmer

    return bm25s.tokenize(
        list(texts), stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )


def build(texts: Sequence[str], folder: Path) -> None:
    """Index `texts` into `folder`."""
    import bm25s

    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    index.index(tokens(texts), show_progress=False)
    index.save(str(folder))


def open_index(folder: Path) -> "bm25s.BM25":
    """Map an index."""
    import bm25s

    return bm25s.BM25.load(str(folder), mmap=True)


def scores(index: "bm25s.BM25", query: str, count: int) -> NDArray[np.float32]:
    """Return the score of every one of the `count` texts, shape (count,); zeros when no word of the query is known."""
    words = [word for word in tokens([query])[0] if word in index.vocab_dict]
    return index.get_scores(words).astype(np.float32) if words else np.zeros(count, np.float32)


def coverage(index: "bm25s.BM25", query: str, places: Sequence[int], count: int) -> list[float]:
    """Return for each of `places` the share of the query's words it holds, each weighed by how rare it is, 0..1.

    The weight is BM25's own, log(1 + (n - df + 0.5) / (df + 0.5)) with df of n texts; a word in no text weighs most.
    """
    held = np.zeros(len(places))
    total = 0.0
    for word in set(tokens([query])[0]):
        found = index.get_scores([word]) > 0 if word in index.vocab_dict else np.zeros(count, bool)
        frequency = int(found.sum())
        weight = float(np.log1p((count - frequency + 0.5) / (frequency + 0.5)))
        total += weight
        held += weight * found[list(places)] if places else 0.0
    return [float(share) for share in held / total] if total else [0.0] * len(places)
