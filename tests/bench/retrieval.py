"""How well the index of one's own documents finds the page that answers, beside its peers on the same pages.

`python tests/bench/retrieval.py DOCS QUERIES.jsonl [--outside OUTSIDE.jsonl] [--peers] [--keep FOLDER] [--json]`, with the extra
`knowledge`, and `peers` for the others. A line of QUERIES is `{"query": "...", "relevant": ["path below DOCS"], "set": "..."}`,
one of OUTSIDE `{"query": "...", "kind": "..."}`: a question that DOCS do not answer. The index is made as `mlwright knowledge
add DOCS` makes it, in FOLDER, where a second run finds it, or in one that is deleted.

Documents are ranked by their best passage. Prints hit@1, recall@5, MRR@10 and nDCG@10 with 95 % intervals over all questions
and each set; of questions outside, how many are cited a passage that `answers()` claims, beside the share of the others that
are cited none, or a wrong page; and CPU time a question, warm in one process and cold as a process of the command. The peers: llama-index's
default, pages cut by SentenceSplitter(1024, 200) with their path as its reader notes it, a VectorStoreIndex with the same
encoder; and bm25s over the same pieces, stemmed.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as the command does

import numpy as np
from numpy.typing import NDArray

from agent.encoder import Encoder
from agent.engine import Engine
from agent.knowledge.index import Index
from agent.knowledge.retrieval.evaluation import Estimate, Question, documents, estimated, measured, read_questions
from agent.knowledge.retrieval.search import Searcher
from agent.proof.progress import Progress

if TYPE_CHECKING:
    from llama_index.core.schema import BaseNode

Rank = Callable[[str], list[str]]
"""Ranks documents for a question, the best first."""

K, DEEP, NODES, COLD = 5, 10, 100, 10
SHOWN = ("hit@1", "recall@5", "mrr@10", "ndcg@10")
ALL = "all"


@dataclass(frozen=True)
class System:
    """A system's rankings, one a question, and the CPU milliseconds of each."""

    name: str
    ranked: list[list[str]]
    milliseconds: NDArray[np.float64]


def told(progress: Progress) -> None:
    """Tell on stderr."""
    print(f"{progress.step} {progress.done or ''} {progress.detail}", file=sys.stderr, flush=True)


def opened(home: Path, docs: Path) -> Engine:
    """Return an engine whose own documents are these, indexed when they are not yet, or not as they are."""
    home.mkdir(parents=True, exist_ok=True)
    engine = Engine.open(os.environ | {"MLWRIGHT_HOME": str(home)}, home, told)
    if str(docs) in {source.root for source in engine.own.sources()}:
        engine.own.sync()
    else:
        engine.own.add(docs, None)
    return engine


def asked(path: Path, held: set[str]) -> tuple[list[Question], list[str], int]:
    """Return the questions that have a relevant document, the set of each, and how many have none."""
    questions = read_questions(path)
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    kept = [place for place, question in enumerate(questions) if question.relevant & held]
    sets = [str(rows[place].get("set", "questions")) for place in kept]
    return [questions[place] for place in kept], sets, len(questions) - len(kept)


def run(name: str, rank: Rank, questions: Sequence[Question]) -> System:
    """Ask all of them."""
    rank(questions[0].query)
    ranked: list[list[str]] = []
    spent: list[float] = []
    for question in questions:
        start = time.process_time()
        ranked.append(rank(question.query)[:DEEP])
        spent.append(1000 * (time.process_time() - start))
    print(f"{name}: {sum(spent) / 1000:.0f} s of CPU", file=sys.stderr, flush=True)
    return System(name, ranked, np.asarray(spent))


def ours(index: Index) -> dict[str, Rank]:
    """Return our ways to rank."""
    assert index.own is not None

    def by(searcher: Searcher, rerank: bool) -> Rank:
        def rank(query: str) -> list[str]:
            hits = searcher.search(query, NODES, rerank=rerank)
            return documents([hit.passage.path.partition("/")[2] for hit in hits])

        return rank

    found = {"mlwright": by(index.searcher, True)}
    if index.searcher.reranks:
        found["mlwright without MaxSim"] = by(index.searcher, False)
    if index.searcher.encoder is not None:
        found["mlwright, words alone"] = by(Searcher([index.own], None), False)
    return found


