"""Requests that each leaf of a framework, or each diagnosis, is right for: what is gone by where words are silent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

from agent.decisions.content import document, told
from agent.decisions.framework import Framework
from agent.errors import Problem
from agent.resources import Pack
from agent.routing.artifact import NO_LEAF
from agent.routing.examples import Example

PREFIX = "framework:"
WHICH = "framework"
SYMPTOM = "symptom"
NONE = "none"
SYMPTOMS = "diagnoses"
# Raised when `samples` changes, so that what was compiled from them is compiled again.
VERSION = 1
# Of the leaves' requests, every so many-th is also a sample of the kind design; chosen on labelled requests left out.
EVERY = 8
# Whose requests concern a framework's subject so seldom that they stand against all of them.
NO_FRAMEWORK = (
    *NO_LEAF,
    "domain-specialist",
    "security-auditor",
    "backend-architect",
    "cloud-architect",
    "kubernetes-architect",
)


def files(packs: Iterable[Pack]) -> list[Path]:
    """Return the files of all packs, in a stable order."""
    return [path for pack in packs for path in sorted((pack.folder("knowledge") / "likes").glob("*.yaml"))]


def load_likes(
    packs: Iterable[Pack], frameworks: Mapping[str, Framework], symptoms: Collection[str]
) -> dict[str, list[tuple[str, str]]]:
    """Read the requests of every pack's knowledge/likes/: <framework>.yaml by leaf, diagnoses.yaml by symptom.

    Returns sets of (request, label): one for each framework, labelled by leaf; one over all of them, labelled by
    framework; one for the symptoms, where `none` is a label too. Raises ContentError with every name that there is not.
    """
    problems: list[Problem] = []
    found: dict[str, list[tuple[str, str]]] = {}
    for path in files(packs):
        top = document(path, problems)
        framework = frameworks.get(path.stem)
        if top is None:
            continue
        if framework is None and path.stem != SYMPTOMS:
            problems.append(Problem(path, 1, f"there is no framework {path.stem!r}"))
            continue
        if framework is not None:
            name, labels = PREFIX + framework.id, {leaf.id for leaf in framework.leaves()}
        else:
            name, labels = SYMPTOM, {*symptoms, NONE}
        for label, texts in top.fields(allowed=tuple(labels)).items():
            found.setdefault(name, []).extend((text, label) for text in texts.texts())
    told(problems)
    every = [(text, name) for name, rows in found.items() if name.startswith(PREFIX) for text, _ in rows]
    return found | ({WHICH: [(text, name.removeprefix(PREFIX)) for text, name in every]} if every else {})


def samples(
    examples: Sequence[Example], likes: Mapping[str, Sequence[tuple[str, str]]]
) -> dict[str, Sequence[tuple[str, str]]]:
    """Return every set of (request, label) that likeness is learnt from: task, kind, frameworks, leaves, symptoms."""
    concerned = likes.get(WHICH, ())
    # Who tells a situation and asks nothing wants a design. All of these would drown the other kinds.
    situations = [(text, "design") for text, _ in concerned[::EVERY]]
    others = [one.text for one in examples if one.persona in NO_FRAMEWORK]
    return {
        **likes,
        "task": [(one.text, one.task) for one in examples if one.task is not None],
        "kind": [*((one.text, one.kind) for one in examples if one.kind is not None), *situations],
        # A request that concerns none of the frameworks must be able to say so.
        WHICH: [*concerned, *((text, NONE) for text in others)],
    }
