"""YAML documents as nodes with lines: composed, never constructed, so that no tag runs and no alias is multiplied out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, cast

# The C composer recurses without a limit of its own: a million brackets end the process.
MAX_NESTING = 60
MAX_MERGES = 4


class TooDeep(ValueError):
    """The document nests deeper than any that people write."""


class _Mark(Protocol):
    line: int


class _Raw(Protocol):
    """What is used of a node of the YAML library."""

    id: str
    value: object
    start_mark: _Mark


class _Loader(Protocol):
    """What is used of a loader of the YAML library."""

    def check_event(self) -> bool: ...
    def get_event(self) -> object: ...
    def check_node(self) -> bool: ...
    def get_node(self) -> _Raw | None: ...


@dataclass(frozen=True)
class Node:
    """A node of a document; what is asked of the wrong kind of node, or is not there, is None or empty."""

    raw: _Raw

    @property
    def line(self) -> int:
        """Return the line it starts at, from 1."""
        return self.raw.start_mark.line + 1

    @property
    def text(self) -> str:
        """Return a scalar's text."""
        return str(self.raw.value) if self.raw.id == "scalar" else ""

    def items(self) -> "list[Node]":
        """Return a sequence's nodes."""
        return [Node(item) for item in cast("list[_Raw]", self.raw.value)] if self.raw.id == "sequence" else []

    def pairs(self) -> "list[tuple[str, Node]]":
        """Return a mapping's keys and nodes, without what it merges in."""
        if self.raw.id != "mapping":
            return []
        return [(Node(key).text, Node(value)) for key, value in cast("list[tuple[_Raw, _Raw]]", self.raw.value)]

    def get(self, *path: str) -> "Node | None":
        """Return the node below the keys of `path`."""
        node: Node | None = self
        for key in path:
            node = node.child(key) if node is not None else None
        return node

    def text_at(self, *path: str) -> str:
        """Return the text below the keys of `path`."""
        node = self.get(*path)
        return node.text if node is not None else ""

    def child(self, key: str, merges: int = 0) -> "Node | None":
        """Return the node of one key, be it merged in by `<<`, through no more than MAX_MERGES merges."""
        pairs = self.pairs()
        found = next((value for name, value in pairs if name == key), None)
        if found is not None or merges >= MAX_MERGES:
            return found
        merged = [item for name, value in pairs if name == "<<" for item in (value, *value.items())]
        return next((value for item in merged if (value := item.child(key, merges + 1)) is not None), None)


def documents(text: str) -> Iterator[Node]:
    """Yield the documents of a YAML file. Raises yaml.YAMLError, or TooDeep."""
    import yaml

    make = cast("Callable[[str], _Loader]", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    loader, depth = make(text), 0
    while loader.check_event():
        event = loader.get_event()
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_NESTING:
            raise TooDeep(f"nested deeper than {MAX_NESTING}")
    loader = make(text)
    while loader.check_node():
        node = loader.get_node()
        if node is not None:
            yield Node(node)
