"""What a request says, as data."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Task = Literal[
    "serving",
    "edge",
    "batch",
    "streaming",
    "llm-serving",
    "rag",
    "monitoring",
    "training",
    "finetuning",
    "tuning",
    "features",
    "pipeline",
    "experiment-tracking",
    "evaluation",
    "unknown",
]

# What kind of answer is asked for. A request that shows no other kind asks for a design.
Kind = Literal["design", "how-to", "diagnosis", "comparison", "review", "definition"]

# A target is wished or planned for; observed is how it is today; before is how it was.
Role = Literal["target", "observed", "before"]

Unit = Literal[
    "requests/s",
    "items/day",
    "percent",
    "money",
    "GB",
    "GB GPU memory",
    "GB RAM",
    "billion parameters",
    "seconds",
    "rows",
    "users",
    "concurrent users",
    "documents",
    "pages",
    "vectors",
    "dimensions",
    "features",
    "classes",
    "models",
    "trials",
    "GPUs",
    "cores",
    "machines",
    "replicas",
    "teams",
    "people",
    "prompt tokens",
    "answer tokens",
    "context tokens",
    "tokens",
    "epochs",
    "batch size",
]


class Model(BaseModel):
    """A part of a brief: immutable."""

    model_config = ConfigDict(frozen=True)


class Quantity(Model):
    """A number of the request in its canonical unit, and the words it came from. A range has `low`; `value` is its high end."""

    value: float
    unit: Unit
    words: str
    low: float | None = None
    role: Role = "target"
    item: str = Field(default="", description="what is counted, in the request's own noun: users, rows, predictions")


class Money(Model):
    """An amount of money; `period` is empty when the request names none (a price for a run, or once)."""

    value: float
    currency: str = Field(description="$, € or £")
    period: Literal["", "hour", "day", "week", "month", "year", "run"] = ""
    words: str
    low: float | None = None
    role: Role = "target"


class Latency(Model):
    """A latency in milliseconds; `percentile` is None when the request names none."""

    milliseconds: float
    percentile: float | None
    role: Role
    words: str
    low: float | None = None


class Deadline(Model):
    """When something must be done: at a time of day (`clock`, 24 h) or within `seconds`; a window says both ends."""

    words: str
    clock: str = Field(default="", description="HH:MM")
    opens: str = Field(default="", description="HH:MM at which a window opens")
    seconds: float | None = Field(default=None, description="the time there is; for a window its length")


class Measure(Model):
    """A quality or health figure of a model or service that the request states: accuracy, recall, error rate, utilisation."""

    name: str
    percent: float
    role: Role
    words: str


class Mention(Model):
    """Something the request names, and the words it does so in."""

    name: str
    words: str


class Brief(Model):
    """A request, read. Empty fields mean that the request does not say."""

    text: str
    kind: Kind = "design"
    kind_words: str = ""
    task: Task = "unknown"
    task_words: str = ""
    latency: tuple[Latency, ...] = ()
    throughput: tuple[Quantity, ...] = Field(default=(), description="requests per second")
    volume: tuple[Quantity, ...] = Field(default=(), description="items per day")
    availability: tuple[Quantity, ...] = Field(default=(), description="percent")
    budget: tuple[Money, ...] = Field(default=(), description="money, with the period it is for")
    data_size: tuple[Quantity, ...] = Field(default=(), description="gigabytes of data or of a file")
    memory: tuple[Quantity, ...] = Field(
        default=(), description="gigabytes of RAM or of GPU memory; the unit says which"
    )
    counts: tuple[Quantity, ...] = Field(default=(), description="rows, users, documents, vectors, GPUs and the like")
    freshness: tuple[Quantity, ...] = Field(default=(), description="seconds that data or features may be old")
    deadline: tuple[Deadline, ...] = ()
    measures: tuple[Measure, ...] = ()
    parameters: tuple[Quantity, ...] = Field(default=(), description="model parameters, in billions")
    models: tuple[Mention, ...] = ()
    frameworks: tuple[Mention, ...] = ()
    environment: tuple[Mention, ...] = ()
    hardware: tuple[Mention, ...] = Field(default=(), description="named devices: A100, L4, Raspberry Pi, Jetson")
    practices: tuple[Mention, ...] = Field(
        default=(), description="monitoring, rollback, canary, cost and the like, asked for"
    )
    excluded: tuple[Mention, ...] = Field(default=(), description="what the request says it does not want or have")
    files: tuple[str, ...] = Field(default=(), description="paths of files the request names")

    def target(self) -> Latency | None:
        """Return the latency target that binds: the one of the highest percentile, the first among equals."""
        targets = [latency for latency in self.latency if latency.role == "target"]
        return max(targets, key=lambda latency: latency.percentile or 0) if targets else None

    def rate(self) -> float | None:
        """Return the highest request rate planned for, in requests a second, else the highest observed."""
        return _largest(self.throughput)

    def daily(self) -> float | None:
        """Return the largest volume, in items a day."""
        return _largest(self.volume)

    def count(self, unit: Unit) -> float | None:
        """Return the largest count of one unit."""
        return _largest(tuple(found for found in self.counts if found.unit == unit))

    def billions(self) -> float | None:
        """Return the size of the largest model named, in billions of parameters."""
        return _largest(self.parameters)

    def asks(self, practice: str) -> bool:
        """Whether the request asks for a practice."""
        return any(mention.name == practice for mention in self.practices)

    def runs_on(self, *names: str) -> bool:
        """Whether the request names one of these environments."""
        return any(mention.name in names for mention in self.environment)

    def excludes(self, name: str) -> bool:
        """Whether the request rules something out."""
        return any(mention.name == name for mention in self.excluded)


def _largest(found: tuple[Quantity, ...]) -> float | None:
    """What is planned for comes before what is observed, and that before what was."""
    for role in ("target", "observed", "before"):
        values = [quantity.value for quantity in found if quantity.role == role]
        if values:
            return max(values)
    return None
