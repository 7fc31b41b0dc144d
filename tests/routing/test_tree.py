"""routing.yaml: what it must be, and how it says what it is not."""

from collections import Counter
from pathlib import Path

import networkx
import pytest

from agent.engine import Engine
from agent.errors import ContentError
from agent.routing.drawing import drawn, mermaid
from agent.routing.tree import OUT_OF_SCOPE, graph, load

PERSONAS = ["a", "b", "domain-specialist"]


def routing_yaml(tree: str, leaves: tuple[str, ...] = ("a", "b", OUT_OF_SCOPE), rest: str = "") -> str:
    rows = "".join(f"  {leaf}: what {leaf} owns\n" for leaf in leaves)
    return f"tree:\n{tree}leaves:\n{rows}{rest}"


GOOD = """  root: ml
  nodes:
    ml: {question: Is it ML?, "yes": kind, "no": domain-specialist}
    kind: {question: Is it a?, "yes": a, "no": b}
"""


def faults(folder: Path, text: str) -> list[str]:
    path = folder / "routing.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(path, PERSONAS)
    return [f"{problem.line}: {problem.message}" for problem in caught.value.problems]


def test_the_shipped_tree_leads_to_each_of_eleven_personas_by_one_path(engine: Engine) -> None:
    routing = engine.routing()
    tree = graph(routing)
    leaves = {name for name in tree.nodes if tree.out_degree(name) == 0}
    assert networkx.is_arborescence(tree)
    assert leaves == set(engine.personas)
    assert len(leaves) == 11


def test_every_shipped_leaf_has_many_examples_and_no_text_stands_twice(engine: Engine) -> None:
    texts = [example.text.lower() for example in engine.examples()]
    counts = Counter(example.persona for example in engine.examples())
    assert min(counts[leaf] for leaf in engine.routing().leaves) >= 100
    assert len(texts) == len(set(texts))


def test_no_golden_scenario_is_a_training_example(engine: Engine) -> None:
    texts = {example.text.lower() for example in engine.examples()}
    assert not texts & {scenario.text.lower() for scenario in engine.routing().scenarios}


def test_a_good_file_loads(tmp_path: Path) -> None:
    path = tmp_path / "routing.yaml"
    path.write_text(routing_yaml(GOOD), encoding="utf-8")
    routing = load(path, PERSONAS)
    assert routing.path("b") == (("ml", True), ("kind", False))


def test_unquoted_yes_and_no_are_keys_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "routing.yaml"
    path.write_text(routing_yaml(GOOD.replace('"', "")), encoding="utf-8")
    assert load(path, PERSONAS).nodes["kind"].yes == "a"


def test_all_faults_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    broken = GOOD.replace("kind: {question: Is it a?,", "kind: {question: '',").replace('"no": b', '"no": nobody')
    found = faults(tmp_path, routing_yaml(broken, rest="ties: 7\n"))
    assert any(line.startswith("5: ") and "question" in line for line in found)
    assert any("ties must be a list" in line for line in found)


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        (GOOD.replace('"no": b', '"no": nobody'), "'nobody' is neither a node nor a leaf"),
        (GOOD.replace('"yes": a, "no": b', '"yes": a, "no": ml'), "goes in a circle"),
        (GOOD.replace('"no": b', '"no": a'), "'b' is not reached from the root"),
        (GOOD.replace("root: ml", "root: nowhere"), "the root 'nowhere' is not a node"),
    ],
)
def test_a_misshapen_tree_is_refused(tmp_path: Path, tree: str, message: str) -> None:
    assert any(message in line for line in faults(tmp_path, routing_yaml(tree)))


def test_a_leaf_without_persona_and_a_persona_without_leaf_are_told(tmp_path: Path) -> None:
    tree = GOOD.replace('"no": b', '"no": c')
    found = faults(tmp_path, routing_yaml(tree, ("a", "c", OUT_OF_SCOPE)))
    assert any("leaf 'c' has no persona file" in line for line in found)
    assert any("persona 'b' is no leaf" in line for line in found)


def test_a_file_that_is_not_yaml_is_told_with_its_line(tmp_path: Path) -> None:
    assert faults(tmp_path, "tree:\n  root: [unclosed\nleaves: 3\n")[0].startswith(("2:", "3:"))


def test_the_drawings_name_every_question_and_persona(engine: Engine) -> None:
    routing = engine.routing()
    for drawing in ("\n".join(drawn(routing, routing.leaves)), "\n".join(mermaid(routing))):
        assert all(leaf in drawing for leaf in routing.leaves)
        assert all(node.question in drawing for node in routing.nodes.values())