def peers(docs: Path, names: Sequence[str], encoder: Encoder) -> dict[str, Rank]:
    """Return llama-index's default pipeline with our encoder, and bm25s over its pieces."""
    from llama_index.core import Document
    from llama_index.core.node_parser import SentenceSplitter

    texts = [(docs / name).read_text(encoding="utf-8", errors="replace") for name in names]
    pages = [Document(text=text, metadata={"file_path": name}) for name, text in zip(names, texts, strict=True)]
    nodes = SentenceSplitter(chunk_size=1024, chunk_overlap=200).get_nodes_from_documents(pages)
    paths = [str(node.metadata["file_path"]) for node in nodes]
    print(f"peers: {len(nodes):,} pieces", file=sys.stderr)
    return {
        "llama-index default": _llama_index(nodes, encoder),
        "bm25s": _bm25s([node.get_content() for node in nodes], paths),
    }


def _llama_index(nodes: "Sequence[BaseNode]", encoder: Encoder) -> Rank:
    from llama_index.core import VectorStoreIndex
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Ours(BaseEmbedding):
        def _get_query_embedding(self, query: str) -> list[float]:
            return encoder.encode([query])[0].tolist()

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_query_embedding(text)

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            return encoder.encode(texts).tolist()

    made = VectorStoreIndex(nodes, embed_model=Ours(embed_batch_size=512))
    retriever = made.as_retriever(similarity_top_k=NODES)
    return lambda query: documents([str(found.node.metadata["file_path"]) for found in retriever.retrieve(query)])


def _bm25s(texts: Sequence[str], paths: Sequence[str]) -> Rank:
    import bm25s
    from Stemmer import Stemmer

    stemmer = Stemmer("english")

    def words(some: Sequence[str]) -> list[list[str]]:
        return bm25s.tokenize(some, stopwords="en", stemmer=stemmer, return_ids=False, show_progress=False)

    made = bm25s.BM25(method="lucene", k1=1.5, b=0.75)
    made.index(words(texts), show_progress=False)

    def rank(query: str) -> list[str]:
        tokens = [word for word in words([query])[0] if word in made.vocab_dict]
        if not tokens:
            return []
        scores = made.get_scores(tokens)
        best: list[int] = np.argsort(-scores, kind="stable")[:NODES].tolist()
        return documents([paths[row] for row in best])

    return rank


def table(systems: Sequence[System], questions: Sequence[Question], sets: Sequence[str]) -> dict[str, object]:
    """Return each measure of each system, over all questions and each set."""
    found: dict[str, object] = {}
    for name in (ALL, *sorted(set(sets))):
        places = [place for place, one in enumerate(sets) if name in {ALL, one}]
        some = [questions[place] for place in places]
        found[name] = {
            "questions": len(some),
            **{system.name: _measures([system.ranked[place] for place in places], some) for system in systems},
        }
    return found


def _measures(ranked: Sequence[Sequence[str]], questions: Sequence[Question]) -> dict[str, Estimate]:
    every = measured(ranked, questions, 1) | measured(ranked, questions, K)
    return {name: every[name] for name in SHOWN}


def differences(first: System, second: System, questions: Sequence[Question]) -> dict[str, Estimate]:
    """Return how much better the first is, question by question."""

    def values(system: System, of: Callable[[list[bool], int], float]) -> NDArray[np.float64]:
        pairs = zip(system.ranked, questions, strict=True)
        return np.asarray([of([name in one.relevant for name in names], len(one.relevant)) for names, one in pairs])

    measures: dict[str, Callable[[list[bool], int], float]] = {
        "mrr@10": lambda hits, _: next((1 / rank for rank, hit in enumerate(hits, 1) if hit), 0.0),
        "recall@5": lambda hits, count: sum(hits[:K]) / count,
        "hit@1": lambda hits, _: float(any(hits[:1])),
    }
    return {name: estimated(values(first, of) - values(second, of)) for name, of in measures.items()}


