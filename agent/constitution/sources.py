"""The files of a project that can be judged: walked without following links, read without trusting their size or kind."""

import os
import stat
from collections.abc import Iterator
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


def paths(root: Path) -> list[Path]:
    """Return the files worth reading at or below `root`, sorted; links, hidden folders and installed packages are left out."""
    if root.is_file():
        return [root]
    found: list[Path] = []
    for folder, folders, files in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _pruned(here / name))
        found += [here / name for name in sorted(files) if kind(name) is not None and not _ignored(root, here, name)]
    return found


def read(root: Path, path: Path) -> Source | Skipped | None:
    """Read one file of `root`: a Source, why it was skipped, or None for what is skipped in silence (a link that stays inside)."""
    base = root.parent if root.is_file() else root
    relative = path.relative_to(base).as_posix()
    try:
        if path.is_symlink() and path != root:
            inside = path.resolve().is_relative_to(base.resolve())
            return None if inside else Skipped(path=relative, reason="a link that leaves the project")
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return Skipped(path=relative, reason="not a regular file")
        if status.st_size > MAX_BYTES:
            return Skipped(path=relative, reason=f"larger than {MAX_BYTES:,} bytes")
        content = path.read_bytes()
    except (OSError, RuntimeError) as problem:
        return Skipped(
            path=relative, reason=f"cannot be read: {getattr(problem, 'strerror', None) or 'a loop of links'}"
        )
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


class LocalNames:
    """The import names that are the project's own, so that they are not taken for the public package of that name."""

    def __init__(self, root: Path, found: list[Path]) -> None:
        self._base = root.parent if root.is_file() else root
        self._roots: set[str] = {self._base.name} if (self._base / "__init__.py").is_file() else set()
        self._scripts: dict[str, set[str]] = {}
        packages = {path.parent for path in found if path.name == "__init__.py"}
        for path in found:
            if path.suffix == ".py":
                relative = path.relative_to(self._base)
                self._roots |= set(_root_names(relative.parts))
                if path.parent not in packages:
                    self._scripts.setdefault(relative.parent.as_posix(), set()).add(path.stem)

    def near(self, relative: str) -> frozenset[str]:
        """Return the names that are local to a file: the project's roots, and for a script what lies beside it."""
        return frozenset(self._roots | self._scripts.get(PurePosixPath(relative).parent.as_posix(), set()))


def _root_names(parts: tuple[str, ...]) -> Iterator[str]:
    for tail in (parts, parts[1:] if parts[0] in {"src", "lib", "python"} else ()):
        match tail:
            case (name,):
                yield name.removesuffix(".py")
            case (name, "__init__.py"):
                yield name
            case _:
                pass


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
