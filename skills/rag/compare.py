"""Comparing two projects on the same questions: the difference of each measure, question by question."""

from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from agent.api import BadRequest, Plan, Progress, Report, Task, Value

from . import plan
from .evaluate import measured
from .parameters import Compare, Evaluate

SAMPLES = 2000


def plan_comparison(task: Task, report: Report) -> Plan:
    """Measure both, and return the differences (other less project) as a plan without files; raises BadRequest."""
    asked = cast("Compare", task.parameters)
    sides: list[list[Mapping[str, float]]] = []
    for number, project in enumerate((asked.project, asked.other), 1):
        report(Progress(step=f"measuring project {number} of 2"))
        one = Evaluate.model_validate({"project": project, "questions": asked.questions, "top_k": asked.top_k})
        _, found = measured(replace(task, parameters=one, scratch=task.scratch / str(number)), report, "--each")
        sides.append(cast("list[Mapping[str, float]]", found.get("each") or []))
    if not sides[0] or len(sides[0]) != len(sides[1]):
        raise BadRequest("the two projects could not be asked the same questions", "ingest both again, then compare")
    metrics, sentences = differences(sides[0], sides[1])
    return Plan(
        skill="rag",
        action=task.action,
        version=plan.VERSION,
        answers=asked.model_dump(mode="json"),
        metrics={"questions": len(sides[0]), **metrics},
        recommendations=tuple(sentences),
    )


def differences(one: list[Mapping[str, float]], other: list[Mapping[str, float]]) -> tuple[dict[str, Value], list[str]]:
    """Return each measure's mean difference with its 95 % interval, and a sentence on it.

    The interval is the percentile bootstrap over questions, each resampled with both its values: what makes a question hard is
    the same on both sides. A measure differs where the interval leaves 0 out.
    """
    import numpy as np

    draws = np.random.default_rng(0).integers(0, len(one), (SAMPLES, len(one)))
    metrics: dict[str, Value] = {}
    sentences: list[str] = []
    for name in (name for name in one[0] if not name.endswith("_ceiling")):
        values = np.asarray([second[name] - first[name] for first, second in zip(one, other, strict=True)])
        low, high = (float(end) for end in np.percentile(values[draws].mean(axis=1), [2.5, 97.5]))
        mean = float(values.mean())
        metrics |= {name: round(mean, 4), f"{name}_low": round(low, 4), f"{name}_high": round(high, 4)}
        told = (
            "no difference that these questions show"
            if low <= 0 <= high
            else "other is better"
            if mean > 0
            else "other is worse"
        )
        sentences.append(f"{name}: {mean:+.3f} [{low:+.3f}, {high:+.3f}], {told}")
    return metrics, sentences
