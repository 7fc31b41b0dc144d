"""What a scan or the scoring of a plan gives back."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Status = Literal["PASS", "FAIL", "UNKNOWN"]


class Model(BaseModel):
    """A part of a scorecard: immutable."""

    model_config = ConfigDict(frozen=True)


class Finding(Model):
    """One fault: the file relative to the scanned folder, the line from 1, what is wrong there and what mends it."""

    path: str
    line: int
    message: str
    fix: str


class Suppressed(Model):
    """A finding that a directive in the file allows, and the reason the directive gives."""

    checkpoint: str
    path: str
    line: int
    message: str
    reason: str


class Skipped(Model):
    """A file that was not judged, and why."""

    path: str
    reason: str


class Score(Model):
    """The state of one checkpoint. `evidence` says what it rests on; `fix` is empty on a PASS."""

    principle: str
    checkpoint: str
    status: Status
    evidence: str
    fix: str = ""
    findings: tuple[Finding, ...] = ()


class Scan(Model):
    """The scorecard of a project: a score for each checkpoint, in the order of the constitution."""

    scores: tuple[Score, ...]
    files_read: int = Field(description="files whose text was read")
    skipped: tuple[Skipped, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()

    @property
    def findings(self) -> tuple[tuple[str, Finding], ...]:
        """Return every finding with its checkpoint."""
        return tuple((score.checkpoint, finding) for score in self.scores for finding in score.findings)
