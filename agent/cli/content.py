"""`mlwright personas`, `skills` and `tree`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, cast

import click

from agent.cli.output import say, write_json

if TYPE_CHECKING:
    from agent.routing.tree import Routing


@click.group()
def personas() -> None:
    """List and show the personas."""


@personas.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_personas(as_json: bool) -> int:
    """List the personas and what each decides."""
    from agent.cli.show import row
    from agent.engine import Engine

    found = Engine.open().personas
    if as_json:
        write_json(
            [
                {"name": persona.name, "description": persona.description, "role": persona.mlwright.role}
                for persona in found.values()
            ]
        )
        return 0
    for persona in found.values():
        say(persona.name, bold=True)
        row("", persona.mlwright.role)
    return 0


@personas.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def show_persona(name: str, as_json: bool) -> int:
    """Show what persona NAME does, refuses, hands over and must check."""
    from agent.cli.show import row, show_markdown
    from agent.engine import Engine
    from agent.personas.model import find

    engine = Engine.open()
    persona = find(engine.personas, name)
    if as_json:
        write_json(persona)
        return 0
    say(persona.name, bold=True)
    row("", persona.description)
    contract = persona.mlwright
    for label, lines in (
        ("Does", contract.does),
        ("Refuses", [f"{boundary.task} -> {boundary.hand_to}: {boundary.because}" for boundary in contract.refuses]),
        ("Checks", contract.checks),
        ("Skills", [skill if skill in engine.skills else f"{skill} (not installed)" for skill in contract.skills]),
        ("Works with", [f"{colleague.persona}: {colleague.purpose}" for colleague in contract.works_with]),
    ):
        for index, line in enumerate(lines):
            row(label if index == 0 else "", line)
    say()
    show_markdown(persona.body)
    return 0


@click.group()
def skills() -> None:
    """List and show the skills."""


@skills.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_skills(as_json: bool) -> int:
    """List the skills in reach."""
    from agent.cli.show import row
    from agent.engine import Engine

    found = Engine.open().skills
    if as_json:
        write_json(
            [
                {"name": name, "pack": skill.pack.name, "description": skill.description, "aliases": skill.aliases}
                for name, skill in found.items()
            ]
        )
        return 0
    for name, skill in found.items():
        say(f"{name} ({skill.pack.name})" + (f", also {', '.join(skill.aliases)}" if skill.aliases else ""), bold=True)
        row("", skill.description)
    return 0


@skills.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, with the schema of each action's parameters.")
def show_skill(name: str, as_json: bool) -> int:
    """Show the actions and parameters of skill NAME."""
    from agent.cli.show import row
    from agent.engine import Engine
    from agent.skills.discovery import find

    engine = Engine.open()
    folder = find(engine.skills, name)
    description = engine.runner.describe(folder)
    if as_json:
        write_json(description)
        return 0
    say(f"{description.name} (templates {description.version})", bold=True)
    row("", folder.description)
    for action in description.actions:
        say(f"{description.name} {action.name}: {action.summary}", bold=True)
        properties = cast("dict[str, dict[str, object]]", action.parameters.get("properties", {}))
        for key, schema in properties.items():
            default = f" [default: {schema['default']}]" if schema.get("default") is not None else ""
            row(f"  {key}", f"{schema.get('description', '')}{default}")
    return 0


@click.command()
@click.option("--mermaid", is_flag=True, help="Write a Mermaid flowchart.")
@click.option("--ties", is_flag=True, help="Show the disputed subjects, and who has each under which profile.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def tree(mermaid: bool, ties: bool, as_json: bool) -> int:
    """Draw the decision tree that routing walks."""
    from agent.engine import Engine
    from agent.routing.drawing import drawn
    from agent.routing.drawing import mermaid as flowchart

    routing = Engine.open().routing()
    if as_json:
        nodes = {
            name: {"question": node.question, "yes": node.yes, "no": node.no} for name, node in routing.nodes.items()
        }
        leaves = dict(routing.leaves)
        write_json(
            {"root": routing.root, "nodes": nodes, "leaves": leaves, "ties": [asdict(tie) for tie in routing.ties]}
        )
    elif ties:
        _show_ties(routing)
    else:
        click.echo("\n".join(flowchart(routing) if mermaid else drawn(routing, routing.leaves)))
    return 0


def _show_ties(routing: "Routing") -> None:
    from agent.cli.show import row

    for tie in routing.ties:
        say(f"{tie.id}: {tie.subject}", bold=True)
        for profile, owner in tie.winner.items():
            row(profile, owner)
        row("why", tie.reason)
