"""Conditions of content files: true, false or unknown for a request.

A condition is a mapping with one of these keys:

    all: [...], any: [...], not: ...          Kleene's logic: an unknown part decides nothing by itself
    without: ...                              true unless the part is known to be so
    fact: NAME with below, above, at_least, at_most (a number or another fact), or known: yes
    mentions: GROUP with any_of: [...]        true when one is named, false when it is ruled out or one of `against` is
    says: [...]                               words of the request; a star ends a beginning; false when all are negated;
                                              with near: [...] only in a sentence that also holds one of those
    files: [.pkl, ...]                        endings of the files it names
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import ge, gt, le, lt
from typing import Protocol

from agent.brief.model import Brief, Mention
from agent.decisions.catalogue import NEGATED, REACH
from agent.decisions.content import Place
from agent.decisions.facts import FACTS

SENTENCE = re.compile(r"[.!?;]\s|\n")


@dataclass(frozen=True)
class Case:
    """A request as conditions see it: the brief, its text in lower case, and the catalogue's tools that it names."""

    brief: Brief
    text: str
    tools: frozenset[str] = frozenset()


class Condition(Protocol):
    """Something a request may fulfil."""

    def holds(self, case: Case) -> bool | None:
        """Return whether it is so, or None when the request does not say."""
        ...


@dataclass(frozen=True)
class All:
    """True when every part is; false as soon as one is."""

    parts: tuple[Condition, ...]

    def holds(self, case: Case) -> bool | None:
        """Combine the parts."""
        found = {part.holds(case) for part in self.parts}
        return False if False in found else (None if None in found else True)


@dataclass(frozen=True)
class Some:
    """True as soon as one part is; false when none is, or when a number or a name that is given says no and no other part yes.

    Strictly an unknown part would leave it open, but who gives the number of rows has said that there are not more.
    """

    parts: tuple[Condition, ...]

    def holds(self, case: Case) -> bool | None:
        """Combine the parts."""
        found = [part.holds(case) for part in self.parts]
        if True in found:
            return True
        denied = any(
            answer is False and (isinstance(part, Compare) or (isinstance(part, Mentions) and part.against))
            for part, answer in zip(self.parts, found, strict=True)
        )
        return False if denied or None not in found else None


@dataclass(frozen=True)
class Not:
    """The opposite; unknown stays unknown."""

    part: Condition

    def holds(self, case: Case) -> bool | None:
        """Turn the part round."""
        found = self.part.holds(case)
        return None if found is None else not found


@dataclass(frozen=True)
class Without:
    """True unless the part is: what the request does not say is taken as not so. Never unknown."""

    part: Condition

    def holds(self, case: Case) -> bool | None:
        """Look whether the part is so."""
        return self.part.holds(case) is not True


@dataclass(frozen=True)
class Known:
    """Whether the request gives a number at all."""

    fact: str
    wanted: bool

    def holds(self, case: Case) -> bool | None:
        """Look for the number."""
        return (FACTS[self.fact].read(case.brief) is not None) is self.wanted


@dataclass(frozen=True)
class Compare:
    """A number of the request against a bound, which may itself be one."""

    fact: str
    how: str
    bound: float | str

    def holds(self, case: Case) -> bool | None:
        """Compare; unknown when either number is."""
        value = FACTS[self.fact].read(case.brief)
        bound = FACTS[self.bound].read(case.brief) if isinstance(self.bound, str) else self.bound
        return COMPARISONS[self.how](value, bound) if value is not None and bound is not None else None


@dataclass(frozen=True)
class Mentions:
    """Names the brief holds in one of its groups."""

    group: str
    names: tuple[str, ...]
    against: tuple[str, ...] = ()

    def holds(self, case: Case) -> bool | None:
        """Look for the names."""
        named = GROUPS[self.group](case)
        if named & set(self.names):
            return True
        if self.group in SETTLED and named:
            return False
        excluded = {mention.name for mention in case.brief.excluded}
        return False if excluded & set(self.names) or named & set(self.against) else None


@dataclass(frozen=True)
class Says:
    """Words of the request itself; with `near`, only in a sentence that also holds one of those."""

    phrases: tuple[str, ...]
    near: tuple[str, ...] = ()

    def holds(self, case: Case) -> bool | None:
        """Look for the words; those that are only denied make it false."""
        found = [
            not NEGATED.search(case.text[max(0, place - REACH) : place])
            for phrase in self.phrases
            for place in _places(case.text, phrase)
            if not self.near or _beside(case.text, place, self.near)
        ]
        return any(found) if found else None


@dataclass(frozen=True)
class Files:
    """Endings of the files that the request names."""

    endings: tuple[str, ...]

    def holds(self, case: Case) -> bool | None:
        """Look at the endings."""
        return any(name.lower().endswith(self.endings) for name in case.brief.files) or None


