"""From what was seen to a verdict for each checkpoint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.constitution.observation import Observation, Seen, fault


@dataclass(frozen=True)
class Verdict:
    """The faults of a checkpoint; and, for when none is left, the evidence for a PASS (empty for none) and why it is UNKNOWN."""

    faults: tuple[Observation, ...] = ()
    good: str = ""
    unclear: str = ""


THINGS: Mapping[str, str] = {
    "reliability.timeouts": "outbound call",
    "reliability.fallback": "fallback or 503 path",
    "observability.latency-histogram": "latency metric",
    "observability.logging": "module that answers predictions",
    "performance.non-blocking": "prediction handler that keeps the model off the event loop",
    "performance.load-once": "call that loads a model",
    "performance.slo": "load test or stated target",
    "cost.resources": "Kubernetes or Compose file",
    "cost.image": "Dockerfile",
    "cost.per-prediction": "stated cost of a prediction",
    "security.non-root": "Dockerfile or security context",
}


def conclude(checkpoint: str, seen: Seen) -> Verdict:
    """Return the verdict on one checkpoint."""
    return SPECIAL.get(checkpoint, _plain)(checkpoint, seen)


def _plain(checkpoint: str, seen: Seen) -> Verdict:
    return _weigh(checkpoint, seen, seen.of(checkpoint, "fault"), seen.of(checkpoint, "doubt"))


def _weigh(checkpoint: str, seen: Seen, faults: list[Observation], doubts: list[Observation]) -> Verdict:
    """Faults decide, then doubts, then positive evidence; nothing at all is unknown."""
    goods = seen.of(checkpoint, "good")
    if doubts:
        return Verdict(tuple(faults), unclear=_listed(doubts))
    return Verdict(tuple(faults), good=_listed(goods), unclear=f"no {THINGS[checkpoint]} found")


def _listed(items: list[Observation]) -> str:
    if not items:
        return ""
    more = f"; and {len(items) - 1} more" if len(items) > 1 else ""
    return f"{items[0].text} ({items[0].place}){more}"


def _timeouts(checkpoint: str, seen: Seen) -> Verdict:
    """Sockets are bounded where the process sets a default; redis-py is to blame only when the project pins one before 8."""
    faults = seen.of(checkpoint, "fault")
    doubts = seen.of(checkpoint, "doubt")
    held = {"socket"} if seen.notes("socket default") else set[str]()
    doubtful = set[str]() if seen.notes("redis before 8") else {"redis"}
    doubts = doubts + [item for item in faults if item.tag in doubtful]
    return _weigh(checkpoint, seen, [item for item in faults if item.tag not in held | doubtful], doubts)


def _serving(checkpoint: str, seen: Seen) -> Verdict:
    """What is only judged in a project that answers predictions."""
    if seen.notes("predict"):
        return _plain(checkpoint, seen)
    return Verdict(tuple(seen.of(checkpoint, "fault")), unclear="no route that answers predictions found")


def _health(checkpoint: str, seen: Seen) -> Verdict:
    """A fault when a serving project has no health route at all, or one for liveness alone; never where routes are out of sight."""
    served = seen.notes("predict")
    live, ready, either, elsewhere = (seen.notes(tag) for tag in ("live", "ready", "health", "health-elsewhere"))
    if not served:
        return Verdict(unclear="no route that answers predictions found")
    if ready and (live or either):
        return Verdict(good=f"liveness {_listed((live or either)[:1])}, readiness {_listed(ready[:1])}")
    if elsewhere:
        return Verdict(unclear=_listed(elsewhere))
    if ready:
        return Verdict(unclear=f"readiness {_listed(ready[:1])}; no liveness route found")
    if either:
        return Verdict(unclear=f"{_listed(either[:1])} answers for the process; no readiness route found")
    if live:
        return _missing(checkpoint, served, "no readiness route: traffic comes before the model is loaded")
    return _missing(checkpoint, served, "neither a liveness nor a readiness route")


def _metrics(checkpoint: str, seen: Seen) -> Verdict:
    """A fault when a serving project neither exports nor imports anything that measures."""
    served, metrics = seen.notes("predict"), seen.notes("metrics")
    if not served:
        return Verdict(unclear="no route that answers predictions found")
    return Verdict(good=_listed(metrics)) if metrics else _missing(checkpoint, served, "no metrics are exported")


def _missing(checkpoint: str, served: list[Observation], what: str) -> Verdict:
    return Verdict(
        tuple(
            fault(checkpoint, item.line, f"{item.text} is answered here, and the project has {what}").at(item.path)
            for item in served
        )
    )


def _resources(checkpoint: str, seen: Seen) -> Verdict:
    """A workload may get its resources from a patch in another file, or from the namespace."""
    faults = [item for item in seen.of(checkpoint, "fault") if not seen.notes(f"resources of {item.tag}")]
    limits = seen.notes("defaults")
    if faults and limits:
        return Verdict(unclear=f"{_listed(limits)}, so what workloads leave out may be set")
    doubts = [] if seen.of(checkpoint, "good") else seen.of(checkpoint, "doubt")
    return _weigh(checkpoint, seen, faults, doubts)


def _absent(checkpoint: str, seen: Seen) -> Verdict:
    """A pass is that everything was read and nothing was found."""
    counted, what = ("python", "Python files") if checkpoint == "security.deserialization" else ("all", "files")
    faults, doubts = tuple(seen.of(checkpoint, "fault")), seen.of(checkpoint, "doubt")
    read, skipped = seen.counts[counted], seen.counts["skipped"]
    if doubts or not read:
        return Verdict(faults, unclear=_listed(doubts) or f"no {what} found")
    unread = f"; {skipped:,} files could not be read" if skipped else ""
    return Verdict(faults, good=f"{read:,} {what} read, none found{unread}")


SPECIAL: Mapping[str, Callable[[str, Seen], Verdict]] = {
    "reliability.timeouts": _timeouts,
    "reliability.fallback": _serving,
    "reliability.health": _health,
    "observability.metrics": _metrics,
    "observability.logging": _serving,
    "performance.non-blocking": _serving,
    "performance.load-once": _serving,
    "cost.resources": _resources,
    "security.deserialization": _absent,
    "security.secrets": _absent,
}
