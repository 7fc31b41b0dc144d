"""The requirements of a service: what serves, what its model needs, what they bring with them, what its tests need."""

from collections.abc import Iterable
from dataclasses import dataclass

from agent.api import pins

EXTRA = "serving"
python = pins.python_version
SERVER = ("fastapi", "httptools", "msgspec", "numpy", "prometheus-client", "uvicorn", "uvloop")
DEVELOPMENT = ("httpx", "pytest")


@dataclass(frozen=True)
class Pins:
    """Lines of requirements files: what is imported, what that brings with it, what the tests need."""

    direct: tuple[str, ...]
    indirect: tuple[str, ...]
    development: tuple[str, ...]


def required(packages: Iterable[str]) -> Pins:
    """Pin the server's packages and those of a model; raises MissingDependency for one that is not installed."""
    roots = {*SERVER, *packages}
    everything = pins.closure(roots, EXTRA)
    tests = pins.closure(DEVELOPMENT, EXTRA) - everything
    return Pins(pins.pins(roots, EXTRA), pins.pins(everything - roots, EXTRA), pins.pins(tests, EXTRA))


def version(package: str) -> str:
    """Return the installed version; raises MissingDependency."""
    (line,) = pins.pins([package], EXTRA)
    return line.partition(";")[0].strip().partition("==")[2]
