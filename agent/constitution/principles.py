"""The five principles and their fifteen checkpoints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from agent.errors import UnknownName

Principle = Literal["reliability", "observability", "performance", "cost", "security"]
Level = Literal["error", "warning"]


@dataclass(frozen=True)
class Checkpoint:
    """One thing that is looked for: why it matters in a sentence, what mends it, and how grave a finding is."""

    id: str
    title: str
    why: str
    fix: str
    level: Level = "warning"

    @property
    def principle(self) -> str:
        """Return the principle it belongs to: what stands before the dot."""
        return self.id.partition(".")[0]


CHECKPOINTS: tuple[Checkpoint, ...] = (
    Checkpoint(
        "reliability.timeouts",
        "Every outbound call has a timeout",
        "A call without a timeout waits for ever on a peer that has gone silent, and holds a worker while it does.",
        "Give every outbound call a timeout shorter than the deadline of the request it serves.",
        "error",
    ),
    Checkpoint(
        "reliability.fallback",
        "A failed prediction is answered as one",
        "A failure that is answered like a prediction is believed, and nobody learns that the model is down.",
        "Answer with a fallback that is marked as one, or with 503, and log or count the failure.",
        "error",
    ),
    Checkpoint(
        "reliability.health",
        "Liveness and readiness are separate routes",
        "With one answer for both, a service that is still loading its model gets traffic, or is restarted while it loads.",
        "Add a liveness route that only says the process runs, and a readiness route that answers 200 after a warm-up prediction.",
    ),
    Checkpoint(
        "observability.metrics",
        "The service exports metrics",
        "Without rate, errors and duration the first to notice an outage is a user.",
        "Export rate, errors and duration, for instance with prometheus_client behind /metrics.",
    ),
    Checkpoint(
        "observability.latency-histogram",
        "Latency is a histogram",
        "A gauge holds one request and a mean hides the tail: only a histogram gives p95 and p99 over several replicas.",
        "Record latency in a Histogram, with one bucket edge at the target.",
    ),
    Checkpoint(
        "observability.logging",
        "The service logs, and does not print",
        "print has no level, no time and no request, and cannot be turned down or shipped.",
        "Use a logger of the logging module, configured once where the service starts.",
    ),
    Checkpoint(
        "performance.non-blocking",
        "The event loop is never blocked",
        "A blocking call in an async handler stops every other request of that process, the health probe's included.",
        "Run the call on a thread (asyncio.to_thread, run_in_threadpool), or make the handler a plain def.",
    ),
    Checkpoint(
        "performance.load-once",
        "The model is loaded once",
        "Loading a model for each request costs more than the prediction itself, and its memory each time.",
        "Load the model when the service starts, or behind functools.lru_cache.",
    ),
    Checkpoint(
        "performance.slo",
        "A latency target is stated and measured",
        "Without a target and a load test nobody knows at what rate the service stops keeping its promise.",
        "State the target, and run a load test with an open arrival rate against it.",
    ),
    Checkpoint(
        "cost.resources",
        "Workloads state what they need",
        "Without requests the scheduler guesses, and without a memory limit one leak takes the whole node.",
        "Set resources.requests for cpu and memory, and resources.limits for memory, from measured use.",
    ),
    Checkpoint(
        "cost.image",
        "The image holds what runs, and no more",
        "What is not needed in an image is stored, pulled and scanned at every release and every scale-out.",
        "Build on a pinned slim base, keep pip's cache out, and keep the build context small with a .dockerignore.",
    ),
    Checkpoint(
        "cost.per-prediction",
        "The cost of a prediction is known",
        "A service whose unit cost is unknown is found too dear only when the bill comes.",
        "State it: monthly cost of the machines / predictions a month x 1,000,000 = cost of a million predictions.",
    ),
    Checkpoint(
        "security.deserialization",
        "No file can run code by being loaded",
        "Unpickling runs whatever code the file says, with the rights of the service.",
        "Use a format that holds data only: skops, ONNX, safetensors, the library's own JSON; yaml.safe_load for YAML.",
        "error",
    ),
    Checkpoint(
        "security.secrets",
        "No secret is in the files",
        "Whoever can read the repository or the image has the secret, and history keeps it.",
        "Revoke it, then read it from the environment or a secret store.",
        "error",
    ),
    Checkpoint(
        "security.non-root",
        "Containers do not run as root",
        "Root in a container is one kernel or mount mistake away from root on the node.",
        "Create a user in the Dockerfile and end with USER and its number; set runAsNonRoot: true in Kubernetes.",
        "error",
    ),
)

BY_ID: Mapping[str, Checkpoint] = {checkpoint.id: checkpoint for checkpoint in CHECKPOINTS}
PRINCIPLES: tuple[str, ...] = tuple(dict.fromkeys(checkpoint.principle for checkpoint in CHECKPOINTS))


def chosen(principles: Iterable[str] | None) -> tuple[Checkpoint, ...]:
    """Return the checkpoints of `principles`, all of them for None; raises UnknownName for a principle that is none."""
    wanted = set(PRINCIPLES if principles is None else principles)
    for name in sorted(wanted - set(PRINCIPLES)):
        raise UnknownName.of("principle", name, PRINCIPLES, "mlwright check --help")
    return tuple(checkpoint for checkpoint in CHECKPOINTS if checkpoint.principle in wanted)
