"""An index of folders: it holds what they hold, encodes nothing twice, and survives whatever stops its writer."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from marks import needs_store
from numpy.typing import NDArray

from agent.knowledge.retrieval import lock, pieces, sidecar, store
from agent.knowledge.retrieval.collection import LOCK, Collection
from agent.knowledge.retrieval.errors import Damaged, Locked, RetrievalError
from agent.knowledge.retrieval.passages import Size
from agent.knowledge.retrieval.pieces import FOLDER, WordPieces
from agent.knowledge.retrieval.scan import Source
from agent.knowledge.retrieval.search import Searcher
from agent.knowledge.retrieval.sync import CHROMA, PENDING, Report, Work

pytestmark = needs_store

Matrix = NDArray[np.float32]
WORDS = 8
DEFAULT = Size()


@dataclass
class Hashing:
    """An encoder whose vectors come from the text's words, and that notes what it was asked."""

    name: str = "hashing"
    asked: list[str] = field(default_factory=list[str])
    stop_after: int = 10**9

    def encode(self, texts: Sequence[str], /) -> Matrix:
        return self.encode_words(texts)[0]

    def encode_words(self, texts: Sequence[str], /) -> tuple[Matrix, list[WordPieces]]:
        if len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked += texts
        pieces = [self._pieces(text) for text in texts]
        means = np.stack([words.vectors.mean(axis=0) for words in pieces])
        return means / np.linalg.norm(means, axis=1, keepdims=True), pieces

    def _pieces(self, text: str) -> WordPieces:
        words = text.lower().split()[:WORDS] or ["nothing"]
        seeds = [int.from_bytes(sha256(word.encode()).digest()[:4], "little") for word in words]
        rows = np.stack([np.random.default_rng(seed).normal(size=16) for seed in seeds]).astype(np.float32)
        ids = np.asarray([seed % 1000 for seed in seeds], np.uint16)
        return WordPieces(ids, rows / np.linalg.norm(rows, axis=1, keepdims=True))


@dataclass
class Place:
    """A folder of documents and its index."""

    docs: Path
    root: Path
    encoder: Hashing = field(default_factory=Hashing)

    @property
    def collection(self) -> Collection:
        return Collection(self.root)

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.docs / f"{name}.md").write_text(text, encoding="utf-8")

    def sync(self, size: Size = DEFAULT, rerank: int = 1000) -> Report:
        self.encoder.asked.clear()
        return self.collection.sync([Source("docs", str(self.docs))], self.work(size, rerank))

    def work(self, size: Size = DEFAULT, rerank: int = 1000) -> Work:
        return Work(self.encoder, size, rerank=rerank, wait=0.2)

    def ids(self) -> list[str]:
        state = self.collection.opened()
        assert state is not None
        return [passage.id for passage in state.passages()]

    def healthy(self) -> bool:
        """Whether record and state hold the same; without the doctor's process of its own, which takes two seconds."""
        state = sidecar.verified(self.root)
        pending = (self.root / PENDING).exists()
        return (
            state is not None
            and not pending
            and not pieces.damaged(self.root)
            and not self.collection.compared(state)[1]
        )


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "docs").mkdir()
    found = Place(tmp_path / "docs", tmp_path / "index")
    found.write(
        bees="# Bees\n\nBees make honey.\n\n## Swarms\n\nA swarm leaves in May.\n",
        ants="# Ants\n\nAnts carry leaves.\n",
    )
    return found


def test_what_a_folder_holds_is_indexed(place: Place) -> None:
    report = place.sync()
    assert (report.added, report.passages, report.encoded) == (2, 3, 3)
    assert place.ids() == ["docs/ants.md#top", "docs/bees.md#top", "docs/bees.md#swarms"]
    assert place.healthy()


def test_nothing_is_done_twice(place: Place) -> None:
    place.sync()
    before = place.collection.opened()
    report = place.sync()
    assert (report.unchanged, report.encoded, place.encoder.asked) == (2, 0, [])
    assert before is not None
    assert place.collection.opened() == before


