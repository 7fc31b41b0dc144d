"""Search: words and meaning joined, the best hundred weighed again by MaxSim; over one index or several as if they were one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from . import lexical
from .passages import Passage
from .pieces import WordPieces, maxsim
from .sidecar import Sidecar

Matrix = NDArray[np.float32]


class QueryEncoder(Protocol):
    """What a search asks of an encoder."""

    def encode(self, texts: list[str], /) -> Matrix:
        """Return unit vectors, shape (len(texts), dimension)."""
        ...

    def encode_words(self, texts: Sequence[str], /) -> tuple[Matrix, list[WordPieces]]:
        """Return those, and each text's word pieces."""
        ...


# How many of the best are weighed again: on 580 questions 0.98 of the right documents were among them.
DEPTH = 100


@dataclass(frozen=True)
class Weights:
    """How much each leg counts, scaled to 0..1 for the query: words, the passage's vector, its document's mean, MaxSim."""

    words: float
    passage: float
    document: float
    maxsim: float = 0.0


@dataclass(frozen=True)
class Ranking:
    """The weights of the first ranking, and those for the best of it, where passages have their word pieces."""

    first: Weights
    again: Weights


# Documents of one subject each. On 580 questions over 600 pages MRR@10 was 0.730 with words and passages alone (0.25, 0.75),
# 0.741 with MaxSim, 0.756 with the document's mean, 0.772 with both; with folder names in front of headings 0.809 and 0.822.
PAGES = Ranking(Weights(0.15, 0.5, 0.35), Weights(0.1, 0.3, 0.3, 0.3))
# A few broad documents, whose mean says little: on 115 questions over our own 14 the right section is among three in 0.92
# (PAGES: 0.84).
HANDBOOKS = Ranking(Weights(0.25, 0.65, 0.1), Weights(0.15, 0.45, 0.1, 0.3))


@dataclass(frozen=True)
class Hit:
    """A passage and how it was found.

    score joins the legs and ranks, within one search only; similarity and document are the cosines of the passage and of its
    document's mean, None without an encoder; coverage is the share of the query's words, each by its idf; maxsim is None where
    it was not weighed again.
    """

    passage: Passage
    score: float
    similarity: float | None
    document: float | None
    coverage: float
    maxsim: float | None

    @property
    def confidence(self) -> float:
        """How surely the documents deal with what was asked, 0..1; not how surely the passage answers it.

        Logistic in the cosines, coverage and MaxSim, fitted to 580 questions on software documentation and 140 on other things
        (far ones and neighbouring products): of the best hits, 0.93 of the former, 0.06 of the neighbouring and none of the far
        ones come out at 0.5 or above. Without an encoder it is the coverage.
        """
        if self.similarity is None or self.document is None:
            return self.coverage
        if self.maxsim is None:
            logit = 7.12 * self.similarity + 11.16 * self.document + 8.47 * self.coverage - 9.76
        else:
            logit = 0.08 * self.similarity + 11.76 * self.document + 3.9 * self.coverage + 14.3 * self.maxsim - 12.8
        return float(1 / (1 + np.exp(-logit)))


