"""Pitfalls: what in a request's own words is stale, wrong or a trap; read from knowledge/pitfalls/*.yaml of every pack."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief
from agent.decisions.catalogue import Catalogue
from agent.decisions.conditions import Condition, Some, condition
from agent.decisions.content import Place, document, told
from agent.decisions.framework import case_of
from agent.errors import Problem
from agent.resources import Pack


class Correction(BaseModel):
    """What a request takes for granted and is not so, and what holds instead."""

    model_config = ConfigDict(frozen=True)

    id: str
    wrong: str
    right: str
    read: tuple[str, ...] = Field(default=(), description="file.md#Heading of the reference that holds it")
    checked: str = Field(description="the day on which it was looked up, YYYY-MM-DD")
    source: str = Field(description="an address, or how it was found out")
    unknown: bool = Field(default=False, description="whether it says that the answer cannot be known here")


@dataclass(frozen=True)
class Pitfall:
    """A correction and the condition under which a request needs it."""

    when: Condition
    correction: Correction


def load_pitfalls(packs: Iterable[Pack]) -> dict[str, Pitfall]:
    """Read every pack's pitfalls by id, a later pack's replacing an earlier one's; raises ContentError with every fault."""
    problems: list[Problem] = []
    found: dict[str, Pitfall] = {}
    for pack in packs:
        here: set[str] = set()
        for path in sorted((pack.folder("knowledge") / "pitfalls").glob("*.yaml")):
            top = document(path, problems)
            for place in top.items() if top is not None else ():
                pitfall = _pitfall(place)
                if pitfall.correction.id in here:
                    place.fault(f"the pitfall {pitfall.correction.id!r} is there twice")
                here.add(pitfall.correction.id)
                found[pitfall.correction.id] = pitfall
    told(problems)
    return found


def corrections(pitfalls: Mapping[str, Pitfall], brief: Brief, catalogue: Catalogue) -> tuple[Correction, ...]:
    """Return what must be put right in a request, in the order of the files."""
    case = case_of(brief, catalogue)
    return tuple(pitfall.correction for pitfall in pitfalls.values() if pitfall.when.holds(case) is True)


def _pitfall(place: Place) -> Pitfall:
    needed = ("id", "when", "wrong", "right", "checked", "source")
    fields = place.fields(needed, ("read", "unknown"))
    text = {key: fields[key].text() if key in fields and key != "when" else "" for key in needed}
    return Pitfall(
        condition(fields["when"]) if "when" in fields else Some(()),
        Correction(
            id=text["id"],
            wrong=text["wrong"],
            right=text["right"],
            read=fields["read"].texts() if "read" in fields else (),
            checked=text["checked"],
            source=text["source"],
            unknown="unknown" in fields and fields["unknown"].truth(),
        ),
    )
