"""Evidence: what was run to support a claim, and what came out."""

import hashlib
import os
import platform
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Value = str | int | float | bool | None


class Evidence(BaseModel):
    """One claim and the run that supports or refutes it.

    `deterministic` values must come out equal when the check is run again; of `timed` ones, those named in
    `tolerance` are costs, which may come out at most that factor above the recorded value. `seconds` is wall time.
    `output_sha256` is the SHA-256 of the check's normalised output: what must not change between runs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claim: str
    skill: str
    check: str
    kind: Literal["deterministic", "timed"]
    passed: bool
    command: tuple[str, ...]
    exit_code: int
    seconds: float
    output_sha256: str
    values: dict[str, Value] = Field(default_factory=dict)
    tolerance: dict[str, float] = Field(default_factory=dict)
    detail: str = ""
    machine: str
    at: datetime


def sha256_text(text: str) -> str:
    """Return the SHA-256 of `text` in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_file(path: Path) -> str:
    """Return the SHA-256 of a file's bytes, in hex, reading it in pieces."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def machine() -> str:
    """Return what a timing depends on: system, processor and core count; no host name."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


def now() -> datetime:
    """Return the present moment in UTC."""
    return datetime.now(UTC)


def differences(recorded: Evidence, again: Evidence) -> list[str]:
    """Say in what a second run of a check contradicts the first; empty when it reproduces."""
    found: list[str] = []
    if recorded.passed != again.passed:
        found.append(
            f"{recorded.check}: {'passed' if recorded.passed else 'failed'} then, {'passes' if again.passed else 'fails'} now"
        )
    if recorded.kind == "deterministic":
        if recorded.output_sha256 != again.output_sha256:
            found.append(f"{recorded.check}: the output differs")
        found += [
            f"{recorded.check}: {name} was {value}, is {again.values.get(name)}"
            for name, value in recorded.values.items()
            if again.values.get(name) != value
        ]
        return found
    return found + [
        line for name, factor in recorded.tolerance.items() if (line := _outside(recorded, again.values, name, factor))
    ]


def _outside(recorded: Evidence, again: Mapping[str, Value], name: str, factor: float) -> str:
    before, after = recorded.values.get(name), again.get(name)
    if not isinstance(before, int | float) or not isinstance(after, int | float):
        return f"{recorded.check}: {name} is missing"
    if after <= before * factor:
        return ""
    return f"{recorded.check}: {name} was {before:g}, is {after:g} (tolerance: a factor of {factor:g})"
