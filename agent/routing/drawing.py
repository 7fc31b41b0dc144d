"""The decision tree as text and as a Mermaid flowchart."""

from collections.abc import Iterator

from agent.routing.tree import Routing, graph


def drawn(routing: Routing) -> Iterator[str]:
    """Yield the tree as lines for a terminal."""
    yield from _branch(routing, routing.root, "", "")


def _branch(routing: Routing, name: str, head: str, indent: str) -> Iterator[str]:
    node = routing.nodes.get(name)
    if node is None:
        yield f"{head}{name}: {routing.leaves[name]}"
        return
    yield f"{head}{node.question}"
    yield from _branch(routing, node.yes, f"{indent}├─ yes ─ ", f"{indent}│        ")
    yield from _branch(routing, node.no, f"{indent}└─ no ── ", f"{indent}         ")


def mermaid(routing: Routing) -> Iterator[str]:
    """Yield the tree as a Mermaid flowchart."""
    tree = graph(routing)
    yield "flowchart TD"
    for name in tree.nodes:
        node = routing.nodes.get(name)
        text = (node.question if node else name).replace('"', "'")
        yield f'    {name}{{"{text}"}}' if node else f'    {name}["{text}"]'
    for start, end, data in tree.edges(data=True):
        yield f"    {start} -->|{data['answer']}| {end}"
