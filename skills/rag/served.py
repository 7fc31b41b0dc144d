"""The checks of a made project that ask its running service."""

import hashlib
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

from agent.api import Outcome, Progress, Server, load

from . import known
from .bench import Bench, asked, with_key
from .checks import CLAIMS, RUN_SECONDS

# What a target at the 99th percentile leaves open. A machine that pauses for a moment is not a broken service.
MAX_ERRORS = 0.01
# Vectors weigh more than words: a plain sentence is not always among the first five passages.
FOUND = 0.5
TOO_MANY = 429
# A sixth of them may come at once.
PER_MINUTE = 60
BODIES = 100
ADDED = "The blue lantern of Varnholm is lit by the harbour master at dusk."
DOCUMENTS = {
    "lighthouse.md": "# Lighthouse\n\nThe lighthouse keeper climbs two hundred steps every evening.\n",
    "market.md": "# Market\n\nThe fish market opens at five in the morning on weekdays.\n",
}


def query(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Ask for sentences that stand in the documents, and for what stands in none."""
    started = time.monotonic()
    texts = known.passages(bench.index)
    sentences, elsewhere = known.sentences(texts), known.elsewhere(texts)
    found = quoted = invented = 0
    for one in sentences:
        sources = quotes(asked(server, one.sentence))
        found += any(path == one.path for path, _ in sources)
        quoted += any(path == one.path and one.sentence in _plain(quote) for path, quote in sources)
        invented += sum(not any(quote in text for text in texts.get(path, [])) for path, quote in sources)
    answered = [question for question in elsewhere if asked(server, question).get("answered") is not False]
    values = {
        "asked": len(sentences),
        "found": found,
        "quoted": quoted,
        "quotes_not_in_the_documents": invented,
        "off_topic_asked": len(elsewhere),
        "off_topic_answered": len(answered),
    }
    enough = min(found, quoted) >= FOUND * len(sentences)
    passed = enough and not invented and not answered and bool(elsewhere)
    detail = "" if passed else f"answered although no document holds it: {answered}; {values}"
    return Outcome(
        "query", CLAIMS["query"], passed, command, json.dumps(values), time.monotonic() - started, values, detail=detail
    )


def quotes(answer: dict[str, object]) -> list[tuple[str, str]]:
    """Return the path and the quote of each source of an answer."""
    sources = cast("list[dict[str, str]]", answer.get("sources") or [])
    return [(source["path"], source["quote"]) for source in sources]


def _plain(quote: str) -> str:
    return " ".join(quote.split())


def bad_input(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Send wrong requests; each must get its status, and where a field is at fault the body must name it."""
    started = time.monotonic()
    lines: list[str] = []
    wrong: list[str] = []
    for name, body, status, field in _bad_requests(bench.settings.max_body_bytes):
        answer = server.request("POST", "/query", body)
        lines.append(f"{name}: {answer.status} {_field(answer.body)}")
        if (answer.status, _field(answer.body)) != (status, field):
            wrong.append(f"{lines[-1]}, expected {status} {field}")
    values = {"cases": len(lines), "wrong": len(wrong)}
    seconds = time.monotonic() - started
    return Outcome(
        "bad-input", CLAIMS["bad-input"], not wrong, command, "\n".join(lines), seconds, values, detail="; ".join(wrong)
    )


def _bad_requests(most: int) -> list[tuple[str, bytes, int, str]]:
    longest = 2000

    def body(**fields: object) -> bytes:
        return json.dumps({"question": "What is this?", **fields}).encode()

    return [
        ("no question", b"{}", 422, "question"),
        ("empty question", body(question=""), 422, "question"),
        ("blank question", body(question="   "), 422, "question"),
        ("question too long", body(question="a" * (longest + 1)), 422 if longest < most else 413, "question"),
        ("question a number", body(question=1), 422, "question"),
        ("top_k 0", body(top_k=0), 422, "top_k"),
        ("top_k 21", body(top_k=21), 422, "top_k"),
        ("top_k a text", body(top_k="5"), 422, "top_k"),
        ("include_sources a number", body(include_sources=1), 422, "include_sources"),
        ("unknown field", body(topk=5), 422, "topk"),
        ("not JSON", b"question", 400, ""),
        ("oversize body", b" " * (most + 1), 413, ""),
    ]


def _field(body: bytes) -> str:
    try:
        return str(json.loads(body).get("field") or "")
    except (ValueError, AttributeError):
        return "(no JSON object)"


def under_load(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Ask on schedule, in the service's own settings; latency is told, not judged."""
    settings = bench.settings
    bench.report(Progress(step=f"asking {settings.rate * 60} questions a minute", total=int(settings.load_seconds)))
    started = time.monotonic()
    found = load(server.port, "/query", _bodies(bench), settings.rate, settings.load_seconds, timeout=30)
    passed = found.error_rate <= MAX_ERRORS
    values = {
        "p50_ms": round(found.p50_ms, 1),
        "p95_ms": round(found.p95_ms, 1),
        "p99_ms": round(found.p99_ms, 1),
        "questions_per_minute": settings.rate * 60,
        "questions": found.due,
        "error_rate": round(found.error_rate, 6),
    }
    detail = "" if passed else f"answers by status (0 is none): {dict(sorted(found.statuses.items()))}"
    summary = f"{settings.rate} questions a second, errors: {not passed}"
    seconds = time.monotonic() - started
    return Outcome(
        "load", CLAIMS["load"], passed, command, summary, seconds, values, detail=detail, tolerance={"p50_ms": 5}
    )


def _bodies(bench: Bench) -> list[bytes]:
    lines = (bench.project / "questions.jsonl").read_text(encoding="utf-8").splitlines()[:BODIES]
    questions = [str(cast("dict[str, object]", json.loads(line))["query"]) for line in lines if line.strip()]
    return [json.dumps({"question": question[:2000]}).encode() for question in questions or ["How does this begin?"]]


def auth(bench: Bench, index: Path) -> Outcome:
    """Serve with a key and a low rate; ask without the key, with another, and too often."""
    started = time.monotonic()
    key, body = "a-key-made-for-this-check", json.dumps({"question": "When does the market open?"}).encode()
    keys = {"RAG_API_KEYS": hashlib.sha256(key.encode()).hexdigest(), "PER_MINUTE": str(PER_MINUTE)}
    with bench.serve(index, keys) as server:
        command = bench.command("-m", "service", index=index, settings=keys)
        statuses = {
            "no key": with_key(server, None, body).status,
            "another key": with_key(server, "another-key", body).status,
            "the key": with_key(server, key, body).status,
        }
        # Wrong questions cost nothing and count all the same.
        refused = any(with_key(server, key, b"{}").status == TOO_MANY for _ in range(PER_MINUTE))
        statuses["metrics without a key"] = server.request("GET", "/metrics").status
    expected = {"no key": 401, "another key": 401, "the key": 200, "metrics without a key": 200}
    passed = statuses == expected and refused
    values = {**{name.replace(" ", "_"): status for name, status in statuses.items()}, "rate_limited": refused}
    detail = "" if passed else f"{values}, expected {expected}"
    return Outcome(
        "auth", CLAIMS["auth"], passed, command, json.dumps(values), time.monotonic() - started, values, detail=detail
    )


def small_index(bench: Bench, added: bool = False) -> tuple[Path, str]:
    """Index a few made documents, with one more when `added`; returns the index and what went wrong."""
    folder, index = bench.scratch / "small", bench.scratch / "small-index"
    folder.mkdir(exist_ok=True)
    for name, text in {**DOCUMENTS, **({"lantern.md": f"# Lantern\n\n{ADDED}\n"} if added else {})}.items():
        (folder / name).write_text(text, encoding="utf-8")
    done = bench.run("ingest_documents.py", "--source", str(folder), timeout=RUN_SECONDS, index=index)
    return index, "" if done.exit_code == 0 else done.output[-1000:]


def reload(bench: Bench, server: Server, command: tuple[str, ...]) -> Outcome:
    """Add a document while the service runs, and ask for it."""
    started = time.monotonic()
    question = "Who lights the blue lantern of Varnholm at dusk?"
    before, _ = asked(server, question), small_index(bench, added=True)
    after = asked(server, question)
    ready = cast("dict[str, object]", json.loads(server.request("GET", "/ready").body))
    held = ADDED not in str(before.get("answer"))
    found = ADDED in str(after.get("answer"))
    values = {"answered_before": not held, "answered_after": found, "generation": cast("int", ready.get("generation"))}
    passed = held and found
    detail = "" if passed else f"before: {before.get('answer')}; after: {after.get('answer')}"
    return Outcome(
        "reload",
        CLAIMS["reload"],
        passed,
        command,
        json.dumps(values),
        time.monotonic() - started,
        values,
        detail=detail,
    )


def order(done: Sequence[str]) -> list[tuple[str, str]]:
    """Return the checks of the service that are not among `done`, with their claims."""
    first = ("compile", "tests", "ingest", "evaluate")
    return [(check, claim) for check, claim in CLAIMS.items() if check not in {*first, *done}]
