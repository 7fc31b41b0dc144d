"""The reference docs' index: passages that can be cited, quotes that hold; and the encoder."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from marks import needs_store, needs_weights
from numpy.typing import NDArray

from agent.encoder import Kept
from agent.engine import Engine
from agent.errors import ContentError
from agent.knowledge.citation import holds
from agent.knowledge.documents import SIZE, read
from agent.knowledge.index import key, opened
from agent.knowledge.retrieval.collection import Collection
from agent.knowledge.retrieval.minilm import DIMENSION, GRAPH, MiniLM
from agent.knowledge.retrieval.pieces import WordPieces
from agent.knowledge.retrieval.scan import Source
from agent.knowledge.retrieval.sync import Work
from agent.knowledge.retrieval.weights import SHA256, find
from agent.proof.progress import silent
from agent.resources import Pack, builtin_pack

QUESTIONS = (
    "how do I roll back a model",
    "p99 latency target and capacity",
    "is it safe to load a pickle",
    "when should drift trigger retraining",
    "float32 or float64 for ONNX tree models",
    "what does a circuit breaker need",
    "autoscaling on Kubernetes for GPU inference",
)


@pytest.fixture
def docs(tmp_path: Path) -> Pack:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    text = (
        "---\ntitle: Bees\npersonas: [data-engineer]\ntopics: [bees]\n---\n# Bees\n\nBees make honey out of nectar in the hive.\n\n"
        "## Swarms\n\nA swarm leaves the hive with the old queen in May.\n\n```text\n# not a heading\n```\n\n### Catching one\n\nHold a box below it.\n"
    )
    (folder / "bees.md").write_text(text, encoding="utf-8")
    return Pack("project", tmp_path)


def test_a_section_is_a_chunk_with_its_heading_path(docs: Pack) -> None:
    chunks = read(docs, docs.folder("knowledge") / "bees.md")
    assert [chunk.id for chunk in chunks] == [
        "project/bees.md#top",
        "project/bees.md#swarms",
        "project/bees.md#swarms/catching-one",
    ]
    assert chunks[2].headings == ("Swarms", "Catching one")
    assert "# not a heading" in chunks[1].text
    assert chunks[2].prefixed.startswith("Bees > Swarms > Catching one\n")


def test_every_chunk_stands_in_its_file_at_its_line() -> None:
    pack = builtin_pack()
    for path in sorted(pack.folder("knowledge").glob("*.md")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for chunk in read(pack, path):
            assert chunk.text.splitlines()[0] == lines[chunk.line - 1]
            assert SIZE.of(chunk.text) <= 2 * SIZE.most


def test_broken_front_matter_is_told(docs: Pack) -> None:
    path = docs.folder("knowledge") / "bad.md"
    path.write_text("---\ntitle: [\n---\ntext", encoding="utf-8")
    with pytest.raises(ContentError, match="not YAML"):
        read(docs, path)


@pytest.mark.parametrize("tier", ["engine", "lexical_engine"])
def test_every_citation_quotes_its_file_word_for_word(tier: str, request: pytest.FixtureRequest) -> None:
    found: Engine = request.getfixturevalue(tier)
    for question in QUESTIONS:
        citations = found.index.citations(question)
        assert citations
        assert all(holds(citation, found.packs) for citation in citations)


def test_a_quote_that_was_changed_does_not_hold(engine: Engine) -> None:
    citation = engine.index.citations(QUESTIONS[0])[0]
    assert not holds(citation.model_copy(update={"quote": citation.quote + " never"}), engine.packs)
    assert not holds(citation.model_copy(update={"path": "builtin/../../etc/passwd"}), engine.packs)


@needs_weights
def test_the_right_section_comes_first(engine: Engine) -> None:
    expected = {
        "how do I roll back a model": "rollback",
        "should drift trigger retraining": "drift",
        "how many minutes of downtime does 99.9 % allow": "99.9",
    }
    for question, words in expected.items():
        assert words in engine.index.citations(question)[0].heading.lower()


@needs_weights
def test_what_nothing_bears_on_finds_nothing(engine: Engine) -> None:
    assert engine.index.citations("recipe for a sponge cake with raspberries") == ()


def test_documents_of_a_project_are_searched_and_a_change_makes_a_new_index(docs: Pack, tmp_path: Path) -> None:
    packs = (builtin_pack(), docs)
    before = key(packs, "lexical")
    found = opened(packs, None, tmp_path / "cache", silent).citations("when does a swarm leave with the old queen")
    assert found[0].path == "project/bees.md"
    with (docs.folder("knowledge") / "bees.md").open("a", encoding="utf-8") as stream:
        stream.write("\nMore.\n")
    assert key(packs, "lexical") != before


@needs_store
@needs_weights
def test_ones_own_documents_are_searched_with_the_reference_docs_as_one(
    docs: Pack, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / "own").mkdir()
    (tmp_path / "own/wasps.md").write_text("# Wasps\n\nWasps build nests of paper in the roof.\n", encoding="utf-8")
    collection = Collection(tmp_path / "index")
    collection.sync([Source("own", str(tmp_path / "own"))], Work(engine.words))
    index = opened((docs,), engine.words, tmp_path / "cache", silent, collection.opened())
    assert index.searcher.reranks
    (wasps, *_), (bees, *_) = (
        index.citations("which insects build nests of paper"),
        index.citations("when does a swarm leave"),
    )
    assert (wasps.path, bees.path) == ("own/wasps.md", "project/bees.md")
    assert wasps.confidence is not None
    assert wasps.answers()
    assert bees.confidence is None, "the reference docs have a rule of their own"
    assert index.only("reference").citations("which insects build nests of paper", 1)[0].path == "project/bees.md"
    assert index.only("own").citations("how do I file a patent in Norway") == ()


def test_an_index_that_failed_half_way_leaves_nothing(docs: Pack, tmp_path: Path) -> None:
    class Failing:
        name = "failing"

        def encode(self, texts: list[str], /) -> NDArray[np.float32]:
            raise RuntimeError(f"no vectors for {len(texts)}")

        def encode_words(self, texts: Sequence[str], /) -> tuple[NDArray[np.float32], list[WordPieces]]:
            raise RuntimeError(f"no word pieces for {len(texts)}")

    with pytest.raises(RuntimeError):
        opened((docs,), Failing(), tmp_path / "cache", silent)
    assert [path.name for path in (tmp_path / "cache/knowledge").iterdir()] == ["lock"]


@needs_weights
def test_one_text_in_numpy_and_many_through_onnx_runtime_agree(engine: Engine) -> None:
    assert isinstance(engine.encoder, Kept)
    assert isinstance(engine.encoder.encoder, MiniLM)
    texts = ["deploy a model", "p99 under 50 ms at 800 requests per second", "word " * 400, "ünïcode — ✓"]
    many = engine.encoder.encode(texts)
    one = np.stack([engine.encoder.encode([text])[0] for text in texts])
    # The bulk path holds its weights in int8: the angle between the two is small, not zero.
    assert ((many * one).sum(axis=1) > 0.98).all()
    assert np.allclose(np.linalg.norm(one, axis=1), 1, atol=1e-5)
    assert many.shape == (4, DIMENSION)


@needs_weights
def test_similar_texts_are_near_and_others_far(engine: Engine) -> None:
    assert engine.encoder is not None
    vectors = engine.encoder.encode(
        ["The cat sits outside", "A feline is in the garden", "Gradient boosting in production"]
    )
    assert vectors[0] @ vectors[1] > 0.4 > vectors[0] @ vectors[2]


@needs_weights
def test_the_graph_is_the_one_its_builder_makes() -> None:
    minilm_graph = pytest.importorskip("knowledge.minilm_graph")
    weights, _ = find(None, Path("/nonexistent"))
    assert weights is not None
    made = minilm_graph.build(weights.folder / "model.safetensors").SerializeToString(deterministic=True)
    assert made == GRAPH.read_bytes()


def test_weights_that_are_not_the_official_ones_are_refused(tmp_path: Path) -> None:
    for name in SHA256:
        (tmp_path / name).write_bytes(b"something else")
    weights, reason = find(tmp_path, tmp_path / "cache")
    assert weights is None
    assert "SHA-256 differs" in reason


@needs_weights
def test_weights_changed_after_they_were_verified_are_noticed(tmp_path: Path) -> None:
    good, _ = find(None, tmp_path / "cache")
    assert good is not None
    for name in SHA256:
        shutil.copy(good.folder / name, tmp_path / name)
    assert find(tmp_path, tmp_path / "cache")[0] is not None
    with (tmp_path / "tokenizer.json").open("ab") as stream:
        stream.write(b" ")
    assert find(tmp_path, tmp_path / "cache")[0] is None
