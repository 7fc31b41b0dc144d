"""What an index of 100,000 passages costs: to build, on disk, and a search.

`python tests/bench/scale.py [--count 100000] [--queries 500] [--folder FOLDER] [--json]`, with the extra `knowledge`. The texts are
generated, 100 to 200 words a passage, words as uneven in frequency as a language's (Zipf); vectors are stored ones, 384 wide and
in clusters, so that no time of an encoder is in any figure. Each step runs in a process of its own with one thread of algebra:

build    `Collection.sync` from the files; seconds, the most memory it held, and bytes a passage of the store and of what
         searches read
search   opening and the first query, then the queries: p50 and p95, memory after. Memory that is the processes' own is
         told beside the whole, which counts mapped files too
store    how many of the ten passages nearest to a query are those that Chroma finds
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does

import numpy as np
from numpy.typing import NDArray

from agent.knowledge.retrieval import store, sync
from agent.knowledge.retrieval.collection import Collection
from agent.knowledge.retrieval.pieces import WordPieces
from agent.knowledge.retrieval.scan import Source
from agent.knowledge.retrieval.search import Searcher, best
from agent.knowledge.retrieval.sync import Work

Matrix = NDArray[np.float32]

WIDTH, CLUSTERS, VOCABULARY, A_FILE, TOP, COMPARED = 384, 1000, 60_000, 20, 10, 50
SYLLABLES = [first + second for first in "bcdfghjklmnprstvwyzq" for second in "aeiou"]
NUMBER = re.compile(r"Number (\d+)")


class Stored:
    """An encoder double: the vector of the passage whose number stands in the text, and that of a query by its text."""

    name = "stored"

    def __init__(self, folder: Path) -> None:
        self.rows: Matrix = np.load(folder / "vectors.npy", mmap_mode="r")
        self.queries = dict(asked(folder))

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors."""
        return np.stack([self._one(text) for text in texts])

    def encode_words(self, texts: Sequence[str]) -> tuple[Matrix, list[WordPieces]]:
        """Return those; so large an index has no word pieces."""
        return self.encode(texts), [WordPieces(np.zeros(1, np.uint16), self._one(text)[None, :]) for text in texts]

    def _one(self, text: str) -> Matrix:
        if text in self.queries:
            return self.queries[text]
        number = NUMBER.search(text)
        assert number is not None
        return self.rows[int(number[1])]


def asked(folder: Path) -> list[tuple[str, Matrix]]:
    """Return the queries and their vectors."""
    texts: list[str] = json.loads((folder / "queries.json").read_text(encoding="utf-8"))
    return list(zip(texts, np.load(folder / "queries.npy"), strict=True))


def spelt(rank: int) -> str:
    """Return a word, the shorter the more frequent."""
    word = SYLLABLES[rank % 100]
    while rank := rank // 100:
        word += SYLLABLES[rank % 100]
    return word


def generate(folder: Path, count: int, queries: int) -> None:
    """Write the documents, the vectors and the queries."""
    random = np.random.default_rng(0)
    words = np.asarray([spelt(rank) for rank in range(VOCABULARY)])
    shares = 1 / (np.arange(VOCABULARY) + 2.7)
    edges = np.cumsum(shares / shares.sum())
    texts: list[str] = []
    for first in range(0, count, A_FILE):
        sections: list[str] = []
        for number in range(first, min(count, first + A_FILE)):
            drawn = words[np.searchsorted(edges, random.random(int(random.integers(100, 200)))).clip(0, VOCABULARY - 1)]
            sections.append(f"## Number {number}\n\n{' '.join(drawn)}")
            if len(texts) < queries:
                texts.append(" ".join(random.choice(drawn, 6)))
        path = folder / "docs" / f"{first // 10_000:04}" / f"{first}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"# Page {first}\n\n" + "\n\n".join(sections) + "\n", encoding="utf-8")
    centres = random.standard_normal((CLUSTERS, WIDTH)).astype(np.float32)
    rows = centres[random.integers(0, CLUSTERS, count)] + random.standard_normal((count, WIDTH)).astype(np.float32)
    near = rows[: len(texts)] + random.standard_normal((len(texts), WIDTH)).astype(np.float32)
    np.save(folder / "vectors.npy", _unit(rows))
    np.save(folder / "queries.npy", _unit(near))
    (folder / "queries.json").write_text(json.dumps(texts), encoding="utf-8")


