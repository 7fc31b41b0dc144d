"""What kind of work a request is about."""

from typing import cast, get_args

from agent.brief.mentions import Hit, Table, negated
from agent.brief.model import Mention, Task
from agent.brief.scene import Scene
from agent.brief.words import TASKS

TABLE = Table(TASKS)
LLM_SERVERS = frozenset({"vllm", "sglang", "text-generation-inference", "llama.cpp"})


def task(scene: Scene, models: tuple[Mention, ...], frameworks: tuple[Mention, ...]) -> tuple[Task, str]:
    """Return the task and the words that show it."""
    present: dict[str, Hit] = {}
    for hit in TABLE.hits(scene.prose):
        if hit.name not in present and not negated(scene, hit):
            present[hit.name] = hit
    if not present:
        return "unknown", ""
    order = list(TASKS)
    # The earlier a task is named the more it is what is asked; a specific one wins over a general one beside it.
    name = min(present, key=lambda name: (order.index(name) >= order.index("serving"), present[name].start))
    words = scene.words(present[name].start, present[name].end)
    if name == "serving" and _language(models, frameworks):
        return "llm-serving", words
    served = present.get("serving")
    if name == "monitoring" and served is not None and served.start < present[name].start:
        name, words = "serving", scene.words(served.start, served.end)
    assert name in get_args(Task)
    return cast("Task", name), words


def _language(models: tuple[Mention, ...], frameworks: tuple[Mention, ...]) -> bool:
    """Whether what is served is a large language model: named, or served by what serves nothing else."""
    return any(model.name == "large language model" for model in models) or any(
        framework.name in LLM_SERVERS for framework in frameworks
    )
