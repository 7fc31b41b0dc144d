"""What a rule saw in one file; the checkpoints are concluded from all of them together."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from agent.constitution.sources import printable

Kind = Literal["fault", "good", "doubt", "note"]


@dataclass(frozen=True)
class Observation:
    """Something seen in a file.

    A `fault` is wrong there, a `good` is positive evidence, a `doubt` is the thing itself in a form that cannot be
    judged, a `note` is a fact that other files' rules need. `last` is the last line of what was seen. `tag` names a
    note, or a fault that holds only together with a note.
    """

    kind: Kind
    checkpoint: str
    line: int
    text: str
    fix: str = ""
    last: int = 0
    tag: str = ""
    path: str = ""

    @property
    def place(self) -> str:
        """Return file:line."""
        return f"{self.path}:{self.line}"

    def at(self, path: str) -> "Observation":
        """Return it with its file."""
        return replace(self, path=path)


class Seen:
    """Every observation of a project, by checkpoint and by tag, and how many files of each kind were read."""

    def __init__(self, observations: Sequence[Observation], counts: dict[str, int]) -> None:
        self.counts = counts
        self._by_checkpoint: dict[tuple[str, Kind], list[Observation]] = {}
        self._notes: dict[str, list[Observation]] = {}
        for item in sorted(observations, key=lambda item: (item.path, item.line, item.text)):
            self._by_checkpoint.setdefault((item.checkpoint, item.kind), []).append(item)
            if item.kind == "note":
                self._notes.setdefault(item.tag, []).append(item)

    def of(self, checkpoint: str, kind: Kind) -> list[Observation]:
        """Return the observations of one kind for a checkpoint, by file and line."""
        return self._by_checkpoint.get((checkpoint, kind), [])

    def notes(self, *tags: str) -> list[Observation]:
        """Return the notes with one of these tags."""
        return [item for tag in tags for item in self._notes.get(tag, [])]


def fault(checkpoint: str, line: int, text: str, fix: str = "", last: int = 0, tag: str = "") -> Observation:
    """Return a fault; without `fix` the checkpoint's own is shown."""
    return Observation("fault", checkpoint, line, printable(text), fix, last, tag)


def good(checkpoint: str, line: int, text: str) -> Observation:
    """Return positive evidence."""
    return Observation("good", checkpoint, line, printable(text))


def doubt(checkpoint: str, line: int, text: str) -> Observation:
    """Return something that cannot be judged."""
    return Observation("doubt", checkpoint, line, printable(text))


def note(tag: str, line: int, text: str) -> Observation:
    """Return a fact for other rules."""
    return Observation("note", "", line, printable(text), tag=tag)
