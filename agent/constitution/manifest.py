"""YAML documents as nodes with lines: composed, never constructed, so that no tag runs and no alias is multiplied out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from yaml.nodes import MappingNode, ScalarNode, SequenceNode
    from yaml.nodes import Node as YamlNode

# The C composer recurses without a limit of its own: a million brackets end the process.
MAX_NESTING = 60
MAX_MERGES = 4


class TooDeep(ValueError):
    """The document nests deeper than any that people write."""


@dataclass(frozen=True)
class Node:
    """A node of a document; what is asked of the wrong kind of node, or is not there, is None or empty."""

    raw: "YamlNode"

    @property
    def line(self) -> int:
        """Return the line it starts at, from 1."""
        return int(self.raw.start_mark.line) + 1

    @property
    def text(self) -> str:
        """Return a scalar's text."""
        return str(cast("ScalarNode", self.raw).value) if self.raw.id == "scalar" else ""

    def items(self) -> "list[Node]":
        """Return a sequence's nodes."""
        return [Node(item) for item in cast("SequenceNode", self.raw).value] if self.raw.id == "sequence" else []

    def pairs(self) -> "list[tuple[str, Node]]":
        """Return a mapping's keys and nodes, without what it merges in."""
        if self.raw.id != "mapping":
            return []
        found: list[tuple[YamlNode, YamlNode]] = cast("MappingNode", self.raw).value
        return [(Node(key).text, Node(value)) for key, value in found]

    def get(self, *path: str) -> "Node | None":
        """Return the node below the keys of `path`."""
        node: Node | None = self
        for key in path:
            node = node._key(key, 0) if node is not None else None
        return node

    def text_at(self, *path: str) -> str:
        """Return the text below the keys of `path`."""
        node = self.get(*path)
        return node.text if node is not None else ""

    def _key(self, key: str, merges: int) -> "Node | None":
        pairs = self.pairs()
        found = next((value for name, value in pairs if name == key), None)
        if found is not None or merges >= MAX_MERGES:
            return found
        for name, value in pairs:
            if name == "<<":
                for merged in (value, *value.items()):
                    if (found := merged._key(key, merges + 1)) is not None:
                        return found
        return None


def documents(text: str) -> Iterator[Node]:
    """Yield the documents of a YAML file. Raises yaml.YAMLError, or TooDeep."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    depth = 0
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.events.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.events.CollectionEndEvent):
            depth -= 1
        if depth > MAX_NESTING:
            raise TooDeep(f"nested deeper than {MAX_NESTING}")
    for node in yaml.compose_all(text, Loader=loader):
        if node is not None:
            yield Node(node)
