"""What a request resembles: ridge regression that is exact when a sample is left out, and shares that mean what they say."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marks import needs_weights

from agent.encoder import Kept, keep, key
from agent.engine import Engine
from agent.proof.progress import silent
from agent.routing import likeness, ridge
from agent.routing.compile import compile_likeness

SAMPLES = {
    "animal": [
        ("the cat purrs on the sofa", "cat"),
        ("my kitten scratches the chair", "cat"),
        ("cats like milk and mice", "cat"),
        ("the dog barks at the postman", "dog"),
        ("our puppy fetches the ball", "dog"),
        ("dogs need long walks", "dog"),
    ]
}


def compiled(tmp_path: Path) -> likeness.Likeness:
    compile_likeness(SAMPLES, None, tmp_path / "heads", silent)
    heads = likeness.read(tmp_path / "heads")
    assert heads is not None
    return likeness.Likeness(heads, None)


def test_a_request_gets_the_label_of_what_it_resembles(tmp_path: Path) -> None:
    shares = compiled(tmp_path).shares("the puppy barks")["animal"]
    assert shares["dog"] > shares["cat"]
    assert sum(shares.values()) == pytest.approx(1)


def test_a_text_with_no_known_word_prefers_nothing_much(tmp_path: Path) -> None:
    shares = compiled(tmp_path).shares("zzz qqq")["animal"]
    assert abs(shares["dog"] - shares["cat"]) < 0.3


@settings(max_examples=20)
@given(st.integers(0, 1000), st.integers(6, 20))
def test_the_score_of_a_left_out_sample_is_that_of_a_fit_without_it(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(count, 3))
    labels = np.arange(count) % 2
    kernel = points @ points.T
    whole = ridge.fit(kernel.copy(), labels)
    # Balanced weights depend on the labels: leaving one of two equal halves out would change them, so they are off here.
    weights = (count / 2 / np.eye(2)[labels].sum(axis=0))[labels] ** ridge.BALANCE
    rest = np.arange(1, count)
    dual = np.linalg.solve(
        kernel[np.ix_(rest, rest)] + 1 + ridge.RIDGE * np.diag(1 / weights[rest]), np.eye(2)[labels[rest]]
    )
    assert np.allclose((kernel[0, rest] + 1) @ dual, whole.left_out[0], atol=1e-8)


class Counting:
    """An encoder that counts what it is asked."""

    name = "counting"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str], /) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        self.asked += texts
        rows = np.asarray([[len(text), text.count("e"), 1.0] for text in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_kept_vectors_are_looked_up_and_others_worked_out(tmp_path: Path) -> None:
    encoder = Counting()
    keep(encoder, ["one text", "another text"], tmp_path / "kept.npz")
    encoder.asked.clear()
    kept = Kept(encoder, tmp_path / "kept.npz")
    found = kept.encode(["one text", "a new one", "another text"])
    assert encoder.asked == ["a new one"]
    assert np.allclose(found, Counting().encode(["one text", "a new one", "another text"]), atol=0.01)


def test_without_the_file_everything_is_worked_out(tmp_path: Path) -> None:
    encoder = Counting()
    Kept(encoder, tmp_path / "none.npz").encode(["one", "two"])
    assert encoder.asked == ["one", "two"]


@needs_weights
def test_the_built_in_texts_are_kept(engine: Engine) -> None:
    """When this fails the first answer is slow: run `python tests/knowledge/kept_vectors.py`."""
    kept_vectors = pytest.importorskip("knowledge.kept_vectors")
    assert isinstance(engine.encoder, Kept)
    texts = list(dict.fromkeys(kept_vectors.texts()))
    held, _ = engine.encoder.held
    assert sum(key(text) not in held for text in texts) <= 0.02 * len(texts)


@needs_weights
def test_a_kept_vector_is_the_encoders_own(engine: Engine) -> None:
    assert isinstance(engine.encoder, Kept)
    text = engine.examples()[0].text
    kept = engine.encoder.encode([text, text])[0]
    assert kept @ engine.encoder.encoder.encode([text])[0] > 0.999
