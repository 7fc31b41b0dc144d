"""examples.yaml: requests labelled with whose they are, what work they are about and what kind of answer they ask for."""

from collections.abc import Collection
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from agent.errors import ContentError, Problem


class Example(BaseModel):
    """A request and its labels: a leaf of the tree, a task and a kind of the brief."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    persona: str
    task: str
    kind: str


def load(path: Path, leaves: Collection[str]) -> tuple[Example, ...]:
    """Read the labelled examples, one a line. Raises ContentError with every fault."""
    try:
        items = yaml.CSafeLoader(path.read_text(encoding="utf-8")).get_single_node()
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContentError([Problem(path, 0, f"cannot be read: {error}")]) from error
    problems: list[Problem] = []
    found: dict[str, Example] = {}
    for node in items.value if isinstance(items, yaml.SequenceNode) else ():
        line = node.start_mark.line + 1
        pairs = {str(key.value): value.value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
        try:
            example = Example.model_validate(pairs)
        except ValidationError as error:
            problems.append(Problem(path, line, f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}"))
            continue
        if example.persona not in leaves:
            problems.append(Problem(path, line, f"{example.persona!r} is not a leaf"))
        if example.text in found:
            problems.append(Problem(path, line, "the same text stands above"))
        found[example.text] = example
    if problems:
        raise ContentError(problems)
    return tuple(found.values())
