"""Pins of a generated project: the exact versions that are installed here, and what they bring with them."""

import sys
from collections.abc import Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from agent.errors import MissingDependency

# uvicorn does without it where it does not exist.
MARKERS = {"uvloop": ' ; sys_platform != "win32"'}


def closure(names: Iterable[str], extra: str) -> set[str]:
    """Return the canonical names of packages and of all they require on this machine.

    Raises MissingDependency, naming the extra that brings it, for one that is not installed.
    """
    found: set[str] = set()
    waiting = [str(canonicalize_name(name)) for name in names]
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        for line in _distribution(name, extra).requires or ():
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                waiting.append(str(canonicalize_name(requirement.name)))
    return found


def pins(names: Iterable[str], extra: str) -> tuple[str, ...]:
    """Return a line `name==version` for each package, as it is installed; raises MissingDependency."""
    return tuple(f"{name}=={_distribution(name, extra).version}{MARKERS.get(name, '')}" for name in sorted(names))


def python_version() -> str:
    """Return the running Python's version as major.minor."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def pinned(project: Path) -> list[str]:
    """Return the pins in a project's requirements files."""
    texts = (path.read_text(encoding="utf-8") for path in requirements(project))
    lines = [line.strip() for text in texts for line in text.splitlines()]
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def requirements(project: Path) -> list[Path]:
    """Return a project's requirements files, by name."""
    return sorted(project.glob("requirements*.txt"))


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


def _distribution(name: str, extra: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as problem:
        raise MissingDependency.of(name, extra, "a generated project") from problem
