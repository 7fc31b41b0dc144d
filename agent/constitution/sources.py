"""The files of a project that can be judged: walked without following links, read without trusting their size or kind."""

import os
import stat
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import Literal

from agent.constitution.model import Skipped

Kind = Literal["python", "yaml", "docker", "text"]
Role = Literal["product", "sample", "test"]

MAX_BYTES = 1_000_000
PRUNED = frozenset(
    {
        "node_modules",
        "site-packages",
        "dist-packages",
        "build",
        "dist",
        "venv",
        "env",
        "virtualenv",
        "htmlcov",
        "__pycache__",
        "wheels",
        "eggs",
    }
)
TESTS = frozenset({"test", "tests", "testing", "testdata", "test_data", "fixtures", "testfiles", "e2e"})
SAMPLES = frozenset(
    {
        "docs",
        "doc",
        "docs_src",
        "example",
        "examples",
        "sample",
        "samples",
        "tutorial",
        "tutorials",
        "notebook",
        "notebooks",
        "benchmark",
        "benchmarks",
        "cookbook",
    }
)
TEXT = frozenset(
    [
        ".cfg",
        ".conf",
        ".csv",
        ".env",
        ".go",
        ".hcl",
        ".html",
        ".ini",
        ".ipynb",
        ".java",
        ".js",
        ".json",
        ".jsx",
        ".kt",
        ".md",
        ".properties",
        ".ps1",
        ".r",
        ".rs",
        ".rst",
        ".sh",
        ".sql",
        ".tf",
        ".tfvars",
        ".toml",
        ".ts",
        ".tsx",
        ".txt",
        ".xml",
        ".pem",
        ".key",
        ".in",
    ]
)
TEXT_NAMES = frozenset(
    {"Makefile", "Procfile", "Jenkinsfile", "Pipfile", "poetry.lock", "uv.lock", "pdm.lock", "id_rsa", "id_ed25519"}
)
TEMPLATES = (".jinja", ".jinja2", ".j2", ".tmpl", ".tpl", ".template", ".mustache")


@dataclass(frozen=True)
class Source:
    """A file: its path relative to the project with forward slashes, what it is, what part it plays, and its bytes."""

    path: str
    kind: Kind
    role: Role
    content: bytes

    @property
    def text(self) -> str:
        """Return the content as UTF-8; what is not UTF-8 is replaced."""
        return self.content.decode("utf-8-sig", errors="replace")

    @property
    def name(self) -> str:
        """Return the file's name."""
        return PurePosixPath(self.path).name


def paths(root: Path) -> tuple[list[Path], list[Skipped]]:
    """Return the files worth reading at or below `root`, sorted, and the folders that cannot be read.

    Links to folders, hidden folders and installed packages are left out.
    """
    if root.is_file():
        return [root], []
    found: list[Path] = []
    closed: list[Skipped] = []

    def refused(problem: OSError) -> None:
        name = Path(str(problem.filename)).relative_to(root).as_posix()
        closed.append(Skipped(path=printable(name), reason=f"cannot be read: {problem.strerror}"))

    for folder, folders, files in os.walk(root, onerror=refused):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _pruned(here / name))
        found += [here / name for name in sorted(files) if kind(name) is not None and not _ignored(root, here, name)]
    return found, closed


def read(root: Path, path: Path) -> Source | Skipped | None:
    """Read one file of `root`: a Source, why it was skipped, or None for what is skipped in silence (a link that stays inside)."""
    base = root.parent if root.is_file() else root
    relative = printable(path.relative_to(base).as_posix())
    try:
        if path.is_symlink() and path != root:
            inside = path.resolve().is_relative_to(base.resolve())
            return None if inside else Skipped(path=relative, reason="a link that leaves the project")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Skipped(path=relative, reason="not a regular file")
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, RuntimeError) as problem:
        return Skipped(
            path=relative, reason=f"cannot be read: {getattr(problem, 'strerror', None) or 'a loop of links'}"
        )
    if len(content) > MAX_BYTES:
        return Skipped(path=relative, reason=f"larger than {MAX_BYTES:,} bytes")
    if b"\0" in content:
        return Skipped(path=relative, reason="binary")
    return Source(relative, kind(path.name) or "text", role(relative), content)


def kind(name: str) -> Kind | None:
    """Return what a file is by its name; None for what is never read."""
    lower = name.lower()
    if lower.endswith(TEMPLATES):
        return None
    if lower.endswith((".py", ".pyw")):
        return "python"
    if lower.endswith((".yaml", ".yml")):
        return "yaml"
    if (
        lower in {"dockerfile", "containerfile"}
        or lower.startswith(("dockerfile.", "containerfile."))
        or lower.endswith((".dockerfile", ".containerfile"))
    ):
        return "docker"
    if PurePosixPath(lower).suffix in TEXT or name in TEXT_NAMES or lower == ".env" or lower.startswith(".env."):
        return "text"
    return None


def role(relative: str) -> Role:
    """Return what part a file plays: tests prove the product, samples explain it."""
    *folders, name = PurePosixPath(relative.lower()).parts
    if (
        TESTS.intersection(folders)
        or name.startswith(("test_", "tests_"))
        or name in {"conftest.py", "tests.py", "testing.py", "_testing.py"}
        or PurePosixPath(name).stem.endswith(("_test", "_tests", ".test", ".spec"))
    ):
        return "test"
    return "sample" if SAMPLES.intersection(folders) else "product"


def printable(text: str, limit: int = 400) -> str:
    """Return `text` on one line, cut at `limit`, with what no terminal or JSON should be given replaced."""
    shown = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[: limit + 1]
    )
    return shown if len(shown) <= limit else shown[:limit] + "\N{HORIZONTAL ELLIPSIS}"


def _pruned(folder: Path) -> bool:
    name = folder.name
    return (
        name.startswith(".")
        or name in PRUNED
        or name.endswith((".egg-info", ".dist-info"))
        or folder.is_symlink()
        or (folder / "pyvenv.cfg").is_file()
    )


def _ignored(root: Path, folder: Path, name: str) -> bool:
    """Whether git ignores an environment file: there a secret is where it belongs."""
    if not name.lower().startswith(".env"):
        return False
    return any(
        _names(place / ".gitignore", name)
        for place in (folder, *folder.parents)
        if place == root or place.is_relative_to(root)
    )


def _names(gitignore: Path, name: str) -> bool:
    try:
        lines = gitignore.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    return any(
        fnmatch(name, line.strip().lstrip("/").removeprefix("**/"))
        for line in lines
        if line.strip() and not line.startswith(("#", "!"))
    )
