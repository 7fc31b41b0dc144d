"""What a turn yields, in this order: one immutable model an event, and the envelope they travel in."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief
from agent.decisions.checks import CheckResult
from agent.decisions.plan import AnswerPlan
from agent.knowledge.citation import Citation
from agent.proof.evidence import Evidence, now
from agent.proof.progress import Progress
from agent.routing.decision import Route


class Model(BaseModel):
    """A part of an event: immutable."""

    model_config = ConfigDict(frozen=True)


class ScoreLine(Model):
    """A line of the scorecard: a checkpoint of a principle, its status, what shows it, and what would mend it."""

    principle: str
    checkpoint: str
    status: Literal["PASS", "FAIL", "UNKNOWN"]
    evidence: str
    fix: str


class Routed(Model):
    """The request has a persona."""

    type: Literal["routed"] = "routed"
    route: Route


class Briefed(Model):
    """The request has been read."""

    type: Literal["briefed"] = "briefed"
    brief: Brief


class Checked(Model):
    """The five checks have run."""

    type: Literal["checked"] = "checked"
    checks: tuple[CheckResult, ...]


class Found(Model):
    """Passages that bear on the request."""

    type: Literal["found"] = "found"
    citations: tuple[Citation, ...]


class Planned(Model):
    """What the answer will say, and which commands would do it."""

    type: Literal["planned"] = "planned"
    plan: AnswerPlan


class Scored(Model):
    """The plan against the constitution."""

    type: Literal["scored"] = "scored"
    scorecard: tuple[ScoreLine, ...]


class Text(Model):
    """The next piece of the answer, in Markdown."""

    type: Literal["text"] = "text"
    text: str


class SkillStarted(Model):
    """A skill's child process is at work."""

    type: Literal["skill-started"] = "skill-started"
    skill: str
    action: str
    phase: Literal["plan", "verify"]


class Progressed(Model):
    """Long work has come further."""

    type: Literal["progressed"] = "progressed"
    progress: Progress


class FileProposed(Model):
    """A file a plan would write, and the difference it makes."""

    type: Literal["file-proposed"] = "file-proposed"
    path: str
    change: Literal["new", "same", "replaced", "edited"]
    diff: str


class Proved(Model):
    """A check ran on what was made."""

    type: Literal["proved"] = "proved"
    evidence: Evidence


class Usage(Model):
    """What the backend used; local answers cost nothing."""

    type: Literal["usage"] = "usage"
    backend: str
    input_tokens: int = 0
    output_tokens: int = 0
    cost: float = Field(default=0.0, description="US dollars")


class Failed(Model):
    """Something went wrong; the turn goes on when it can."""

    type: Literal["failed"] = "failed"
    error: str
    hint: str = ""


class Done(Model):
    """The turn is over."""

    type: Literal["done"] = "done"
    elapsed_ms: float


Event = Annotated[
    Routed
    | Briefed
    | Checked
    | Found
    | Planned
    | Scored
    | Text
    | SkillStarted
    | Progressed
    | FileProposed
    | Proved
    | Usage
    | Failed
    | Done,
    Field(discriminator="type"),
]


class Envelope(Model):
    """An event on its way out: `--events` writes one a line. `seq` counts from 0 within a run."""

    v: Literal[1] = 1
    seq: int
    at: datetime
    type: str
    data: dict[str, object]


def envelope(seq: int, event: Model) -> Envelope:
    """Wrap an event."""
    data = event.model_dump(mode="json")
    return Envelope(seq=seq, at=now(), type=str(data.pop("type")), data=data)
