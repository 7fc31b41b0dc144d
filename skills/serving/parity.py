"""Comparing the service with the original model: every row in a request of its own, over HTTP."""

import http.client
import json
import math
import time
from collections.abc import Mapping
from typing import cast

from agent.api import Outcome, Progress, Server

from .bench import Bench
from .checks import CLAIMS
from .documents import answer

REPORT_EVERY = 100
SHOWN = 3
# Smaller differences are the last bits of a float64, which another processor may round otherwise.
LAST_BITS = 1e-12

Answer = Mapping[str, object]


def parity(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Send every row, by name and by position in turn, and compare label and numbers with the model's own.

    `max_abs_difference` is a power of ten that no difference exceeds, so that it comes out the same on every machine;
    for a regression, differences are relative to values above 1.
    """
    started = time.monotonic()
    subject = bench.subject
    names = [feature.name for feature in subject.signature.features]
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    differences: list[float] = []
    faults: list[str] = []
    flips = 0
    for place in range(len(subject.rows)):
        if place % REPORT_EVERY == 0:
            bench.report(Progress(step="comparing answers with the model's own", done=place, total=len(subject.rows)))
        expected = answer(subject, place)
        row = cast("list[float | None]", expected["features"])
        given = _ask(connection, row if place % 2 else dict(zip(names, row, strict=True)))
        differences.append(difference(expected, given))
        flips += isinstance(subject.signature.classes, tuple) and given.get("prediction") != expected["prediction"]
        if differences[-1] > subject.tolerance:
            faults.append(f"row {place}: expected {_told(expected)}, got {_told(given)}")
    connection.close()
    comparable = [value for value in differences if math.isfinite(value)]
    values = {
        "rows": len(differences),
        "max_abs_difference": bound(max(comparable)) if comparable else None,
        "label_flips": flips,
        "rows_off": len(faults),
    }
    return Outcome(
        check="parity",
        claim=CLAIMS["parity"],
        passed=not faults,
        command=command,
        summary=json.dumps(values),
        seconds=time.monotonic() - started,
        values=values,
        detail="; ".join(faults[:SHOWN]),
    )


def difference(expected: Answer, given: Answer) -> float:
    """Return the largest difference of two answers' numbers; infinite when the label or the source is another."""
    told, found = expected["prediction"], given.get("prediction")
    if given.get("source") != "model" or type(told) is not type(found):
        return math.inf
    if isinstance(told, float) and isinstance(found, float):
        return abs(told - found) / max(1.0, abs(told))
    shares, others = (cast("Mapping[str, float]", one.get("probabilities", {})) for one in (expected, given))
    if told != found or shares.keys() != others.keys():
        return math.inf
    return max((abs(share - others[label]) for label, share in shares.items()), default=0.0)


def bound(value: float) -> float:
    """Return 0 for 0, else the least power of ten that is not below `value`, and not below the last bits."""
    if value == 0:
        return 0.0
    return float(f"1e{math.ceil(math.log10(max(value, LAST_BITS)))}")


def _ask(connection: http.client.HTTPConnection, features: object) -> Answer:
    body = json.dumps({"features": features}).encode()
    try:
        connection.request("POST", "/predict", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        found: object = json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError) as problem:
        connection.close()
        return {"error": f"{type(problem).__name__}: {problem}"}
    return cast("Answer", found) if isinstance(found, dict) else {"error": "not a JSON object"}


def _told(one: Answer) -> str:
    return json.dumps(
        {key: one[key] for key in ("prediction", "probabilities", "error", "source") if key in one}, ensure_ascii=False
    )