def test_an_edit_encodes_only_what_changed(place: Place) -> None:
    place.sync()
    place.write(bees="# Bees\n\nA new first line.\n\nBees make honey.\n\n## Swarms\n\nA swarm leaves in May.\n")
    report = place.sync()
    assert (report.changed, report.unchanged, report.encoded) == (1, 1, 1)
    assert [text.splitlines()[0] for text in place.encoder.asked] == ["docs > Bees"]
    state = place.collection.opened()
    assert state is not None
    assert [passage.line for passage in state.passages() if passage.headings] == [9], (
        "a passage that moved knows its line"
    )
    assert place.healthy()


def test_what_is_deleted_or_renamed_follows(place: Place) -> None:
    place.sync()
    (place.docs / "ants.md").unlink()
    (place.docs / "bees.md").rename(place.docs / "wasps.md")
    report = place.sync()
    assert (report.added, report.removed, report.encoded) == (1, 2, 0), "the words are the same, so are their vectors"
    assert place.ids() == ["docs/wasps.md#top", "docs/wasps.md#swarms"]
    assert place.healthy()


def test_a_file_touched_but_not_changed_is_not_read_again(place: Place) -> None:
    place.sync()
    os.utime(place.docs / "bees.md", (1, 1))
    assert place.sync().unchanged == 2


def test_a_file_rewritten_in_the_same_moment_is_noticed(place: Place) -> None:
    place.sync()
    status = (place.docs / "ants.md").stat()
    place.write(ants="# Ants\n\nAnts bring leaves.\n")
    os.utime(place.docs / "ants.md", ns=(status.st_atime_ns, status.st_mtime_ns))
    assert place.sync().changed == 1, "size and time are as before, the words are not"


def test_files_that_cannot_be_read_are_listed_with_the_reason(place: Place) -> None:
    (place.docs / "data.md").write_bytes(b"\x00\x01\x02" * 100)
    (place.docs / "empty.md").touch()
    skipped = {left.path: left.reason for left in place.sync().skipped}
    assert skipped["docs/data.md"] == "is not text"
    assert "empty" in skipped["docs/empty.md"]
    state = place.collection.opened()
    assert state is not None
    assert str(sidecar.files(state)["skipped"]).count("reason") == 2


def test_a_source_that_is_gone_takes_nothing_with_it(place: Place) -> None:
    place.sync()
    place.docs.rename(place.docs.with_name("elsewhere"))
    with pytest.raises(RetrievalError, match="is not there"):
        place.sync()
    assert len(place.ids()) == 3


def test_other_sizes_cut_anew(place: Place) -> None:
    place.write(ants="# Ants\n\n" + "Ants carry leaves home. " * 40)
    place.sync()
    before = len(place.ids())
    assert place.sync(Size(30)).passages > before
    assert place.healthy()


def test_without_an_encoder_words_alone_are_indexed(place: Place) -> None:
    sources = [Source("docs", str(place.docs))]
    report = place.collection.sync(sources, Work(None))
    assert report.passages == 3
    state = place.collection.opened()
    assert state is not None
    assert state.vectors is None
    assert Searcher([state], None).search("swarm in may")[0].passage.headings == ("Swarms",)
    place.sync()
    assert place.healthy(), "an encoder that comes later encodes everything"


