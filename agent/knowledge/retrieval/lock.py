"""One writer at a time: a lock of the operating system that dies with its holder, and a note of who that is."""

import fcntl
import json
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from .errors import Locked

PAUSE = 0.05


@contextmanager
def writing(path: Path, wait: float, told: Callable[[str], None]) -> Generator[None]:
    """Hold the lock file `path`; waits for at most `wait` seconds, telling once for whom, and raises Locked after.

    The lock is flock's: it holds between processes of one machine, and on network file systems only where they offer it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _acquire(descriptor, path, wait, told)
        note = {
            "pid": os.getpid(),
            "command": " ".join(sys.argv)[:200],
            "since": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        }
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(note).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _acquire(descriptor: int, path: Path, wait: float, told: Callable[[str], None]) -> None:
    start, said = time.monotonic(), False
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() - start >= wait:
                raise Locked(
                    f"the index is being written by {holder(path)}", "wait until it has finished, then try again"
                ) from error
            if not said:
                told(f"waiting for {holder(path)}, who is writing the index")
                said = True
            time.sleep(PAUSE)
        else:
            return


def holder(path: Path) -> str:
    """Return who noted last that it holds the lock."""
    try:
        note = cast("dict[str, object]", json.loads(path.read_bytes()))
        return f"process {note['pid']} ({note['command']}) since {note['since']}"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"
