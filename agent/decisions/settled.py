"""The brief with its task and kind settled: the request's own words first, what it resembles where they are silent."""

from collections.abc import Mapping
from math import exp
from typing import cast, get_args

from agent.brief.model import Brief, Kind, Task

Shares = Mapping[str, Mapping[str, float]]

# What its words say of a task counts this much beside what it resembles, as a log odds: on the labelled requests the words
# alone are right in half of the cases they speak in, the likeness in two thirds of all.
WORDS = 1.0
# With less than this nothing is known of the task.
LEAST = 0.34
ALONE = 0.25
# The kind is taken from what the request resembles from here on; where its words name one, only from there on.
KIND, AGAINST = 0.4, 0.6
HOUR = 3600.0


def settled(brief: Brief, shares: Shares) -> Brief:
    """Return the brief with the task and the kind that its words and its likeness to known requests agree on best."""
    changed: dict[str, object] = {}
    if _windowed(brief):
        changed["task"] = "batch"
        brief = brief.model_copy(update={"task": "batch"})
    alike = shares.get("task", {})
    task, share = likeliest(_raised(alike, brief.task))
    # A request that resembles none in particular resembles this task no more than its own share says.
    if task in get_args(Task) and task != brief.task and share >= LEAST and alike[task] >= ALONE:
        changed |= {"task": cast("Task", task), "task_words": ""}
    kind, share = likeliest(shares.get("kind", {}))
    if kind in get_args(Kind) and share >= (AGAINST if brief.kind_words else KIND):
        changed["kind"] = cast("Kind", kind)
    return brief.model_copy(update=changed) if changed else brief


def _windowed(brief: Brief) -> bool:
    """Whether work has to be done in a window and nobody waits for single answers: that is a batch, whatever it is called."""
    window = any(item.opens or (item.seconds or 0) >= HOUR for item in brief.deadline)
    return (
        brief.task in {"serving", "unknown"}
        and window
        and not brief.latency
        and not brief.throughput
        and bool(_rows(brief))
    )


def _rows(brief: Brief) -> float | None:
    return brief.daily() or brief.count("rows") or brief.count("users")


def _raised(shares: Mapping[str, float], task: str) -> Mapping[str, float]:
    if task == "unknown" or task not in shares:
        return shares
    # Words that name a task are not overruled by a likeness to requests about nothing in particular.
    raised = {name: share for name, share in shares.items() if name != "unknown"} | {task: shares[task] * exp(WORDS)}
    total = sum(raised.values())
    return {name: share / total for name, share in raised.items()}


def likeliest(shares: Mapping[str, float]) -> tuple[str, float]:
    """Return the label with the largest share, and that share."""
    return max(shares.items(), key=lambda pair: pair[1], default=("", 0.0))
