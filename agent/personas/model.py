"""A persona as a contract, read from a Claude Code subagent file."""

from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import ContentError, Problem, UnknownName
from agent.resources import Pack, visible

MAX_DESCRIPTION = 300
FENCE = "---"


class Boundary(BaseModel):
    """Work a persona refuses, who takes it, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: str
    hand_to: str
    because: str


class Colleague(BaseModel):
    """A persona this one works with, and for what."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    persona: str
    purpose: str


class Contract(BaseModel):
    """The part of the front matter that is ours, under `mlwright:`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str
    does: tuple[str, ...] = Field(min_length=3)
    refuses: tuple[Boundary, ...] = Field(min_length=1)
    checks: tuple[str, ...] = Field(min_length=3)
    skills: tuple[str, ...] = ()
    works_with: tuple[Colleague, ...] = ()
    routing_only: bool = False


class Persona(BaseModel):
    """A persona: the subagent fields, the contract, and the body that becomes the system prompt."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    description: str = Field(min_length=1, max_length=MAX_DESCRIPTION)
    tools: str = ""
    model: str = "inherit"
    mlwright: Contract
    body: str
    path: Path


def load(packs: tuple[Pack, ...]) -> dict[str, Persona]:
    """Return the personas of `packs` by name, the first pack to name one winning; raises ContentError with every fault."""
    found: dict[str, Persona] = {}
    problems: list[Problem] = []
    for pack in packs:
        for path in sorted(pack.folder("personas").glob("*.md")):
            try:
                persona = read(path)
            except ContentError as error:
                problems += error.problems
            else:
                found.setdefault(persona.name, persona)
    problems += [
        Problem(persona.path, 1, f"{name!r} is not a persona")
        for persona in found.values()
        for name in sorted(_named(persona) - found.keys())
    ]
    if problems:
        raise ContentError(problems)
    return found


def find(personas: dict[str, Persona], name: str) -> Persona:
    """Return the persona called `name`; raises UnknownName."""
    if name not in personas:
        raise UnknownName.of("persona", name, personas, "mlwright personas list")
    return personas[name]


def read(path: Path) -> Persona:
    """Read one persona file; raises ContentError with its faults."""
    import yaml

    try:
        text = visible(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(path, 0, str(error))]) from error
    parts = text.split(f"{FENCE}\n", 2)
    if parts[0] or len(parts[1:]) != len(("front matter", "body")):
        raise ContentError([Problem(path, 1, "a persona must begin with front matter between two lines of ---")])
    try:
        front: object = yaml.safe_load(parts[1])
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        raise ContentError([Problem(path, line, f"the front matter is not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        # Characters that YAML forbids, nesting without end, a date that there is not.
        said = "is nested too deeply" if isinstance(error, RecursionError) else f"is not YAML: {error}".splitlines()[0]
        raise ContentError([Problem(path, 1, f"the front matter {said}")]) from error
    if not isinstance(front, dict):
        raise ContentError([Problem(path, 1, "the front matter must be a mapping")])
    try:
        return Persona.model_validate(cast("dict[str, object]", front) | {"body": parts[2].strip(), "path": path})
    except ValidationError as error:
        faults = [Problem(path, 1, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") for fault in error.errors()]
        raise ContentError(faults) from error


def _named(persona: Persona) -> set[str]:
    contract = persona.mlwright
    return {boundary.hand_to for boundary in contract.refuses} | {
        colleague.persona for colleague in contract.works_with
    }
