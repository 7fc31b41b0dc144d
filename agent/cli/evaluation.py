"""`mlwright eval`."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import Ticker, note, painted, say, write_json
from agent.errors import Cancelled

if TYPE_CHECKING:
    from agent.engine import Engine
    from agent.evaluation.compare import Comparison
    from agent.evaluation.gate import GateResult
    from agent.evaluation.record import Outcome, Run

OUT = Path("mlwright-out") / "eval"
PAGE = "report.html"


class SuitesOrCommand(click.Group):
    """A group whose arguments are suites unless the first is a command."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `run` before what is no command."""
        if not args or (args[0] not in self.commands and args[0] not in {"-h", "--help"}):
            args = ["run", *args]
        return super().parse_args(ctx, args)


@click.group(
    cls=SuitesOrCommand,
    name="eval",
    epilog="`mlwright eval run --help` lists the options of a run; `run` may be left out: mlwright eval routing-test --report html",
)
def evaluation() -> None:
    """Run suites of cases, gate them, compare two runs.

    Without arguments every suite in reach is run: the built-in ones, and those in evals/ of packs and of the project.
    """


@evaluation.command("run")
@click.argument("suites", nargs=-1)
@click.option(
    "--gate", type=click.Path(path_type=Path, dir_okay=False), help="Hold the run to this gate.toml: exit 0 or 1."
)
@click.option("--report", type=click.Choice(["html", "json"]), help="Also write a page, or print the record.")
@click.option(
    "--repeat", type=click.IntRange(1, 100), default=1, help="Run each case so often; what differs is called flaky."
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=OUT,
    help="Where the record goes.",
    show_default=True,
)
@click.option("--resume", is_flag=True, help="Go on with the run that was stopped there.")
@click.option(
    "--at-once",
    type=click.IntRange(1, 64),
    default=1,
    help="Cases at a time; more help only while cases wait for a model elsewhere.",
    show_default=True,
)
@click.option(
    "--case-seconds", type=click.FloatRange(0.001), default=120.0, help="Time for one case.", show_default=True
)
@click.option("--total-seconds", type=click.FloatRange(0.001), help="Time for all of them.")
@click.option("--seed", type=int, default=0, help="For the intervals.", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print figures and gate as JSON.")
def run(
    suites: tuple[str, ...],
    gate: Path | None,
    report: str | None,
    repeat: int,
    out: Path,
    resume: bool,
    at_once: int,
    case_seconds: float,
    total_seconds: float | None,
    seed: int,
    as_json: bool,
) -> int:
    """Run SUITES, by name or as files; all in reach when none is named.

    Exit codes: 0 done and the gate, if any, is met; 1 the gate is not met, or a case ended in an error; 130 stopped.
    """
    from agent.engine import Engine
    from agent.evaluation import gate as gates
    from agent.evaluation.evaluate import Wanted
    from agent.evaluation.runner import Limits

    held = gates.read(gate) if gate is not None else None
    baseline = gates.baseline_of(held) if held is not None else None
    ticker = Ticker()
    engine = Engine.open(report=ticker)
    progress = Shown(ticker)
    found = engine.evaluate(
        suites, Wanted(repeat, seed, Limits(at_once, case_seconds, total_seconds)), out, resume, progress
    )
    ticker.close()
    result = gates.check(found, held, baseline) if held is not None else None
    _written(engine, found, report, out)
    if report == "json":
        click.echo(found.model_dump_json())
    elif as_json:
        _print_json(found, result)
    else:
        _print(found, result, out)
    if not found.complete and total_seconds is None:
        note(f"note: what was done is in {out}; the same command with --resume goes on")
        raise Cancelled("stopped before the last case")
    failed = any(not outcome.scored for outcome in found.outcomes) if result is None else not result.passed
    return 1 if failed or not found.complete else 0


class Shown:
    """Progress of a run: a line that is rewritten on a terminal, a line a case elsewhere."""

    def __init__(self, ticker: Ticker) -> None:
        self.ticker = ticker
        self.counts: Counter[str] = Counter()

    def __call__(self, outcome: "Outcome", done: int, total: int) -> None:
        """Show an outcome."""
        from agent.proof.progress import Progress

        self.counts[outcome.status] += 1
        if self.ticker.terminal:
            told = ", ".join(f"{count} {status}" for status, count in self.counts.items())
            self.ticker(Progress(step=outcome.suite, done=done, total=total, detail=told))
        else:
            note(f"{done}/{total} {outcome.status} {outcome.suite}/{outcome.case} {outcome.seconds:.2f} s")


def _written(engine: "Engine", found: "Run", report: str | None, out: Path) -> None:
    if report != "html":
        return
    from agent.evaluation.report import html
    from agent.evaluation.scores import metrics, slices

    (out / PAGE).write_text(html(found, metrics(found), slices, engine.routing()), encoding="utf-8")


def _print_json(found: "Run", result: "GateResult | None") -> None:
    from agent.evaluation.scores import flaky, metrics

    write_json(
        {
            "id": found.id,
            "complete": found.complete,
            "seconds": found.seconds,
            "cpu_seconds": found.cpu_seconds,
            "outcomes": dict(Counter(outcome.status for outcome in found.outcomes)),
            "metrics": {name: metric.model_dump(mode="json") for name, metric in metrics(found).items()},
            "flaky": [item.model_dump(mode="json") for item in flaky(found)],
            "gate": result.model_dump(mode="json") if result is not None else None,
        }
    )


def _print(found: "Run", result: "GateResult | None", out: Path) -> None:
    from agent.evaluation.report import table
    from agent.evaluation.scores import metrics

    for line in table(found, metrics(found)):
        say(line)
    say(f"record: {out / 'run.json'}")
    if (out / PAGE).is_file():
        say(f"page: {out / PAGE}")
    if result is None:
        return
    for line in result.lines:
        value = "missing" if line.missing else f"{line.value:.3f}" if line.value is not None else ""
        say(f"{painted('PASS' if line.met else 'FAIL')} {line.rule}: {value} {line.detail}".rstrip(" :"))
    say(f"gate {'met' if result.passed else 'not met'}", bold=True)


@evaluation.command("compare")
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--partial", is_flag=True, help="Compare what both runs did, though one was stopped.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def compare(before: Path, after: Path, partial: bool, as_json: bool) -> int:
    """Say whether run AFTER is better or worse than BEFORE, or the difference not decisive; exit 1 when worse."""
    from agent.evaluation import record
    from agent.evaluation.compare import compare as compared

    found = compared(record.read(_record(before)), record.read(_record(after)), partial=partial)
    if as_json:
        write_json(found)
    else:
        _show_comparison(found)
    return 1 if found.judged("worse") else 0


def _record(path: Path) -> Path:
    return path / "run.json" if path.is_dir() else path


def _show_comparison(found: "Comparison") -> None:
    from agent.cli.show import row

    for suite in found.suites:
        say(f"{suite.suite}: {suite.verdict}", bold=True)
        row("", suite.why)
    for flip in found.flips:
        moved = f"{flip.primary[0]} -> {flip.primary[1]}" if flip.primary else ", ".join(flip.criteria)
        row(f"{flip.suite}/{flip.case}", f"{flip.before} -> {flip.after} ({moved}): {flip.text[:80]}")
    for label, rows in (("flaky", found.flaky), ("error", found.errors)):
        for one in rows:
            row(label, f"{one.suite}/{one.case}: {one.detail}")
    for difference in found.differs:
        row("differs", f"{difference.what}: {difference.before} -> {difference.after}")
    for text in found.notes:
        row("note", text)


@evaluation.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
def init(folder: Path) -> int:
    """Write a first suite of your own, a gate and the schema for your editor to FOLDER/.mlwright/evals/."""
    from agent.evaluation.template import write_first

    written = write_first(folder)
    for path in written:
        say(str(path))
    note("run it: mlwright eval my-routing --gate .mlwright/evals/gate.toml")
    return 0


@evaluation.command("schema")
def schema() -> int:
    """Write the JSON schema of a suite file."""
    from agent.evaluation.suites import schema as suite_schema

    write_json(suite_schema())
    return 0
