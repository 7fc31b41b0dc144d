"""`mlwright schema`."""

from typing import Any

import click

from agent.cli.output import write_json
from agent.errors import UnknownName

# name -> (module, model): what `mlwright schema NAME` describes.
SHAPES = {
    "route": ("agent.routing.decision", "Route"),
    "ask": ("agent.chat.gathered", "Answer"),
    "event": ("agent.events", "Envelope"),
    "event-data": ("agent.events", "Event"),
    "plan": ("agent.skills.contract", "Plan"),
    "result": ("agent.skills.contract", "SkillResult"),
    "evidence": ("agent.proof.evidence", "Evidence"),
    "request": ("agent.skills.contract", "Request"),
    "message": ("agent.skills.contract", "Message"),
    "description": ("agent.skills.contract", "Description"),
    "manifest": ("agent.skills.apply", "Manifest"),
    "estimate": ("agent.decisions.costs.sheet", "Estimate"),
    "scan": ("agent.constitution.model", "Scan"),
}


@click.command()
@click.argument("name", required=False)
def schema(name: str | None) -> int:
    """Write the JSON schema of the output NAME; without a name, list them.

    These shapes are stable: fields are added, none is renamed.
    """
    from importlib import import_module

    from pydantic import TypeAdapter

    if name is None:
        click.echo("\n".join(SHAPES))
        return 0
    if name not in SHAPES:
        raise UnknownName.of("schema", name, SHAPES, "mlwright schema")
    module, model = SHAPES[name]
    shape: Any = getattr(import_module(module), model)
    write_json(TypeAdapter[object](shape).json_schema(mode="serialization"))
    return 0
