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


@config.command("profiles")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def profiles(as_json: bool) -> int:
    """List the profiles of targets, and where they contradict each other; `profile` in the settings chooses one."""
    from agent.decisions.profiles import differences, load_profiles
    from agent.engine import Engine

    engine = Engine.open()
    found = load_profiles(engine.packs)
    differing = tuple(differences(found.values()))
    if as_json:
        write_json(
            {"chosen": engine.loaded.settings.profile, "profiles": list(found.values()), "differences": differing}
        )
        return 0
    for profile in found.values():
        mark = " (chosen)" if profile.id == engine.loaded.settings.profile else ""
        say(f"{profile.id}{mark}: {profile.about}", bold=True)
        for target in profile.targets:
            say(f"    {target}")
    for item in differing:
        name = f"p{item.percentile:g}" if item.percentile is not None else item.metric
        say(f"differs: {name}: " + ", ".join(f"{who} {limit:g}" for who, limit in item.limits.items()), colour="yellow")
    say("A request's own target holds before a profile's; all of these are SLOs, none is an SLA.")
    return 0
