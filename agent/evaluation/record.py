"""What a run of the suites leaves behind: every case, what came out, and what it was run with."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from agent.errors import BadRequest

FORMAT = 1
Status = Literal["pass", "fail", "error", "timeout"]


class Model(BaseModel):
    """A part of a record: immutable, nothing unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Verdict(Model):
    """One criterion of a case: whether it is met, and what was found."""

    criterion: str
    met: bool
    detail: str = ""


class Outcome(Model):
    """What came of one case in one repeat. An error or a timeout is no score: it has no verdicts and counts as neither."""

    suite: str
    case: str
    repeat: int = 0
    status: Status
    text: str = Field(description="the request, or what was put to the test")
    labels: dict[str, str] = Field(
        default={}, description="what the case is grouped by: leaf, register, difficulty, ..."
    )
    expected: dict[str, JsonValue] = {}
    verdicts: tuple[Verdict, ...] = ()
    trace: dict[str, JsonValue] = Field(
        default={}, description="for routing the decision as `mlwright route --json` has it"
    )
    seconds: float = 0.0
    error: str | None = None

    @property
    def scored(self) -> bool:
        """Whether the case was judged at all."""
        return self.status in {"pass", "fail"}


class SuiteRecord(Model):
    """A suite that was run: its file's hash tells whether another run had the same cases."""

    kind: str
    path: str
    sha256: str
    cases: int


class Run(Model):
    """One run. `complete` is false when it was stopped before its last case."""

    format: int = FORMAT
    id: str
    started: datetime
    seconds: float
    cpu_seconds: float
    complete: bool
    seed: int
    repeats: int = 1
    suites: dict[str, SuiteRecord]
    versions: dict[str, str] = Field(description="of mlwright, Python and the libraries that decide")
    tier: str
    profile: str
    content: dict[str, str] = Field(description="SHA-256 of what was evaluated: routing, knowledge, rules")
    commit: str | None = Field(default=None, description="of the checkout, with a + when it had changes")
    cost: dict[str, float] = Field(default={}, description="money spent, by currency; empty for what runs here")
    outcomes: tuple[Outcome, ...]


def read(path: Path) -> Run:
    """Read a record. Raises BadRequest when it is none, or of another format."""
    try:
        return Run.model_validate_json(path.read_bytes())
    except OSError as error:
        raise BadRequest(
            f"cannot read {path}: {error.strerror}", "name a run.json that `mlwright eval` wrote"
        ) from error
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise BadRequest(
            f"{path} is no record of a run: {place}: {fault['msg']}", "name a run.json that `mlwright eval` wrote"
        ) from error
