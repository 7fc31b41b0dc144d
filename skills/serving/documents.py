"""The files beside the model: its manifest, recorded answers, and an example of a request."""

import json
from collections.abc import Mapping

import numpy as np

from . import pins
from .subject import Subject

RECORDED_ROWS = 40
VERSION_DIGITS = 12


def manifest(subject: Subject) -> str:
    """Return model/signature.json: which file the model is, and what goes in and comes out."""
    artifact, signature = subject.artifact, subject.signature
    document = {
        "name": subject.name,
        "file": artifact.file,
        "format": artifact.template,
        "sha256": artifact.sha256,
        "made_from_sha256": artifact.original_sha256,
        "model": artifact.model.description,
        "packages": {package: pins.version(package) for package in artifact.model.packages},
        "task": signature.task,
        "features": [
            {
                "name": feature.name,
                "dtype": feature.dtype,
                "missing_allowed": feature.missing_allowed,
                "minimum": feature.minimum,
                "maximum": feature.maximum,
            }
            for feature in signature.features
        ],
        "classes": signature.classes,
        "probabilities": signature.probabilities,
        "fallback": subject.fallback,
    }
    return _json(document)


def recorded(subject: Subject) -> str:
    """Return model/replay.json: some rows, and the original model's answers to them."""
    places = np.unique(np.linspace(0, len(subject.rows) - 1, RECORDED_ROWS).astype(int)).tolist()
    return (
        '{"rows": [\n'
        + ",\n".join(json.dumps(answer(subject, place), ensure_ascii=False) for place in places)
        + "\n]}\n"
    )


def example(subject: Subject) -> str:
    """Return model/example.json: the body of a request."""
    row, _ = example_row(subject)
    return _json(
        {"features": {feature.name: value for feature, value in zip(subject.signature.features, row, strict=True)}}
    )


def answer(subject: Subject, place: int) -> dict[str, object]:
    """Return a row, null where a value is missing, and what the model answers to it."""
    row: list[float] = subject.rows[place].tolist()
    found: dict[str, object] = {
        "features": [None if np.isnan(value) else value for value in row],
        "prediction": subject.outputs.predictions[place],
    }
    if subject.outputs.probabilities is not None:
        shares: list[float] = subject.outputs.probabilities[place].tolist()
        found["probabilities"] = dict(zip(map(str, subject.signature.classes or ()), shares, strict=True))
    return found


def example_row(subject: Subject) -> tuple[list[float], str]:
    """Return a row without missing values, and the answer to it as JSON without its latency."""
    place = int(np.isfinite(subject.rows).all(axis=1).argmax())
    found = answer(subject, place)
    row: list[float] = np.nan_to_num(subject.rows[place]).tolist()
    told = {key: value for key, value in found.items() if key != "features"}
    return row, json.dumps(
        told | {"source": "model", "model_version": subject.artifact.sha256[:VERSION_DIGITS]}, ensure_ascii=False
    )


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
