"""The five checks of a request: the task is clear, and targets, monitoring, a rollback and a cost are named.

A check never blocks. What is missing becomes one question to the user, and one assumption that the answer states.
"""

import re
from collections.abc import Callable
from typing import Literal

from pydantic import BaseModel, ConfigDict

from agent.brief.model import Brief, Kind, Latency, Mention
from agent.decisions.conflicts import conflicts
from agent.decisions.kinds import ASKING, kind_of

BUILT: tuple[Literal["slo", "monitoring", "rollback", "cost"], ...] = ("slo", "monitoring", "rollback", "cost")
NOT_BUILT = "Nothing is put into operation by this answer."
SLO_CONFLICTS = frozenset({"percentiles", "latency-targets", "rates"})

Status = Literal["PASS", "MISSING", "CONFLICT", "N/A"]

# From so many things on, a count beside a deadline is what a run has to do.
MANY = 10_000
SERVED = frozenset({"serving", "edge", "streaming", "llm-serving", "rag"})
OPERATED: frozenset[str] = SERVED | {"batch", "monitoring", "pipeline", "features"}


class CheckResult(BaseModel):
    """A check's outcome; `question` and `assumption` are empty unless something is missing or contradictory."""

    model_config = ConfigDict(frozen=True)

    id: Literal["task", "slo", "monitoring", "rollback", "cost"]
    status: Status
    detail: str
    question: str = ""
    assumption: str = ""


def check(brief: Brief) -> tuple[CheckResult, ...]:
    """Run the five checks on a brief."""
    if (kind := kind_of(brief)) in ASKING:
        return (_asked(brief, kind), *(CheckResult(id=name, status="N/A", detail=NOT_BUILT) for name in BUILT))
    checks: tuple[Callable[[Brief], CheckResult], ...] = (_task, _slo, _monitoring, _rollback, _cost)
    return tuple(run(brief) for run in checks)


def _asked(brief: Brief, kind: Kind) -> CheckResult:
    about = f" about {brief.task}{_words(brief)}" if brief.task != "unknown" else ""
    return CheckResult(id="task", status="PASS", detail=f"Asked for: a {kind}{about}.")


def _task(brief: Brief) -> CheckResult:
    if brief.task == "unknown":
        return CheckResult(
            id="task",
            status="MISSING",
            detail="The request does not say what kind of work it is.",
            question="What should exist at the end: a service, a batch job, a trained model, a pipeline or a report?",
            assumption="The work is advice; nothing is built.",
        )
    named = ", ".join(mention.name for mention in brief.environment)
    if brief.task in OPERATED and not brief.environment:
        return CheckResult(
            id="task",
            status="MISSING",
            detail=f"Task: {brief.task}{_words(brief)}. The environment is not named.",
            question="Where will it run: a machine of yours, containers, Kubernetes, or a cloud service?",
            assumption="It runs in one container on a Linux machine with a CPU.",
        )
    return CheckResult(
        id="task",
        status="PASS",
        detail=f"Task: {brief.task}{_words(brief)}" + (f" on {named}." if named else "."),
    )


def _words(brief: Brief) -> str:
    """The words a task was read from, when it was read from words rather than from what the request resembles."""
    return f" (“{brief.task_words}”)" if brief.task_words else ""


def _slo(brief: Brief) -> CheckResult:
    if brief.task == "batch":
        return _batch_slo(brief)
    # Who gives both figures of a service means one, whatever else the request is about.
    served = brief.task in SERVED or (brief.throughput and (brief.latency or brief.task == "monitoring"))
    if not served:
        return CheckResult(id="slo", status="N/A", detail=_not_yet(brief, "has no request latency"))
    if found := next((item for item in conflicts(brief) if item.id in SLO_CONFLICTS), None):
        return CheckResult(
            id="slo", status="CONFLICT", detail=found.detail, question=found.question, assumption=found.assumption
        )
    targets = [latency for latency in brief.latency if latency.role == "target"]
    lacking = [
        name
        for name, found in (
            ("a latency target with a percentile", targets),
            ("a throughput", brief.throughput or brief.volume),
        )
        if not found
    ]
    said = ", ".join(
        [*(_said(latency) for latency in targets), *(rate.words for rate in (*brief.throughput, *brief.volume))]
    )
    if lacking:
        return CheckResult(
            id="slo",
            status="MISSING",
            detail=(f"Named: {said}. " if said else "") + f"Not named: {' and '.join(lacking)}.",
            question=f"Please give {' and '.join(lacking)}, at peak.",
            assumption="No target is assumed; what is built is measured and the figures are reported.",
        )
    if all(latency.percentile is None for latency in targets):
        return CheckResult(
            id="slo",
            status="MISSING",
            detail=f"Named: {said}, without a percentile.",
            question="Which percentile does the latency target mean?",
            assumption=f"{targets[0].milliseconds:g} ms is the 99th percentile, the strict reading.",
        )
    return CheckResult(id="slo", status="PASS", detail=f"Targets: {said}.")


