"""A scan as SARIF 2.1.0, which code hosts show beside the lines."""

import hashlib
from urllib.parse import quote

from agent.constitution.model import Scan
from agent.constitution.principles import BY_ID

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
Json = dict[str, object]


def sarif(scan: Scan, version: str = "") -> Json:
    """Return the scan as a SARIF log: one rule a checkpoint, one result a finding, the suppressed ones marked as such.

    Paths are relative to the scanned folder. `version` is mlwright's own.
    """
    checkpoints = [score.checkpoint for score in scan.scores]
    driver: Json = {"name": "mlwright", "rules": [_rule(checkpoint) for checkpoint in checkpoints]}
    if version:
        driver["version"] = version
    results = [
        _result(checkpoints, checkpoint, item.path, item.line, f"{item.message}. {item.fix}")
        for checkpoint, item in scan.findings
    ]
    for item in scan.suppressed:
        result = _result(checkpoints, item.checkpoint, item.path, item.line, item.message)
        results.append(result | {"suppressions": [{"kind": "inSource", "justification": item.reason}]})
    skipped = [{"level": "note", "message": {"text": f"{item.path}: {item.reason}"}} for item in scan.skipped]
    invocation: Json = {"executionSuccessful": True, "toolExecutionNotifications": skipped}
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [invocation],
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(identifier: str) -> Json:
    checkpoint = BY_ID[identifier]
    return {
        "id": checkpoint.id,
        "name": "".join(part.capitalize() for part in checkpoint.id.replace(".", "-").split("-")),
        "shortDescription": {"text": checkpoint.title},
        "fullDescription": {"text": checkpoint.why},
        "help": {"text": checkpoint.fix},
        "defaultConfiguration": {"level": checkpoint.level},
        "properties": {"tags": [checkpoint.principle]},
    }


def _result(checkpoints: list[str], checkpoint: str, path: str, line: int, message: str) -> Json:
    place: Json = {"artifactLocation": {"uri": quote(path)}, "region": {"startLine": max(line, 1)}}
    # Without the line, so that a finding keeps its identity when code above it moves.
    identity = hashlib.sha256(f"{checkpoint}\n{path}\n{message}".encode()).hexdigest()
    return {
        "ruleId": checkpoint,
        "ruleIndex": checkpoints.index(checkpoint),
        "level": BY_ID[checkpoint].level,
        "message": {"text": message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {"finding/v1": identity},
    }
