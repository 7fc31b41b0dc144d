"""Every error mlwright raises on purpose, and the exit code each one ends a command with.

MlwrightError                 1
|-- Refused                   1   the answer is no: a check failed, a model differs, a gate closed
|-- BadRequest                2   the command line or its input is wrong
|   `-- UnknownName           2   a persona, skill, action or document that does not exist
|-- ConfigurationError        3   settings, content files or the machine
|   |-- ContentError          3   a content file is broken; carries every problem with its line
|   `-- MissingDependency     3   an extra is not installed; carries the command that installs it
|-- BackendError              4   a model or the network
`-- Cancelled               130   Ctrl-C, after everything was put back
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


class MlwrightError(Exception):
    """An error a user can act on: a sentence, and a hint that says what to do next."""

    exit_code = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class Refused(MlwrightError):
    """The work was done and the answer is no."""


class BadRequest(MlwrightError):
    """What was asked cannot be understood."""

    exit_code = 2


class UnknownName(BadRequest):
    """A name that nothing answers to; the hint offers the nearest one."""

    @classmethod
    def of(cls, kind: str, name: str, known: Iterable[str], listing: str) -> "UnknownName":
        """Build the error for `name` among `known`; `listing` is the command that lists them."""
        names = sorted(known)
        near = get_close_matches(name, names, n=1)
        meant = f"did you mean {near[0]!r}? " if near else ""
        return cls(f"no {kind} is called {name!r}", f"{meant}list them with: {listing}")


class ConfigurationError(MlwrightError):
    """Settings, content or the machine are not as they must be."""

    exit_code = 3


@dataclass(frozen=True)
class Problem:
    """One fault in a content file; `line` counts from 1, 0 when it has none."""

    path: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class ContentError(ConfigurationError):
    """A content file is broken; all its problems are told at once."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        lines = "\n".join(f"  {problem}" for problem in problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        super().__init__(f"{count} in the content files:\n{lines}", "mend the files and run the command again")
        self.problems = tuple(problems)


class MissingDependency(ConfigurationError):
    """A package of an extra is not installed."""

    @classmethod
    def of(cls, package: str, extra: str, purpose: str) -> "MissingDependency":
        """Build the error for `package`, which the extra `extra` brings, needed for `purpose`."""
        return cls(f"{purpose} needs {package}, which is not installed", f"pip install 'mlwright[{extra}]'")


class BackendError(MlwrightError):
    """A model or the network failed."""

    exit_code = 4


class Cancelled(MlwrightError):
    """The user stopped it."""

    exit_code = 130
