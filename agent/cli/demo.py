"""`mlwright demo`: the whole job once, on a small real model."""

import asyncio
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.output import Ticker, note, say, write_json
from agent.errors import BadRequest, MissingDependency
from agent.proof.evidence import Evidence
from agent.proof.progress import Progress, Report

if TYPE_CHECKING:
    from agent.chat.gathered import Turn
    from agent.constitution.scan import Scan
    from agent.engine import Engine
    from agent.skills.work import Made

REQUEST = "Deploy this model behind a REST API, p99 under 100 ms at 500 requests per second, with a rollback"
MARKER = ".mlwright-demo"
SEED = 7


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("mlwright-demo"),
    show_default=True,
    help="Folder for everything the demo makes.",
)
@click.option("--json", "as_json", is_flag=True, help="Write the turn and the skill's result as JSON.")
def demo(out: Path, as_json: bool) -> int:
    """Do the whole job once: train a small model, ask for a service, build it, run it, and show the proof."""
    from agent.engine import Engine

    started = time.monotonic()
    out = out.absolute()
    _prepare(out)
    ticker = Ticker()
    engine = Engine.open(report=ticker)
    show = _hush if as_json else _show
    show(f"1. A model to deploy, in {out}")
    model, rows, score = train(out / "model", ticker)
    ticker.close()
    show(
        f"   {model.name}: scikit-learn HistGradientBoostingClassifier on the Wisconsin breast-cancer data, accuracy {score:.3f} on {rows} unseen rows"
    )
    show(f"\n2. The request: “{REQUEST}”\n")
    turn = _ask(engine, ticker, as_json)
    show("\n3. The work: the serving skill plans, writes and runs a service\n")
    made, evidence = _serve(engine, turn, model, out / "service", ticker, as_json)
    result = made.result(evidence)
    show("\n4. The project against the constitution\n")
    assert made.out is not None  # the serving skill writes
    scan = engine.check(made.out)
    ticker.close()
    if as_json:
        write_json({"turn": turn.answered(), "result": result, "scan": scan})
        return 0 if result.status == "verified" else 1
    _show_scan(scan)
    show(
        f"\n{result.status}: {sum(item.passed for item in evidence)} of {len(evidence)} checks passed, {time.monotonic() - started:.0f} s in all, everything in {out}"
    )
    show("\nYour model file, and your question:\n")
    show(f"  {command()} run serving --input YOUR_MODEL_FILE --set p99_ms=100 --set rps=500 --out my-service --yes")
    show(f'  {command()} ask "YOUR QUESTION"')
    if engine.encoder is None:
        note(f"note: {engine.encoder_reason}")
    return 0 if result.status == "verified" else 1


def _show(text: str) -> None:
    say(text, bold=text.lstrip()[:2] in {"1.", "2.", "3.", "4."})


def _show_scan(scan: "Scan") -> None:
    from agent.cli.show import show_scan

    show_scan(scan, findings=False)


def command() -> str:
    """Return what to type for `mlwright` here: its name when that is on the PATH, else the way to it."""
    program = Path(sys.executable).with_name("mlwright")
    if shutil.which("mlwright") == str(program) or not program.is_file():
        return "mlwright"
    return str(program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program)


def _hush(text: str) -> None:
    del text


def _prepare(out: Path) -> None:
    if out.is_dir() and any(out.iterdir()) and not (out / MARKER).is_file():
        raise BadRequest(f"{out} is not empty and was not made by the demo", "name a new folder with --out")
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / MARKER).write_text("Made by `mlwright demo`; may be deleted.\n", encoding="utf-8")
    except OSError as error:
        raise BadRequest(f"cannot write {out}: {error.strerror}", "name another folder with --out") from error


def train(folder: Path, report: Report) -> tuple[Path, int, float]:
    """Train the demo's model and write it with its unseen rows; returns the model file, the rows, and the accuracy.

    Raises MissingDependency without skops.
    """
    report(Progress(step="training a model"))
    try:
        from skops import io
    except ImportError as error:
        raise MissingDependency.of("skops", "serving", "the demo") from error
    import csv

    from sklearn.datasets import load_breast_cancer
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import train_test_split

    data = load_breast_cancer()
    seen, unseen, labels, truth = train_test_split(
        data.data, data.target_names[data.target], test_size=0.3, random_state=SEED
    )
    model = HistGradientBoostingClassifier(max_iter=60, random_state=SEED).fit(seen, labels)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "rows.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(data.feature_names)
        writer.writerows(unseen.tolist())
    path = folder / "model.skops"
    io.dump(model, path)
    return path, len(unseen), float(model.score(unseen, truth))


def _ask(engine: "Engine", ticker: Ticker, quiet: bool) -> "Turn":
    from agent.chat.gathered import gather
    from agent.cli.turn_view import show

    turn = asyncio.run(gather(engine.turn(REQUEST)))
    ticker.close()
    if not quiet:
        show(turn, say)
    return turn


def _serve(
    engine: "Engine", turn: "Turn", model: Path, out: Path, ticker: Ticker, quiet: bool
) -> "tuple[Made, list[Evidence]]":
    from agent.cli.show import show_evidence
    from agent.skills.discovery import find
    from agent.skills.runner import Job
    from agent.skills.work import make, prove

    assert turn.plan is not None
    following = next(offer for offer in turn.plan.next if offer.skill)
    parameters = following.parameters | {"input": str(model), "data": str(model.with_name("rows.csv"))}
    job = Job(find(engine.skills, following.skill), following.action, parameters, out.parent)
    made = make(engine.runner, job, out, ticker, lambda _plan, _changes: True)
    assert made is not None
    if not quiet:
        ticker.close()
        say(f"   {len(made.files)} files written to {out}")
    evidence: list[Evidence] = []
    for item in prove(engine.runner, job, made, ticker):
        evidence.append(item)
        ticker.close()
        if not quiet:
            show_evidence(item)
    return made, evidence
