"""Running a written project and proving it, check by check."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from agent.api import Evidence, Outcome, Progress, Refused, Report, Task, outcomes

from . import checks, core, pins, served
from .bench import Bench
from .parameters import Build

# The checks ask more in a minute than one user may be allowed to; the limit has a check of its own.
UNHURRIED = {"PER_MINUTE": "1000000"}


def verify(task: Task, project: Path, report: Report) -> Iterator[Evidence]:
    """Check a written project on the documents of `task`, and yield the evidence of each check.

    Raises BadRequest when the documents are gone, and MissingDependency when this Python lacks a package the project pins.
    """
    settings = cast("Build", task.parameters)
    documents = core.folder_of(task.base, settings.input)
    if settings.install:
        python, outcome = outcomes.installed(project, report, ("--no-deps", "--only-binary", ":all:", pins.WEIGHTS))
        yield outcome.evidence("rag")
        if not outcome.passed:
            return
    else:
        python = outcomes.current(project)
    for outcome in _outcomes(Bench(project, python, task.scratch, documents, settings, report)):
        yield outcome.evidence("rag")


def _outcomes(bench: Bench) -> Iterator[Outcome]:
    bench.report(Progress(step="compiling"))
    yield outcomes.compiled(bench.python, bench.project, bench.scratch, checks.CODE)
    bench.report(Progress(step="running its tests"))
    yield outcomes.own_tests(bench.python, bench.project)
    bench.report(Progress(step="indexing the documents"))
    yield checks.ingest(bench)
    bench.report(Progress(step="measuring retrieval"))
    yield checks.evaluate(bench)
    done: list[str] = []
    bench.report(Progress(step="starting it"))
    try:
        for outcome in _serving(bench):
            done.append(outcome.check)
            yield outcome
    except (Refused, OSError) as problem:
        yield from outcomes.failed(served.order(done), bench.command("-m", "service"), str(problem))


def _serving(bench: Bench) -> Iterator[Outcome]:
    with bench.serve(settings=UNHURRIED) as server:
        command = bench.command("-m", "service", settings=UNHURRIED)
        yield served.query(bench, server, command)
        bench.report(Progress(step="sending wrong requests"))
        yield served.bad_input(bench, server, command)
        yield served.under_load(bench, server, command)
    bench.report(Progress(step="adding a document while it runs"))
    index, problem = served.small_index(bench)
    if problem:
        raise Refused(problem)
    yield served.auth(bench, index)
    with bench.serve(index) as server:
        command = bench.command("-m", "service", index=index)
        yield served.reload(bench, server, command)
        bench.report(Progress(step="stopping it"))
        yield outcomes.shutdown(server, command)
