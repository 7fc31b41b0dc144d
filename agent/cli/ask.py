"""`mlwright ask`."""

import asyncio
from collections.abc import AsyncIterator

import click

from agent.cli.output import Ticker, note, request_text, say, write_json


@click.command()
@click.argument("text")
@click.option("--persona", metavar="NAME", help="Name the persona yourself.")
@click.option("--json", "as_json", is_flag=True, help="Write the whole turn as one JSON object.")
@click.option("--events", "as_events", is_flag=True, help="Write each event as it happens, one JSON object a line.")
def ask(text: str, persona: str | None, as_json: bool, as_events: bool) -> int:
    """Answer TEXT: who takes it, what it lacks, what the sources say, what to do, and the commands that do it.

    TEXT may be - for stdin. Everything is worked out on this machine.
    """
    from agent.engine import LEXICAL_COST, Engine

    request = request_text(text)
    ticker = Ticker()
    engine = Engine.open(report=ticker)
    events = engine.turn(request, persona)
    if as_events:
        asyncio.run(_stream(events))
    else:
        from agent.chat.gathered import gather

        turn = asyncio.run(gather(events))
        ticker.close()
        if as_json:
            write_json(turn.answered())
        else:
            from agent.cli.turn_view import show

            show(turn, say)
    ticker.close()
    if engine.encoder is None and not as_events:
        note(f"note: {engine.encoder_reason}; {LEXICAL_COST}")
    return 0


async def _stream(events: "AsyncIterator[object]") -> None:
    from agent.events import Model, envelope

    seq = 0
    async for event in events:
        assert isinstance(event, Model)
        click.echo(envelope(seq, event).model_dump_json())
        seq += 1
