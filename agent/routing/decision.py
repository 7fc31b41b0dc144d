"""One request through a compiled router: the ranking, the decision, the walk through the tree, and the reasons."""

import re
import time
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from agent.encoder import Encoder
from agent.routing.artifact import Artifact
from agent.routing.features import bucket, vector, words
from agent.routing.ridge import softmax
from agent.routing.tree import OUT_OF_SCOPE

MAX_SECONDARY = 3
NEAREST = 3
# A helper by score alone must hold this share of the probability.
HELPER_SHARE = 0.10
ABOUT_SIMILARITY = 0.6


class Model(BaseModel):
    """A part of a decision: immutable."""

    model_config = ConfigDict(frozen=True)


class Ranked(Model):
    """A leaf and its probability."""

    persona: str
    score: float


class Step(Model):
    """A question of the walk, its answer, and the probability of that answer."""

    node: str
    question: str
    answer: Literal["yes", "no"]
    probability: float


class Neighbour(Model):
    """An example close to the request."""

    text: str
    persona: str
    similarity: float


class Route(Model):
    """Where a request goes and why. `question` is what to ask back, or what to say when declining."""

    decision: Literal["route", "ask", "decline"]
    primary: str
    secondary: tuple[str, ...]
    confidence: float
    margin: float
    ranking: tuple[Ranked, ...]
    path: tuple[Step, ...]
    examples: tuple[Neighbour, ...]
    question: str | None
    tier: str
    elapsed_ms: float
    because: tuple[str, ...] = Field(default=(), description="the words that weighed most for the primary")
    pinned: bool = Field(default=False, description="the persona was named by the user")


