"""Running a written project and proving it, check by check."""

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from agent.api import Evidence, Progress, Refused, Report, Task

from . import checks, core, served
from .bench import Bench, Outcome, current, failed, installed
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
        python, outcome = installed(project, report)
        yield outcome.evidence()
        if not outcome.passed:
            return
    else:
        python = current(project)
    for outcome in _outcomes(Bench(project, python, task.scratch, documents, settings, report)):
        yield outcome.evidence()


def _outcomes(bench: Bench) -> Iterator[Outcome]:
    for step, check in (
        ("compiling", checks.compile_files),
        ("running its tests", checks.own_tests),
        ("indexing the documents", checks.ingest),
        ("measuring retrieval", checks.evaluate),
    ):
        bench.report(Progress(step=step))
        yield check(bench)
    done: list[str] = []
    bench.report(Progress(step="starting it"))
    try:
        for outcome in _serving(bench):
            done.append(outcome.check)
            yield outcome
    except (Refused, OSError) as problem:
        yield from failed(served.order(done), bench.command("-m", "service"), str(problem))


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
        yield served.shutdown(server, command)
