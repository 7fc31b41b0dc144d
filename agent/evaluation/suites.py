"""Suites: YAML files of cases, found in the packs, read whole, every fault told with its line."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, cast

from pydantic import TypeAdapter, ValidationError

from agent.errors import BadRequest, ContentError, Problem
from agent.evaluation.cases import AnySuite, Case, RoutingCase, SafetyCase
from agent.resources import Pack

if TYPE_CHECKING:
    from yaml import Node

SUITES: TypeAdapter[AnySuite] = TypeAdapter(AnySuite)
KEY = "suite:"


@dataclass(frozen=True)
class Suite:
    """A suite: its name (of the file), its kind, its cases and the hash of its file."""

    name: str
    kind: str
    cases: tuple[Case, ...]
    path: Path
    sha256: str


def schema() -> dict[str, object]:
    """Return the JSON schema of a suite file, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "mlwright suite",
        **SUITES.json_schema(),
    }


def find(packs: Iterable[Pack], named: Sequence[str]) -> list[Path]:
    """Return the suite files: those named, by path or by name, or all of the packs' own.

    Raises BadRequest for a name that there is not.
    """
    own = {path.stem: path for pack in packs for path in sorted(pack.folder("evals").glob("*.yaml")) if _is_suite(path)}
    if not named:
        return list(own.values())
    found: list[Path] = []
    for name in named:
        if name in own:
            found.append(own[name])
        elif Path(name).is_file():
            found.append(Path(name))
        else:
            raise BadRequest(f"there is no suite {name!r}", f"a YAML file, or one of: {', '.join(own) or 'none here'}")
    return found


def _is_suite(path: Path) -> bool:
    return any(line.startswith(KEY) for line in path.read_text(encoding="utf-8").splitlines())


def read(path: Path, leaves: Iterable[str] = ()) -> Suite:
    """Read a suite. Raises ContentError with every fault and its line; `leaves` are the personas a case may name."""
    import yaml

    try:
        raw = path.read_bytes()
        text = raw.decode("utf-8")
        node = yaml.CSafeLoader(text).get_single_node()
        content: object = yaml.load(text, Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError([Problem(path, 0, str(error))]) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ContentError(
            [Problem(path, mark.line + 1 if mark else 0, f"not YAML: {error}".splitlines()[0])]
        ) from error
    try:
        suite = SUITES.validate_python(content)
    except ValidationError as error:
        faults = [
            Problem(path, _line(node, fault["loc"]), _told(fault["loc"], fault["msg"])) for fault in error.errors()
        ]
        raise ContentError(sorted(faults, key=lambda problem: problem.line)) from error
    problems = list(_wrong(path, node, suite.cases, set(leaves)))
    if problems:
        raise ContentError(problems)
    return Suite(path.stem, suite.suite, suite.cases, path, sha256(raw).hexdigest())


def _wrong(path: Path, node: "Node | None", cases: Sequence[Case], leaves: set[str]) -> Iterable[Problem]:
    if not cases:
        yield Problem(path, _line(node, ("", "cases")), "cases: a suite needs at least one")
    seen: set[str] = set()
    for place, case in enumerate(cases):
        line = _line(node, ("", "cases", place))
        if case.id in seen:
            yield Problem(path, line, f"the id {case.id!r} stands above")
        seen.add(case.id)
        if isinstance(case, RoutingCase) and leaves:
            for name in sorted({case.primary, *case.acceptable, *case.secondary} - leaves):
                yield Problem(path, line, f"{name!r} is no persona")
        if isinstance(case, SafetyCase):
            for name in case.files:
                if Path(name).is_absolute() or ".." in Path(name).parts:
                    yield Problem(path, line, f"the file {name!r} leaves the case's folder")


def _told(place: tuple[int | str, ...], message: str) -> str:
    # The first part names the kind of suite that was tried, which the file says itself.
    where = ".".join(str(part + 1 if isinstance(part, int) else part) for part in place[1:])
    return f"{where}: {message}" if where else message


def _line(node: "Node | None", place: tuple[int | str, ...]) -> int:
    """Return the line of the nearest node to a place of the content; its first part is the kind of suite."""
    import yaml

    for part in place[1:]:
        found: Node | None = None
        if isinstance(node, yaml.MappingNode):
            pairs = cast("list[tuple[Node, Node]]", node.value)
            found = next((value for key, value in pairs if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            found = node.value[part]
        if found is None:
            break
        node = found
    return node.start_mark.line + 1 if node is not None else 1


def texts(suites: Iterable[Suite]) -> Mapping[str, str]:
    """Return the text of every case by suite and id."""
    return {f"{suite.name}/{case.id}": case.text for suite in suites for case in suite.cases}
