"""The checks of a made project that run its scripts: it indexes, it measures."""

import json
from collections.abc import Mapping
from typing import cast

from agent.api import Completed, Outcome, Value, outcomes

from .bench import Bench

RUN_SECONDS = 600.0
INGEST_SECONDS = 7200.0
CODE = ("service", "retrieval", "tests")
CLAIMS = {
    "compile": outcomes.COMPILES,
    "tests": outcomes.PASSES,
    "ingest": "the documents are indexed, and a second run encodes nothing",
    "evaluate": "retrieval is measured on the questions drafted from the documents",
    "query": "sentences of the documents are found and quoted word for word; what is in none of them is not answered",
    "bad-input": "wrong requests are refused with the right status, by field",
    "load": "at least 99 % of questions are answered under load",
    "auth": "only holders of a key may ask, and one question too many is told when to come back",
    "reload": "a document added while the service runs is answered from without a restart",
    "shutdown": outcomes.STOPS,
}


def ingest(bench: Bench) -> Outcome:
    """Index the documents twice; the second run must have nothing to do."""
    arguments = ("ingest_documents.py", "--source", str(bench.documents), "--json")
    first = bench.run(*arguments, timeout=INGEST_SECONDS)
    done = first if first.exit_code else bench.run(*arguments, timeout=INGEST_SECONDS)
    one, two = said(first), said(done)
    values: dict[str, Value] = {
        "documents": number(one, "documents"),
        "passages": number(one, "passages"),
        "encoded": number(one, "encoded"),
        "second_encoded": number(two, "encoded"),
        "skipped": len(cast("list[object]", one.get("skipped") or [])),
        "encoder": str(one.get("encoder") or "words alone"),
    }
    passed = (
        done.exit_code == 0 and bool(values["passages"]) and (values["second_encoded"], two.get("changed")) == (0, 0)
    )
    return outcomes.of_run("ingest", CLAIMS["ingest"], done, passed, json.dumps(values), values)


def evaluate(bench: Bench) -> Outcome:
    """Measure retrieval on the drafted questions; figures are told, not judged."""
    if not (bench.project / "questions.jsonl").read_text(encoding="utf-8").strip():
        claim = "there is no drafted question to measure retrieval on"
        return Outcome("evaluate", claim, True, (), "no questions", 0.0, {"questions": 0})
    done = bench.run("evaluate_retrieval.py", "--test-queries", "questions.jsonl", "--json", timeout=RUN_SECONDS)
    found = said(done)
    values = {name: value for name, value in figures(found).items() if "latency" not in name}
    return outcomes.of_run(
        "evaluate", CLAIMS["evaluate"], done, done.exit_code == 0 and "hit@5" in values, json.dumps(values), values
    )


def figures(found: Mapping[str, object]) -> dict[str, Value]:
    """Return measured figures flat: each measure, and the ends of its interval as NAME_low and NAME_high."""
    values: dict[str, Value] = {name: value for name, value in found.items() if isinstance(value, int | float | str)}
    for name, ends in cast("Mapping[str, list[float]]", found.get("intervals") or {}).items():
        values[f"{name}_low"], values[f"{name}_high"] = ends
    return values


def said(done: Completed) -> dict[str, object]:
    """Return the JSON object a script wrote as its last line; empty when it wrote none."""
    for line in reversed(done.output.splitlines()):
        if line.startswith("{"):
            try:
                return cast("dict[str, object]", json.loads(line))
            except ValueError:
                break
    return {}


def number(found: Mapping[str, object], name: str) -> int:
    """Return a whole number of such an object, 0 when it is not there."""
    value = found.get(name)
    return value if isinstance(value, int) else 0
