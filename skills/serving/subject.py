"""What a service is made of and compared with: the loaded model, its signature, rows and the model's answers to them."""

import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from agent.api import BadRequest, Refused, Task

from . import replay, signature, table
from .artifact import Artifact, load
from .libraries import Rows
from .model import Label, Outputs
from .onnx_model import OnnxModel
from .parameters import Deploy
from .signature import Signature

# One answer in a hundred may be later than the target and still be wanted: the deadline lies well behind it.
DEADLINE_MS = 1000.0
BODY_BYTES = 64 << 10
NUMBER_BYTES = 32


@dataclass(frozen=True)
class Subject:
    """A model, and rows of shape (n, width) with its answers, all finite; `settings` have every default filled in."""

    settings: Deploy
    artifact: Artifact
    signature: Signature
    rows: Rows
    outputs: Outputs
    fallback: Label | None
    typical: Outputs
    has_data: bool

    @property
    def name(self) -> str:
        """Return the service's name."""
        return cast("str", self.settings.name)

    @property
    def max_body_bytes(self) -> int:
        """Return the size of the largest body the service reads."""
        return self.settings.max_body_bytes or BODY_BYTES

    @property
    def deadline_ms(self) -> float:
        """Return the milliseconds after which a request is answered without the model."""
        return self.settings.deadline_ms or DEADLINE_MS

    @property
    def tolerance(self) -> float:
        """Return how far a probability or a value may be off: the scale of the precision the library computes in."""
        return 1e-9 if self.artifact.template == "skops" else 1e-6


def prepare(task: Task) -> Subject:
    """Load the model of a task and ask it about the rows to replay; raises Refused or BadRequest."""
    asked = cast("Deploy", task.parameters)
    artifact = load(task.base / asked.input, task.trusted)
    model = artifact.model
    data = None if asked.data is None else table.read(task.base / asked.data, asked.target, model.names, model.width)
    seen = None if data is None else data.rows
    described = signature.build(model, None if data is None else data.names, seen)
    rows = replay.rows(asked.replay_rows, model.width, model.landmarks(), seen, model.float32, model.missing_allowed)
    rows, outputs = _answered(artifact, rows)
    typical = outputs if seen is None else _answered(artifact, _usable(seen, model.missing_allowed))[1]
    fallback = _fallback(asked.fallback, described)
    settings = asked.model_copy(
        update={
            "name": asked.name or _name(asked.input),
            "deadline_ms": asked.deadline_ms or max(DEADLINE_MS, 2 * (asked.p99_ms or 0)),
            "max_body_bytes": asked.max_body_bytes or max(BODY_BYTES, _largest_body(described)),
            "fallback": str(fallback) if isinstance(fallback, bool) else fallback,
        }
    )
    return Subject(settings, artifact, described, rows, outputs, fallback, typical, seen is not None)


def _answered(artifact: Artifact, rows: Rows) -> tuple[Rows, Outputs]:
    """Return the rows to which the model has a finite answer, and the answers; raises Refused."""
    try:
        outputs = artifact.model.predict(rows)
    except Refused:
        raise
    except Exception as problem:  # whatever the model's library raises
        raise Refused(f"the model fails on rows within its signature: {type(problem).__name__}: {problem}") from problem
    finite = outputs.finite()
    if not finite.any():
        raise Refused("the model answers no row with finite numbers", "look at its weights: training may have diverged")
    answered = outputs.take(finite)
    _check_labels(artifact, answered)
    return rows[finite], answered


def _check_labels(artifact: Artifact, outputs: Outputs) -> None:
    """Raise Refused when the labels answered are not those the model names; a graph's outputs need not belong together."""
    classes = artifact.model.classes
    if classes is None:
        return
    unknown = set(outputs.predictions) - set(classes)
    if unknown:
        raise Refused(
            f"the model answers {unknown.pop()!r}, which is none of its labels {classes}",
            "export the probabilities with their labels",
        )
    if not isinstance(artifact.model, OnnxModel) or not artifact.model.classes_guessed or outputs.probabilities is None:
        return
    largest = outputs.probabilities.max(axis=1)
    chosen = outputs.probabilities[np.arange(len(largest)), [classes.index(label) for label in outputs.predictions]]
    if bool((chosen < largest - 1e-6).any()):
        raise Refused(
            "the labels of the model are not those of its largest probabilities",
            "export the probabilities with their labels",
        )


def _usable(seen: Rows, missing_allowed: bool) -> Rows:
    usable = seen if missing_allowed else seen[np.isfinite(seen).all(axis=1)]
    if not len(usable):
        raise BadRequest(
            "every row of the data has a missing value, and the model takes none", "fill them as the training did"
        )
    return usable


def _fallback(asked: str | int | float | None, described: Signature) -> Label | None:
    """Return the answer past the deadline: the one asked for, else none.

    None is made up from the data: what is answered without the model is a decision about consequences, and the
    commonest label can be the worst of them.
    """
    if asked is None:
        return None
    if described.classes is not None:
        for label in described.classes:
            if label == asked or str(label) == str(asked):
                return label
        raise BadRequest(f"fallback={asked} is none of the model's labels: {', '.join(map(str, described.classes))}")
    try:
        value = float(asked)
    except ValueError as problem:
        raise BadRequest(f"fallback={asked} is not a number, which the model answers") from problem
    if not np.isfinite(value):
        raise BadRequest(f"fallback={asked} is not a finite number")
    return value


def _name(path: Path) -> str:
    """Make a service's name of a file's: lower case, words joined by hyphens, beginning with a letter."""
    plain = unicodedata.normalize("NFKD", path.stem).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-")
    return (words if words[:1].isalpha() else f"model-{words}".rstrip("-"))[:63].rstrip("-")


def _largest_body(described: Signature) -> int:
    """Return twice the bytes of a request by name, for clients that indent and that escape what is not ASCII."""
    return 2 * sum(len(json.dumps(feature.name)) + NUMBER_BYTES for feature in described.features)
