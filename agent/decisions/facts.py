"""The facts that conditions may compare: numbers a request gives, and numbers that follow from them by arithmetic."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from agent.brief.model import Brief, Unit
from agent.decisions.calculators import HOURS_A_MONTH, PEAK, SECONDS_A_DAY

MONTHS: Mapping[str, float] = {
    "hour": HOURS_A_MONTH,
    "day": 30.0,
    "week": 30 / 7,
    "month": 1.0,
    "year": 1 / 12,
}
DEFAULT_BITS = 16
# Model files that a service can be made of; a table may end in .json too, but is seldom named beside a deployment.
SERVABLE = (".skops", ".onnx", ".ubj", ".json", ".joblib", ".pkl")
# What a request says of the precision of its weights.
PRECISIONS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (4, re.compile(r"\b(?:4[- ]?bits?|int4|nf4|awq|gptq|q4(?:_\w+)?|qlora)\b", re.IGNORECASE)),
    (8, re.compile(r"\b(?:8[- ]?bits?|int8|fp8|q8(?:_\w+)?)\b", re.IGNORECASE)),
)
SECONDS: Mapping[str, float] = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0}
# "takes 8 hours", "a run time of 90 minutes": how long a job is said to run, as opposed to how long it may.
RUN = re.compile(
    r"\b(?:takes?|taking|took|runs? for|runs|run[- ]?time(?: is| of)?|expected(?: duration| run[- ]?time)?(?: is| of|:)?|lasts?|needs)"
    r"\s+(?:about|around|roughly|approximately|nearly|almost|exactly|up to|all|the full|~)?\s*"
    r"(?P<number>\d{1,6}(?:\.\d{1,3})?)[\s-]?(?P<unit>hours?|hrs?|h|minutes?|mins?|seconds?|secs?|days?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fact:
    """A number about the request: its unit, what it means, and how a brief gives it (None when it does not)."""

    unit: str
    meaning: str
    read: Callable[[Brief], float | None]


def _rps(brief: Brief) -> float | None:
    rate, daily = brief.rate(), brief.daily()
    if rate is not None or daily is None or brief.task == "batch":
        return rate
    return daily / SECONDS_A_DAY * PEAK


def _target(brief: Brief) -> float | None:
    target = brief.target()
    return target.milliseconds if target is not None else None


def _bits(brief: Brief) -> int:
    return next((bits for bits, pattern in PRECISIONS if pattern.search(brief.text)), DEFAULT_BITS)


def _weights(brief: Brief) -> float | None:
    billions = brief.billions()
    return billions * _bits(brief) / 8 if billions is not None else None


def _training_memory(brief: Brief) -> float | None:
    billions = brief.billions()
    return billions * 16 if billions is not None else None


def _memory(unit: Unit) -> Callable[[Brief], float | None]:
    def read(brief: Brief) -> float | None:
        return max((found.value for found in brief.memory if found.unit == unit), default=None)

    return read


def _count(unit: Unit) -> Callable[[Brief], float | None]:
    def read(brief: Brief) -> float | None:
        return brief.count(unit)

    return read


def _data(brief: Brief) -> float | None:
    return max((found.value for found in brief.data_size), default=None)


def _vectors(brief: Brief) -> float | None:
    """Documents whose embeddings' length is given are vectors too."""
    vectors = brief.count("vectors")
    return vectors if vectors is not None or brief.count("dimensions") is None else brief.count("documents")


def _vector_memory(brief: Brief) -> float | None:
    vectors, dimensions = _vectors(brief), brief.count("dimensions")
    return vectors * dimensions * 4 / 1e9 if vectors is not None and dimensions is not None else None


def _model_files(brief: Brief) -> float | None:
    return float(sum(name.lower().endswith(SERVABLE) for name in brief.files)) or None


def _budget(brief: Brief) -> float | None:
    for role in ("target", "observed", "before"):
        found = [
            item.value * MONTHS[item.period] for item in brief.budget if item.role == role and item.period in MONTHS
        ]
        if found:
            return min(found)
    return None


def _deadline(brief: Brief) -> float | None:
    return min((found.seconds for found in brief.deadline if found.seconds is not None), default=None)


def _run(brief: Brief) -> float | None:
    return max(
        (float(match["number"]) * SECONDS[match["unit"][0].lower()] for match in RUN.finditer(brief.text)), default=None
    )


def _freshness(brief: Brief) -> float | None:
    return min((found.value for found in brief.freshness), default=None)


def _availability(brief: Brief) -> float | None:
    return max((found.value for found in brief.availability), default=None)


def _measure(name: str) -> Callable[[Brief], float | None]:
    def read(brief: Brief) -> float | None:
        found = (item.percent for item in brief.measures if item.name == name and item.role == "target")
        return max(found, default=None)

    return read


FACTS: Mapping[str, Fact] = {
    "rps": Fact("1/s", "requests a second at peak; from a daily volume as mean x 3 unless the work is a batch", _rps),
    "target_ms": Fact("ms", "the latency target of the highest percentile", _target),
    "billions": Fact("1e9 parameters", "the largest model named", Brief.billions),
    "weights_gb": Fact("GB", "its weights alone, at the precision the request names, else 16 bit", _weights),
    "full_training_gb": Fact(
        "GB",
        "16 bytes a parameter: mixed precision with Adam keeps weights and gradients in 16 bit and a copy of the "
        "weights and two moments in 32 bit, before activations",
        _training_memory,
    ),
    "items_per_day": Fact("1/day", "the largest volume", Brief.daily),
    "data_gb": Fact("GB", "the largest amount of data or file", _data),
    "gpu_gb": Fact("GB", "memory of the largest GPU named with a figure", _memory("GB GPU memory")),
    "ram_gb": Fact("GB", "main memory named", _memory("GB RAM")),
    "model_files": Fact("", "model files that the request names", _model_files),
    "vectors": Fact("", "vectors to search", _vectors),
    "vectors_gb": Fact("GB", "vectors x dimensions x 4 bytes", _vector_memory),
    "documents": Fact("", "documents to search", _count("documents")),
    "rows": Fact("", "rows, without a period", _count("rows")),
    "dimensions": Fact("", "length of a vector", _count("dimensions")),
    "features": Fact("", "features of a model", _count("features")),
    "models": Fact("", "models to serve or run", _count("models")),
    "trials": Fact("", "trials or combinations of a search", _count("trials")),
    "gpus": Fact("", "GPUs there are or are asked for", _count("GPUs")),
    "cores": Fact("", "CPU cores", _count("cores")),
    "machines": Fact("", "machines or nodes", _count("machines")),
    "teams": Fact("", "teams", _count("teams")),
    "people": Fact("", "people in the team", _count("people")),
    "users": Fact("", "users", _count("users")),
    "concurrent_users": Fact("", "users at the same time", _count("concurrent users")),
    "budget_per_month": Fact("money/month", "the smallest budget with a period, in its own currency", _budget),
    "deadline_seconds": Fact("s", "the time there is to finish, or the length of the window", _deadline),
    "run_seconds": Fact("s", "how long a job is said to take", _run),
    "freshness_seconds": Fact("s", "how old data or features may be", _freshness),
    "availability": Fact("%", "the availability asked for", _availability),
    "accuracy": Fact("%", "an accuracy that is a target", _measure("accuracy")),
}
