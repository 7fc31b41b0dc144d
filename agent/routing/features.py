"""Lexical features of a text: hashed words, word pairs and character n-grams. The same code fits and answers."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

# Wide enough that the ~50,000 distinct n-grams of the examples rarely meet; narrow enough to map in a millisecond.
BUCKETS = 1 << 18
CHARACTERS = (3, 4, 5)
MAX_CHARACTERS = 4000
WORD = re.compile(r"[a-z0-9](?:[\w+#./-]*[\w+#])?|[^\W_]+")


def words(text: str) -> list[str]:
    """Return the lower-case words of a text; `c++`, `scikit-learn` and `p99` are one word each."""
    return WORD.findall(text.lower())


def terms(text: str) -> tuple[Counter[str], Counter[str]]:
    """Return two counts: of words and word pairs, and of the character n-grams inside words.

    A long text is read to its first 4,000 characters: what is asked stands there.
    """
    found = words(text[:MAX_CHARACTERS])
    pairs = (f"{first} {second}" for first, second in pairwise(found))
    return Counter([*found, *pairs]), Counter(_grams(found))


def _grams(found: list[str]) -> Iterator[str]:
    for word in found:
        padded = f" {word} "
        for size in CHARACTERS:
            for start in range(max(1, len(padded) - size + 1)):
                yield padded[start : start + size]


def bucket(block: str, term: str) -> int:
    """Return the bucket of a term; `block` keeps words and character n-grams apart."""
    return crc32(f"{block}{term}".encode()) % BUCKETS


Counted = tuple[NDArray[np.int64], NDArray[np.float32], int]
"""A text's buckets, their sublinear counts (1 + log tf), and how many of them are words, which come first."""


def counted(text: str) -> Counted:
    """Return what a text holds."""
    word, gram = terms(text)
    buckets = [bucket("w", term) for term in word] + [bucket("c", term) for term in gram]
    counts = np.fromiter((*word.values(), *gram.values()), np.float32, len(buckets))
    return np.asarray(buckets, np.int64), (1 + np.log(counts)).astype(np.float32), len(word)


def weighed(
    buckets: NDArray[np.int64], counts: NDArray[np.float32], split: int, idf: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the weights of counted features: times idf, each of the two blocks of unit length."""
    weights = counts * idf[buckets]
    weights[:split] /= np.linalg.norm(weights[:split]) or 1
    weights[split:] /= np.linalg.norm(weights[split:]) or 1
    return weights


def of_words(found: Counted, idf: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return the word features alone of a counted text as (buckets, weights), each bucket once."""
    buckets, _, split = found
    places, first = np.unique(buckets[:split], return_index=True)
    weights = weighed(*found, idf)[first]
    return places, (weights / (np.linalg.norm(weights) or 1)).astype(np.float32)


def vector(text: str, idf: NDArray[np.float32]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return a text's features as (buckets, weights)."""
    buckets, counts, split = counted(text)
    return buckets, weighed(buckets, counts, split, idf)