def _names(mentions: tuple[Mention, ...]) -> set[str]:
    return {mention.name for mention in mentions}


COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {"below": lt, "above": gt, "at_least": ge, "at_most": le}
GROUPS: Mapping[str, Callable[[Case], set[str]]] = {
    "environment": lambda case: _names(case.brief.environment),
    "frameworks": lambda case: _names(case.brief.frameworks),
    "models": lambda case: _names(case.brief.models),
    "practices": lambda case: _names(case.brief.practices),
    "hardware": lambda case: _names(case.brief.hardware),
    "excluded": lambda case: _names(case.brief.excluded),
    "tools": lambda case: set(case.tools),
    "task": lambda case: {case.brief.task} - {"unknown"},
    "kind": lambda case: {case.brief.kind},
}
# A request has one task and one kind: another one than those named is a no.
SETTLED = frozenset({"task", "kind"})


def _places(text: str, phrase: str) -> Iterator[int]:
    """Yield where `phrase` stands as whole words (a plural s aside) or, with a star, as the beginning of one."""
    stem = phrase.removesuffix("*")
    place = text.find(stem)
    while place >= 0:
        after = text[place + len(stem) : place + len(stem) + 2]
        ended = stem is not phrase or not _wordly(after[:1]) or (after[:1] == "s" and not _wordly(after[1:]))
        if ended and not (_wordly(text[place - 1 : place]) and _wordly(stem[:1])):
            yield place
        place = text.find(stem, place + 1)


def _beside(text: str, place: int, phrases: tuple[str, ...]) -> bool:
    start = max((end.end() for end in SENTENCE.finditer(text, 0, place)), default=0)
    stop = SENTENCE.search(text, place)
    sentence = text[start : stop.start() if stop else len(text)]
    return any(True for phrase in phrases for _ in _places(sentence, phrase))


def _wordly(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def condition(place: Place) -> Condition:
    """Read a condition; faults are noted at their places, and what is returned for them never holds."""
    keys = place.fields(allowed=tuple({key for keys in SHAPES.values() for key in keys} | set(SHAPES)))
    kinds = [kind for kind in SHAPES if kind in keys]
    if len(kinds) != 1:
        place.fault(f"{place.name} must have exactly one of: {', '.join(SHAPES)}")
        return Some(())
    kind = kinds[0]
    for word in keys.keys() - {kind, *SHAPES[kind]}:
        keys[word].fault(f"{place.name}: {word!r} does not go with {kind!r}")
    match kind:
        case "all":
            return All(_parts(keys[kind]))
        case "any":
            return Some(_parts(keys[kind]))
        case "not":
            return Not(condition(keys[kind]))
        case "without":
            return Without(condition(keys[kind]))
        case "says":
            return Says(_lowered(keys[kind]), _lowered(keys["near"]) if "near" in keys else ())
        case "files":
            return Files(_lowered(keys[kind]))
        case "mentions":
            return _mentions(place, keys)
        case _:
            return _fact(place, keys)


SHAPES: Mapping[str, tuple[str, ...]] = {
    "all": (),
    "any": (),
    "not": (),
    "without": (),
    "fact": ("below", "above", "at_least", "at_most", "known"),
    "mentions": ("any_of", "against"),
    "says": ("near",),
    "files": (),
}


def _lowered(place: Place) -> tuple[str, ...]:
    return tuple(phrase.lower() for phrase in place.some())


def _parts(place: Place) -> tuple[Condition, ...]:
    parts = tuple(condition(item) for item in place.items())
    if not parts:
        place.fault(f"{place.name} is empty")
    return parts


def _mentions(place: Place, keys: Mapping[str, Place]) -> Condition:
    group = keys["mentions"].text()
    if group not in GROUPS:
        keys["mentions"].fault(f"{group!r} is not a group of the brief; there are: {', '.join(GROUPS)}")
    if "any_of" not in keys:
        place.fault(f"{place.name} lacks 'any_of'")
        return Some(())
    return Mentions(group, keys["any_of"].some(), keys["against"].texts() if "against" in keys else ())


def _fact(place: Place, keys: Mapping[str, Place]) -> Condition:
    name = keys["fact"].text()
    hows = [key for key in (*COMPARISONS, "known") if key in keys]
    if name not in FACTS:
        keys["fact"].fault(f"{name!r} is not a fact; there are: {', '.join(FACTS)}")
    if not hows:
        place.fault(f"{place.name} needs one of: {', '.join((*COMPARISONS, 'known'))}")
    parts = tuple(
        Known(name, keys[how].truth()) if how == "known" else Compare(name, how, _bound(keys[how])) for how in hows
    )
    return parts[0] if len(parts) == 1 else All(parts)


def _bound(place: Place) -> float | str:
    word = place.text()
    if word[:1].isalpha():
        if word not in FACTS:
            place.fault(f"{word!r} is neither a number nor a fact")
        return word
    return place.number() or 0.0
