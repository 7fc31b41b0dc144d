"""How a whole answer is judged: by the fields that its case gives, each of which a program can look for."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence

from agent.chat.gathered import Turn
from agent.evaluation.cases import AnswerCase, Figure, Offer
from agent.evaluation.record import Verdict

NUMBER = re.compile(
    r"(?<![\w.])(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+)?)\s*(million|billion|thousand|k\b|M\b|bn\b)?"
)
SCALES = {"": 1.0, "thousand": 1e3, "k": 1e3, "million": 1e6, "M": 1e6, "billion": 1e9, "bn": 1e9}
# For a unit: the words near a figure of it, and what such a figure is in it.
UNITS: Mapping[str, Sequence[tuple[str, float]]] = {
    "GB": (("gb", 1.0), ("mb", 1e-3), ("tb", 1e3), ("gib", 1.074)),
    "MB": (("mb", 1.0), ("gb", 1e3), ("kb", 1e-3)),
    "kB": (("kb", 1.0), ("mb", 1e3), ("gb", 1e6), ("byte", 1e-3)),
    "min": (("min", 1.0), ("h", 60.0), ("s", 1 / 60)),
    "h": (("h", 1.0), ("min", 1 / 60), ("day", 24.0)),
    "days": (("day", 1.0), ("h", 1 / 24)),
    "rows/h": (("/h", 1.0), ("hour", 1.0), ("/s", 3600.0)),
    "rows/s": (("/s", 1.0), ("second", 1.0), ("hour", 1 / 3600)),
    "$": (("$", 1.0), ("usd", 1.0), ("dollar", 1.0)),
    "%": (("%", 1.0), ("percent", 1.0)),
    "ms": (("ms", 1.0),),
}
CANNOT_KNOW = ("i don't know", "cannot know", "cannot see", "can't know", "cannot be known", "cannot tell")


def judge(case: AnswerCase, turn: Turn) -> Iterator[Verdict]:
    """Judge an answer by everything its case lists."""
    assert turn.plan is not None
    answer = turn.answer.casefold()
    yield from _routed(case, turn)
    leaves = {decision.id: decision.leaf for decision in turn.plan.decisions}
    for framework, wanted in case.leaf.items():
        yield _met("leaf", leaves.get(framework) in wanted, f"{framework}: {leaves.get(framework)} not {wanted}")
    for number in case.numbers:
        yield _met("numbers", stated(turn.answer, case.text, number), f"{number.about}: {number.value:g} {number.unit}")
    yield from _skill(case.skill, turn)
    yield from _flags(case.flags, turn)
    for wanted in case.must_say:
        yield _met("must_say", any(word.casefold() in answer for word in wanted), " | ".join(wanted))
    for word in case.must_not_say:
        yield _met("must_not_say", word.casefold() not in answer, word)
    if case.unknown:
        yield _met("unknown", any(word in answer for word in CANNOT_KNOW), "does not say that it cannot know")
    if case.conflict:
        told = bool(turn.plan.conflicts) or any(check.status == "CONFLICT" for check in turn.checks)
        yield _met("conflict", told, "no conflict told")


def _met(criterion: str, met: bool, detail: str) -> Verdict:
    return Verdict(criterion=criterion, met=met, detail="" if met else detail)


def _routed(case: AnswerCase, turn: Turn) -> Iterator[Verdict]:
    assert turn.route is not None
    assert turn.plan is not None
    declined = turn.route.decision == "decline"
    if case.decline is not None or declined:
        yield _met("scope", declined is bool(case.decline), f"{turn.route.decision}: {turn.route.primary}")
    if case.persona is not None:
        yield _met("persona", turn.route.primary in case.persona, turn.route.primary)
    if case.kind is not None:
        yield _met("kind", turn.plan.kind in case.kind, turn.plan.kind)


def stated(answer: str, request: str, number: Figure) -> bool:
    """Whether an answer states a figure, in its unit or one it converts to; a figure of the request itself is no statement."""
    echoed = {figure for figure, _, _ in _figures(request)}
    for figure, start, end in _figures(answer):
        near = answer[max(0, start - 3) : start].casefold() + " " + answer[end : end + 24].casefold()
        for word, factor in UNITS.get(number.unit, (("", 1.0),)):
            right = abs(figure * factor - number.value) <= number.tolerance * abs(number.value)
            if right and word in near and (figure not in echoed or number.value in echoed):
                return True
    return False


def _figures(text: str) -> Iterator[tuple[float, int, int]]:
    for match in NUMBER.finditer(text):
        yield float(match[1].replace(",", "")) * SCALES[match[2] or ""], match.start(), match.end()


def _skill(wanted: str | Offer | None, turn: Turn) -> Iterator[Verdict]:
    assert turn.plan is not None
    offered = [offer for offer in turn.plan.next if offer.skill]
    if wanted is None:
        return
    if not isinstance(wanted, Offer):
        yield _met("skill", not offered, ", ".join(offer.command for offer in offered))
        return
    right = [offer for offer in offered if (offer.skill, offer.action) == (wanted.name, wanted.action)]
    yield _met("skill", bool(right), turn.plan.why_not or "not offered")
    for key, value in wanted.parameters.items():
        found = right[0].parameters.get(key) if right else None
        yield _met("parameters", _same(value, found), f"{key}: {found} not {value}")


def _same(wanted: str | float | bool, found: object) -> bool:
    if isinstance(wanted, str | bool) or found is None:
        return wanted == found
    try:
        return math.isclose(wanted, float(str(found)))
    except ValueError:
        return False


def _flags(wanted: Sequence[str] | None, turn: Turn) -> Iterator[Verdict]:
    assert turn.plan is not None
    told = {flag.id for flag in turn.plan.red_flags if flag.level == "flag"}
    if wanted is None:
        return
    for flag in wanted:
        yield _met("flags", flag in told, f"{flag} not told")
    if not wanted:
        yield _met("false flags", not told, ", ".join(sorted(told)))
