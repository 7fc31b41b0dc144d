"""personas/examples/<leaf>.yaml: requests by whose they are; some also say what work they are about and what answer they want."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import ContentError, Problem

if TYPE_CHECKING:
    from yaml import Node

MIN_EXAMPLES = 25


class Example(BaseModel):
    """A request and its labels: a leaf of the tree; a task and a kind of the brief, or neither."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    persona: str
    task: str | None = None
    kind: str | None = None


def files(folder: Path) -> list[Path]:
    """Return the example files of a personas folder, in a stable order."""
    return sorted((folder / "examples").glob("*.yaml"))


def load(folder: Path, leaves: Collection[str]) -> tuple[Example, ...]:
    """Read the examples of every leaf, one a line. Raises ContentError with every fault."""
    found: dict[str, Example] = {}
    problems: list[Problem] = []
    for path in files(folder):
        if path.stem not in leaves:
            problems.append(Problem(path, 1, f"{path.stem!r} is not a leaf"))
            continue
        before = len(found)
        for line, example in _rows(path, problems):
            if example.text in found:
                problems.append(Problem(path, line, f"the same text stands under {found[example.text].persona}"))
            found[example.text] = example
        if not problems and len(found) - before < MIN_EXAMPLES:
            problems.append(Problem(path, 1, f"{len(found) - before} examples; at least {MIN_EXAMPLES} are needed"))
    missing = sorted(set(leaves) - {path.stem for path in files(folder)})
    problems += [Problem(folder / "examples" / f"{leaf}.yaml", 0, "is missing") for leaf in missing]
    if problems:
        raise ContentError(problems)
    return tuple(found.values())


def _rows(path: Path, problems: list[Problem]) -> list[tuple[int, Example]]:
    import yaml

    try:
        items = yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_node()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems.append(Problem(path, 0, f"cannot be read: {error}"))
        return []
    if not isinstance(items, yaml.SequenceNode):
        problems.append(Problem(path, 1, "must be a list of requests"))
        return []
    rows: list[tuple[int, Example]] = []
    for node in items.value:
        line = node.start_mark.line + 1
        try:
            rows.append((line, Example.model_validate({"persona": path.stem} | _labels(node))))
        except ValidationError as error:
            fault = error.errors()[0]
            problems.append(Problem(path, line, f"{fault['loc'][0]}: {fault['msg']}"))
    return rows


def _labels(node: "Node") -> dict[str, str]:
    import yaml

    if isinstance(node, yaml.MappingNode):
        return {str(key.value): str(value.value) for key, value in node.value}
    return {"text": node.value} if isinstance(node, yaml.ScalarNode) else {}
