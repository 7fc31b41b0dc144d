"""What a run writes while it goes on: a line an outcome, and at the end one record; what was stopped can be taken up again."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO

from pydantic import ValidationError

from agent.errors import BadRequest, ConfigurationError
from agent.evaluation.record import Outcome, Run, SuiteRecord
from agent.evaluation.runner import Key
from agent.evaluation.suites import Suite

JOURNAL = "outcomes.jsonl"
RECORD = "run.json"


class Journal:
    """The outcomes of a run in a folder, each written and flushed as it comes.

    Its first line says which cases the run is of; a journal of others is not taken up.
    """

    def __init__(self, folder: Path, cases: Mapping[str, str], resume: bool) -> None:
        self.path = folder / JOURNAL
        self.outcomes: list[Outcome] = []
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if resume:
                self.outcomes = self._read(cases)
            # Written anew beside it and renamed: a line which a kill cut short must not be continued by the next.
            part = folder / f".{JOURNAL}.{os.getpid()}.part"
            rows = [{"suites": dict(cases)}, *(outcome.model_dump(mode="json") for outcome in self.outcomes)]
            part.write_text("".join(_line(row) for row in rows), encoding="utf-8")
            part.replace(self.path)
            self.stream: IO[str] = self.path.open("a", encoding="utf-8")
        except OSError as error:
            raise ConfigurationError(
                f"cannot write {self.path}: {error.strerror}", "name another folder with --out"
            ) from error

    def _read(self, cases: Mapping[str, str]) -> list[Outcome]:
        try:
            first, *lines = self.path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError as error:
            raise BadRequest(f"there is no run to take up in {self.path.parent}", "leave --resume out") from error
        except ValueError as error:
            raise BadRequest(f"{self.path} is empty", "leave --resume out") from error
        if json.loads(first) != {"suites": dict(cases)}:
            raise BadRequest(
                f"the run in {self.path.parent} had other suites, or their files were changed since",
                "leave --resume out to begin again",
            )
        found: list[Outcome] = []
        for line in lines:
            try:
                found.append(Outcome.model_validate_json(line))
            except ValidationError:
                # The line that was being written when the run was killed.
                break
        return found

    @property
    def done(self) -> frozenset[Key]:
        """The cases that need not be run again: those that were judged."""
        return frozenset((one.suite, one.case, one.repeat) for one in self.outcomes if one.scored)

    def add(self, outcome: Outcome) -> None:
        """Keep an outcome, in the file before anything else."""
        self.stream.write(_line(outcome.model_dump(mode="json")))
        self.stream.flush()
        self.outcomes.append(outcome)

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stream.close()


def _line(row: Mapping[str, object]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def latest(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """Return the last outcome of each case and repeat, in the order they first came."""
    found: dict[Key, Outcome] = {}
    for one in outcomes:
        found[(one.suite, one.case, one.repeat)] = one
    return tuple(found.values())


def recorded(suites: Sequence[Suite]) -> dict[str, SuiteRecord]:
    """Return what a record says of its suites."""
    return {
        suite.name: SuiteRecord(kind=suite.kind, path=_shown(suite.path), sha256=suite.sha256, cases=len(suite.cases))
        for suite in suites
    }


def _shown(path: Path) -> str:
    # A record is passed on: where the user's folders are is nobody's business.
    return path.name if not path.resolve().is_relative_to(Path.cwd()) else str(path.resolve().relative_to(Path.cwd()))


def write(run: Run, folder: Path) -> Path:
    """Write run.json, whole or not at all; returns its path."""
    path, part = folder / RECORD, folder / f".{RECORD}.{os.getpid()}.part"
    try:
        part.write_text(run.model_dump_json(), encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigurationError(f"cannot write {path}: {error.strerror}", "name another folder with --out") from error
    return path
