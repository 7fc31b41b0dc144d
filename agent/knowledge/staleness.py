"""What of the reference docs may have gone stale: old checks, versions that moved on, names that code blocks use and are gone."""

import ast
import datetime as dt
import importlib
import inspect
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import cast

FENCE = re.compile(r"^```python(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
# Half a year: the field's libraries break an API about as often.
DAYS = 180


@dataclass(frozen=True)
class Stale:
    """A statement to look at again: the file with its line, and what is wrong."""

    where: str
    what: str


def stale(folder: Path, today: dt.date) -> list[Stale]:
    """Hold the documents and the catalogue of a folder against the packages installed here; imports what code blocks import.

    Only for documents that come with mlwright: whoever writes a block decides what is imported.
    """
    import yaml

    found: list[Stale] = []
    for path in sorted(folder.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        front = cast("dict[str, object]", yaml.safe_load(text.split("---\n", 2)[1]))
        found += _old(path.name, front.get("checked"), today)
        found += _moved(path.name, cast("Mapping[str, object]", front.get("versions") or {}))
        found += _gone(path.name, text)
    catalogue = folder / "catalogue.yaml"
    for entry in cast("list[dict[str, object]]", yaml.safe_load(catalogue.read_text(encoding="utf-8"))):
        where = f"{catalogue.name}: {entry['name']}"
        found += _old(where, entry.get("checked"), today)
        if entry.get("package") and entry.get("version"):
            found += _moved(where, {str(entry["package"]): entry["version"]})
    return found


def _old(where: str, checked: object, today: dt.date) -> list[Stale]:
    if isinstance(checked, dt.date) and (today - checked).days <= DAYS:
        return []
    return [Stale(where, f"last checked on {checked}")]


def _moved(where: str, versions: Mapping[str, object]) -> Iterator[Stale]:
    for package, written in versions.items():
        try:
            installed = version(package)
        except PackageNotFoundError:
            continue
        if _series(installed) > _series(str(written)):
            yield Stale(where, f"written for {package} {written}; {installed} is installed")


def _series(text: str) -> tuple[int, ...]:
    """Return the first two numbers of a version: within a series nothing is meant to break."""
    return tuple(int(number) for number in re.findall(r"\d+", text)[:2])


def _gone(name: str, text: str) -> Iterator[Stale]:
    for match in FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                tree = ast.parse(match["code"])
                # A block that the tests run may set attributes of its own; of it only what it imports is held.
                problems = unknown_names(tree) if match["info"] else unknown_imports(tree)
        except ImportError:
            continue  # not installed here, so nothing can be said of it
        yield from (Stale(f"{name}:{line}", f"{problem} is not there any more") for problem in problems)


class Missing:
    """An attribute that is not there."""


MISSING = Missing()


def unknown_names(tree: ast.Module) -> list[str]:
    """Return dotted names of imported packages that do not resolve, and keywords that a called function does not take.

    Raises ImportError for a package that is not installed.
    """
    scope = _imported(tree)
    problems = unknown_imports(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Call(func=func)):
                made = _resolved(func, scope)
                if inspect.isclass(made):
                    scope[name] = made  # methods of an instance are looked up on its class
            case ast.Attribute(ctx=ast.Load()) if _resolved(node, scope) is MISSING:
                problems.append(ast.unparse(node))
            case ast.Call(func=func, keywords=keywords):
                problems += [f"{ast.unparse(func)}({k}=)" for k in _refused(_resolved(func, scope), keywords)]
            case _:
                pass
    return problems


def unknown_imports(tree: ast.Module) -> list[str]:
    """Return the names that a block imports and that are not there; raises ImportError for a package that is not installed."""
    return [name for name, value in _imported(tree).items() if value is MISSING]


def _imported(tree: ast.Module) -> dict[str, object]:
    scope: dict[str, object] = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for name in names:
                    module = importlib.import_module(name.name)
                    top = module if name.asname else importlib.import_module(name.name.partition(".")[0])
                    scope[name.asname or name.name.partition(".")[0]] = top
            case ast.ImportFrom(module=str(module), names=names):
                for name in names:
                    scope[name.asname or name.name] = _member(module, name.name)
            case _:
                pass
    return scope


def _member(module: str, name: str) -> object:
    found: object = getattr(importlib.import_module(module), name, MISSING)
    if found is not MISSING:
        return found
    try:
        return importlib.import_module(f"{module}.{name}")
    except ImportError:
        return MISSING


def _resolved(node: ast.expr, scope: Mapping[str, object]) -> object:
    """Return the object a dotted name stands for; None when it hangs on something that was not imported."""
    match node:
        case ast.Name(name):
            return scope.get(name)
        case ast.Attribute(value=value, attr=attr):
            owner = _resolved(value, scope)
            if owner is None or owner is MISSING:
                return owner
            if not (inspect.ismodule(owner) or inspect.isclass(owner)):
                return None
            return getattr(owner, attr, MISSING)
        case _:
            return None


def _refused(target: object, keywords: list[ast.keyword]) -> list[str]:
    if not callable(target):
        return []
    try:
        parameters = inspect.signature(target).parameters.values()
    except ValueError:  # a builtin without a signature
        return []
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return []
    names = {parameter.name for parameter in parameters}
    return [keyword.arg for keyword in keywords if keyword.arg is not None and keyword.arg not in names]
