"""What goes to the terminal: results to stdout, everything else to stderr.

JSON, colour and progress are in one place each.
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from agent.errors import BadRequest, MlwrightError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from agent.proof.progress import Progress

MAX_CHARACTERS = 100_000
PAINT: Mapping[str, str] = {
    "PASS": "green", "FAIL": "red", "MISSING": "yellow", "CONFLICT": "red", "UNKNOWN": "bright_black", "N/A": "bright_black",
    "verified": "green", "unverified": "yellow", "failed": "red", "route": "green", "ask": "yellow", "decline": "yellow",
    "new": "green", "replaced": "cyan", "edited": "yellow", "same": "bright_black",
}  # fmt: skip


def say(text: str = "", *, bold: bool = False, colour: str | None = None) -> None:
    """Print a line of the result."""
    click.echo(click.style(text, bold=bold, fg=colour) if bold or colour else text, color=colours())


def note(text: str) -> None:
    """Print a line that is not the result."""
    click.echo(text, err=True, color=colours(sys.stderr.isatty()))


def colours(terminal: bool | None = None) -> bool:
    """Whether to colour: on a terminal, unless NO_COLOR is set."""
    return not os.environ.get("NO_COLOR") and (sys.stdout.isatty() if terminal is None else terminal)


def painted(word: str) -> str:
    """Return a status word in its colour."""
    return click.style(word, fg=PAINT.get(word)) if colours() else word


def write_json(value: "BaseModel | Mapping[str, object] | Sequence[object]") -> None:
    """Print a value as JSON on stdout."""
    click.echo(json.dumps(plain(value), ensure_ascii=False, indent=2))


def plain(value: object) -> object:
    """Return a value with the pydantic models in it turned into what JSON holds."""
    from pydantic_core import to_jsonable_python

    return to_jsonable_python(value)


def request_text(text: str) -> str:
    """Return the request, read from stdin when it is `-`; raises BadRequest when it is empty, too long or not text."""
    if text == "-":
        raw = sys.stdin.buffer.read(4 * MAX_CHARACTERS + 1)
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            if len(raw) > 4 * MAX_CHARACTERS:
                raise _too_long() from error
            raise BadRequest(
                "the request on stdin is not UTF-8 text",
                "send plain text, for example: echo 'deploy my model' | mlwright ask -",
            ) from error
    if len(text) > MAX_CHARACTERS:
        raise _too_long()
    if "\0" in text:
        raise BadRequest("the request holds null bytes: it is not text", "send plain text")
    if not text.strip():
        raise BadRequest(
            "the request is empty", "say what you want done, for example: mlwright ask 'deploy my model behind an API'"
        )
    return text.strip()


def _too_long() -> BadRequest:
    return BadRequest(
        f"the request is longer than {MAX_CHARACTERS:,} characters",
        "describe the task; a document belongs in a file, not in the request",
    )


def fail(error: MlwrightError) -> None:
    """Print an error and its hint on stderr."""
    click.echo(
        click.style("error: ", fg="red", bold=True) + error.message, err=True, color=colours(sys.stderr.isatty())
    )
    if error.hint:
        click.echo(click.style("hint: ", fg="cyan") + error.hint, err=True, color=colours(sys.stderr.isatty()))


class Ticker:
    """Progress on stderr: one line that is rewritten on a terminal, one line a step elsewhere."""

    def __init__(self, quiet: bool = False) -> None:
        self.quiet = quiet
        self.started = time.monotonic()
        self.last = ""
        self.wide = 0

    @property
    def terminal(self) -> bool:
        """Whether the line is rewritten."""
        return sys.stderr.isatty()

    def __call__(self, progress: "Progress") -> None:
        """Show a step."""
        if self.quiet:
            return
        count = f" {progress.done}/{progress.total}" if progress.done is not None and progress.total else ""
        line = f"{progress.step}{count}{f' ({progress.detail})' if progress.detail else ''}"
        if self.terminal:
            self._rewrite(line)
        elif progress.step != self.last:
            click.echo(f"... {line}", err=True)
        self.last = progress.step

    def _rewrite(self, line: str) -> None:
        shown = f"  {line}  {time.monotonic() - self.started:.0f}s"[: shutil.get_terminal_size().columns - 1]
        click.echo("\r" + shown.ljust(self.wide), err=True, nl=False)
        self.wide = len(shown)

    def close(self) -> None:
        """Clear the line."""
        if self.wide and sys.stderr.isatty():
            click.echo("\r" + " " * self.wide + "\r", err=True, nl=False)
            self.wide = 0
