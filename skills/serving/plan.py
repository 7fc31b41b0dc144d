"""From a model to the files of its service; nothing is written but a converted model, to the scratch folder."""

import json
from pathlib import Path

import numpy as np

from agent.api import Plan, PlannedCommand, PlannedFile, Progress, Report, Task, Value, render

from . import documents, pins
from .model import Label
from .signature import Feature
from .subject import Subject, prepare

TEMPLATES = Path(__file__).parent / "templates"
VERSION = "1"
SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
QUANTILES = (0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99)
COMMANDS = (
    PlannedCommand(
        command="python -m pip install -r requirements-dev.txt", purpose="install what the service and its tests need"
    ),
    PlannedCommand(command="python -m pytest", purpose="run the service's own tests"),
    PlannedCommand(command="python -m service", purpose="serve on http://127.0.0.1:8000"),
)


def plan(task: Task, report: Report) -> Plan:
    """Plan the service of a task's model; raises Refused, BadRequest or MissingDependency."""
    report(Progress(step="reading the model"))
    subject = prepare(task)
    report(Progress(step="rendering the service"))
    values = template_values(subject)
    texts = render(TEMPLATES / "project", values) | render(TEMPLATES / subject.artifact.template, values)
    texts |= {
        "model/signature.json": documents.manifest(subject),
        "model/replay.json": documents.recorded(subject),
        "model/example.json": documents.example(subject),
    }
    files = [PlannedFile(path=path, text=text, source=None, sha256=None) for path, text in texts.items()] + [
        _model_file(task, subject)
    ]
    return Plan(
        skill="serving",
        action=task.action,
        version=VERSION,
        answers=subject.settings.model_dump(mode="json"),
        files=tuple(sorted(files, key=lambda file: file.path)),
        commands=COMMANDS,
        assumptions=tuple(_assumptions(subject)),
        metrics=_metrics(subject),
        recommendations=tuple(_recommendations(subject)),
    )


def template_values(subject: Subject) -> dict[str, object]:
    """Return what the templates are rendered with; whatever comes from the model is a Python or JSON literal already."""
    model, signature, settings = subject.artifact.model, subject.signature, subject.settings
    requirements = pins.required(model.packages)
    deadline = subject.deadline_ms
    stuck = max(5.0, 5 * deadline / 1000)
    example_row, example_answer = documents.example_row(subject)
    common: dict[str, object] = {
        "name": subject.name,
        "title": subject.name,
        "version": subject.artifact.sha256[: documents.VERSION_DIGITS],
        "sha256": subject.artifact.sha256,
        "file": subject.artifact.file,
        "format": subject.artifact.format,
        "description": model.description,
        "regression": signature.task == "regression",
        "task": signature.task,
        "probabilities": signature.probabilities,
        "label_type": _label_type(signature.classes),
        "labels": repr(signature.classes),
        "label_list": [json.dumps(label, ensure_ascii=False) for label in signature.classes or ()],
        "labels_count": len(signature.classes or ()),
        "features": [_feature_values(feature) for feature in signature.features],
        "renamed": any(feature.name != feature.field for feature in signature.features),
        "missing_allowed": signature.missing_allowed,
        "float32": model.float32,
        "example": [repr(value) for value in example_row],
        "example_answer": example_answer,
        "fallback": repr(subject.fallback),
        "p99_ms": _number(settings.p99_ms),
        "deadline_ms": repr(deadline),
        "stuck_seconds": repr(stuck),
        "deadline": f"{deadline:g}",
        "stuck": f"{stuck:g}",
        "has_data": subject.has_data,
        "max_body_bytes": subject.max_body_bytes,
        "queue": settings.queue,
        "rps": settings.rps,
        "replay_rows": settings.replay_rows,
        "tolerance": repr(subject.tolerance),
        "batch_tolerance": repr(subject.tolerance * (1 if subject.artifact.template == "skops" else 100)),
        "latency_buckets": [
            repr(edge) for edge in sorted({*SECONDS, deadline / 1000, (settings.p99_ms or deadline) / 1000})
        ],
        "value_buckets": [repr(edge) for edge in _value_buckets(subject)],
        "python": pins.python(),
        "direct": requirements.direct,
        "indirect": requirements.indirect,
        "development": requirements.development,
        "slo_seconds": repr((settings.p99_ms or deadline) / 1000),
        "recorded": documents.RECORDED_ROWS,
    }
    return common | model.settings


def _feature_values(feature: Feature) -> dict[str, object]:
    # A JSON text without escapes beyond ASCII's is a Python literal of the same text.
    return {
        "name": feature.name,
        "field": feature.field,
        "literal": json.dumps(feature.name, ensure_ascii=False),
        "cell": feature.name.replace("|", "\\|").replace("`", "'"),
        "missing_allowed": feature.missing_allowed,
        "range": ""
        if feature.minimum is None or feature.maximum is None
        else f"{feature.minimum:.6g} to {feature.maximum:.6g}",
    }


def _label_type(classes: tuple[Label, ...] | None) -> str:
    if classes is None:
        return "float"
    return " | ".join(sorted({type(label).__name__ for label in classes}))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _value_buckets(subject: Subject) -> list[float]:
    if subject.signature.task == "classification":
        return []
    edges = np.quantile(np.array(subject.typical.predictions, dtype=np.float64), QUANTILES).tolist()
    return sorted({float(f"{edge:.3g}") for edge in edges})


def _model_file(task: Task, subject: Subject) -> PlannedFile:
    artifact = subject.artifact
    source = (task.base / subject.settings.input).resolve()
    if artifact.converted:
        source = task.scratch / artifact.file
        source.write_bytes(artifact.content)
    return PlannedFile(path=f"model/{artifact.file}", source=str(source), sha256=artifact.sha256)


def _metrics(subject: Subject) -> dict[str, Value]:
    artifact, signature = subject.artifact, subject.signature
    return {
        "task": signature.task,
        "format": artifact.format,
        "model_sha256": artifact.sha256,
        "model_bytes": len(artifact.content),
        "features": len(signature.features),
        "classes": len(signature.classes or ()),
        "replay_rows": len(subject.rows),
    }


def _assumptions(subject: Subject) -> list[str]:
    settings, model = subject.settings, subject.artifact.model
    found: list[str] = []
    if settings.p99_ms is None:
        found.append(f"no latency target was given: the deadline is {settings.deadline_ms:g} ms")
    if settings.rps is None:
        found.append("no load was given: it is verified at 100 requests a second")
    if not subject.has_data:
        found.append("no data was given: rows to compare on are made from the model's own thresholds or from -3 to 3")
    if model.names is None and not subject.has_data:
        found.append("the model does not name its features: they are called x0, x1, ...")
    if subject.fallback is None:
        found.append("there is no fallback: past the deadline a request gets 503")
    else:
        found.append(f"the fallback past the deadline is {subject.fallback!r}")
    if subject.artifact.converted:
        found.append("the pickle was trusted, loaded once, and turned into a skops file, which is what is served")
    return found


def _recommendations(subject: Subject) -> list[str]:
    found = [
        "build the image and run it once: no container engine was used here, so Dockerfile and compose.yaml are UNVERIFIED"
    ]
    if not subject.has_data:
        found.append(
            "name rows the model has seen with --set data=rows.csv: the comparison then covers your range of values"
        )
    if subject.fallback is None:
        found.append(
            "decide what is answered without the model: 503 as it is, or a label of yours with --set fallback="
        )
    if subject.signature.missing_allowed:
        found.append("the model takes null for any feature; check that training had missing values where requests will")
    return found
