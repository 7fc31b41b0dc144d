"""Measuring retrieval without writing a project: an index in scratch, or the one of a project made before."""

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

from agent.api import (
    BadRequest,
    Completed,
    Evidence,
    MissingDependency,
    Outcome,
    Plan,
    Progress,
    Refused,
    Report,
    Task,
    Value,
    run,
)

from . import core, plan
from .checks import figures, said
from .parameters import Build, Evaluate

SECONDS = 7200.0
WORST = 10
CLAIM = "measured again, from an empty folder, retrieval comes out the same"
DRAFTED = (
    "THESE FIGURES ARE OF DRAFTED QUESTIONS: they use the documents' own words and are better than real users will see; "
    "name real ones with --set questions=FILE"
)


def plan_evaluation(task: Task, report: Report) -> Plan:
    """Measure, and return the figures as a plan without files; raises BadRequest or Refused."""
    asked = cast("Evaluate", task.parameters)
    _, found = measured(task, report)
    return Plan(
        skill="rag",
        action=task.action,
        version=plan.VERSION,
        answers=asked.model_dump(mode="json"),
        metrics=figures(found),
        recommendations=tuple(_recommendations(found)),
    )


def verify_evaluation(task: Task, report: Report) -> Iterator[Evidence]:
    """Measure again, and yield what came out."""
    done, found = measured(task, report)
    values: dict[str, Value] = {name: value for name, value in figures(found).items() if "latency" not in name}
    yield Outcome(
        "evaluate", CLAIM, True, done.command, json.dumps(values), done.seconds, values, done.exit_code
    ).evidence("rag")


def measured(task: Task, report: Report, *more: str) -> tuple[Completed, dict[str, object]]:
    """Return the run of the project's own script that measured, and what it found.

    What runs is a fresh copy of what the skill writes; of a project made before only its index and questions are read.
    """
    asked = cast("Evaluate", task.parameters)
    made = task.scratch / "project"
    documents = core.folder_of(task.base, asked.input) if asked.input is not None else made
    index = made / "index" if asked.project is None else _index(task, asked.project)
    _written(made, asked, documents)
    questions = _questions(task, asked, made, documents, report)
    settings = ("env", f"INDEX={index}", sys.executable)
    if asked.project is None:
        report(Progress(step="indexing the documents in scratch"))
        done = run((*settings, "ingest_documents.py", "--source", str(documents)), made, SECONDS)
        if done.exit_code:
            raise Refused(f"the documents could not be indexed: {done.output[-800:]}")
    report(Progress(step="asking the questions"))
    arguments = ("--test-queries", str(questions), "--top-k", str(asked.top_k), "--worst", str(WORST), "--json", *more)
    done = run((*settings, "evaluate_retrieval.py", *arguments), made, SECONDS)
    if done.exit_code:
        raise BadRequest(f"retrieval could not be measured: {done.output.strip()[-800:]}")
    return done, said(done)


def _written(made: Path, asked: Evaluate, documents: Path) -> None:
    """Write the project's scripts to scratch."""
    retrieve = {name: getattr(asked, name) for name in ("embedding_model", "chunk_size", "chunk_overlap", "chunk_unit")}
    settings = plan.settled(Build.model_validate({"input": documents, "name": "evaluation", **retrieve}), documents)
    try:
        texts = plan.project_texts(settings, documents)
    except MissingDependency as problem:
        raise MissingDependency(f"measuring needs what a project needs: {problem.message}", problem.hint) from problem
    for path, text in texts.items():
        target = made / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    core.place(made)


def _index(task: Task, project: Path) -> Path:
    index = (task.base / project.expanduser()).resolve() / "index"
    if not (index / "CURRENT").is_file():
        raise BadRequest(f"{project} holds no index", "make it with: python ingest_documents.py")
    return index


def _questions(task: Task, asked: Evaluate, made: Path, documents: Path, report: Report) -> Path:
    """Return the file of questions: the one that is named, the project's, or one drafted now."""
    if asked.questions is not None:
        return (task.base / asked.questions.expanduser()).resolve()
    if asked.project is not None:
        return (task.base / asked.project.expanduser()).resolve() / "questions.jsonl"
    report(Progress(step="drafting questions from the documents"))
    core.inventory(made, documents)
    found = made / "questions.jsonl"
    found.write_text(core.drafted(made, documents), encoding="utf-8")
    return found


def _recommendations(found: Mapping[str, object]) -> Iterator[str]:
    if found.get("drafted"):
        yield DRAFTED
    unknown = cast("list[str]", found.get("unknown") or [])
    if unknown:
        yield f"{len(unknown)} documents that the questions name are not in the index, such as {unknown[0]}"
    for one in cast("list[dict[str, object]]", found.get("worst") or []):
        instead = cast("list[str]", one["found"])
        place = f"first at rank {one['rank']}" if one["rank"] else "not found"
        yield (
            f"look at {one['query']!r}: {', '.join(cast('list[str]', one['relevant']))} {place}; "
            f"found {instead[0] if instead else 'nothing'}"
        )