def _unit(rows: Matrix) -> Matrix:
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def build(folder: Path) -> dict[str, float]:
    """Index the documents."""
    root = folder / "index"
    start, spent = time.monotonic(), time.process_time()
    report = Collection(root).sync([Source("docs", str(folder / "docs"))], Work(Stored(folder)))
    wall, used = time.monotonic() - start, time.process_time() - spent
    state = Collection(root).opened()
    assert state is not None
    return {
        "passages": report.passages,
        "wall_s": wall,
        "cpu_s": used,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "store_kb_a_passage": _size(root / sync.CHROMA) / report.passages / 1000,
        "search_kb_a_passage": _size(state.folder) / report.passages / 1000,
        "texts_kb_a_passage": _size(folder / "docs") / report.passages / 1000,
    }


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def search(folder: Path) -> dict[str, float]:
    """Open the index and ask."""
    queries = asked(folder)
    encoder = Stored(folder)
    start = time.monotonic()
    state = Collection(folder / "index").opened()
    assert state is not None
    searcher = Searcher([state], encoder)
    searcher.search(queries[0][0])
    first = time.monotonic() - start
    taken: list[tuple[float, float]] = []
    for text, _ in queries:
        start, spent = time.monotonic(), time.process_time()
        searcher.search(text)
        taken.append((1000 * (time.monotonic() - start), 1000 * (time.process_time() - spent)))
    (wall50, cpu50), (wall95, cpu95) = np.percentile(np.asarray(taken), [50, 95], axis=0).tolist()
    memory = dict(
        re.findall(r"^(Vm\w+|Rss\w+):\s+(\d+) kB", Path("/proc/self/status").read_text("utf-8"), re.MULTILINE)
    )
    return {
        "first_ms": 1000 * first,
        "wall_p50_ms": wall50,
        "wall_p95_ms": wall95,
        "cpu_p50_ms": cpu50,
        "cpu_p95_ms": cpu95,
        "memory_mb": int(memory["VmRSS"]) / 1024,
        "own_memory_mb": int(memory["RssAnon"]) / 1024,
    }


def compare(folder: Path) -> dict[str, float]:
    """Ask the store for what is nearest, too."""
    root = folder / "index"
    state = Collection(root).opened()
    assert state is not None
    assert state.vectors is not None
    shared = 0
    queries = asked(folder)[:COMPARED]
    with store.opened(root / sync.CHROMA, Stored.name) as record:
        for _, vector in queries:
            ours = {state.passage(int(row)).id for row in best(state.vectors @ vector, TOP)}
            shared += len(ours & set(record.nearest(vector, TOP)))
    return {"queries": len(queries), "overlap": shared / (TOP * len(queries))}


STEPS: dict[str, Callable[[Path], dict[str, float]]] = {"build": build, "search": search, "store": compare}


def main() -> None:
    """Generate, and run each step in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--folder", type=Path, help="keep everything here; what is there is not made again")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--step", choices=STEPS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        print(json.dumps(STEPS[given.step](given.folder)))
        return
    found: dict[str, dict[str, float]] = {}
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scale-")))
        if not (folder / "queries.json").exists():
            generate(folder, given.count, given.queries)
        for step in STEPS:
            command = [sys.executable, __file__, "--folder", str(folder), "--step", step]
            found[step] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
            if not given.json:
                print(step + "".join(f"\n  {name:22}{value:12,.2f}" for name, value in found[step].items()), flush=True)
    if given.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
