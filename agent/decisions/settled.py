"""The brief with its task and kind settled: the request's own words first, what it resembles where they are silent."""

from collections.abc import Mapping
from typing import cast, get_args

from agent.brief.model import Brief, Kind, Task

Shares = Mapping[str, Mapping[str, float]]

# A request whose words give no task takes the one it resembles from here on; one whose words do, only from there on.
SILENT, AGAINST = 0.35, 0.85
# Words that leave little doubt about the kind win; a request without them is read by what it resembles.
KIND = 0.5


def settled(brief: Brief, shares: Shares) -> Brief:
    """Return the brief with the task and the kind that its words and its likeness to known requests agree on best."""
    changed: dict[str, object] = {}
    task, share = likeliest(shares.get("task", {}))
    needed = SILENT if brief.task == "unknown" else AGAINST
    if task in get_args(Task) and task not in {brief.task, "unknown"} and share >= needed:
        changed |= {"task": cast("Task", task), "task_words": ""}
    kind, share = likeliest(shares.get("kind", {}))
    if kind in get_args(Kind) and not brief.kind_words and share >= KIND:
        changed["kind"] = cast("Kind", kind)
    return brief.model_copy(update=changed) if changed else brief


def likeliest(shares: Mapping[str, float]) -> tuple[str, float]:
    """Return the label with the largest share, and that share."""
    return max(shares.items(), key=lambda pair: pair[1], default=("", 0.0))
