"""`mlwright route`."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from agent.cli.output import Ticker, request_text, write_json
from agent.errors import BadRequest

if TYPE_CHECKING:
    from agent.engine import Engine


@click.command(epilog="A request is routed, asked back about, or declined; all three exit 0.")
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write the decision as JSON.")
@click.option(
    "--explain", is_flag=True, help="Show the walk, the ranking, the nearest examples, and what would have changed it."
)
@click.option("--mermaid", is_flag=True, help="Write the walk through the tree as a Mermaid flowchart.")
@click.option(
    "--after",
    metavar="TEXT",
    multiple=True,
    help="A request before this one in the same conversation; may be repeated, the oldest first.",
)
@click.option("--persona", metavar="NAME", help="Name the persona yourself; the scores are told all the same.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Route a JSONL file: one object with “text” (and “after”, a list) a line in, one decision a line out.",
)
def route(
    text: str | None,
    as_json: bool,
    explain: bool,
    mermaid: bool,
    after: tuple[str, ...],
    persona: str | None,
    batch: Path | None,
) -> int:
    """Say which persona TEXT belongs to, and why. TEXT may be - for stdin."""
    from agent.engine import Engine

    ticker = Ticker()
    engine = Engine.open(report=ticker)
    if batch is not None:
        return _batch(engine, batch)
    if text is None:
        raise BadRequest("there is no request", "mlwright route 'deploy my model behind an API'")
    request = request_text(text)
    found = engine.route(request, persona, after, explained=explain)
    ticker.close()
    if as_json:
        write_json(found)
    elif mermaid:
        from agent.routing.drawing import mermaid as flowchart

        click.echo("\n".join(flowchart(engine.router.artifact.table, found.path, found.shares)))
    else:
        from agent.cli.show import show_route

        show_route(found)
        if explain:
            from agent.cli.route_view import show_reasons

            show_reasons(found, engine.router.artifact.table)
    return 0


def _batch(engine: "Engine", path: Path) -> int:
    try:
        stream = path.open(encoding="utf-8") if str(path) != "-" else sys.stdin
    except OSError as error:
        raise BadRequest(f"cannot read {path}: {error.strerror}", "name a JSONL file") from error
    with stream:
        for number, line in enumerate(stream, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                request = request_text(row["text"])
                after = _turns(row.get("after", []))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise BadRequest(
                    f"{path}:{number}: not an object with a text: {line.strip()[:60]}",
                    'a line looks like {"text": "deploy my model"}',
                ) from error
            click.echo(engine.route(request, after=after).model_dump_json())
    return 0


def _turns(value: object) -> list[str]:
    if not isinstance(value, list):
        raise TypeError("“after” is a list of requests")
    return [request_text(str(turn)) for turn in cast("list[object]", value)]
