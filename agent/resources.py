"""Where content lives: personas, skills, knowledge and evals, built in or brought by a user or a project."""

import os
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["personas", "skills", "knowledge", "evals"]
PROJECT_FOLDER = ".mlwright"


@dataclass(frozen=True)
class Pack:
    """A source of content: its name and the folder that holds `personas/`, `skills/` and so on."""

    name: str
    root: Path

    @property
    def builtin(self) -> bool:
        """Whether the pack came with mlwright; only such a pack's code runs without a trust decision."""
        return self.name == "builtin"

    def folder(self, kind: Kind) -> Path:
        """Return the pack's folder for `kind`, which need not exist."""
        return self.root / kind


def builtin_pack() -> Pack:
    """Return the content that came with mlwright: inside a wheel `agent/_data`, in a checkout its top level."""
    package = Path(__file__).resolve().parent
    packed = package / "_data"
    return Pack("builtin", packed if packed.is_dir() else package.parent)


def project_root(start: Path) -> Path | None:
    """Return the nearest folder at or above `start` that holds `.mlwright/`, looking no higher than the git root."""
    for folder in (start, *start.parents):
        if (folder / PROJECT_FOLDER).is_dir():
            return folder
        if (folder / ".git").exists():
            return None
    return None


def packs(config: Path, start: Path) -> tuple[Pack, ...]:
    """Return every pack in reach, the built-in one first: built-in, the user's (`config`), the project's (above `start`)."""
    found = [builtin_pack()]
    if any((config / kind).is_dir() for kind in ("personas", "skills", "knowledge", "evals")):
        found.append(Pack("user", config))
    project = project_root(start.resolve())
    if project is not None:
        found.append(Pack("project", project / PROJECT_FOLDER))
    return tuple(found)


@contextmanager
def exclusive(path: Path) -> Generator[None]:
    """Hold an advisory lock on `path` while the block runs, waiting for whoever holds it; it dies with its holder."""
    import fcntl

    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# Control characters but for tab and line ends, characters without width, and those that turn the direction of text: none of
# them is anything to read, and a terminal obeys some. Joiners stay, which scripts and emoji need.
UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """Return a text of somebody else's without what steers a terminal or cannot be seen."""
    return UNSEEN.sub("", text)
