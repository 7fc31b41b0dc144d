"""Rules about what a project states and measures: targets, load tests, the cost of a prediction. They never fail."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import cast

from agent.constitution.module import Module
from agent.constitution.observation import Observation, good
from agent.constitution.routes import text
from agent.constitution.sources import Source

SLO = "performance.slo"
COST = "cost.per-prediction"
K6 = re.compile(r"""from\s+['"]k6(/|['"])|require\(['"]k6""")
SLO_FILE = re.compile(r"slos?([._-].*)?\.(ya?ml|json|toml)|.*[._-]slos?\.(ya?ml|json|toml)")
COST_FILE = re.compile(r"(unit[_-])?costs?([_-](model|estimate|per[_-].*))?\.(ya?ml|json|toml|md|csv)")
UNIT = re.compile(r"predictions?|inferences?|requests?|queries|query|tokens?|million|items?", re.IGNORECASE)
STATED = re.compile(
    r"(?:[$€£]\s?\d[\d.,]*|\d[\d.,]*\s?(?:USD|EUR|GBP|cents?))[^.\n|]{0,40}?\b(?:per|a)\s(?:1,?000|1k|thousand|1M|million|single)?\s?(?:predictions?|inferences?|requests?|queries|query)\b",
    re.IGNORECASE,
)
COST_NAME = re.compile(
    r"cost_(usd_|eur_)?per_(prediction|inference|request|query|million|thousand|1k|token)s?|prediction_cost(_\w+)?|inference_cost(_\w+)?|request_cost(_\w+)?",
    re.IGNORECASE,
)
METRICS = frozenset({"prometheus_client.Gauge", "prometheus_client.Counter", "prometheus_client.Histogram"})


def stated(source: Source) -> Iterator[Observation]:
    """Look for targets, load tests and unit costs in any file but Python."""
    name, content = source.name.lower(), source.text
    if name == "evidence.json":
        yield from _evidence(content)
    if name.endswith((".js", ".ts")) and (match := K6.search(content)):
        yield good(SLO, _line(content, match.start()), "a k6 load test")
    if SLO_FILE.fullmatch(name) and re.search(r"\d", content):
        yield good(SLO, 1, "a file that states targets")
    if COST_FILE.fullmatch(name) and re.search(r"\d", content) and UNIT.search(content):
        yield good(COST, 1, "a cost model")
    elif name.endswith((".md", ".rst")) and source.role != "test" and (match := STATED.search(content)):
        yield good(COST, _line(content, match.start()), f"“{match[0].strip()}”")


def _evidence(content: str) -> Iterator[Observation]:
    """Read the evidence that a skill kept beside its project: what its load check found, as recorded, not run again."""
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError):
        return
    for item in cast("list[object]", found) if isinstance(found, list) else []:
        if not isinstance(item, dict):
            continue
        piece = cast("Mapping[str, object]", item)
        if piece.get("check") == "load" and piece.get("passed") is True:
            yield good(SLO, 1, f"a recorded load check passed: {str(piece.get('claim', ''))[:120]}")


def measured(module: Module) -> Iterator[Observation]:
    """Look for load tests and unit costs in Python."""
    if PurePosixPath(module.path).name.startswith("locust") and module.uses("locust"):
        yield good(SLO, 1, "a Locust load test")
    if module.role != "product":
        return
    for function in module.functions:
        if COST_NAME.fullmatch(function.name):
            yield good(COST, function.node.lineno, f"{function.name}() works it out")
    for called in module.calls({"Gauge", "Counter", "Histogram"}):
        name = text(called.node.args[0]) if called.node.args else None
        if name is not None and COST_NAME.fullmatch(name) and module.meaning(called) & METRICS:
            yield good(COST, called.node.lineno, f"the metric {name}")


def _line(content: str, position: int) -> int:
    return content.count("\n", 0, position) + 1
