"""Diagnoses: a symptom, what stops the damage, and its causes with the check that tells each from the others.

Read from knowledge/diagnoses/*.yaml of every pack.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief
from agent.decisions.catalogue import Catalogue
from agent.decisions.conditions import Case, Condition, Some, condition
from agent.decisions.content import Place, document, told
from agent.decisions.framework import case_of
from agent.errors import Problem
from agent.resources import Pack


class Cause(BaseModel):
    """Something that may have happened, how to look for it, what shows it, and how it is mended."""

    model_config = ConfigDict(frozen=True)

    cause: str
    look: str
    sign: str
    mend: str
    read: tuple[str, ...] = ()
    named: bool = Field(default=False, description="whether the request itself makes it likelier")


class Diagnosis(BaseModel):
    """What a symptom tells, and its causes, likeliest first."""

    model_config = ConfigDict(frozen=True)

    id: str
    title: str
    first: str = Field(description="what stops the damage now")
    because: str = ""
    causes: tuple[Cause, ...]
    after: str = Field(description="how to know that it is mended")


@dataclass(frozen=True)
class Symptom:
    """A diagnosis, the condition under which a request shows it, and for each cause what makes it likelier."""

    when: Condition
    diagnosis: Diagnosis
    likelier: tuple[Condition | None, ...]


def load_symptoms(packs: Iterable[Pack]) -> dict[str, Symptom]:
    """Read every pack's diagnoses by id, a later pack's replacing an earlier one's; raises ContentError with every fault."""
    problems: list[Problem] = []
    found: dict[str, Symptom] = {}
    for pack in packs:
        here: set[str] = set()
        for path in sorted((pack.folder("knowledge") / "diagnoses").glob("*.yaml")):
            top = document(path, problems)
            if top is None:
                continue
            symptom = _symptom(top)
            if symptom.diagnosis.id in here:
                top.fault(f"the diagnosis {symptom.diagnosis.id!r} is there twice")
            here.add(symptom.diagnosis.id)
            found[symptom.diagnosis.id] = symptom
    told(problems)
    return found


def diagnoses(symptoms: Mapping[str, Symptom], brief: Brief, catalogue: Catalogue) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of the symptoms a request shows, causes that it makes likelier first."""
    case = case_of(brief, catalogue)
    return tuple(_ranked(symptom, case) for symptom in symptoms.values() if symptom.when.holds(case) is True)


def diagnosis(symptom: Symptom, brief: Brief, catalogue: Catalogue) -> Diagnosis:
    """Return one diagnosis whatever the words of the request, causes that it makes likelier first."""
    return _ranked(symptom, case_of(brief, catalogue))


def _ranked(symptom: Symptom, case: Case) -> Diagnosis:
    causes = [
        cause.model_copy(update={"named": when is not None and when.holds(case) is True})
        for cause, when in zip(symptom.diagnosis.causes, symptom.likelier, strict=True)
    ]
    return symptom.diagnosis.model_copy(update={"causes": tuple(sorted(causes, key=lambda cause: not cause.named))})


def _symptom(top: Place) -> Symptom:
    needed = ("id", "title", "when", "first", "causes", "after")
    fields = top.fields(needed, ("because",))
    text = {key: fields[key].text() if key in fields else "" for key in ("id", "title", "first", "after", "because")}
    places = fields["causes"].items() if "causes" in fields else []
    pairs = [_cause(place) for place in places]
    diagnosis = Diagnosis(causes=tuple(cause for cause, _ in pairs), **text)
    when = condition(fields["when"]) if "when" in fields else Some(())
    return Symptom(when, diagnosis, tuple(likelier for _, likelier in pairs))


def _cause(place: Place) -> tuple[Cause, Condition | None]:
    needed = ("cause", "look", "sign", "mend")
    fields = place.fields(needed, ("likelier", "read"))
    text = {key: fields[key].text() if key in fields else "" for key in needed}
    read = fields["read"].texts() if "read" in fields else ()
    cause = Cause(cause=text["cause"], look=text["look"], sign=text["sign"], mend=text["mend"], read=read)
    return cause, condition(fields["likelier"]) if "likelier" in fields else None
