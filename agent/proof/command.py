"""Run a command in a process group of its own, bounded in time, with what it printed kept."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 2.0


@dataclass(frozen=True)
class Completed:
    """What a command did; `exit_code` is negative when a signal ended it, and `timed_out` says that we did."""

    command: tuple[str, ...]
    exit_code: int
    seconds: float
    output: str
    timed_out: bool = False


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a child: enough to run Python, none of the caller's secrets or Python switches."""
    kept = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
    found = {name: os.environ[name] for name in kept if name in os.environ}
    return found | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"} | dict(extra or {})


def run(command: Sequence[str], cwd: Path, timeout: float, environment: Mapping[str, str] | None = None) -> Completed:
    """Run `command` in `cwd` and wait, at most `timeout` seconds; output is stdout and stderr as they came.

    The child does not leave this process's group, so that whoever stops us stops it too; past the timeout it gets
    SIGTERM, and SIGKILL two seconds later.
    """
    started = time.monotonic()
    with subprocess.Popen(
        list(command),
        cwd=cwd,
        env=clean_environment(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        try:
            output, _ = process.communicate(timeout=timeout)
            timed_out = False
        except subprocess.TimeoutExpired:
            timed_out = True
            stop(process)
            output, _ = process.communicate()
        except BaseException:
            stop(process)
            raise
    return Completed(tuple(command), process.returncode, time.monotonic() - started, output, timed_out)


def stop(process: "subprocess.Popen[str]", grace: float = GRACE_SECONDS) -> None:
    """End a process: SIGTERM, then SIGKILL after `grace` seconds; returns once it is gone."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def stop_group(process: "subprocess.Popen[bytes]", grace: float = GRACE_SECONDS) -> None:
    """End a process that leads its group, and whatever is left of the group.

    The group gets SIGTERM and the leader `grace` seconds to go; then the group gets SIGKILL.
    """
    if process.poll() is None:
        _signal_group(process.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    _signal_group(process.pid, signal.SIGKILL)
    process.wait()


def _signal_group(group: int, sign: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, sign)
