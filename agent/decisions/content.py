"""Content files, read: every fault is noted with its line, and all of them are told at once."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from agent.errors import ContentError, Problem

DEPTH = 60  # how deep a file may be nested; a condition is read and asked by recursion
ANCHOR = re.compile(r"(?:^|[\s\[{,])&[\w-]", re.MULTILINE)


@dataclass(slots=True)
class Place:
    """A node of a YAML file: reads itself as what it must be, and notes a fault with its line where it is not.

    Scalars are taken as they are written, so `yes` and `no` are words and not truth values. Not frozen, since thousands
    are made whenever content is loaded.
    """

    path: Path
    node: Any  # a node of PyYAML, whose import must stay lazy; None for an empty file
    name: str
    problems: list[Problem]
    depth: int = 0

    def fault(self, message: str) -> None:
        """Note a fault at this place."""
        line = self.node.start_mark.line + 1 if self.node is not None else 1
        self.problems.append(Problem(self.path, line, message))

    def fields(self, needed: tuple[str, ...] = (), allowed: tuple[str, ...] = ()) -> dict[str, "Place"]:
        """Read a mapping; a key that is missing, twice there or in neither list is a fault."""
        if not self._is("mapping"):
            return {}
        found: dict[str, Place] = {}
        for key, value in self.node.value:
            word = str(key.value)
            place = self._inner(value, f"{self.name}.{word}" if self.name else word)
            if word not in needed and word not in allowed:
                Place(self.path, key, "", self.problems).fault(f"{self.name} has an unknown key {word!r}")
            elif word in found:
                Place(self.path, key, "", self.problems).fault(f"{self.name} has {word!r} twice")
            found[word] = place
        for word in needed:
            if word not in found:
                self.fault(f"{self.name} lacks {word!r}")
        return found

    def has(self, key: str) -> bool:
        """Whether it is a mapping with this key."""
        return self.node is not None and self.node.id == "mapping" and any(k.value == key for k, _ in self.node.value)

    def items(self) -> list["Place"]:
        """Read a list."""
        if not self._is("sequence"):
            return []
        return [self._inner(node, f"{self.name}[{index}]") for index, node in enumerate(self.node.value, 1)]

    def _is(self, kind: Literal["mapping", "sequence"]) -> bool:
        if self.depth > DEPTH:
            self.fault(f"nested deeper than {DEPTH}")
            return False
        if self.node is None or self.node.id != kind:
            self.fault(f"{self.name} must be a {'mapping' if kind == 'mapping' else 'list'}")
            return False
        return True

    def _inner(self, node: object, name: str) -> "Place":
        return Place(self.path, node, name, self.problems, self.depth + 1)

    def text(self) -> str:
        """Read a text that is not empty."""
        if self.node is None or self.node.id != "scalar" or not self.node.value.strip():
            self.fault(f"{self.name} must be a text that is not empty")
            return ""
        return str(self.node.value)

    def optional(self) -> str | None:
        """Read a text, or None for null."""
        node = self.node
        if node is not None and node.id == "scalar" and node.style in {None, ""} and node.value in {"null", "~", ""}:
            return None
        return self.text()

    def texts(self) -> tuple[str, ...]:
        """Read a list of texts, which may be empty."""
        nodes = self.node.value if self.node is not None and self.node.id == "sequence" else ()
        if nodes and all(node.id == "scalar" and node.value.strip() for node in nodes):
            return tuple(node.value for node in nodes)
        return tuple(item.text() for item in self.items())

    def some(self) -> tuple[str, ...]:
        """Read a list of texts that is not empty."""
        found = self.texts()
        if not found:
            self.fault(f"{self.name} is empty")
        return found

    def number(self) -> float | None:
        """Read a number; underscores may group its digits."""
        try:
            return float(self.text().replace("_", ""))
        except ValueError:
            self.fault(f"{self.name} must be a number")
            return None

    def truth(self) -> bool:
        """Read a yes or a no."""
        word = self.text().lower()
        if word not in {"yes", "no", "true", "false"}:
            self.fault(f"{self.name} must be yes or no")
        return word in {"yes", "true"}


def document(path: Path, problems: list[Problem]) -> Place | None:
    """Read a YAML file; None when it holds nothing or is no YAML, which is noted."""
    import yaml

    try:
        text = path.read_text(encoding="utf-8")
        if "&" in text and (anchor := ANCHOR.search(text)):
            line = text.count("\n", 0, anchor.start()) + 1
            problems.append(Problem(path, line, "an anchor (&) is not read here, as it can make a small file endless"))
            return None
        node = _loader()(text).get_single_node()
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        problems.append(Problem(path, line, f"not YAML: {error.problem}"))
        return None
    except (OSError, UnicodeDecodeError, RecursionError, yaml.YAMLError) as error:
        problems.append(Problem(path, 0, f"cannot be read: {error}"))
        return None
    return Place(path, node, path.stem, problems)


@cache
def _loader() -> Any:
    """Return a loader that leaves every scalar the text it is: nothing here wants a truth value, and it is faster."""
    import yaml

    def nothing(*_: object) -> None:
        return None

    resolving = {"resolve": nothing, "ascend_resolver": nothing, "descend_resolver": nothing}
    return type("Loader", (getattr(yaml, "CSafeLoader", yaml.SafeLoader),), resolving)


def told(problems: list[Problem]) -> None:
    """Raise what was noted, if anything, as one ContentError in the order of the files."""
    if problems:
        raise ContentError(sorted(problems, key=lambda problem: (str(problem.path), problem.line)))
