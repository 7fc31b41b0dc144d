"""Personas as contracts."""

import re
from pathlib import Path

import pytest

from agent.engine import Engine
from agent.errors import ContentError
from agent.personas.model import MAX_DESCRIPTION, read


def test_there_are_eleven_and_each_states_its_boundaries(engine: Engine) -> None:
    assert len(engine.personas) == 11
    for persona in engine.personas.values():
        assert len(persona.description) <= MAX_DESCRIPTION
        assert persona.model == "inherit"
        assert persona.mlwright.refuses
        assert persona.mlwright.checks


def test_the_hand_over_graph_reaches_every_persona(engine: Engine) -> None:
    import networkx

    graph: networkx.DiGraph[str] = networkx.DiGraph(
        (persona.name, boundary.hand_to)
        for persona in engine.personas.values()
        for boundary in persona.mlwright.refuses
    )
    assert set(graph.nodes) == set(engine.personas)
    assert networkx.is_weakly_connected(graph)


def test_no_persona_states_a_number_as_a_target(engine: Engine) -> None:
    target = re.compile(r"\d+(?:\.\d+)?\s?(?:%|ms\b|percent|rps\b)")
    found = {persona.name: target.findall(persona.body) for persona in engine.personas.values()}
    assert {name: numbers for name, numbers in found.items() if numbers} == {}


def test_no_persona_carries_a_directive(engine: Engine) -> None:
    assert not any(
        re.search(r"^//|turbo|permissionMode|bypassPermissions", p.body, re.MULTILINE) for p in engine.personas.values()
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no front matter", "must begin with front matter"),
        ("---\nname: [\n---\nbody", "not YAML"),
        ("---\n- a\n---\nbody", "must be a mapping"),
        ("---\nname: Bad Name\n---\nbody", "name"),
    ],
)
def test_a_broken_persona_is_told_with_its_file(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.md"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=message):
        read(path)