class TestSearch:
    def test_the_store_and_the_sidecar_give_the_same_ten(self, place: Place) -> None:
        place.write(
            **{f"doc{number}": f"# Doc {number}\n\nOf item{number} and item{number % 7}.\n" for number in range(40)}
        )
        place.sync()
        state = place.collection.opened()
        assert state is not None
        assert state.vectors is not None
        with store.opened(place.root / CHROMA, "hashing") as record:
            for row in range(0, state.count, 5):
                query = state.vectors[row] + np.float32(0.01)
                best = np.argsort(-(state.vectors @ query), kind="stable")[:10]
                assert record.nearest(query, 10) == [state.passage(int(at)).id for at in best]

    def test_llama_index_reads_the_store(self, place: Place) -> None:
        place.sync()
        import chromadb
        from llama_index.core.vector_stores import VectorStoreQuery
        from llama_index.vector_stores.chroma import ChromaVectorStore

        client = chromadb.PersistentClient(str(place.root / CHROMA))
        reader = ChromaVectorStore(chroma_collection=client.get_collection("passages-hashing", embedding_function=None))
        vector = place.encoder.encode(["docs > Ants\nAnts carry leaves."])[0]
        found = reader.query(VectorStoreQuery(query_embedding=vector.tolist(), similarity_top_k=1))
        assert found.ids == ["docs/ants.md#top"]

    def test_word_pieces_decide_among_the_best(self, place: Place) -> None:
        place.sync()
        state = place.collection.opened()
        assert state is not None
        searcher = Searcher([state], place.encoder)
        assert searcher.reranks
        (best, *_) = searcher.search("docs > Ants")
        assert best.passage.id == "docs/ants.md#top"
        assert best.maxsim is not None
        assert best.maxsim > 0.9

    def test_above_a_number_of_passages_their_pieces_are_not_kept(self, place: Place) -> None:
        place.sync(rerank=2)
        state = place.collection.opened()
        assert state is not None
        assert not Searcher([state], place.encoder).reranks
        assert not list((place.root / FOLDER).glob("*.npy"))

    def test_a_filter_leaves_only_what_it_accepts(self, place: Place) -> None:
        place.sync()
        state = place.collection.opened()
        assert state is not None
        hits = Searcher([state], place.encoder).search("bees", 5, lambda passage: passage.path == "docs/ants.md")
        assert [hit.passage.path for hit in hits] == ["docs/ants.md"]

    def test_a_reader_keeps_what_it_opened(self, place: Place) -> None:
        place.sync()
        state = place.collection.opened()
        assert state is not None
        place.write(ants="# Ants\n\nGone.\n")
        place.sync()
        assert "carry" in Searcher([state], place.encoder).search("ants carry", 1)[0].passage.text


class TestStopping:
    def test_a_cancelled_sync_goes_on_where_it_stopped(self, place: Place) -> None:
        place.write(**{f"doc{number:03d}": f"# Doc {number}\n\nText {number}.\n" for number in range(600)})
        place.encoder.stop_after = 256
        with pytest.raises(KeyboardInterrupt):
            place.sync()
        assert place.collection.opened() is None
        assert [source.name for source in place.collection.sources] == ["docs"], (
            "the next sync knows what to go on with"
        )
        place.encoder.stop_after = 10**9
        report = place.sync()
        assert report.passages == 603
        assert report.encoded == 603 - 256
        assert place.healthy()

    def test_a_killed_writer_loses_nothing(self, place: Place) -> None:
        place.sync()
        place.write(**{f"doc{number:03d}": f"# Doc {number}\n\nText {number}.\n" for number in range(300)})
        code = (
            "import sys, pathlib; sys.path.insert(0, sys.argv[1]); import test_collection as t;"
            "p = t.Place(pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])); p.sync()"
        )
        arguments = [sys.executable, "-c", code, str(Path(__file__).parent), str(place.docs), str(place.root)]
        for wait in (0.9, 1.6):
            child = subprocess.Popen(arguments, env={**os.environ, "PYTHONPATH": ":".join(sys.path)})
            time.sleep(wait)
            child.send_signal(signal.SIGKILL)
            child.wait()
            assert len(set(place.ids())) in {3, 303}
        place.sync()
        assert len(place.ids()) == len(set(place.ids())) == 303
        assert place.healthy()

    def test_one_writer_at_a_time_and_the_other_is_told_who(self, place: Place) -> None:
        with lock.writing(place.root / LOCK, 0, print), pytest.raises(Locked, match=f"process {os.getpid()} .* since"):
            place.sync()
        assert place.sync().added == 2


