"""A decision framework: a small tree of questions put to a brief, with a recommendation at every leaf."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from agent.brief.model import Brief


@dataclass(frozen=True)
class Recommendation:
    """A leaf: what to do, why, what would change it, and the tools it names as the catalogue knows them."""

    choice: str
    reason: str
    changes: tuple[str, ...]
    tools: tuple[str, ...] = ()


@dataclass(frozen=True)
class Question:
    """A node. `test` answers from the brief, or None when the brief does not say; then `otherwise` is taken."""

    ask: str
    test: Callable[[Brief], bool | None]
    yes: "Question | Recommendation"
    no: "Question | Recommendation"
    otherwise: bool = False


@dataclass(frozen=True)
class Framework:
    """A named tree."""

    name: str
    root: Question | Recommendation

    def leaves(self) -> Iterator[Recommendation]:
        """Return every recommendation the tree can reach."""
        yield from _leaves(self.root)


class Answered(BaseModel):
    """A question of the walk, its answer, and whether the request gave it."""

    model_config = ConfigDict(frozen=True)

    question: str
    answer: bool
    known: bool


class Decision(BaseModel):
    """What a framework recommends for a brief."""

    model_config = ConfigDict(frozen=True)

    framework: str
    choice: str
    reason: str
    changes: tuple[str, ...]
    tools: tuple[str, ...]
    walk: tuple[Answered, ...]


def decide(framework: Framework, brief: Brief) -> Decision:
    """Walk a framework with a brief."""
    walk: list[Answered] = []
    place = framework.root
    while isinstance(place, Question):
        answer = place.test(brief)
        taken = place.otherwise if answer is None else answer
        walk.append(Answered(question=place.ask, answer=taken, known=answer is not None))
        place = place.yes if taken else place.no
    return Decision(
        framework=framework.name,
        choice=place.choice,
        reason=place.reason,
        changes=place.changes,
        tools=place.tools,
        walk=tuple(walk),
    )


def _leaves(place: Question | Recommendation) -> Iterator[Recommendation]:
    if isinstance(place, Recommendation):
        yield place
        return
    yield from _leaves(place.yes)
    yield from _leaves(place.no)
