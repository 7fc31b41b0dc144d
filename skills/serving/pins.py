"""The requirements of a project: the exact versions that are installed here, and what they bring with them."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from agent.api import MissingDependency

SERVER = ("fastapi", "httptools", "msgspec", "numpy", "prometheus-client", "uvicorn", "uvloop")
DEVELOPMENT = ("httpx", "pytest")
# uvicorn does without it where it does not exist.
MARKERS = {"uvloop": ' ; sys_platform != "win32"'}


@dataclass(frozen=True)
class Pins:
    """Lines of requirements files: what is imported, what that brings with it, what the tests need."""

    direct: tuple[str, ...]
    indirect: tuple[str, ...]
    development: tuple[str, ...]


def pins(packages: Iterable[str]) -> Pins:
    """Pin the server's packages and those of a model; raises MissingDependency for one that is not installed."""
    roots = {str(canonicalize_name(name)) for name in (*SERVER, *packages)}
    everything = closure(roots)
    tests = closure(str(canonicalize_name(name)) for name in DEVELOPMENT)
    return Pins(_lines(roots), _lines(everything - roots), _lines(tests - everything))


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


def version(package: str) -> str:
    """Return the installed version; raises MissingDependency."""
    return _distribution(package).version


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
    return tuple(f"{name}=={version(name)}{MARKERS.get(name, '')}" for name in sorted(names))


def _distribution(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError as problem:
        raise MissingDependency.of(name, "serving", "a service") from problem
