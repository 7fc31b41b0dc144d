"""performance.slo and cost.per-prediction: what a project states and measures; neither can fail."""

import json
from collections.abc import Callable, Mapping

import pytest

from agent.constitution.model import Score

Judged = Callable[[str, Mapping[str, str]], Score]


def evidence(check: str, passed: bool) -> str:
    return json.dumps([{"check": "parity", "passed": True}, {"check": check, "passed": passed, "claim": "no loss"}])


TARGETS: dict[str, tuple[dict[str, str], str]] = {
    "a k6 script": ({"load/k6.js": "import http from 'k6/http';\n"}, "PASS"),
    "a Locust file": ({"locustfile.py": "from locust import HttpUser\n"}, "PASS"),
    "a file of targets": ({"slo.yaml": "p99_ms: 50\n"}, "PASS"),
    "OpenSLO": ({"a.yaml": "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: fast}\n"}, "PASS"),
    "a recorded load check": ({"evidence.json": evidence("load", passed=True)}, "PASS"),
    "a recorded load check that failed": ({"evidence.json": evidence("load", passed=False)}, "UNKNOWN"),
    "another recorded check": ({"evidence.json": evidence("start", passed=True)}, "UNKNOWN"),
    "evidence that is none": ({"evidence.json": '{"check": "load"}'}, "UNKNOWN"),
    "broken evidence": ({"evidence.json": "[" * 5000}, "UNKNOWN"),
    "an empty file of targets": ({"slo.yaml": "# to do\n"}, "UNKNOWN"),
    "another script": ({"app.js": "import x from 'k7'\n"}, "UNKNOWN"),
    "a file of another name": ({"slow.yaml": "a: 1\n"}, "UNKNOWN"),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_target_or_a_load_test(name: str, judged: Judged) -> None:
    files, status = TARGETS[name]
    assert judged("performance.slo", {"a.py": "x = 1\n", **files}).status == status


COSTS: dict[str, tuple[dict[str, str], str]] = {
    "a cost model": ({"cost_model.yaml": "per_million_predictions: 2.41\n"}, "PASS"),
    "a sentence": ({"README.md": "It costs $2.41 per million predictions on two cores.\n"}, "PASS"),
    "another sentence": ({"docs/cost.md": "About 0.3 cents per request.\n"}, "PASS"),
    "a function": ({"cost.py": "def cost_per_prediction(monthly, volume):\n    return monthly / volume\n"}, "PASS"),
    "a metric": (
        {"m.py": "from prometheus_client import Counter\nc = Counter('prediction_cost_usd', 'help')\n"},
        "PASS",
    ),
    "a cost of something else": ({"costs.yaml": "rent: 900\n"}, "UNKNOWN"),
    "a price without a unit": ({"README.md": "The server costs $40 a month.\n"}, "UNKNOWN"),
    "a test": ({"tests/test_cost.py": "def cost_per_prediction(): ...\n"}, "UNKNOWN"),
}


@pytest.mark.parametrize("name", COSTS)
def test_a_stated_unit_cost(name: str, judged: Judged) -> None:
    files, status = COSTS[name]
    score = judged("cost.per-prediction", {"a.py": "x = 1\n", **files})
    assert (score.status, score.findings) == (status, ())
    assert bool(score.fix) == (status == "UNKNOWN")
