"""How a case of evals/answers.yaml and evals/brief.yaml is judged; what each field means stands in those files."""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from agent.brief.model import Brief
from agent.chat.gathered import Turn

EVALS = Path(__file__).parents[1] / "evals"
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
MEASURED = (
    "latency",
    "throughput",
    "volume",
    "availability",
    "budget",
    "data_size",
    "memory",
    "counts",
    "freshness",
    "deadline",
    "measures",
    "parameters",
)


@dataclass(frozen=True)
class Verdict:
    """One criterion of a case: what was judged, whether it is met, and what was found instead."""

    case: str
    criterion: str
    met: bool
    detail: str = ""


def cases(name: str, split: str | None = None) -> list[dict[str, Any]]:
    """Read a suite's cases, of one split when it is named."""
    found = cast("list[dict[str, Any]]", yaml.safe_load((EVALS / f"{name}.yaml").read_text(encoding="utf-8"))["cases"])
    return [case for case in found if split is None or case.get("split") == split]


def interval(met: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """Wilson's 95 % interval of a share."""
    if not total:
        return 0.0, 1.0
    share = met / total
    centre, spread = (
        share + z * z / (2 * total),
        z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total)),
    )
    return (centre - spread) / (1 + z * z / total), (centre + spread) / (1 + z * z / total)


def judge(case: Mapping[str, Any], turn: Turn) -> Iterator[Verdict]:
    """Judge an answer by everything its case lists."""
    assert turn.plan is not None
    name, answer = str(case["id"]), turn.answer.casefold()
    yield from _routed(name, case, turn)
    leaves = {decision.id: decision.leaf for decision in turn.plan.decisions}
    for framework, wanted in case.get("leaf", {}).items():
        yield Verdict(
            name, "leaf", leaves.get(framework) in wanted, f"{framework}: {leaves.get(framework)} not {wanted}"
        )
    for number in case.get("numbers", []):
        found = stated(turn.answer, str(case["text"]), number)
        yield Verdict(name, "numbers", found, f"{number['about']}: {number['value']} {number['unit']}")
    yield from _skill(name, case.get("skill"), turn)
    yield from _flags(name, case.get("flags"), turn)
    for wanted in case.get("must_say", []):
        yield Verdict(name, "must_say", any(word.casefold() in answer for word in wanted), " | ".join(wanted))
    for word in case.get("must_not_say", []):
        yield Verdict(name, "must_not_say", word.casefold() not in answer, word)
    if case.get("unknown"):
        yield Verdict(name, "unknown", any(word in answer for word in CANNOT_KNOW), "does not say that it cannot know")
    if case.get("conflict"):
        told = bool(turn.plan.conflicts) or any(check.status == "CONFLICT" for check in turn.checks)
        yield Verdict(name, "conflict", told, "no conflict told")


def _routed(name: str, case: Mapping[str, Any], turn: Turn) -> Iterator[Verdict]:
    assert turn.route is not None
    assert turn.plan is not None
    declined = turn.route.decision == "decline"
    if "decline" in case or declined:
        yield Verdict(
            name, "scope", declined is case.get("decline", False), f"{turn.route.decision}: {turn.route.primary}"
        )
    if "persona" in case:
        yield Verdict(name, "persona", turn.route.primary in case["persona"], turn.route.primary)
    if "kind" in case:
        yield Verdict(name, "kind", turn.plan.kind in case["kind"], turn.plan.kind)


def stated(answer: str, request: str, number: Mapping[str, Any]) -> bool:
    """Whether an answer states a figure, in its unit or one it converts to; a figure of the request itself is no statement."""
    value, tolerance = float(number["value"]), float(number.get("tolerance", 0.02))
    echoed = {figure for figure, _, _ in _figures(request)}
    for figure, start, end in _figures(answer):
        near = answer[max(0, start - 3) : start].casefold() + " " + answer[end : end + 24].casefold()
        for word, factor in UNITS.get(str(number["unit"]), (("", 1.0),)):
            right = abs(figure * factor - value) <= tolerance * abs(value)
            if right and word in near and (figure not in echoed or value in echoed):
                return True
    return False


def _figures(text: str) -> Iterator[tuple[float, int, int]]:
    for match in NUMBER.finditer(text):
        yield float(match[1].replace(",", "")) * SCALES[match[2] or ""], match.start(), match.end()


