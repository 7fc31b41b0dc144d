"""Retrieval: chunks, vectors, embedding and queries."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.costs import rag
from agent.decisions.costs.sheet import Estimate
from agent.errors import BadRequest


def indexed(**fields: object) -> Estimate:
    corpus = {"documents": 1000, "tokens": 2000, "chunk": 400, "overlap": 40, "dimensions": 1024}
    return rag.index(rag.Corpus.model_validate(corpus | fields))


def test_chunks_cover_a_document_with_their_overlap() -> None:
    found = indexed(embed_price="0.10/MTok", storage_price="0.02 USD/GB-month")
    assert found.number("chunks") == 6000
    assert found.number("tokens to embed") == pytest.approx(2.2)
    assert found.number("embedding, once") == pytest.approx(0.22)
    assert found.number("embedding again after a change of the model") == pytest.approx(0.22)
    assert found.number("raw vectors") == pytest.approx(6000 * 1024 * 4 / 1e9)


@given(st.integers(1, 10**6), st.integers(2, 4096), st.floats(0, 0.95))
def test_every_token_is_in_a_chunk_and_no_chunk_is_idle(tokens: int, chunk: int, share: float) -> None:
    overlap = math.floor(chunk * share)
    count = rag.chunks_of(tokens, chunk, overlap)
    step = chunk - overlap
    assert overlap + count * step >= tokens
    assert count == 1 or overlap + (count - 1) * step < tokens


def test_an_overlap_that_fills_the_chunk_is_refused() -> None:
    with pytest.raises(BadRequest, match="fills the chunk"):
        indexed(overlap=400)


def test_int8_vectors_take_a_quarter() -> None:
    assert indexed(bytes=1).number("raw vectors") == pytest.approx(indexed().number("raw vectors") / 4)
    assert indexed(memory=0.01).verdict == "does not fit"
    assert indexed(memory=0.01, bytes=1).verdict == "fits"


def test_a_query_pays_for_its_context() -> None:
    asked = {"queries": 5000, "answer": 300, "price_in": "2/MTok", "price_out": "10/MTok"}
    found = indexed(**asked, instructions=100, question=50)
    assert found.number("tokens a query sends") == 5 * 400 + 150
    assert found.number("a query") == pytest.approx((2150 * 2 + 300 * 10) / 1e6)
    assert indexed(**asked, budget="1000 USD/month").verdict == "does not fit"


def test_characters_are_turned_into_tokens_with_the_rule_said_aloud() -> None:
    found = rag.index(rag.Corpus.model_validate({"documents": 10, "characters": 8000, "chunk": 400}))
    assert found.number("tokens of a document") == 2000
    assert "rule of thumb" in found.figures[0].assumption
