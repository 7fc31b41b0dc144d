"""`mlwright run` and `mlwright verify`."""

import csv
import io
import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from agent.cli.output import Ticker, note, painted, say, write_json
from agent.errors import BadRequest, MlwrightError

if TYPE_CHECKING:
    from agent.skills.apply import Change
    from agent.skills.contract import Plan, SkillResult

DIFF_LINES = 40


@click.command()
@click.argument("skill")
@click.argument("action", required=False, default="")
@click.option("--input", "source", metavar="PATH", help="The skill's input: a model file, a folder of documents, logs.")
@click.option(
    "--set",
    "sets",
    metavar="KEY=VALUE",
    multiple=True,
    help="Set a parameter; repeat for more. `mlwright skills show SKILL` lists them.",
)
@click.option(
    "--config", type=click.Path(path_type=Path, dir_okay=False), help="Read parameters from a YAML, JSON or TOML file."
)
@click.option("--out", type=click.Path(path_type=Path), help="Folder to write to [default: mlwright-out/SKILL-NAME].")
@click.option(
    "--trust-model",
    "trust",
    metavar="sha256:HASH",
    multiple=True,
    help="Allow loading the pickle with this hash, which runs the code in it.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be written, and stop.")
@click.option("--yes", is_flag=True, help="Write without asking. Confirms file writes and nothing else.")
@click.option("--no-verify", is_flag=True, help="Do not run what was written; the result is then called unverified.")
@click.option("--output", type=click.Choice(["text", "json", "csv"]), default="text", help="How to print the result.")
@click.option("--json", "as_json", is_flag=True, help="The same as --output json.")
@click.option(
    "--file",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Print the result to a file instead of stdout.",
)
@click.option("--verbose", is_flag=True, help="Show the skill's log when it fails.")
def run(
    skill: str, action: str, source: str | None, sets: tuple[str, ...], config: Path | None, out: Path | None, trust: tuple[str, ...],
    dry_run: bool, yes: bool, no_verify: bool, output: str, as_json: bool, target: Path | None, verbose: bool,
) -> int:  # fmt: skip
    """Run SKILL: plan, show the difference, write, and verify by running what was written."""
    from agent.engine import Engine
    from agent.skills.discovery import find
    from agent.skills.runner import Job
    from agent.skills.work import make, prove

    ticker = Ticker()
    engine = Engine.open(report=ticker)
    folder = find(engine.skills, skill)
    parameters = given(source, sets, config)
    place = (out or default_out(folder.name, source)).absolute()
    job = Job(folder, action, parameters, engine.start, hashes(trust))
    agree = Agreement(ticker, place, yes=yes, dry_run=dry_run)
    try:
        made = make(engine.runner, job, place, ticker, agree)
        if made is None:
            return agree.exit_code
        evidence = [] if no_verify else list(prove(engine.runner, job, made, ticker))
    except MlwrightError:
        if verbose:
            from agent.skills.process import tail

            note(tail(engine.runner.log))
        raise
    finally:
        ticker.close()
    result = made.result(evidence)
    text = rendered(result, made.edited, "json" if as_json else output)
    if target is not None:
        _save(target, text)
    else:
        click.echo(text.rstrip("\n"))
    return 0 if result.status != "failed" else 1


class Agreement:
    """Shows a plan and asks whether to write it."""

    def __init__(self, ticker: Ticker, out: Path, *, yes: bool, dry_run: bool) -> None:
        self.ticker = ticker
        self.out = out
        self.yes = yes
        self.dry_run = dry_run
        self.exit_code = 0

    def __call__(self, plan: "Plan", planned: "Sequence[Change]") -> bool:
        """Show the plan on stderr, and return whether it may be written."""
        self.ticker.close()
        if not self.yes or self.dry_run:
            show_plan(plan, planned, self.out)
        if self.dry_run:
            return False
        if self.yes or not planned or all(change.kind == "same" for change in planned):
            return True
        if not sys.stdin.isatty():
            self.exit_code = 2
            note("nothing was written: add --yes to write")
            return False
        if click.confirm(f"write these files to {self.out}?", err=True):
            return True
        self.exit_code = 1
        return False


def show_plan(plan: "Plan", planned: "Sequence[Change]", out: Path) -> None:
    """Print a plan: its assumptions, each file's fate, and the differences."""
    from agent.skills.apply import diff

    note(f"{plan.skill} {plan.action}: {len(planned)} files in {out}")
    for assumption in plan.assumptions:
        note(f"  assumes: {assumption}")
    for change in planned:
        note(f"  {painted(change.kind)} {change.file.path}")
    for change in planned:
        if change.kind == "same":
            continue
        lines = diff(change, out).splitlines()
        note("\n".join(lines[:DIFF_LINES]))
        if len(lines) > DIFF_LINES:
            note(f"  ... {len(lines) - DIFF_LINES} more lines of {change.file.path}")


