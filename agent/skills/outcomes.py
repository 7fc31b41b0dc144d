"""Checks that every generated Python project is put to, whatever skill wrote it, and what a check found."""

import os
import re
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.errors import MissingDependency
from agent.proof.command import Completed, run
from agent.proof.evidence import Evidence, Value, machine, now, sha256_text
from agent.proof.progress import Progress, Report
from agent.proof.server import Server
from agent.skills.pins import absent, pinned, requirements

INSTALL_SECONDS = 1800.0
RUN_SECONDS = 600.0
STOP_SECONDS = 10.0
TOLD = 2000
NO_PLUGINS = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
# What pip may need to reach its index; nothing else that runs is given them.
PIP_VARIABLES = ("PIP_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_", "REQUESTS_CA_BUNDLE")
COMPILES, PASSES, STOPS = (
    "every Python file compiles",
    "the project's own tests pass",
    "SIGTERM ends the service, cleanly and soon",
)


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

    def evidence(self, skill: str) -> Evidence:
        """Return it as Evidence; a check that has a tolerance is a timed one."""
        return Evidence(
            claim=self.claim,
            skill=skill,
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


def of_run(check: str, claim: str, done: Completed, passed: bool, summary: str, values: Mapping[str, Value]) -> Outcome:
    """Return the outcome of a check that ran one command; what the command wrote is told when it did not pass."""
    detail = "" if passed else done.output[-TOLD:]
    return Outcome(check, claim, passed, done.command, summary, done.seconds, values, done.exit_code, detail)


def failed(checks: Iterable[tuple[str, str]], command: tuple[str, ...], why: str) -> Iterator[Outcome]:
    """Return each check, by name and claim, as failed: the first for the reason given, the others as not reached."""
    for place, (check, claim) in enumerate(checks):
        yield Outcome(check, claim, False, command, "not run", 0.0, {}, detail="not reached" if place else why)


def installed(project: Path, report: Report, unpinned: Sequence[str] = ()) -> tuple[str, Outcome]:
    """Make `.venv` in the project and install what its requirements pin; returns its Python and what pip did.

    `unpinned` are pip's arguments for what is installed apart, such as a package without what it asks for.
    """
    report(Progress(step="installing the pinned packages"))
    python = str(project.resolve() / ".venv" / "bin" / "python")
    done = run((sys.executable, "-m", "venv", ".venv"), project, INSTALL_SECONDS)
    seconds = done.seconds
    pip = (python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
    files = [part for path in requirements(project) for part in ("-r", path.name)]
    for arguments in filter(None, (files, unpinned)):
        if done.exit_code == 0:
            done = run((*pip, *arguments), project, INSTALL_SECONDS, _pip_environment())
            seconds += done.seconds
    lines = pinned(project)
    claim = f"the {len(lines)} pinned packages install in an empty environment"
    summary = "\n".join([*lines, f"exit code {done.exit_code}"])
    detail = "" if done.exit_code == 0 else done.output[-TOLD:]
    values = {"packages": len(lines)}
    return python, Outcome(
        "install", claim, done.exit_code == 0, done.command, summary, seconds, values, done.exit_code, detail
    )


def _pip_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.upper().startswith(PIP_VARIABLES)}


def current(project: Path) -> str:
    """Return this Python when it has every package the project pins; raises MissingDependency naming those it lacks."""
    if lacking := absent(pinned(project)):
        raise MissingDependency(
            f"this Python does not have what the project pins: {', '.join(lacking)}",
            "verify in an environment made for it: --set install=true",
        )
    return sys.executable


def compiled(python: str, project: Path, scratch: Path, folders: Sequence[str]) -> Outcome:
    """Compile the project's scripts and its Python below `folders`; nothing is written to the project."""
    scripts = sorted(path.name for path in project.glob("*.py"))
    below = (path for folder in folders for path in sorted((project / folder).rglob("*.py")))
    files = [*scripts, *(path.relative_to(project).as_posix() for path in below)]
    cache = f"pycache_prefix={scratch / 'pycache'}"
    done = run((python, "-X", cache, "-m", "compileall", "-q", *scripts, *folders), project, RUN_SECONDS)
    summary = "\n".join([*files, f"exit code {done.exit_code}"])
    return of_run("compile", COMPILES, done, done.exit_code == 0 and bool(files), summary, {"files": len(files)})


def own_tests(python: str, project: Path) -> Outcome:
    """Run the project's tests, with no plugin but the one they need."""
    arguments = ("-m", "pytest", "-q", "-p", "anyio.pytest_plugin", "-p", "no:cacheprovider")
    done = run((python, *arguments), project, RUN_SECONDS, NO_PLUGINS)
    counts = {
        name: int(found[1]) if (found := re.search(rf"(\d+) {name}", done.output)) else 0
        for name in ("passed", "failed")
    }
    passed = done.exit_code == 0 and counts["passed"] > 0
    summary = f"{counts['passed']} passed, {counts['failed']} failed, exit code {done.exit_code}"
    return of_run("tests", PASSES, done, passed, summary, {"passed": counts["passed"]})


def shutdown(server: Server, command: tuple[str, ...]) -> Outcome:
    """Send SIGTERM to a server this process started, and wait for its end."""
    started = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    code = _exit_code(server.pid, started + STOP_SECONDS)
    detail = "" if code == 0 else f"still running after {STOP_SECONDS:g} s" if code is None else server.tail()
    seconds = time.monotonic() - started
    ended, values = f"exit code {code}", {"exit_code": code}
    return Outcome("shutdown", STOPS, code == 0, command, ended, seconds, values, 1 if code is None else code, detail)


def _exit_code(pid: int, deadline: float) -> int | None:
    """Wait for a child of this process and return its exit code; None when it is still running at `deadline`."""
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.02)
    return None
