"""Red flags: what must be settled before anything else, read from knowledge/red-flags.yaml of every pack."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.brief.model import Brief
from agent.decisions.catalogue import Catalogue
from agent.decisions.conditions import Condition, Some, condition
from agent.decisions.content import Place, document, told
from agent.decisions.framework import case_of
from agent.errors import Problem
from agent.resources import Pack

# Who asks what a thing is has not said that it will be done.
ASKED_ABOUT = re.compile(
    r"\s*(?:what(?:['\u2019]s| is| are)\b(?! (?:the |a |our )?(?:best|right|good|way|recommended|cheapest|fastest|simplest))|"
    r"what (?:does|exactly)\b|explain\b|define\b|definition of\b|difference between\b)",
    re.IGNORECASE,
)


class RedFlag(BaseModel):
    """Something that must be settled first, the way out, and whom to ask; a note is told and stops nothing."""

    model_config = ConfigDict(frozen=True)

    id: str
    flag: str
    way_out: str
    ask: str
    level: Literal["flag", "note"] = "flag"


@dataclass(frozen=True)
class Rule:
    """A flag and the condition that raises it."""

    when: Condition
    flag: RedFlag


def load_flags(packs: Iterable[Pack]) -> dict[str, Rule]:
    """Read every pack's flags by id, a later pack's replacing an earlier one's; raises ContentError with every fault."""
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    for pack in packs:
        path = pack.folder("knowledge") / "red-flags.yaml"
        top = document(path, problems) if path.is_file() else None
        here: set[str] = set()
        for place in top.items() if top is not None else ():
            rule = _rule(place)
            if rule.flag.id in here:
                place.fault(f"the flag {rule.flag.id!r} is there twice")
            here.add(rule.flag.id)
            rules[rule.flag.id] = rule
    told(problems)
    return rules


def flags(rules: Mapping[str, Rule], brief: Brief, catalogue: Catalogue) -> tuple[RedFlag, ...]:
    """Return the flags a request raises, notes last; one that asks what something is raises none."""
    if brief.kind == "definition" or ASKED_ABOUT.match(brief.text):
        return ()
    case = case_of(brief, catalogue)
    raised = [rule.flag for rule in rules.values() if rule.when.holds(case) is True]
    return tuple(sorted(raised, key=lambda flag: flag.level == "note"))


def _rule(place: Place) -> Rule:
    fields = place.fields(("id", "when", "flag", "way_out", "ask"), ("level",))
    name, flag, way_out, ask = (fields[key].text() if key in fields else "" for key in ("id", "flag", "way_out", "ask"))
    level = fields["level"].text() if "level" in fields else "flag"
    if level not in {"flag", "note"}:
        fields["level"].fault(f"{level!r} is not a level; there are: flag, note")
    when = condition(fields["when"]) if "when" in fields else Some(())
    told_as: Literal["flag", "note"] = "note" if level == "note" else "flag"
    return Rule(when, RedFlag(id=name, flag=flag, way_out=way_out, ask=ask, level=told_as))