class Router:
    """A compiled router and the encoder it was compiled with."""

    def __init__(self, artifact: Artifact, encoder: Encoder | None) -> None:
        self.artifact = artifact
        self.encoder = encoder

    def route(self, text: str, persona: str | None = None) -> Route:
        """Route one request; a `persona` named by the user wins, and the scores are told all the same."""
        started = time.perf_counter()
        table = self.artifact.table
        buckets, weights = vector(text, self.artifact.idf)
        encoded = (
            self.encoder.encode([text])[0] if self.encoder is not None and self.artifact.semantic is not None else None
        )
        scores = self._probabilities(buckets, weights, encoded)
        order: list[int] = np.argsort(-scores).tolist()
        ranking = tuple(Ranked(persona=table.leaves[index], score=round(float(scores[index]), 4)) for index in order)
        margin = float(scores[order[0]] - scores[order[1]])
        promised = OUT_OF_SCOPE if self._about(text) else table.phrases.get(" ".join(words(text)))
        decision = self._decision(ranking, margin, persona or promised)
        primary = persona or promised or ranking[0].persona
        neighbours = self._nearest(text, encoded)
        return Route(
            decision=decision,
            primary=primary,
            secondary=self._secondary(text, primary, ranking, decision),
            confidence=next((row.score for row in ranking if row.persona == primary), 0.0),
            margin=round(margin, 4),
            ranking=ranking,
            path=self._walk(primary, ranking),
            examples=neighbours,
            question=self._question(text, decision, ranking),
            tier=table.tier,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 2),
            because=self._because(text, primary),
            pinned=persona is not None,
        )

    def _probabilities(
        self, buckets: NDArray[np.int64], weights: NDArray[np.float32], encoded: NDArray[np.float32] | None
    ) -> NDArray[np.floating]:
        scores = weights @ self.artifact.lexical[buckets].astype(np.float32) + self.artifact.lexical_bias
        if encoded is not None and self.artifact.semantic is not None:
            scores = scores + encoded @ self.artifact.semantic.weights
        # At the temperature that calibrated it on examples left out.
        return softmax(scores.astype(np.float64) / self.artifact.table.temperature)

    def _decision(
        self, ranking: Sequence[Ranked], margin: float, persona: str | None
    ) -> Literal["route", "ask", "decline"]:
        if (persona or ranking[0].persona) == OUT_OF_SCOPE:
            return "decline"
        if persona is not None:
            return "route"
        return "ask" if margin < self.artifact.table.ask_margin else "route"

    def _secondary(self, text: str, primary: str, ranking: Sequence[Ranked], decision: str) -> tuple[str, ...]:
        lowered = text.lower()
        if decision == "decline":
            return tuple(helper.who for helper in self.artifact.table.helpers if _holds(lowered, helper.words))[:1]
        named = [
            name
            for rule in self.artifact.table.company
            if rule.when == primary and (not rule.words or _holds(lowered, rule.words))
            for name in rule.adds
        ]
        scored = [row.persona for row in ranking if row.score >= HELPER_SHARE]
        return tuple(dict.fromkeys(name for name in [*named, *scored] if name not in {primary, OUT_OF_SCOPE}))[
            :MAX_SECONDARY
        ]

    def _walk(self, leaf: str, ranking: Sequence[Ranked]) -> tuple[Step, ...]:
        table = self.artifact.table
        mass = {row.persona: row.score for row in ranking}
        steps: list[Step] = []
        for name, yes in table.paths.get(leaf, ()):
            node = table.nodes[name]
            below = {
                answer: sum(mass[found] for found in self._leaves(target))
                for answer, target in (("yes", node.yes), ("no", node.no))
            }
            answer: Literal["yes", "no"] = "yes" if yes else "no"
            total = sum(below.values())
            steps.append(
                Step(
                    node=name,
                    question=node.question,
                    answer=answer,
                    probability=round(below[answer] / total, 4) if total else 0.0,
                )
            )
        return tuple(steps)

    def _leaves(self, name: str) -> list[str]:
        node = self.artifact.table.nodes.get(name)
        return [name] if node is None else [*self._leaves(node.yes), *self._leaves(node.no)]

    def _nearest(self, text: str, encoded: NDArray[np.float32] | None) -> tuple[Neighbour, ...]:
        examples = self.artifact.table.examples
        if encoded is not None and self.artifact.semantic is not None:
            near: NDArray[np.floating] = self.artifact.semantic.vectors.astype(np.float32) @ encoded
        else:
            mine = set(words(text))
            near = np.asarray([_overlap(mine, set(words(example))) for example, _ in examples])
        best: list[int] = np.argsort(-near)[:NEAREST].tolist()
        return tuple(
            Neighbour(text=examples[i][0], persona=examples[i][1], similarity=round(float(near[i]), 4)) for i in best
        )

    def _question(self, text: str, decision: str, ranking: Sequence[Ranked]) -> str | None:
        table = self.artifact.table
        if decision == "decline" and self._about(text):
            return "This is about mlwright itself: `mlwright --help` says what it does."
        if decision != "ask":
            return None
        first, second = ranking[0].persona, ranking[1].persona
        for (node, yes), (_, other) in zip(table.paths[first], table.paths[second], strict=False):
            if yes != other:
                left, right = (first, second) if yes else (second, first)
                return f"{table.nodes[node].question} If yes, {left} takes it; if no, {right}."
        return None

    def _about(self, text: str) -> bool:
        mine = set(words(text))
        return any(_overlap(mine, set(words(example))) >= ABOUT_SIMILARITY for example in self.artifact.table.about)

    def _because(self, text: str, leaf: str) -> tuple[str, ...]:
        if leaf not in self.artifact.table.leaves:
            return ()
        column = self.artifact.table.leaves.index(leaf)
        found = dict.fromkeys(words(text))
        places = [bucket("w", word) for word in found]
        if not places:
            return ()
        weights = self.artifact.lexical[places, column].astype(np.float32) * self.artifact.idf[places]
        ranked = sorted(zip(found, weights, strict=True), key=lambda pair: -pair[1])
        return tuple(word for word, weight in ranked[:5] if weight > 0)


def _holds(lowered: str, stems: Sequence[str]) -> bool:
    return any(re.search(rf"(?<![a-z0-9]){re.escape(stem.lower())}", lowered) for stem in stems)


def _overlap(mine: set[str], other: set[str]) -> float:
    return len(mine & other) / len(mine | other) if mine or other else 0.0
