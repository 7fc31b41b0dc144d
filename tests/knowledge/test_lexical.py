"""The lexical leg: BM25 as bm25s has it, in an index that can be changed and searched together with others."""

import bm25s
import numpy as np
import pytest
import Stemmer
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.knowledge.retrieval import lexical

TEXTS = [
    "A canary release sends a share of the traffic to the new model",
    "Rolling back the model takes a minute",
    "Drift of features is no reason to retrain the models",
    "",
    "traffic traffic traffic",
]
WORDS = st.sampled_from(["model", "models", "drift", "the", "canary", "share", "p99", "queue", "x"])
DOCUMENTS = st.lists(st.lists(WORDS, max_size=12).map(" ".join), min_size=1, max_size=12)


def peer(texts: list[str], query: str) -> list[float]:
    """The scores bm25s gives, over the same words."""
    index = bm25s.BM25(method="lucene", k1=lexical.K1, b=lexical.B)
    index.index(lexical.words(texts), show_progress=False)
    words = [word for word in lexical.words([query])[0] if word in index.vocab_dict]
    return index.get_scores(words).tolist() if words else [0.0] * len(texts)


@pytest.mark.parametrize(
    "query", ["canary traffic", "the model", "retraining models", "nothing here", "traffic traffic"]
)
def test_scores_are_those_of_bm25s(query: str) -> None:
    ours = lexical.scores([lexical.posted(TEXTS)], lexical.words([query])[0])
    assert ours.tolist() == pytest.approx(peer(TEXTS, query), rel=1e-5, abs=1e-6)


def test_words_are_those_of_bm25s() -> None:
    text = "The models weren't re-trained; they're serving p99 under 50ms, snake_case too."
    theirs = bm25s.tokenize(
        text, stopwords="en", stemmer=Stemmer.Stemmer("english"), return_ids=False, show_progress=False
    )
    assert lexical.words([text]) == theirs


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS, st.data())
def test_an_index_that_was_changed_equals_one_made_anew(
    first: list[str], second: list[str], data: st.DataObject
) -> None:
    kept = data.draw(st.lists(st.sampled_from(range(len(first))), unique=True))
    texts = [first[row] for row in kept] + second
    moved = np.full(len(first), -1, np.int64)
    moved[kept] = range(len(kept))
    places = np.arange(len(kept), len(texts))
    changed = lexical.joined([lexical.posted(first), lexical.posted(second)], [moved, places], len(texts))
    anew = lexical.posted(texts)
    for name in lexical.ARRAYS:
        assert np.array_equal(getattr(changed, name), getattr(anew, name)), name


@settings(deadline=None)
@given(DOCUMENTS, DOCUMENTS, st.lists(WORDS, min_size=1, max_size=3))
def test_two_indices_are_searched_as_one(first: list[str], second: list[str], query: list[str]) -> None:
    words = lexical.words([" ".join(query)])[0]
    parts = [lexical.posted(first), lexical.posted(second)]
    whole = [lexical.posted([*first, *second])]
    assert np.allclose(lexical.scores(parts, words), lexical.scores(whole, words), atol=1e-6)
    rows = list(range(len(first) + len(second)))
    assert lexical.coverage(parts, words, rows) == pytest.approx(lexical.coverage(whole, words, rows))


def test_coverage_is_the_weighed_share_of_the_words() -> None:
    index = [lexical.posted(TEXTS)]
    covered = lexical.coverage(index, lexical.words(["canary model"])[0], [0, 1, 4])
    assert covered[0] == 1
    assert 0 < covered[1] < 0.5
    assert covered[2] == 0
    assert lexical.coverage(index, [], [0]) == [0.0]
