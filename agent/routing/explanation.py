"""Why a request went where it did: the walk, the nearest examples, the words that weighed, and what would have changed it."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from agent.routing.artifact import Artifact, Table
from agent.routing.features import bucket, counted, of_words, words
from agent.routing.tree import Tree

NEAREST = 3
MOST_WORDS = 5
# Words tried out one by one, and at most so many taken away together: each costs a pass of the encoder.
TRIED = 16
REMOVED = 3
# Shares below this are alike: a profile gives what it takes away a share of nought.
LEAST = 1e-6

Scores = Mapping[str, float]


class Model(BaseModel):
    """A part of an explanation: immutable."""

    model_config = ConfigDict(frozen=True)


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


class Word(Model):
    """A word, and by how much the log odds of the first over the runner-up fall without it (negative: they rise)."""

    word: str
    weight: float


class Explanation(Model):
    """What spoke for the first, what for the runner-up, and the fewest words whose absence lets another one win."""

    first: str
    runner_up: str
    speaks_for: tuple[Word, ...]
    speaks_against: tuple[Word, ...]
    without: tuple[str, ...]
    then: str | None


def walk(table: Table, leaf: str, scores: Scores) -> tuple[Step, ...]:
    """Return the way to a leaf: at each node the share of the answer taken in the probability below the node."""
    steps: list[Step] = []
    for name, yes in table.paths.get(leaf, ()):
        node = table.nodes[name]
        below = {
            answer: sum(scores[found] for found in leaves_below(table, target))
            for answer, target in (("yes", node.yes), ("no", node.no))
        }
        answer: Literal["yes", "no"] = "yes" if yes else "no"
        total = sum(below.values())
        share = round(below[answer] / total, 4) if total else 0.0
        steps.append(Step(node=name, question=node.question, answer=answer, probability=share))
    return tuple(steps)


def leaves_below(tree: Tree, name: str) -> list[str]:
    """Return the leaves that can be reached from a node; a leaf reaches itself."""
    node = tree.nodes.get(name)
    return [name] if node is None else [*leaves_below(tree, node.yes), *leaves_below(tree, node.no)]


def nearest(artifact: Artifact, text: str, cosines: NDArray[np.float32] | None) -> tuple[Neighbour, ...]:
    """Return the examples closest to a request: by the `cosines` of sentence vectors, or by the words they share."""
    near = cosines
    if near is None and artifact.postings is not None:
        near = artifact.postings.cosines(of_words(counted(text), artifact.idf))
    if near is None:
        return ()
    examples = artifact.table.examples
    closest = np.argpartition(-near, NEAREST)[:NEAREST]
    best: list[int] = closest[np.argsort(-near[closest])].tolist()
    return tuple(
        Neighbour(text=examples[i][0], persona=examples[i][1], similarity=round(float(near[i]), 4)) for i in best
    )


def heaviest(artifact: Artifact, text: str, leaf: str) -> tuple[str, ...]:
    """Return the words that the lexical part weighs most for a leaf."""
    if leaf not in artifact.table.columns:
        return ()
    column = artifact.table.columns.index(leaf)
    found = list(dict.fromkeys(words(text)))
    if not found:
        return ()
    places = [bucket("w", word) for word in found]
    weights = artifact.lexical[places, column].astype(np.float32) * artifact.idf[places]
    ranked = sorted(zip(found, weights, strict=True), key=lambda pair: -pair[1])
    return tuple(word for word, weight in ranked[:MOST_WORDS] if weight > 0)


def explain(text: str, first: str, score: Callable[[str], Scores]) -> Explanation:
    """Take words away and score again: which of them carried the decision, and which few would have turned it.

    `score` gives each leaf's share for a text. Only words of the request are tried, the first `TRIED` that differ.
    """
    whole = score(text)
    runner_up = max((name for name in whole if name != first), key=lambda name: whole[name])
    lead = _odds(whole, first, runner_up)
    tried: list[Word] = []
    for word in list(dict.fromkeys(words(text)))[:TRIED]:
        rest = score(_without(text, {word}))
        tried.append(Word(word=word, weight=round(lead - _odds(rest, first, runner_up), 4)))
    ranked = sorted(tried, key=lambda found: -found.weight)
    removed, then = _turned([found.word for found in ranked if found.weight > 0], text, first, score)
    return Explanation(
        first=first,
        runner_up=runner_up,
        speaks_for=tuple(found for found in ranked[:MOST_WORDS] if found.weight > 0),
        speaks_against=tuple(found for found in reversed(ranked[-MOST_WORDS:]) if found.weight < 0),
        without=removed,
        then=then,
    )


def _turned(
    ranked: Sequence[str], text: str, first: str, score: Callable[[str], Scores]
) -> tuple[tuple[str, ...], str | None]:
    for count in range(1, min(REMOVED, len(ranked)) + 1):
        rest = score(_without(text, set(ranked[:count])))
        winner = max(rest, key=lambda name: rest[name])
        if winner != first:
            return tuple(ranked[:count]), winner
    return (), None


def _odds(scores: Scores, first: str, second: str) -> float:
    return math.log(max(scores[first], LEAST)) - math.log(max(scores[second], LEAST))


def _without(text: str, removed: set[str]) -> str:
    return " ".join(part for part in text.split() if not removed & set(words(part)))
