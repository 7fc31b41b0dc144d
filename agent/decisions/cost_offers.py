"""Cost commands that a request's own figures fill: what remains to be put in is measured, priced, or not known here."""

from collections.abc import Iterator, Mapping

from agent.brief.model import Brief
from agent.decisions.offer import Next


def cost_offers(brief: Brief) -> Iterator[Next]:
    """Yield the cost command that goes with the task of a brief, when the request gives it anything to work on."""
    match brief.task:
        case "batch":
            yield from _batch(brief)
        case "llm-serving":
            yield from _llm(brief)
        case "rag":
            yield from _rag(brief)
        case "serving" | "streaming":
            yield from _serving(brief)
        case _:
            pass


def _batch(brief: Brief) -> Iterator[Next]:
    rows = brief.daily() or brief.count("rows") or brief.count("users")
    seconds = min((item.seconds for item in brief.deadline if item.seconds), default=None)
    if rows is None or seconds is None:
        return
    given = {"rows": _plain(rows), "window": f"{_plain(seconds)}s"}
    if (workers := brief.count("machines")) is not None and workers > 1:
        given["workers"] = _plain(workers)
    yield _command(
        "batch",
        given | {"rate": "ROWS_A_SECOND"},
        "the rows a second one worker was measured at",
        "says whether it fits the window",
    )


def _llm(brief: Brief) -> Iterator[Next]:
    billions = brief.billions()
    if billions is None:
        return
    given = {"params": f"{_plain(billions)}B"}
    memory = max((item.value for item in brief.memory if item.unit == "GB GPU memory"), default=None)
    for name, value in (
        ("memory", memory),
        ("devices", brief.count("GPUs")),
        ("context", brief.count("context tokens")),
        ("concurrency", brief.count("concurrent users")),
    ):
        if value is not None:
            given[name] = _plain(value)
    needs = ""
    if {"context", "concurrency"} & given.keys():
        given |= {"layers": "LAYERS", "kv-heads": "KV_HEADS", "head-dim": "HEAD_DIM"}
        needs = "the model's shape from its config.json"
    if "concurrency" in given and "context" not in given:
        given["context"] = "CONTEXT_TOKENS"
        needs += " and the tokens a conversation holds"
    yield _command("llm", given, needs, "works out memory and the bounds on speed")


def _rag(brief: Brief) -> Iterator[Next]:
    documents = brief.count("documents")
    if documents is None:
        return
    given = {"documents": _plain(documents)}
    if (dimensions := brief.count("dimensions")) is not None:
        given["dimensions"] = _plain(dimensions)
    given |= {"tokens": "TOKENS_A_DOCUMENT", "chunk": "TOKENS_A_CHUNK"}
    yield _command(
        "rag", given, "the tokens of a document and of a chunk", "works out chunks, vectors and their memory"
    )


def _serving(brief: Brief) -> Iterator[Next]:
    rate, daily = brief.rate(), brief.daily()
    if not brief.asks("cost") or (rate is None and daily is None):
        return
    given = {"rps": _plain(rate)} if rate is not None else {"daily": _plain(daily or 0)}
    needs = "the CPU time of one request as you measured it, and the price of a replica"
    yield _command(
        "serving", given | {"cpu-ms": "CPU_MS", "price": "'PRICE USD/hour'"}, needs, "works out replicas and the bill"
    )


def _command(name: str, given: Mapping[str, str], needs: str, does: str) -> Next:
    options = " ".join(f"--{key} {value}" for key, value in given.items())
    return Next(
        skill="",
        action=f"cost {name}",
        parameters=dict(given),
        command=f"mlwright cost {name} {options}",
        needs=f"put in {needs}, in place of the capitals" if needs else "",
        does=does,
    )


def _plain(value: float) -> str:
    return f"{value:.10g}"
