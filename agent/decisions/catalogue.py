"""The catalogue of tools: their state, licence and version as they were looked up, and the names requests use for them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict, Field

from agent.decisions.content import Place, document, told
from agent.errors import Problem
from agent.resources import Pack

Status = Literal["active", "acquired", "archived", "relicensed", "renamed", "unmaintained"]
# A tool in one of these states is not recommended without saying so.
CHANGED: frozenset[Status] = frozenset({"acquired", "archived", "relicensed", "unmaintained"})
REACH = 40
# What stands before a name that is ruled out or left behind; "from X to Y" and "no X but Y" leave Y alone.
NEGATED = re.compile(
    r"(?:\b(?:no|not(?! only)|without|never|avoid|instead of|rather than|cannot|nor|neither|free of|replac(?:e|ing)|get rid of"
    r"|(?:mov|migrat|switch)(?:e|es|ed|ing)?\s(?:away\s)?(?:from|off))|n['\u2019]t)"
    r"\s+(?:(?!to\b|by\b|with\b|but\b)[\w-]+\s+){0,2}$",
    re.IGNORECASE,
)


class ToolStatus(BaseModel):
    """A tool as an answer tells of it; None where the catalogue has no supported value."""

    model_config = ConfigDict(frozen=True)

    name: str
    version: str | None = None
    licence: str | None = None
    status: Status = "active"
    checked: str = Field(default="", description="the day on which it was looked up, YYYY-MM-DD")
    note: str = ""


@dataclass(frozen=True)
class Tool:
    """An entry of the catalogue, and the words by which a request may name it."""

    status: ToolStatus
    kind: tuple[str, ...]
    package: str | None
    source: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class Catalogue:
    """Every tool by its name; a later pack's entry replaces one of the same name."""

    tools: Mapping[str, Tool] = field(default_factory=dict[str, Tool])

    def get(self, name: str) -> ToolStatus:
        """Return what is known of a tool; raises KeyError for a name that is not in the catalogue."""
        return self.tools[name].status

    def named(self, text: str) -> tuple[ToolStatus, ...]:
        """Return the tools that a request names, in its order; one that is named only to be ruled out is left out."""
        found: dict[str, None] = {}
        for match in self._pattern.finditer(text):
            if not NEGATED.search(text[max(0, match.start() - REACH) : match.start()]):
                found[self._names[match[0].lower()]] = None
        return tuple(self.get(name) for name in found)

    @cached_property
    def _names(self) -> dict[str, str]:
        return {word.lower(): name for name, tool in self.tools.items() for word in tool.words}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # The longest first: "ONNX Runtime" is not ONNX.
        words = "|".join(re.escape(word) for word in sorted(self._names, key=len, reverse=True))
        return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])" if words else r"(?!)", re.IGNORECASE)


def load_catalogue(packs: Iterable[Pack]) -> Catalogue:
    """Read every pack's knowledge/catalogue.yaml; raises ContentError with every fault."""
    problems: list[Problem] = []
    tools: dict[str, Tool] = {}
    for pack in packs:
        path = pack.folder("knowledge") / "catalogue.yaml"
        top = document(path, problems) if path.is_file() else None
        if top is None:
            continue
        here: set[str] = set()
        for place in top.items():
            tool = _tool(place)
            if tool.status.name in here:
                place.fault(f"{tool.status.name!r} is in the catalogue twice")
            here.add(tool.status.name)
            tools[tool.status.name] = tool
    told(problems)
    return Catalogue(tools)


NEEDED = ("name", "kind", "package", "version", "licence", "status", "note", "checked", "source")


def _tool(place: Place) -> Tool:
    found = place.fields(NEEDED, ("aliases", "ambiguous"))
    text = {key: found[key].text() if key in found else "" for key in ("name", "status", "note", "checked", "source")}
    null = {key: found[key].optional() if key in found else None for key in ("package", "version", "licence")}
    status = text["status"]
    if status not in get_args(Status):
        if "status" in found:
            found["status"].fault(f"{status!r} is not a status; there are: {', '.join(get_args(Status))}")
        status = "active"
    aliases = found["aliases"].texts() if "aliases" in found else ()
    ambiguous = "ambiguous" in found and found["ambiguous"].truth()
    return Tool(
        ToolStatus(
            name=text["name"],
            version=null["version"],
            licence=null["licence"],
            status=cast("Status", status),
            checked=text["checked"],
            note=text["note"],
        ),
        found["kind"].texts() if "kind" in found else (),
        null["package"],
        text["source"],
        aliases if ambiguous else (text["name"], *aliases),
    )
