"""Where the checks run: the project, the Python that runs it, the model it is compared with."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.api import (
    Completed,
    Report,
    Server,
    run,
    serve,
)

from .subject import Subject

START_SECONDS = 60.0


@dataclass(frozen=True)
class Bench:
    """A written project, the Python that runs it, a folder for logs, and the model and rows it is compared on."""

    project: Path
    python: str
    scratch: Path
    subject: Subject
    report: Report

    def run(self, *arguments: str, timeout: float, environment: Mapping[str, str] | None = None) -> Completed:
        """Run this Python with `arguments` in the project, and wait."""
        return run((self.python, *arguments), self.project, timeout, environment)

    def command(self, port: int, **settings: str) -> tuple[str, ...]:
        """Return the command the README names, with its settings before it."""
        variables = [f"{name}={value}" for name, value in {"PORT": str(port), **settings}.items()]
        return ("env", *variables, self.python, "-m", "service")

    @contextmanager
    def serve(self, **settings: str) -> Generator[Server]:
        """Serve on a free port while the block runs; raises Refused when the service does not get ready."""
        log = self.scratch / "service.log"
        with serve(
            lambda port: list(self.command(port, **settings)), self.project, log, "/ready", START_SECONDS
        ) as server:
            yield server
