"""Running a written project and proving it, check by check."""

from collections.abc import Iterator
from pathlib import Path

from agent.api import Evidence, Outcome, Progress, Refused, Report, Task, outcomes

from . import checks
from .bench import Bench
from .parity import parity
from .subject import prepare

# A deadline that the comparison does not meet: it is of answers, and how fast they come is measured under load.
UNHURRIED = {"DEADLINE_MS": "30000"}


def verify(task: Task, project: Path, report: Report) -> Iterator[Evidence]:
    """Check a written service against the model of `task`, and yield the evidence of each check.

    Raises Refused or BadRequest when the original model cannot be loaded, and MissingDependency when this Python lacks
    a package the project pins.
    """
    report(Progress(step="loading the original model"))
    subject = prepare(task)
    if subject.settings.install:
        python, outcome = outcomes.installed(project, report)
        yield outcome.evidence("serving")
        if not outcome.passed:
            return
    else:
        python = outcomes.current(project)
    bench = Bench(project, python, task.scratch, subject, report)
    for outcome in _outcomes(bench):
        yield outcome.evidence("serving")


def _outcomes(bench: Bench) -> Iterator[Outcome]:
    bench.report(Progress(step="compiling"))
    yield outcomes.compiled(bench.python, bench.project, bench.scratch, ("service", "tests"))
    bench.report(Progress(step="running its tests"))
    yield outcomes.own_tests(bench.python, bench.project)
    yield from _served(bench)


def _served(bench: Bench) -> Iterator[Outcome]:
    done: set[str] = set()
    bench.report(Progress(step="starting it"))
    try:
        for outcome in _serving(bench):
            done.add(outcome.check)
            yield outcome
    except Refused as problem:
        rest = [
            (check, claim)
            for check, claim in checks.CLAIMS.items()
            if check not in done and check not in {"compile", "tests"}
        ]
        yield from outcomes.failed(rest, bench.command(0), problem.message)


def _serving(bench: Bench) -> Iterator[Outcome]:
    with bench.serve(**UNHURRIED) as server:
        command = bench.command(server.port, **UNHURRIED)
        yield checks.health(bench, server, command)
        yield parity(bench, server, command)
        bench.report(Progress(step="sending wrong requests"))
        yield checks.bad_input(bench, server, command)
    with bench.serve() as server:
        command = bench.command(server.port)
        yield checks.under_load(bench, server, command)
        bench.report(Progress(step="stopping it"))
        yield outcomes.shutdown(server, command)