def _skill(name: str, wanted: object, turn: Turn) -> Iterator[Verdict]:
    assert turn.plan is not None
    offered = [offer for offer in turn.plan.next if offer.skill]
    if wanted is None:
        return
    if wanted == "none":
        yield Verdict(name, "skill", not offered, ", ".join(offer.command for offer in offered))
        return
    asked = cast("Mapping[str, Any]", wanted)
    right = [offer for offer in offered if offer.skill == asked["name"] and offer.action == asked["action"]]
    yield Verdict(name, "skill", bool(right), turn.plan.why_not or "not offered")
    for key, value in asked.get("parameters", {}).items():
        found = right[0].parameters.get(key) if right else None
        same = (
            math.isclose(float(value), float(str(found)))
            if isinstance(value, int | float) and found is not None
            else value == found
        )
        yield Verdict(name, "parameters", same, f"{key}: {found} not {value}")


def _flags(name: str, wanted: Sequence[str] | None, turn: Turn) -> Iterator[Verdict]:
    assert turn.plan is not None
    told = {flag.id for flag in turn.plan.red_flags if flag.level == "flag"}
    if wanted is None:
        return
    for flag in wanted:
        yield Verdict(name, "flags", flag in told, f"{flag} not told")
    if not wanted:
        yield Verdict(name, "false flags", not told, ", ".join(sorted(told)))


def judge_brief(case: Mapping[str, Any], brief: Brief) -> Iterator[Verdict]:
    """Judge a brief by everything its case lists."""
    name = str(case["id"])
    for key in ("kind", "task"):
        if key in case:
            yield Verdict(name, key, getattr(brief, key) == case[key], f"{getattr(brief, key)} not {case[key]}")
    for key in MEASURED:
        if key in case:
            yield _measured(name, key, case[key], brief)
    for key in ("models", "frameworks", "environment", "hardware", "practices"):
        if key in case:
            yield _named(name, key, case[key], brief)
    if "excluded" in case:
        found = {mention.name for mention in brief.excluded}
        yield Verdict(name, "excluded", found == set(case["excluded"]), f"{sorted(found)} not {case['excluded']}")
    if "files" in case:
        yield Verdict(name, "files", set(brief.files) == set(case["files"]), f"{brief.files} not {case['files']}")


def _named(name: str, key: str, wanted: Sequence[str], brief: Brief) -> Verdict:
    mentions = getattr(brief, key)
    found = [f"{mention.name} {mention.words}".casefold() for mention in mentions]
    loose = key in {"models", "hardware"}
    missing = [
        word
        for word in wanted
        if not any(
            word.casefold() in text if loose else word.casefold() == mention.name
            for text, mention in zip(found, mentions, strict=True)
        )
    ]
    return Verdict(
        name,
        key,
        not missing and not (wanted == [] and found),
        f"missing {missing}, found {[m.name for m in mentions]}",
    )


ASSUMED_ROLE = frozenset({"latency", "budget", "measures"})
FIELDS = {"ms": "milliseconds", "value": "value"}


def _measured(name: str, key: str, wanted: Sequence[Any], brief: Brief) -> Verdict:
    found = list(getattr(brief, key))
    left = list(found)
    missing: list[Any] = []
    for item in wanted:
        hit = next((one for one in left if _same(key, item, one)), None)
        if hit is None:
            missing.append(item)
        else:
            left.remove(hit)
    exact = key != "counts" or not wanted
    met = not missing and not (exact and left)
    said = [one.model_dump(exclude_defaults=True) for one in found]
    return Verdict(name, key, met, f"missing {missing}, found {said}")


def _same(key: str, wanted: object, found: object) -> bool:
    fields: dict[str, Any] = (
        dict(cast("Mapping[str, Any]", wanted)) if isinstance(wanted, Mapping) else {"value": wanted}
    )
    if key in ASSUMED_ROLE:
        fields.setdefault("role", "target")
    return all(_equal(value, getattr(found, FIELDS.get(field, field), None)) for field, value in fields.items())


def _equal(wanted: object, found: object) -> bool:
    if isinstance(wanted, int | float) and isinstance(found, int | float):
        return math.isclose(wanted, found, rel_tol=0.01)
    return wanted == found
