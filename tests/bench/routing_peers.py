"""Routing beside its peers in one run, with the same encoder and the same examples.

`pip install -e '.[peers]'`, then `python tests/bench/routing_peers.py [SUITE]`. Prints top-1, top-1 with the acceptable
alternatives and the CPU time a request of mlwright (both tiers), of semantic-router's IndexedRouter (both of its
aggregations), and of llama-index's EmbeddingSingleSelector, which is given what each persona owns.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from judging import EVALS
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.selectors import EmbeddingSingleSelector
from llama_index.core.tools import ToolMetadata
from semantic_router import IndexedRouter, Route
from semantic_router.encoders import DenseEncoder

from agent.encoder import Encoder
from agent.engine import Engine
from agent.evaluation.cases import RoutingCase
from agent.evaluation.statistics import wilson
from agent.evaluation.suites import read
from agent.routing.artifact import ABOUT
from agent.routing.tree import OUT_OF_SCOPE

ENCODER: list[Encoder] = []
"""Ours, which both peers are given: their classes are pydantic models and take no such field."""


class SemanticRouterEncoder(DenseEncoder):
    """Our encoder as semantic-router's."""

    def __call__(self, docs: list[str]) -> list[list[float]]:
        return [list(map(float, row)) for row in ENCODER[0].encode(docs)]


class LlamaIndexEncoder(BaseEmbedding):
    """Our encoder as llama-index's."""

    def _get_query_embedding(self, query: str) -> list[float]:
        return [float(part) for part in ENCODER[0].encode([query])[0]]

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_query_embedding(text)


def measure(name: str, suite: list[RoutingCase], choose: Callable[[str], str | None]) -> None:
    """Print the figures of one router."""
    choose(suite[0].text)
    started = time.process_time()
    chosen = [choose(case.text) or OUT_OF_SCOPE for case in suite]
    milliseconds = 1000 * (time.process_time() - started) / len(suite)
    strict = sum(one == case.primary for one, case in zip(chosen, suite, strict=True))
    lenient = sum(one in {case.primary, *case.acceptable} for one, case in zip(chosen, suite, strict=True))
    low, high = wilson(strict, len(suite))
    told = f"{strict / len(suite):.3f} [{low:.3f}, {high:.3f}]  {strict}/{len(suite)}"
    print(f"{name:44} {told}  {lenient / len(suite):.3f}  {milliseconds:8.2f} ms CPU", flush=True)


def ours(tier: str) -> tuple[Engine, Callable[[str], str]]:
    """Return an engine of a tier and its choice for a text."""
    engine = Engine.open(os.environ | {"MLWRIGHT_ENCODER": tier})
    return engine, lambda text: engine.route(text).primary


def indexed(routes: list[Route], aggregation: str) -> Callable[[str], str | None]:
    """Return semantic-router's choice."""
    router = IndexedRouter(SemanticRouterEncoder(name="minilm"), routes, aggregation=aggregation)
    return lambda text: router(text).name


def selector(owns: dict[str, str]) -> Callable[[str], str]:
    """Return llama-index's choice."""
    choices = [ToolMetadata(name=name, description=text) for name, text in owns.items()]
    select = EmbeddingSingleSelector(LlamaIndexEncoder())
    return lambda text: choices[select.select(choices, text).ind].get_name()


def main() -> None:
    read_from = Path(sys.argv[1]) if len(sys.argv) > 1 else EVALS / "routing-test.yaml"
    suite = [case for case in read(read_from).cases if isinstance(case, RoutingCase) and not case.after]
    engine, choice = ours("minilm")
    assert engine.encoder is not None
    ENCODER.append(engine.encoder)
    print(f"{len(suite)} cases, {len(engine.examples())} examples; top-1 with its interval, lenient, CPU a request")
    measure("mlwright, MiniLM", suite, choice)
    measure("mlwright, lexical", suite, ours("lexical")[1])
    texts: dict[str, list[str]] = {}
    for example in engine.examples():
        name = OUT_OF_SCOPE if example.persona == ABOUT else example.persona
        texts.setdefault(name, []).append(example.text)
    routes = [Route(name=name, utterances=utterances) for name, utterances in texts.items()]
    for aggregation in ("max", "mean"):
        measure(f"semantic-router IndexedRouter, {aggregation} of 5", suite, indexed(routes, aggregation))
    measure("llama-index EmbeddingSingleSelector", suite, selector(dict(engine.routing().leaves)))


if __name__ == "__main__":
    main()
