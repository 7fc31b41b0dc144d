"""What a responder is given, and what it must do."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from agent.brief.model import Brief
from agent.decisions.checks import CheckResult
from agent.decisions.plan import AnswerPlan
from agent.events import Event, ScoreLine
from agent.knowledge.citation import Citation
from agent.personas.model import Persona
from agent.routing.decision import Route


@dataclass(frozen=True)
class Context:
    """Everything known about a turn before the answer is written."""

    text: str
    route: Route
    persona: Persona
    brief: Brief
    checks: tuple[CheckResult, ...]
    citations: tuple[Citation, ...]
    plan: AnswerPlan
    scorecard: tuple[ScoreLine, ...]


class Responder(Protocol):
    """Writes the answer to a turn."""

    @property
    def name(self) -> str:
        """What usage is booked under."""
        ...

    def respond(self, context: Context) -> AsyncIterator[Event]:
        """Yield Text events, whose texts joined are the answer in Markdown, and one Usage."""
        ...
