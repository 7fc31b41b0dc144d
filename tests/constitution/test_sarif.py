"""A scan as SARIF 2.1.0: the properties the format requires, and those code hosts read."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import jsonschema
import pytest

from agent.constitution.model import Scan
from agent.constitution.principles import BY_ID, CHECKPOINTS, PRINCIPLES
from agent.constitution.sarif import sarif

Scanned = Callable[[Mapping[str, str]], Scan]

# What the OASIS schema requires of the parts that are used here.
TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
REGION = {"type": "object", "required": ["startLine"], "properties": {"startLine": {"type": "integer", "minimum": 1}}}
PLACE = {
    "type": "object",
    "required": ["artifactLocation", "region"],
    "properties": {
        "artifactLocation": {
            "type": "object",
            "required": ["uri"],
            "properties": {"uri": {"type": "string", "format": "uri-reference", "pattern": "^[^/ ]"}},
        },
        "region": REGION,
    },
}
RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level", "locations", "partialFingerprints"],
    "properties": {
        "message": TEXT,
        "level": {"enum": ["none", "note", "warning", "error"]},
        "locations": {
            "type": "array",
            "minItems": 1,
            "items": {"type": "object", "properties": {"physicalLocation": PLACE}},
        },
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
        "suppressions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind"],
                "properties": {"kind": {"enum": ["inSource", "external"]}},
            },
        },
    },
}
RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string"}, "shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT},
}
DRIVER = {"type": "object", "required": ["name"], "properties": {"rules": {"type": "array", "items": RULE}}}
RUN = {
    "type": "object",
    "required": ["tool", "results"],
    "properties": {
        "tool": {"type": "object", "required": ["driver"], "properties": {"driver": DRIVER}},
        "invocations": {"type": "array", "items": {"type": "object", "required": ["executionSuccessful"]}},
        "results": {"type": "array", "items": RESULT},
    },
}
SCHEMA = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"type": "array", "items": RUN}},
}

FILES = {
    "my app.py": "import pickle\npickle.load(f)\npickle.load(g)  # mlwright: allow security.deserialization because ours\n",
    "broken.py": "def (",
    "Dockerfile": "FROM python\n",
}


@pytest.fixture
def log(scanned: Scanned) -> dict[str, Any]:
    return json.loads(json.dumps(sarif(scanned(FILES), version="1.2.3")))


def test_it_fits_the_schema(log: dict[str, Any]) -> None:
    jsonschema.validate(log, SCHEMA)
    assert log["$schema"].endswith("sarif-2.1.0.json")


def test_results_name_rules_and_places(log: dict[str, Any]) -> None:
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [checkpoint.id for checkpoint in CHECKPOINTS]
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] == BY_ID[result["ruleId"]].level
    places = [result["locations"][0]["physicalLocation"] for result in run["results"]]
    assert ("my%20app.py", 2) in {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places}


def test_what_is_allowed_is_marked_as_suppressed(log: dict[str, Any]) -> None:
    suppressed = [result["suppressions"] for result in log["runs"][0]["results"] if "suppressions" in result]
    assert suppressed == [[{"kind": "inSource", "justification": "ours"}]]


def test_what_was_skipped_is_told(log: dict[str, Any]) -> None:
    (invocation,) = log["runs"][0]["invocations"]
    assert "broken.py" in invocation["toolExecutionNotifications"][0]["message"]["text"]
    assert log["runs"][0]["tool"]["driver"]["version"] == "1.2.3"


def test_an_empty_scan_is_an_empty_log(scanned: Scanned) -> None:
    log = sarif(scanned({}))
    jsonschema.validate(json.loads(json.dumps(log)), SCHEMA)


def test_the_table_of_checkpoints() -> None:
    assert len(BY_ID) == 15
    assert PRINCIPLES == ("reliability", "observability", "performance", "cost", "security")
    assert all(sum(item.principle == name for item in CHECKPOINTS) == 3 for name in PRINCIPLES)
    assert all(item.why.endswith(".") and item.fix.endswith(".") and item.title for item in CHECKPOINTS)
