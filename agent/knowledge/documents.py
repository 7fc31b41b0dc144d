"""The reference docs of packs, read: front matter, and sections as passages that can be cited."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from agent.errors import ContentError, Problem
from agent.knowledge.retrieval import loaders
from agent.knowledge.retrieval.passages import Passage, Size, split
from agent.resources import Pack, visible

# A few anchors can stand for more words than there is memory.
ANCHOR = re.compile(r"(?:^|[\s\[{,:])[&*][\w-]", re.MULTILINE)
FRONT = re.compile(r"---\n(.*?)\n---\n", re.DOTALL)
# A section is written to be one thought, and is cut only where it is very long; its beginning is what is encoded.
SIZE = Size(900)
# What tells a reference doc from a document of the user's, and whom it is written for.
REFERENCE, PERSONA, TOPIC = "reference", "persona/", "topic/"


def sources(packs: Sequence[Pack]) -> list[tuple[Pack, Path]]:
    """Return the reference docs of `packs`, in a stable order; one whose name cannot be shown is no doc."""
    return [
        (pack, path)
        for pack in packs
        for path in sorted(pack.folder("knowledge").glob("**/*.md"))
        if path.name.isprintable() and visible(path.name) == path.name
    ]


def name(pack: Pack, path: Path) -> str:
    """Return what a reference doc is called in citations."""
    return f"{pack.name}/{path.relative_to(pack.folder('knowledge')).as_posix()}"


def read(pack: Pack, path: Path) -> list[Passage]:
    """Read one document into passages, labelled with its personas and topics; raises ContentError when it is broken."""
    try:
        document = loaders.read(path, name(pack, path))
    except loaders.Unreadable as error:
        raise ContentError([Problem(path, 0, error.reason)]) from error
    fields = _front(path)
    labels = [REFERENCE] + [
        f"{prefix}{item}"
        for key, prefix in (("personas", PERSONA), ("topics", TOPIC))
        for item in cast("list[object]", fields.get(key) or [])
    ]
    return split(document, SIZE, labels=labels)


def _front(path: Path) -> dict[str, object]:
    import yaml

    match = FRONT.match(visible(path.read_text(encoding="utf-8")))
    if match is None:
        return {}
    if ANCHOR.search(match[1]):
        raise ContentError([Problem(path, 1, "the front matter may not use YAML anchors")])
    try:
        front: object = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        raise ContentError([Problem(path, 1, f"the front matter is not YAML: {error}")]) from error
    return cast("dict[str, object]", front) if isinstance(front, dict) else {}
