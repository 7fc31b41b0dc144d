"""The brief with its task and kind settled: the request's own words first, what it resembles where they are silent."""

from typing import cast, get_args

from agent.brief.model import Brief, Kind, Task
from agent.routing.decision import Reading

# A request whose words give no task takes the one it resembles from here on; one whose words do, only from there on.
SILENT, AGAINST = 0.4, 0.9
# Words that leave little doubt about the kind: only a request without them is read by what it resembles.
KIND = 0.6


def settled(brief: Brief, task: Reading, kind: Reading) -> Brief:
    """Return the brief with the task and the kind that its words and its likeness to known requests agree on best."""
    changed: dict[str, object] = {}
    if task.name in get_args(Task) and task.name != brief.task:
        needed = SILENT if brief.task == "unknown" else AGAINST
        if task.probability >= needed and task.name != "unknown":
            changed |= {"task": cast("Task", task.name), "task_words": ""}
    if kind.name in get_args(Kind) and not brief.kind_words and kind.probability >= KIND:
        changed["kind"] = cast("Kind", kind.name)
    return brief.model_copy(update=changed) if changed else brief