def claimed(index: Index, questions: Sequence[Question], kinds: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return for each kind of question the shares that are cited anything, that are cited an answer first, and rightly."""
    rows: defaultdict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    for question, kind in zip(questions, kinds, strict=True):
        found = index.citations(question.query, K)
        claims = bool(found) and found[0].answers()
        rows[kind].append((bool(found), claims, claims and found[0].path.partition("/")[2] in question.relevant))
    return {
        kind: {
            "questions": len(some),
            "cited": sum(cited for cited, _, _ in some) / len(some),
            "claimed": sum(claims for _, claims, _ in some) / len(some),
            "rightly": sum(right for _, _, right in some) / len(some),
        }
        for kind, some in rows.items()
    }


def outside(path: Path) -> tuple[list[Question], list[str]]:
    """Return the questions that the documents do not answer, and of what kind each is."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [Question(row["query"], frozenset()) for row in rows], [f"outside, {row.get('kind', '')}" for row in rows]


def cold(home: Path, questions: Sequence[Question]) -> dict[str, float]:
    """Return the median CPU and wall seconds of the command in a process of its own."""
    spent: list[tuple[float, float]] = []
    for question in questions[:: max(1, len(questions) // COLD)][:COLD]:
        command = [sys.executable, "-m", "agent", "knowledge", "search", question.query, "--only", "own", "--json"]
        before, start = os.times(), time.monotonic()
        subprocess.run(
            command, check=True, cwd=home, env=os.environ | {"MLWRIGHT_HOME": str(home)}, stdout=subprocess.DEVNULL
        )
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        spent.append((used, time.monotonic() - start))
    processor, wall = np.median(np.asarray(spent), axis=0).tolist()
    return {"cpu_s": processor, "wall_s": wall}


def show(result: dict[str, object]) -> None:
    """Print the figures."""
    about = cast("dict[str, int]", result["about"])
    print(", ".join(f"{count:,} {what}" for what, count in about.items()))
    for name, row in cast("dict[str, dict[str, dict[str, Estimate]]]", result["quality"]).items():
        print(f"\n{name}, {row.pop('questions')} questions{'':<14}" + "".join(f"{shown:>24}" for shown in SHOWN))
        for system, measures in row.items():
            print(f"{system:32}" + "".join(f"{_shown(measures[shown]):>24}" for shown in SHOWN))
    for other, row in cast("dict[str, dict[str, Estimate]]", result["differences"]).items():
        print(f"\nmlwright - {other}: " + ", ".join(f"{shown} {_shown(one, '+')}" for shown, one in row.items()))
    print(f"\n{'citations':24}{'questions':>10}{'cited':>8}{'claimed as an answer':>22}{'by a right document':>21}")
    for kind, row in cast("dict[str, dict[str, float]]", result["citations"]).items():
        print(f"{kind:24}{row['questions']:10.0f}{row['cited']:8.3f}{row['claimed']:22.3f}{row['rightly']:21.3f}")
    print(f"\n{'CPU ms a question, warm':32}{'p50':>8}{'p95':>8}")
    for name, (p50, p95) in cast("dict[str, tuple[float, float]]", result["warm_ms"]).items():
        print(f"{name:32}{p50:8.1f}{p95:8.1f}")
    print(
        "cold, a process of the command: {cpu_s:.2f} s CPU, {wall_s:.2f} s".format(
            **cast("dict[str, float]", result["cold"])
        )
    )


def _shown(one: Estimate, sign: str = "") -> str:
    return f"{one.value:{sign}.3f} [{one.low:{sign}.3f}, {one.high:{sign}.3f}]"


def bench(home: Path, docs: Path, queries: Path, others: Path | None, with_peers: bool) -> dict[str, object]:
    """Make the index, ask, and return the figures."""
    index = opened(home, docs).index.only("own")
    assert index.own is not None
    names = list(dict.fromkeys(passage.path.partition("/")[2] for passage in index.own.passages()))
    questions, sets, left = asked(queries, set(names))
    ranks = ours(index)
    if with_peers and index.encoder is not None:
        ranks |= peers(docs, names, index.encoder)
    systems = [run(name, rank, questions) for name, rank in ranks.items()]
    citations = claimed(index, questions, ["inside"] * len(questions))
    if others is not None:
        citations |= claimed(index, *outside(others))
    return {
        "about": {
            "documents": len(names),
            "passages": index.own.count,
            "questions": len(questions),
            "questions left out, whose documents are not there": left,
        },
        "quality": table(systems, questions, sets),
        "differences": {other.name: differences(systems[0], other, questions) for other in systems[1:]},
        "citations": citations,
        "warm_ms": {one.name: np.percentile(one.milliseconds, [50, 95]).tolist() for one in systems},
        "cold": cold(home, questions),
    }


def main() -> int:
    """Run it and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("docs", type=Path)
    parser.add_argument("queries", type=Path)
    parser.add_argument("--outside", type=Path)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--keep", type=Path, help="the folder of the index; by default one that is deleted")
    parser.add_argument("--json", action="store_true", help="print JSON")
    given = parser.parse_args()
    with ExitStack() as stack:
        home = given.keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="retrieval-")))
        try:
            found = bench(home.resolve(), given.docs.resolve(), given.queries, given.outside, given.peers)
        except ModuleNotFoundError as error:
            print(f"{error.name} is not installed: pip install -e '.[knowledge,peers]'")
            return 2
    if given.json:
        print(json.dumps(found, default=asdict, indent=1))
    else:
        show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