def given(source: str | None, sets: Sequence[str], config: Path | None) -> dict[str, object]:
    """Gather parameters: the file's, then --input, then --set; later ones win. Raises BadRequest."""
    found: dict[str, object] = _file(config) if config is not None else {}
    if source is not None:
        found["input"] = source
    for item in sets:
        key, equals, value = item.partition("=")
        if not equals or not key.isidentifier():
            raise BadRequest(f"--set {item!r} is not KEY=VALUE", "for example: --set p99_ms=50")
        found[key] = value
    return found


def _file(path: Path) -> dict[str, object]:
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        found: object = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise BadRequest(
            f"cannot read the parameters in {path}: {error}", "YAML, JSON or TOML, one key a parameter"
        ) from error
    if not isinstance(found, dict):
        raise BadRequest(f"{path} must hold a mapping of parameters", "one key a parameter")
    return {str(key): value for key, value in cast("dict[object, object]", found).items()}


def hashes(trust: Sequence[str]) -> tuple[str, ...]:
    """Return the SHA-256 sums given with --trust-model; raises BadRequest when one is not of that form."""
    found: list[str] = []
    for item in trust:
        digest = item.removeprefix("sha256:").lower()
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise BadRequest(
                f"--trust-model {item!r} is not sha256: and 64 hexadecimal digits", "sha256sum FILE prints it"
            )
        found.append(digest)
    return tuple(found)


def default_out(skill: str, source: str | None) -> Path:
    """Return the folder a skill writes to when none is named."""
    name = Path(source).stem if source else "project"
    return Path("mlwright-out") / f"{skill}-{name}"


def rendered(result: "SkillResult", edited: Sequence[str], output: str) -> str:
    """Return a result as text, JSON, or CSV of its metrics and evidence values."""
    if output == "json":
        return result.model_dump_json(indent=2)
    if output == "csv":
        stream = io.StringIO()
        writer = csv.writer(stream)
        writer.writerow(["name", "value"])
        writer.writerow(["status", result.status])
        writer.writerows(result.metrics.items())
        for evidence in result.evidence:
            writer.writerows((f"{evidence.check}.{name}", value) for name, value in evidence.values.items())
        return stream.getvalue()
    from agent.cli.show import result_lines

    return "\n".join(result_lines(result, edited))


def _save(path: Path, text: str) -> None:
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise BadRequest(f"cannot write {path}: {error.strerror}", "name another file with --file") from error


@click.command()
@click.argument("project", type=click.Path(path_type=Path))
@click.option(
    "--set",
    "sets",
    metavar="KEY=VALUE",
    multiple=True,
    help="Change an answer, for example input=PATH when the model has moved.",
)
@click.option(
    "--trust-model", "trust", metavar="sha256:HASH", multiple=True, help="Allow loading the pickle with this hash."
)
@click.option("--edited", is_flag=True, help="Run the checks although files are not as the skill wrote them.")
@click.option("--json", "as_json", is_flag=True, help="Write the evidence and what differs as JSON.")
def verify(project: Path, sets: tuple[str, ...], trust: tuple[str, ...], edited: bool, as_json: bool) -> int:
    """Re-run the evidence of the generated PROJECT and compare it with what was recorded.

    No command is taken from the folder: the installed skill works its checks out again from the project's answers.
    """
    from agent.engine import Engine
    from agent.proof.evidence import differences
    from agent.skills.apply import read_manifest
    from agent.skills.discovery import find
    from agent.skills.work import again, recorded

    ticker = Ticker()
    engine = Engine.open(report=ticker)
    project = project.absolute()
    manifest = read_manifest(project)
    before = {item.check: item for item in recorded(project)}
    skill = find(engine.skills, manifest.skill)
    found = list(again(engine.runner, skill, project, given(None, sets, None), hashes(trust), edited, ticker))
    ticker.close()
    differing = [line for item in found if item.check in before for line in differences(before[item.check], item)]
    differing += [f"{name}: recorded, but not run now" for name in before.keys() - {item.check for item in found}]
    if as_json:
        write_json({"project": str(project), "evidence": found, "differences": differing})
    else:
        from agent.cli.show import show_evidence

        for item in found:
            show_evidence(item)
        for line in differing:
            say(f"differs: {line}", colour="red")
        say(
            f"reproduced: {len(found)} checks" if not differing else f"not reproduced: {len(differing)} differences",
            bold=True,
        )
    return 0 if not differing and all(item.passed for item in found) else 1
