"""`mlwright check`."""

from pathlib import Path

import click

from agent.cli.output import Ticker, write_json
from agent.errors import BadRequest

LEVELS = {"fail": ("FAIL",), "unknown": ("FAIL", "UNKNOWN"), "never": ()}


@click.command()
@click.argument("path", type=click.Path(path_type=Path), default=".")
@click.option(
    "--format", "shape", type=click.Choice(["text", "json", "sarif"]), default="text", help="How to print the findings."
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--principle", "principles", multiple=True, metavar="NAME", help="Only this principle; repeat for more.")
@click.option("--fail-on", type=click.Choice(list(LEVELS)), default="fail", help="What makes the exit code 1.")
def check(path: Path, shape: str, as_json: bool, principles: tuple[str, ...], fail_on: str) -> int:
    """Hold the project at PATH against fifteen checkpoints: PASS, FAIL with file and line, or UNKNOWN.

    Nothing of the project is run. What shows neither way is UNKNOWN, never PASS.
    """
    from agent.constitution.sarif import sarif
    from agent.engine import Engine

    if not path.exists():
        raise BadRequest(f"{path} does not exist", "name a folder or a file")
    ticker = Ticker()
    found = Engine.open(report=ticker).check(path, principles)
    ticker.close()
    if shape == "sarif":
        write_json(sarif(found))
    elif as_json or shape == "json":
        write_json(found)
    else:
        from agent.cli.show import show_scan

        show_scan(found)
    return 1 if any(score.status in LEVELS[fail_on] for score in found.scores) else 0
