"""How good a ranking of documents is: precision, recall, hit rate, MRR and nDCG over labelled questions, with intervals."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
from numpy.typing import NDArray

from .errors import RetrievalError

SAMPLES = 2000
DEEP = 10  # MRR and nDCG look so far down, whatever k is


@dataclass(frozen=True)
class Question:
    """A question and the documents that answer it."""

    query: str
    relevant: frozenset[str]


@dataclass(frozen=True)
class Estimate:
    """A mean over the questions, and its 95 % interval by the bootstrap."""

    value: float
    low: float
    high: float


def read_questions(path: Path) -> list[Question]:
    """Read lines of `{"query": "...", "relevant": ["path", ...]}`; raises RetrievalError that names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise RetrievalError(f"{path} cannot be read: {error}") from error
    found = [_question(path, number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise RetrievalError(
            f"{path} holds no question", 'write a line for each: {"query": "...", "relevant": ["path"]}'
        )
    return found


def _question(path: Path, number: int, line: str) -> Question:
    hint = 'a line reads: {"query": "...", "relevant": ["path"]}'
    try:
        row = cast("object", json.loads(line))
    except (ValueError, RecursionError) as error:
        raise RetrievalError(f"{path}:{number} is not JSON: {error}", hint) from error
    fields = cast("dict[str, object]", row) if isinstance(row, dict) else {}
    query, relevant = fields.get("query"), fields.get("relevant")
    if not isinstance(query, str) or not query.strip():
        raise RetrievalError(f"{path}:{number} has no query", hint)
    names = cast("list[object]", relevant) if isinstance(relevant, list) else []
    if not names or not all(isinstance(name, str) and name for name in names):
        raise RetrievalError(f"{path}:{number} has no list of relevant documents", hint)
    return Question(query, frozenset(cast("list[str]", names)))


def documents(paths: Sequence[str]) -> list[str]:
    """Return the documents of ranked passages, each where its best passage stands."""
    return list(dict.fromkeys(paths))


def measured(ranked: Sequence[Sequence[str]], questions: Sequence[Question], k: int) -> dict[str, Estimate]:
    """Return each measure of the rankings of documents, one a question, the best first.

    precision@k counts at most k documents and divides by k: its ceiling, what a perfect ranking would get, is told beside it.
    recall@k divides by all relevant ones; hit@k asks for one; mrr@10 is the mean of 1/rank of the first, 0 past ten; ndcg@10
    is Jarvelin and Kekalainen's, every relevant document worth 1.
    """
    measures: dict[str, Callable[[list[bool], int], float]] = {
        f"precision@{k}": lambda hits, _: sum(hits[:k]) / k,
        f"precision@{k}_ceiling": lambda _, count: min(count, k) / k,
        f"recall@{k}": lambda hits, count: sum(hits[:k]) / count,
        f"hit@{k}": lambda hits, _: float(any(hits[:k])),
        f"mrr@{DEEP}": lambda hits, _: next((1 / rank for rank, hit in enumerate(hits[:DEEP], 1) if hit), 0.0),
        f"ndcg@{DEEP}": _ndcg,
    }
    hits = [[name in question.relevant for name in names] for names, question in zip(ranked, questions, strict=True)]
    counts = [len(question.relevant) for question in questions]
    return {
        name: estimated(np.asarray([measure(row, count) for row, count in zip(hits, counts, strict=True)]))
        for name, measure in measures.items()
    }


def _ndcg(hits: list[bool], count: int) -> float:
    gain = sum(1 / np.log2(rank + 1) for rank, hit in enumerate(hits[:DEEP], 1) if hit)
    return float(gain / sum(1 / np.log2(rank + 1) for rank in range(1, min(count, DEEP) + 1)))


def estimated(values: NDArray[np.float64]) -> Estimate:
    """Return the mean of one value a question and its 95 % percentile interval over resampled questions."""
    draws = np.random.default_rng(0).integers(0, len(values), (SAMPLES, len(values)))
    low, high = np.percentile(values[draws].mean(axis=1), [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high))
