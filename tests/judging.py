"""How a case of evals/brief.yaml is judged; what each field means stands in that file."""

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml

from agent.brief.model import Brief
from agent.evaluation.record import Verdict

EVALS = Path(__file__).parents[1] / "evals"
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


def _met(criterion: str, met: bool, detail: str) -> Verdict:
    return Verdict(criterion=criterion, met=met, detail=detail)


def cases(name: str, split: str | None = None) -> list[dict[str, Any]]:
    """Read a suite's cases, of one split when it is named."""
    found = cast("list[dict[str, Any]]", yaml.safe_load((EVALS / f"{name}.yaml").read_text(encoding="utf-8"))["cases"])
    return [case for case in found if split is None or case.get("split") == split]


def judge_brief(case: Mapping[str, Any], brief: Brief) -> Iterator[Verdict]:
    """Judge a brief by everything its case lists."""
    for key in ("kind", "task"):
        if key in case:
            yield _met(key, getattr(brief, key) == case[key], f"{getattr(brief, key)} not {case[key]}")
    for key in MEASURED:
        if key in case:
            yield _measured(key, case[key], brief)
    for key in ("models", "frameworks", "environment", "hardware", "practices"):
        if key in case:
            yield _named(key, case[key], brief)
    if "excluded" in case:
        found = {mention.name for mention in brief.excluded}
        yield _met("excluded", found == set(case["excluded"]), f"{sorted(found)} not {case['excluded']}")
    if "files" in case:
        yield _met("files", set(brief.files) == set(case["files"]), f"{brief.files} not {case['files']}")


def _named(key: str, wanted: Sequence[str], brief: Brief) -> Verdict:
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
    return _met(
        key,
        not missing and not (wanted == [] and found),
        f"missing {missing}, found {[m.name for m in mentions]}",
    )


ASSUMED_ROLE = frozenset({"latency", "budget", "measures"})
FIELDS = {"ms": "milliseconds", "value": "value"}


def _measured(key: str, wanted: Sequence[Any], brief: Brief) -> Verdict:
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
    return _met(key, met, f"missing {missing}, found {said}")


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