class Searcher:
    """Searches opened indices with one encoder, or by words alone when it is None."""

    def __init__(self, sidecars: Sequence[Sidecar], encoder: QueryEncoder | None, ranking: Ranking = PAGES) -> None:
        self.ranking = ranking
        self.sidecars = [sidecar for sidecar in sidecars if sidecar.count]
        self.encoder = encoder if all(sidecar.meta.encoder for sidecar in self.sidecars) else None
        self.postings = [sidecar.postings for sidecar in self.sidecars]
        self.offsets = np.cumsum([0, *(sidecar.count for sidecar in self.sidecars)])

    @property
    def count(self) -> int:
        """How many passages are searched."""
        return int(self.offsets[-1])

    @property
    def reranks(self) -> bool:
        """Whether every passage has vectors of its word pieces."""
        return self.encoder is not None and all(sidecar.pieces is not None for sidecar in self.sidecars)

    def search(
        self, query: str, count: int = 10, wanted: Callable[[Passage], bool] | None = None, rerank: bool = True
    ) -> list[Hit]:
        """Return at most `count` passages, the best first; with `wanted` only those it accepts."""
        if not self.count:
            return []
        words = lexical.words([query])[0]
        spelt = lexical.scores(self.postings, words)
        vector, pieces = self._encoded(query, rerank)
        legs = [scaled(spelt)]
        near: tuple[Matrix, Matrix] | None = None
        if vector is not None:
            near = self._near(vector)
            legs += map(scaled, near)
        joint = weighed(legs, self.ranking.first)
        order = best(joint, self.count if wanted else max(count, DEPTH))
        nearest = np.full(self.count, np.nan, np.float32)
        if pieces is not None:
            order, joint, nearest = self._reranked(order, legs, joint, pieces)
        rows = self._accepted(order, count, wanted)
        covered = lexical.coverage(self.postings, words, rows)
        return [
            Hit(
                self.passage(row),
                float(joint[row]),
                float(near[0][row]) if near is not None else None,
                float(near[1][row]) if near is not None else None,
                share,
                None if np.isnan(nearest[row]) else float(nearest[row]),
            )
            for row, share in zip(rows, covered, strict=True)
        ]

    def passage(self, row: int) -> Passage:
        """Return the passage of a row of all indices."""
        part = int(np.searchsorted(self.offsets, row, side="right")) - 1
        return self.sidecars[part].passage(row - int(self.offsets[part]))

    def _encoded(self, query: str, rerank: bool) -> tuple[Matrix | None, WordPieces | None]:
        if self.encoder is None:
            return None, None
        if not (rerank and self.reranks):
            return self.encoder.encode([query])[0], None
        vectors, pieces = self.encoder.encode_words([query])
        return vectors[0], pieces[0] if len(pieces[0].ids) else None

    def _near(self, vector: Matrix) -> tuple[Matrix, Matrix]:
        """Return the cosines of all passages, and those of their documents."""
        passages: list[Matrix] = []
        documents: list[Matrix] = []
        for sidecar in self.sidecars:
            assert sidecar.vectors is not None
            assert sidecar.pages is not None
            pages, page_of = sidecar.pages
            passages.append(sidecar.vectors @ vector)
            documents.append((pages @ vector)[page_of])
        return np.concatenate(passages), np.concatenate(documents)

    def _reranked(
        self, order: NDArray[np.intp], legs: Sequence[Matrix], joint: Matrix, pieces: WordPieces
    ) -> tuple[NDArray[np.intp], Matrix, Matrix]:
        """Weigh the first of `order` again; the others stay behind them, their scores lowered below theirs."""
        first, rest = order[:DEPTH], order[DEPTH:]
        nearest = np.full(len(joint), np.nan, np.float32)
        nearest[first] = self._maxsim(first, pieces)
        scores = joint - 1
        scores[first] = weighed([*(leg[first] for leg in legs), scaled(nearest[first])], self.ranking.again)
        return np.concatenate([first[np.argsort(-scores[first], kind="stable")], rest]), scores, nearest

    def _maxsim(self, rows: NDArray[np.intp], pieces: WordPieces) -> Matrix:
        found = np.empty(len(rows), np.float32)
        parts = np.searchsorted(self.offsets, rows, side="right") - 1
        weights = self._weights(pieces.ids)
        for part, sidecar in enumerate(self.sidecars):
            mine = np.flatnonzero(parts == part)
            if len(mine):
                assert sidecar.pieces is not None
                taken, starts = sidecar.pieces.take((rows[mine] - self.offsets[part]).tolist())
                found[mine] = maxsim(pieces.vectors, weights, taken, starts)
        return found

    def _weights(self, ids: NDArray[np.uint16]) -> Matrix:
        """Return how much each word piece of a query counts: the root of its idf, which did better than idf or all alike."""
        held = np.zeros(len(ids))
        for sidecar in self.sidecars:
            assert sidecar.pieces is not None
            frequencies = sidecar.pieces.frequencies
            known = ids < len(frequencies)
            held[known] += frequencies[ids[known]]
        return np.sqrt(np.log1p((self.count - held + 0.5) / (held + 0.5))).astype(np.float32)

    def _accepted(self, order: NDArray[np.intp], count: int, wanted: Callable[[Passage], bool] | None) -> list[int]:
        if wanted is None:
            return order[:count].tolist()
        found: list[int] = []
        for row in order.tolist():
            if wanted(self.passage(row)):
                found.append(row)
                if len(found) == count:
                    break
        return found


def weighed(legs: Sequence[Matrix], weights: Weights) -> Matrix:
    """Return the joint score of each passage; the words' alone when there is no other leg. Shapes (n,)."""
    if len(legs) == 1:
        return legs[0]
    joint = np.zeros(len(legs[0]), np.float32)
    for weight, leg in zip((weights.words, weights.passage, weights.document, weights.maxsim), legs, strict=False):
        joint += weight * leg
    return joint


def scaled(scores: Matrix) -> Matrix:
    """Return `scores` scaled to 0..1 by their own least and greatest; zeros when all are equal."""
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)


def best(scores: Matrix, count: int) -> NDArray[np.intp]:
    """Return the rows of the `count` greatest scores, the greatest first, of equal ones the first."""
    if count >= len(scores):
        return np.argsort(-scores, kind="stable")
    edge = np.partition(scores, len(scores) - count)[len(scores) - count]
    rows = np.flatnonzero(scores >= edge)
    return rows[np.argsort(-scores[rows], kind="stable")][:count]
