"""What a skill is: actions with typed inputs, a pure plan, and checks that prove what the plan made.

A skill runs in a child process. `plan` decides on files and returns them; it writes nothing. The parent shows the
difference, and writes. `verify` runs what was written and yields Evidence, one piece a check.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agent.proof.evidence import Evidence, Value
from agent.proof.progress import Report

NAME = r"^[a-z][a-z0-9]{0,63}$"
"""A skill's name: one lower-case word, at once an Agent Skill name and a Python package name."""


class Model(BaseModel):
    """A message that crosses the border between processes: immutable, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class Action:
    """One thing a skill does: its name, a sentence, the model of its parameters, and whether it writes files."""

    name: str
    summary: str
    parameters: type[BaseModel]
    writes: bool = True


class PlannedFile(Model):
    """A file a plan wants: text, or a copy of the file at `source`, whose hash is then given."""

    path: str = Field(description="relative to the output folder, with forward slashes")
    text: str | None = None
    source: str | None = Field(default=None, description="absolute path of the file to copy")
    sha256: str | None = Field(default=None, description="of the source")

    @model_validator(mode="after")
    def _one_content(self) -> "PlannedFile":
        parts = self.path.split("/")
        if self.path.startswith(("/", "~")) or "\\" in self.path or any(part in {"", ".", ".."} for part in parts):
            raise ValueError(f"{self.path!r} does not stay inside the output folder")
        if (self.text is None) == (self.source is None) or (self.source is None) != (self.sha256 is None):
            raise ValueError(f"{self.path!r} needs either a text or a source with its sha256")
        return self


class PlannedCommand(Model):
    """A command the user may run in the project, and why."""

    command: str
    purpose: str


class Plan(Model):
    """What a skill would do: files, commands, what it assumed, what it measured on the way, what it advises.

    `answers` are the action's parameters with every default filled in: the same answers give the same plan.
    """

    skill: str
    action: str
    version: str = Field(description="of the skill's templates")
    answers: dict[str, object]
    files: tuple[PlannedFile, ...] = ()
    commands: tuple[PlannedCommand, ...] = ()
    assumptions: tuple[str, ...] = ()
    metrics: dict[str, Value] = Field(default_factory=dict)
    recommendations: tuple[str, ...] = ()


class WrittenFile(Model):
    """A file as it was written."""

    path: str
    sha256: str


class SkillResult(Model):
    """What came of running a skill; `verified` means that every check ran and passed."""

    skill: str
    action: str
    status: Literal["verified", "unverified", "failed"]
    out: str | None = None
    files: tuple[WrittenFile, ...] = ()
    metrics: dict[str, Value] = Field(default_factory=dict)
    recommendations: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True)
class Task:
    """What a skill is asked: the action, its checked parameters, and what it may rely on.

    `base` is the folder relative paths in the parameters start from; `trusted` the SHA-256 sums of model files the
    user has said may execute code when loaded; `scratch` a folder that is deleted afterwards.
    """

    action: str
    parameters: BaseModel
    base: Path
    scratch: Path
    trusted: frozenset[str] = field(default_factory=frozenset[str])


class Skill(Protocol):
    """What the object called `skill` in a skill's package provides.

    `provides` maps a checkpoint of the constitution to the place in the made project that meets it; the tests hold
    the made project to it.
    """

    @property
    def name(self) -> str:
        """Its folder's name."""
        ...

    @property
    def version(self) -> str:
        """The version of its templates."""
        ...

    @property
    def actions(self) -> tuple[Action, ...]:
        """What it does; the first is the default."""
        ...

    @property
    def provides(self) -> Mapping[str, str]:
        """Checkpoint -> the place in the made project that meets it."""
        ...

    def plan(self, task: Task, report: Report) -> Plan:
        """Decide on files and commands; writes nothing outside `task.scratch`."""
        ...

    def verify(self, task: Task, project: Path, report: Report) -> Iterator[Evidence]:
        """Run the checks on a written project, and yield the Evidence of each as it is had."""
        ...


class Request(Model):
    """What the parent writes to the child's stdin: one line of JSON."""

    phase: Literal["describe", "plan", "verify"]
    pack: str
    folder: str = Field(description="of the skill")
    action: str = ""
    parameters: dict[str, object] = Field(default_factory=dict)
    base: str = "."
    scratch: str = "."
    trusted: tuple[str, ...] = ()
    project: str | None = None


class ActionDescription(Model):
    """An action as a face shows it: `parameters` is the JSON schema of its input."""

    name: str
    summary: str
    writes: bool
    parameters: dict[str, object]


class Description(Model):
    """A skill as a face shows it."""

    name: str
    version: str
    actions: tuple[ActionDescription, ...]
    provides: dict[str, str]


class Message(Model):
    """What the child writes to the event descriptor: one line of JSON each; the last one is `done` or `failed`."""

    type: Literal["progressed", "described", "planned", "proved", "failed", "done"]
    data: dict[str, object] = Field(default_factory=dict)
