"""Where the checks run: the project, the Python that runs it, an index in scratch."""

import http.client
import json
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

from agent.api import (
    Answer,
    Completed,
    Report,
    Server,
    run,
    serve,
)

from .parameters import Build

START_SECONDS = 120.0
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Bench:
    """A written project, the Python that runs it, a folder for logs and indices, the documents, and the parameters."""

    project: Path
    python: str
    scratch: Path
    documents: Path
    settings: Build
    report: Report

    @property
    def index(self) -> Path:
        """The index of the user's documents; the project itself is left as it was written."""
        return self.scratch / "index"

    def command(
        self, *arguments: str, index: Path | None = None, settings: Mapping[str, str] = NONE
    ) -> tuple[str, ...]:
        """Return the command the README names, with its settings before it."""
        variables = [f"{name}={value}" for name, value in {"INDEX": str(index or self.index), **settings}.items()]
        return ("env", *variables, self.python, *arguments)

    def run(
        self,
        *arguments: str,
        timeout: float,
        index: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run this Python with `arguments` in the project, and wait."""
        return run(self.command(*arguments, index=index), self.project, timeout, environment)

    @contextmanager
    def serve(self, index: Path | None = None, settings: Mapping[str, str] = NONE) -> Generator[Server]:
        """Serve on a free port while the block runs; raises Refused when the service does not get ready."""
        log = self.scratch / "service.log"
        with serve(
            lambda port: list(self.command("-m", "service", index=index, settings={"PORT": str(port), **settings})),
            self.project,
            log,
            "/ready",
            START_SECONDS,
        ) as server:
            yield server


def asked(server: Server, question: str, **more: object) -> dict[str, object]:
    """Ask a running service; returns its answer as it came, empty when it was none."""
    answer = server.request("POST", "/query", json.dumps({"question": question, **more}).encode(), timeout=30)
    try:
        found: object = json.loads(answer.body)
    except ValueError:
        return {}
    return cast("dict[str, object]", found) if isinstance(found, dict) else {}


def with_key(server: Server, key: str | None, body: bytes) -> Answer:
    """POST a question with an API key, or without one."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    try:
        connection.request("POST", "/query", body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.read(), 0.0)
    finally:
        connection.close()
