"""Requests that each leaf of a framework is right for: what an unanswered question is answered by."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from agent.decisions.content import document, told
from agent.decisions.framework import Framework
from agent.errors import Problem
from agent.resources import Pack

PREFIX = "framework:"
WHICH = "framework"


def files(packs: Iterable[Pack]) -> list[Path]:
    """Return the files of all packs, in a stable order."""
    return [path for pack in packs for path in sorted((pack.folder("knowledge") / "likes").glob("*.yaml"))]


def load_likes(packs: Iterable[Pack], frameworks: Mapping[str, Framework]) -> dict[str, list[tuple[str, str]]]:
    """Read knowledge/likes/<framework>.yaml (leaf: [requests]) of every pack as sets of (request, label).

    One set for each framework, labelled by leaf, and one over all of them, labelled by framework. Raises ContentError
    with every leaf that there is not.
    """
    problems: list[Problem] = []
    found: dict[str, list[tuple[str, str]]] = {}
    for path in files(packs):
        top = document(path, problems)
        framework = frameworks.get(path.stem)
        if top is None or framework is None:
            problems.append(Problem(path, 1, f"there is no framework {path.stem!r}"))
            continue
        leaves = {leaf.id for leaf in framework.leaves()}
        for leaf, texts in top.fields(allowed=tuple(leaves)).items():
            found.setdefault(PREFIX + framework.id, []).extend((text, leaf) for text in texts.texts())
    told(problems)
    every = [(text, name.removeprefix(PREFIX)) for name, rows in found.items() for text, _ in rows]
    return found | ({WHICH: every} if every else {})
