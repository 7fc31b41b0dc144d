"""The decision tree as text and as a Mermaid flowchart, whole or as one request walked it."""

from collections.abc import Iterator, Mapping

from agent.routing.explanation import Step, leaves_below
from agent.routing.tree import Tree


def drawn(tree: Tree, leaves: Mapping[str, str]) -> Iterator[str]:
    """Yield the whole tree as lines for a terminal; `leaves` says what each owns."""
    yield from _branch(tree, tree.root, leaves, "", "")


def _branch(tree: Tree, name: str, leaves: Mapping[str, str], head: str, indent: str) -> Iterator[str]:
    node = tree.nodes.get(name)
    if node is None:
        yield f"{head}{name}: {leaves[name]}"
        return
    yield f"{head}{node.question}"
    yield from _branch(tree, node.yes, leaves, f"{indent}├─ yes ─ ", f"{indent}│        ")
    yield from _branch(tree, node.no, leaves, f"{indent}└─ no ── ", f"{indent}         ")


def walked(tree: Tree, path: tuple[Step, ...], leaf: str, shares: Mapping[str, float]) -> Iterator[str]:
    """Yield one request's way down: each question, the branch taken below the one that was not, with its leaves' shares."""
    if not path:
        return
    yield path[0].question
    for depth, step in enumerate(path):
        node = tree.nodes[step.node]
        indent = "   " * depth
        other, passed = ("no", node.no) if step.answer == "yes" else ("yes", node.yes)
        named = ", ".join(f"{name} {shares[name]:.2f}" for name in leaves_below(tree, passed))
        following = path[depth + 1].question if depth + 1 < len(path) else f"{leaf} {shares[leaf]:.2f}"
        yield f"{indent}├─ {other:<3} {1 - step.probability:.2f}  {named}"
        yield f"{indent}└─ {step.answer:<3} {step.probability:.2f}  {following}"


def mermaid(tree: Tree, path: tuple[Step, ...] = (), shares: Mapping[str, float] | None = None) -> Iterator[str]:
    """Yield the tree as a Mermaid flowchart; with a `path` its edges are thick and its leaf is filled."""
    taken = {step.node: step for step in path}
    yield "flowchart TD"
    names = dict.fromkeys(name for node in tree.nodes.values() for name in (node.yes, node.no))
    for name in dict.fromkeys([tree.root, *names]):
        node = tree.nodes.get(name)
        text = (node.question if node else name).replace('"', "'")
        share = f"<br/>{shares[name]:.2f}" if shares and name in shares else ""
        yield f'    {name}{{"{text}"}}' if node else f'    {name}["{text}{share}"]'
    for name, node in tree.nodes.items():
        for answer, target in (("yes", node.yes), ("no", node.no)):
            step = taken.get(name)
            if step is not None and step.answer == answer:
                yield f'    {name} == "{answer} {step.probability:.2f}" ==> {target}'
            else:
                yield f"    {name} -->|{answer}| {target}"
    if path:
        last = tree.nodes[path[-1].node]
        yield f"    style {last.yes if path[-1].answer == 'yes' else last.no} fill:#2e7d32,color:#ffffff"