def _batch_slo(brief: Brief) -> CheckResult:
    if brief.volume:
        return CheckResult(
            id="slo", status="PASS", detail=f"Volume: {', '.join(volume.words for volume in brief.volume)}."
        )
    if brief.deadline and (many := [count.words for count in brief.counts if count.value >= MANY]):
        window = ", ".join(deadline.words for deadline in brief.deadline)
        return CheckResult(id="slo", status="PASS", detail=f"{', '.join(many)}; {window}.")
    return CheckResult(
        id="slo",
        status="MISSING",
        detail="The request does not say how many rows, nor by when.",
        question="How many rows are there per run, and when must the run be done?",
        assumption="No window is assumed; rows per second are measured and reported.",
    )


def _said(latency: Latency) -> str:
    return (
        f"p{latency.percentile:g} {latency.milliseconds:g} ms"
        if latency.percentile is not None
        else f"{latency.milliseconds:g} ms"
    )


def _not_yet(brief: Brief, why: str) -> str:
    return "Not asked before the task is known." if brief.task == "unknown" else f"A task of {brief.task} {why}."


def _practice(
    brief: Brief,
    name: Literal["monitoring", "rollback", "cost"],
    practices: tuple[str, ...],
    missing: tuple[str, str, str],
) -> CheckResult:
    if brief.task not in OPERATED:
        return CheckResult(id=name, status="N/A", detail=_not_yet(brief, "puts nothing into operation"))
    found = [mention for mention in brief.practices if mention.name in practices and not _claimed(brief, mention)]
    if found:
        named = ", ".join(f"“{mention.words}”" for mention in found)
        return CheckResult(id=name, status="PASS", detail=f"Asked for: {named}.")
    detail, question, assumption = missing
    return CheckResult(id=name, status="MISSING", detail=detail, question=question, assumption=assumption)


def _claimed(brief: Brief, mention: Mention) -> bool:
    # A status of ours that a request gives itself ("cost PASS") says nothing of the work.
    return re.search(rf"{re.escape(mention.words)}\W{{0,3}}(?:PASS|MISSING|CONFLICT)\b", brief.text) is not None


def _monitoring(brief: Brief) -> CheckResult:
    return _practice(
        brief,
        "monitoring",
        ("monitoring", "drift"),
        (
            "Neither metrics nor drift are mentioned.",
            "Who looks at its metrics, and do true labels come back, how late?",
            "Rate, errors and duration are exported; drift is watched on inputs and predictions only, as no labels are promised.",
        ),
    )


def _rollback(brief: Brief) -> CheckResult:
    return _practice(
        brief,
        "rollback",
        ("rollback", "canary", "blue-green", "shadow"),
        (
            "No way back is mentioned.",
            "How is a bad version taken back, and how fast must that be?",
            "The previous image and model stay deployable, and going back to them is one command that is rehearsed.",
        ),
    )


def _cost(brief: Brief) -> CheckResult:
    named = [money.words for money in brief.budget if money.role == "target"]
    if named and brief.task in OPERATED:
        return CheckResult(id="cost", status="PASS", detail=f"Named: {', '.join(f'“{words}”' for words in named)}.")
    return _practice(
        brief,
        "cost",
        ("cost",),
        (
            "No budget is mentioned.",
            "What may it cost, per month, per run or per million predictions?",
            "No budget is assumed; a cost per million is the bill divided by the volume, once both are known.",
        ),
    )
