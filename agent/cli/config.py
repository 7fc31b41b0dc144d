"""`mlwright config`."""

import click

from agent.cli.output import say, write_json


@click.group()
def config() -> None:
    """Show the settings and where each came from."""


@config.command("show")
@click.option("--origins", is_flag=True, help="Show where each value comes from.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def show_config(origins: bool, as_json: bool) -> int:
    """Show the settings in force."""
    from agent.engine import Engine
    from agent.settings import Settings

    loaded = Engine.open().loaded
    values = loaded.settings.model_dump(mode="json")
    if as_json:
        write_json({key: {"value": value, "origin": loaded.origins[key]} for key, value in values.items()})
        return 0
    for key, value in values.items():
        say(f"{key} = {value}" + (f"    from {loaded.origins[key]}" if origins else ""))
        if origins:
            say(f"    {Settings.model_fields[key].description}", colour="bright_black")
    return 0
