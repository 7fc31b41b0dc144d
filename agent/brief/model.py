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


class Model(BaseModel):
    """A part of a brief: immutable."""

    model_config = ConfigDict(frozen=True)


class Quantity(Model):
    """A number of the request in its canonical unit, and the words it came from."""

    value: float
    unit: str
    words: str


class Latency(Model):
    """A latency in milliseconds; `percentile` is None when the request names none. `role` tells a wish from a fact."""

    milliseconds: float
    percentile: float | None
    role: Literal["target", "observed"]
    words: str


class Mention(Model):
    """Something the request names, and the words it does so in."""

    name: str
    words: str


class Brief(Model):
    """A request, read. Empty fields mean that the request does not say."""

    text: str
    task: Task = "unknown"
    task_words: str = ""
    latency: tuple[Latency, ...] = ()
    throughput: tuple[Quantity, ...] = Field(default=(), description="requests per second")
    volume: tuple[Quantity, ...] = Field(default=(), description="items per day")
    availability: tuple[Quantity, ...] = Field(default=(), description="percent")
    budget: tuple[Quantity, ...] = Field(default=(), description="money per day, month or year; the unit says which")
    data_size: tuple[Quantity, ...] = Field(default=(), description="gigabytes")
    parameters: tuple[Quantity, ...] = Field(default=(), description="model parameters, in billions")
    models: tuple[Mention, ...] = ()
    frameworks: tuple[Mention, ...] = ()
    environment: tuple[Mention, ...] = ()
    practices: tuple[Mention, ...] = Field(
        default=(), description="monitoring, rollback, canary, cost and the like, asked for"
    )
    excluded: tuple[Mention, ...] = Field(default=(), description="what the request says it does not want or have")
    files: tuple[str, ...] = Field(default=(), description="paths of files the request names")

    def target(self) -> Latency | None:
        """Return the latency target that binds: the one of the highest percentile, the first among equals."""
        targets = [latency for latency in self.latency if latency.role == "target"]
        return max(targets, key=lambda latency: latency.percentile or 0) if targets else None

    def asks(self, practice: str) -> bool:
        """Whether the request asks for a practice."""
        return any(mention.name == practice for mention in self.practices)

    def runs_on(self, *names: str) -> bool:
        """Whether the request names one of these environments."""
        return any(mention.name in names for mention in self.environment)

    def excludes(self, name: str) -> bool:
        """Whether the request rules something out."""
        return any(mention.name == name for mention in self.excluded)
