"""The checks of a made service, each from a bench or a running server to what was found."""

import json
import re
import time
from collections.abc import Callable
from http import HTTPStatus

from agent.api import Outcome, Progress, Server, load, outcomes

from .bench import Bench
from .documents import answer

DEFAULT_RATE = 100
MAX_RATE = 2000
LOAD_BODIES = 200
# What a target at the 99th percentile leaves open. A machine that pauses for a moment is not a broken service.
MAX_ERRORS = 0.01
CLAIMS = {
    "compile": outcomes.COMPILES,
    "tests": outcomes.PASSES,
    "health": "the service starts, and answers for its health, readiness, metrics and description",
    "parity": "the service answers over HTTP what the original model answers",
    "bad-input": "wrong requests are refused with the right status, by field",
    "load": "at least 99 % of requests are answered under load",
    "shutdown": outcomes.STOPS,
}


def health(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Ask the service about itself; `seconds` is the time until it was ready."""
    version = bench.subject.artifact.sha256[:12]
    expected: dict[str, Callable[[bytes], bool]] = {
        "/health": lambda body: json.loads(body) == {"status": "ok", "model_version": version},
        "/ready": lambda body: json.loads(body)["status"] == "ready",
        "/metrics": lambda body: b"prediction_latency_seconds_bucket" in body,
        "/openapi.json": lambda body: "/predict" in json.loads(body)["paths"],
    }
    found = {path: _holds(server, path, holds) for path, holds in expected.items()}
    wrong = [path for path, right in found.items() if not right]
    detail = f"not as expected: {', '.join(wrong)}" if wrong else ""
    return Outcome(
        "health",
        CLAIMS["health"],
        not wrong,
        command,
        json.dumps(found),
        server.ready_seconds,
        {"model_version": version},
        detail=detail,
    )


def _holds(server: Server, path: str, holds: Callable[[bytes], bool]) -> bool:
    answered = server.request("GET", path)
    try:
        return answered.status == HTTPStatus.OK and holds(answered.body)
    except (ValueError, KeyError, TypeError):
        return False


def bad_input(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Send wrong requests; each must get its status, and where a field is at fault the body must name it."""
    started = time.monotonic()
    lines: list[str] = []
    wrong: list[str] = []
    for name, method, body, status, field in _bad_requests(bench):
        answered = server.request(method, "/predict", body)
        named = _field(answered.body)
        lines.append(f"{name}: {answered.status} {named}")
        if (answered.status, named) != (status, field):
            wrong.append(f"{lines[-1]}, expected {status} {field}")
    values = {"cases": len(lines), "wrong": len(wrong)}
    return Outcome(
        "bad-input",
        CLAIMS["bad-input"],
        not wrong,
        command,
        "\n".join(lines),
        time.monotonic() - started,
        values,
        detail="; ".join(wrong),
    )


def _bad_requests(bench: Bench) -> list[tuple[str, str, bytes | None, int, str]]:
    names = [feature.name for feature in bench.subject.signature.features]
    first = names[0]
    row = dict.fromkeys(names, 0.0)
    without = {name: value for name, value in row.items() if name != first}
    cases: list[tuple[str, str, bytes | None, int, str]] = [
        ("missing field", "POST", _body(without), 422, f"features.{first}"),
        ("unknown field", "POST", _body(row | {"not a feature": 1.0}), 422, "features.not a feature"),
        ("wrong type", "POST", _body(row | {first: "1"}), 422, f"features.{first}"),
        ("truth value", "POST", _body(row | {first: True}), 422, f"features.{first}"),
        ("a position too few", "POST", _body([0.0] * (len(names) - 1)), 422, "features"),
        ("no features", "POST", b"{}", 422, "features"),
        ("NaN literal", "POST", _body(row | {first: float("nan")}), 400, ""),
        ("not JSON", "POST", b"features", 400, ""),
        ("empty body", "POST", b"", 400, ""),
        ("oversize body", "POST", b" " * (bench.subject.max_body_bytes + 1), 413, ""),
        ("wrong method", "GET", None, 405, ""),
    ]
    if not bench.subject.signature.missing_allowed:
        cases.append(("null", "POST", _body(row | {first: None}), 422, f"features.{first}"))
    return cases


def _body(features: object) -> bytes:
    return json.dumps({"features": features}).encode()


def _field(body: bytes) -> str:
    try:
        return str(json.loads(body).get("field", ""))
    except (ValueError, AttributeError):
        return "(no JSON object)"


def under_load(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Send requests on schedule, in the service's own settings; a missed latency target is told, not failed."""
    settings = bench.subject.settings
    rate = min(settings.rps or DEFAULT_RATE, MAX_RATE)
    bench.report(Progress(step=f"loading it with {rate} requests a second", total=int(settings.load_seconds)))
    bodies = [
        _body(answer(bench.subject, place)["features"]) for place in range(min(LOAD_BODIES, len(bench.subject.rows)))
    ]
    started = time.monotonic()
    found = load(server.port, "/predict", bodies, rate, settings.load_seconds)
    passed = found.error_rate <= MAX_ERRORS
    values = {
        "p50_ms": round(found.p50_ms, 3),
        "p95_ms": round(found.p95_ms, 3),
        "p99_ms": round(found.p99_ms, 3),
        "rps": rate,
        "achieved_rps": round(found.achieved_rate, 1),
        "error_rate": round(found.error_rate, 6),
        "fallbacks": _counted(server, "prediction_fallbacks_total"),
        "target_p99_ms": settings.p99_ms,
        "slo_met": None if settings.p99_ms is None else found.error_rate == 0 and found.p99_ms <= settings.p99_ms,
    }
    detail = "" if passed else f"answers by status (0 is none): {dict(sorted(found.statuses.items()))}"
    summary = f"{rate} requests a second, errors: {not passed}"
    return Outcome(
        "load",
        CLAIMS["load"],
        passed,
        command,
        summary,
        time.monotonic() - started,
        values,
        detail=detail,
        tolerance={"p50_ms": 5},
    )


def _counted(server: Server, metric: str) -> int:
    """Return the sum of a counter over its labels."""
    text = server.request("GET", "/metrics").body.decode()
    return int(sum(float(value) for value in re.findall(rf"^{metric}(?:{{.*}})? (\S+)$", text, re.MULTILINE)))
