"""The parent's side of a skill's child process."""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from agent import errors
from agent.errors import MlwrightError
from agent.proof.command import clean_environment, stop_group
from agent.skills.contract import Message, Request

LOG_TAIL = 4000
CLOSING_SECONDS = 10


def messages(request: Request, log: Path) -> Iterator[Message]:
    """Run `request` in a child and yield its messages as they come, up to but without the closing one.

    stdout and stderr of the child go to `log`. However this generator ends (the child's end, an error, Ctrl-C, the
    caller closing it), the child's whole process group is gone afterwards: SIGTERM, then SIGKILL after two seconds.
    Raises the child's own MlwrightError, or a plain one when the child dies without a word.
    """
    with _child(log) as (process, stream):
        assert process.stdin is not None
        process.stdin.write(request.model_dump_json().encode() + b"\n")
        process.stdin.flush()
        for line in stream:
            message = Message.model_validate_json(line)
            if message.type == "failed":
                raise _error(message)
            if message.type == "done":
                process.wait(CLOSING_SECONDS)
                return
            yield message
        process.wait()
    raise MlwrightError(f"the skill's process ended with exit code {process.returncode} and no answer:\n{tail(log)}")


@contextmanager
def _child(log: Path) -> Generator[tuple["subprocess.Popen[bytes]", IO[str]]]:
    read_end, write_end = os.pipe()
    with log.open("ab") as printed, os.fdopen(read_end, encoding="utf-8") as stream:
        try:
            process = subprocess.Popen(
                [sys.executable, "-I", "-m", "agent.skills.child", str(write_end)],
                cwd=tempfile.gettempdir(),
                env=clean_environment(),
                stdin=subprocess.PIPE,
                stdout=printed,
                stderr=printed,
                pass_fds=(write_end,),
                start_new_session=True,
            )
        finally:
            os.close(write_end)
        try:
            yield process, stream
        finally:
            stop_group(process)
            if process.stdin is not None:
                with contextlib.suppress(BrokenPipeError):
                    process.stdin.close()


def _error(message: Message) -> MlwrightError:
    kind = getattr(errors, str(message.data.get("error")), MlwrightError)
    if not (isinstance(kind, type) and issubclass(kind, MlwrightError)) or issubclass(kind, errors.ContentError):
        kind = MlwrightError
    return kind(str(message.data.get("message")), str(message.data.get("hint", "")))


def tail(log: Path) -> str:
    """Return the end of a child's log."""
    return log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