class TestDoctor:
    def lose(self, place: Place) -> None:
        """Take a record away behind the index's back."""
        with store.opened(place.root / CHROMA, "hashing") as record:
            record.drop(["docs/ants.md#top"])

    def test_a_lost_record_is_found_and_put_back(self, place: Place) -> None:
        place.sync()
        self.lose(place)
        assert place.collection.examine(place.work()).faults == (
            "1 passages are not in the store, such as docs/ants.md#top",
        )
        place.collection.repair(place.work())
        assert place.healthy()
        assert len(place.ids()) == 3

    @pytest.mark.parametrize("damage", ["chroma.sqlite3", "whole"])
    def test_a_broken_store_is_made_anew_without_encoding(self, place: Place, damage: str) -> None:
        place.sync()
        for path in [place.root / CHROMA / damage] if damage != "whole" else (place.root / CHROMA).rglob("*"):
            if path.is_file():
                path.write_bytes(b"broken" * 100)
        assert place.collection.examine(place.work()).faults
        place.encoder.asked.clear()
        place.collection.repair(place.work())
        assert place.encoder.asked == []
        assert place.healthy()

    @pytest.mark.parametrize("name", ["meta.json", "passages.jsonl", "files.json"])
    def test_a_broken_sidecar_is_made_anew(self, place: Place, name: str) -> None:
        place.sync()
        state = place.collection.opened()
        assert state is not None
        (state.folder / name).write_bytes(b"")
        place.collection.repair(place.work())
        assert place.healthy()
        assert len(place.ids()) == 3

    @pytest.mark.parametrize(("suffix", "how"), [(".npy", "garbage"), (".ids.npy", "cut"), (".json", "deleted")])
    def test_broken_word_pieces_are_made_anew(self, place: Place, suffix: str, how: str) -> None:
        place.sync()
        path = next(
            path for path in (place.root / FOLDER).glob(f"*{suffix}") if path.name.count(".") == suffix.count(".")
        )
        whole = path.read_bytes()
        if how == "deleted":
            path.unlink()
        else:
            path.write_bytes(b"" if how == "cut" else bytes(len(whole)))
        assert not place.healthy()
        place.collection.repair(place.work())
        assert place.healthy()
        state = place.collection.opened()
        assert state is not None
        assert Searcher([state], place.encoder).search("docs > Ants")[0].maxsim is not None

    def test_word_pieces_that_were_lost_are_made_by_the_next_sync(self, place: Place) -> None:
        place.sync()
        for path in (place.root / FOLDER).iterdir():
            path.unlink()
        place.sync()
        state = place.collection.opened()
        assert state is not None
        assert Searcher([state], place.encoder).reranks
        assert place.healthy()

    def test_a_damaged_vector_does_not_spread(self, place: Place) -> None:
        place.sync()
        state = place.collection.opened()
        assert state is not None
        path = state.folder / "vectors.npy"
        path.write_bytes(path.read_bytes()[:-64] + bytes(64))
        (place.docs / "ants.md").rename(place.docs / "termites.md")
        place.sync()
        assert place.healthy()
        state = place.collection.opened()
        assert state is not None
        assert state.vectors is not None
        expected = place.encoder.encode([passage.prefixed for passage in state.passages()])
        assert np.allclose(state.vectors, expected, atol=1e-5)

    def test_a_store_that_was_deleted_is_filled_again_without_encoding(self, place: Place) -> None:
        place.sync()
        (place.root / CHROMA / "chroma.sqlite3").unlink()
        place.write(ants="# Ants\n\nAnts carry crumbs.\n")
        assert place.sync().encoded == 1
        assert place.healthy()

    def test_what_the_disk_refuses_is_one_error_and_loses_nothing(self, place: Place) -> None:
        place.sync()
        place.write(more="# More\n\nMore words.\n")
        in_the_way = place.root / "state-000002.part"
        in_the_way.touch()
        with pytest.raises(RetrievalError, match="cannot be written"):
            place.sync()
        assert len(place.ids()) == 3
        in_the_way.unlink()
        assert place.sync().encoded == 0, "what was recorded before it failed is there"
        assert place.healthy()

    @pytest.mark.parametrize("text", [b"\xaf\xff", b"../elsewhere"])
    def test_a_broken_pointer_to_the_state_is_mended(self, place: Place, text: bytes) -> None:
        place.sync()
        (place.root / "CURRENT").write_bytes(text)
        with pytest.raises(Damaged):
            place.collection.opened()
        place.collection.repair(place.work())
        assert place.healthy()

    def test_a_writer_that_did_not_finish_is_told(self, place: Place) -> None:
        place.sync()
        (place.root / PENDING).touch()
        assert "did not finish" in place.collection.examine(place.work()).faults[0]
        place.sync()
        assert place.healthy()

    def test_a_list_of_sources_that_cannot_be_read_is_told(self, place: Place) -> None:
        place.sync()
        (place.root / "sources.json").write_text("[1]", encoding="utf-8")
        with pytest.raises(Damaged):
            _ = place.collection.sources
