"""The lexical leg: BM25 over stemmed words, from raw counts, so that an index can be changed and several be searched as one.

Scores are those of Lucene's BM25 (as in bm25s, method "lucene"): idf * tf / (tf + k1 (1 - b + b length / mean length)) with
idf = log(1 + (n - df + 0.5) / (df + 0.5)). A test holds them against bm25s.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

# Measured on 582 questions on software documentation: other values, no stop words, no stemming and split identifiers were worse.
K1, B = 1.5, 0.75
WORD = re.compile(r"\b\w\w+\b")
STOP = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "but",
        "by",
        "for",
        "if",
        "in",
        "into",
        "is",
        "it",
        "no",
        "not",
        "of",
        "on",
        "or",
        "such",
        "that",
        "the",
        "their",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "was",
        "will",
        "with",
    ]
)
ARRAYS = ("words", "starts", "rows", "counts", "lengths")


def words(texts: Iterable[str]) -> list[list[str]]:
    """Return each text's stemmed words, stop words left out."""
    import Stemmer

    stemmer = Stemmer.Stemmer("english")
    stems: dict[str, str] = {}
    found: list[list[str]] = []
    for text in texts:
        plain = [word for word in WORD.findall(text.lower()) if word not in STOP]
        fresh = [word for word in dict.fromkeys(plain) if word not in stems]
        stems.update(zip(fresh, stemmer.stemWords(fresh), strict=True))
        found.append([stems[word] for word in plain])
    return found


def key(word: str) -> int:
    """Return the number a word is kept under; two of a vocabulary of a million meet with a chance of 3 in 10^8."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


@dataclass(frozen=True)
class Postings:
    """Which passages hold each word, and how often.

    words (w,) uint64, rising; starts (w + 1,) int64 into rows (p,) uint32 and counts (p,) uint16; lengths (n,) uint32, the
    words of each passage.
    """

    words: NDArray[np.uint64]
    starts: NDArray[np.int64]
    rows: NDArray[np.uint32]
    counts: NDArray[np.uint16]
    lengths: NDArray[np.uint32]

    def of(self, word: int) -> tuple[NDArray[np.uint32], NDArray[np.uint16]]:
        """Return the passages that hold a word, and how often."""
        place = int(np.searchsorted(self.words, np.uint64(word)))
        if place == len(self.words) or int(self.words[place]) != word:
            return self.rows[:0], self.counts[:0]
        part = slice(int(self.starts[place]), int(self.starts[place + 1]))
        return self.rows[part], self.counts[part]

    @cached_property
    def total(self) -> int:
        """All words of all passages."""
        return int(self.lengths.sum(dtype=np.int64))

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        for name in ARRAYS:
            np.save(folder / f"{name}.npy", getattr(self, name))


def opened(folder: Path) -> Postings:
    """Map the arrays of a folder."""
    return Postings(*(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in ARRAYS))


def posted(texts: Sequence[str]) -> Postings:
    """Count the words of these texts."""
    keys: dict[str, int] = {}
    held: list[int] = []
    rows: list[int] = []
    counts: list[int] = []
    lengths: list[int] = []
    for row, found in enumerate(words(texts)):
        lengths.append(len(found))
        for word, count in Counter(found).items():
            if word not in keys:
                keys[word] = key(word)
            held.append(keys[word])
            rows.append(row)
            counts.append(min(count, 65535))
    return _sorted(
        np.asarray(held, np.uint64),
        np.asarray(rows, np.uint32),
        np.asarray(counts, np.uint16),
        np.asarray(lengths, np.uint32),
    )


def joined(parts: Sequence[Postings], places: Sequence[NDArray[np.int64]], count: int) -> Postings:
    """Return one index of `count` passages: `places` says for each row of each part where it goes, -1 for nowhere."""
    lengths = np.zeros(count, np.uint32)
    held: list[NDArray[np.uint64]] = []
    rows: list[NDArray[np.uint32]] = []
    counts: list[NDArray[np.uint16]] = []
    for part, place in zip(parts, places, strict=True):
        lengths[place[place >= 0]] = part.lengths[place >= 0]
        at = place[part.rows]
        kept = at >= 0
        held.append(np.repeat(part.words, np.diff(part.starts))[kept])
        rows.append(at[kept].astype(np.uint32))
        counts.append(part.counts[kept])
    return _sorted(np.concatenate(held), np.concatenate(rows), np.concatenate(counts), lengths)


def _sorted(
    held: NDArray[np.uint64], rows: NDArray[np.uint32], counts: NDArray[np.uint16], lengths: NDArray[np.uint32]
) -> Postings:
    order = np.lexsort((rows, held))
    unique, first = np.unique(held[order], return_index=True)
    starts = np.append(first, len(held)).astype(np.int64)
    return Postings(unique, starts, rows[order], counts[order], lengths)


def scores(parts: Sequence[Postings], query: Sequence[str]) -> NDArray[np.float32]:
    """Return the score of every passage of all parts, as if they were one index; a word asked twice counts twice."""
    sizes = [len(part.lengths) for part in parts]
    found = np.zeros(sum(sizes), np.float32)
    mean = sum(part.total for part in parts) / max(1, len(found))
    offsets = np.cumsum([0, *sizes])
    for word, times in Counter(query).items():
        hits = [part.of(key(word)) for part in parts]
        idf = _idf(sum(len(rows) for rows, _ in hits), len(found))
        for part, offset, (rows, counts) in zip(parts, offsets, hits, strict=False):
            frequency = counts.astype(np.float32)
            length = part.lengths[rows] / np.float32(mean or 1)
            found[rows + offset] += times * idf * frequency / (frequency + K1 * (1 - B + B * length))
    return found


def coverage(parts: Sequence[Postings], query: Sequence[str], places: Sequence[int]) -> list[float]:
    """Return for each of `places` the share of the query's words it holds, each weighed by its idf, 0..1.

    A word that no passage holds weighs most.
    """
    sizes = [len(part.lengths) for part in parts]
    offsets = np.cumsum([0, *sizes])
    wanted = np.asarray(places, np.int64)
    held, total = np.zeros(len(wanted)), 0.0
    for word in set(query):
        rows = np.concatenate([part.of(key(word))[0] + offset for part, offset in zip(parts, offsets, strict=False)])
        weight = _idf(len(rows), int(offsets[-1]))
        total += weight
        held += weight * np.isin(wanted, rows)
    return [float(share) for share in held / total] if total else [0.0] * len(wanted)


def _idf(frequency: int, count: int) -> float:
    return float(np.log1p((count - frequency + 0.5) / (frequency + 0.5)))
