"""Which files of a folder can be read, and what is left aside for which reason."""

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .documents import DEFAULT, Limits, Skipped
from .encodings import NotText, decode, visible
from .formats import PACKED, is_known, suffix

INSTALLED = frozenset({"node_modules", "bower_components", "__pycache__", "__pypackages__", "site-packages", "_build"})
# Output only beside what builds it; elsewhere a folder of that name is the user's.
BUILT = frozenset({"build", "dist", "target", "out"})
BUILDERS = frozenset(
    {
        "pyproject.toml",
        "setup.py",
        "setup.cfg",
        "package.json",
        "Cargo.toml",
        "pom.xml",
        "build.gradle",
        "CMakeLists.txt",
    }
)
# Keys and their stores are text, some of them, and nothing to quote from.
SECRETS = frozenset({".pem", ".key", ".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk", ".gpg", ".asc"})
SECRET_NAMES = frozenset({"id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "credentials", "htpasswd"})
SAMPLE = 8_192
KINDS = (
    (stat.S_ISFIFO, "is a pipe"),
    (stat.S_ISSOCK, "is a socket"),
    (stat.S_ISCHR, "is a device"),
    (stat.S_ISBLK, "is a device"),
)


@dataclass(frozen=True)
class Found:
    """A file that can be read: where it is, its posix name below the root, and its bytes."""

    path: Path
    name: str
    size: int


@dataclass(frozen=True)
class Discovery:
    """What a folder holds, both in the order of names."""

    files: tuple[Found, ...]
    skipped: tuple[Skipped, ...]


@dataclass(frozen=True)
class _Unwanted(Exception):
    reason: str


def discover(root: Path, limits: Limits = DEFAULT) -> Discovery:
    """List the files at or below `root`; nothing outside it is followed, and nothing but regular files is opened."""
    files: list[Found] = []
    skipped: list[Skipped] = []
    for found in _walk(root, limits):
        if isinstance(found, Skipped):
            skipped.append(found)
        elif len(files) < limits.files:
            files.append(found)
        else:
            skipped.append(Skipped(".", f"holds more than {limits.files:,} files; the rest is not read"))
            break
    return Discovery(
        tuple(sorted(files, key=lambda file: file.name)), tuple(sorted(skipped, key=lambda item: item.path))
    )


def _walk(root: Path, limits: Limits) -> Iterator[Found | Skipped]:
    if not root.is_dir():
        yield _judged(root, root.name, root.parent.resolve(), limits)
        return
    top = root.resolve()
    folders = [(top, "")]
    seen: set[tuple[int, int]] = set()
    while folders:
        folder, name = folders.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(name or ".", f"cannot be opened: {error.strerror}")
            continue
        if (status.st_dev, status.st_ino) in seen:  # mounted within itself
            yield Skipped(name or ".", "is a folder read already")
            continue
        seen.add((status.st_dev, status.st_ino))
        yield from _folder(entries, name, top, limits, folders)


def _folder(
    entries: list[os.DirEntry[str]], folder: str, top: Path, limits: Limits, folders: list[tuple[Path, str]]
) -> Iterator[Found | Skipped]:
    """Yield the files of a folder and what is left aside; its own folders go on the stack."""
    hidden = [entry for entry in entries if entry.name.startswith(".")]
    if hidden:
        yield Skipped(folder or ".", f"holds hidden files or folders ({len(hidden)}), not read")
    names = {entry.name for entry in entries}
    below: list[tuple[Path, str]] = []
    for entry in entries:
        if entry.name.startswith("."):
            continue
        name = f"{folder}/{entry.name}" if folder else entry.name
        path = Path(entry.path)
        if not entry.is_dir(follow_symlinks=False):
            yield _judged(path, name, top, limits)
        elif reason := _left_aside(path, names):
            yield Skipped(_shown(name), reason)
        else:
            below.append((path, name))
    folders.extend(reversed(below))


def _left_aside(path: Path, beside: set[str]) -> str:
    if _shown(path.name) != path.name:
        return "has control characters in its name"
    if path.name in INSTALLED or path.suffix in {".egg-info", ".dist-info"} or _is_environment(path):
        return "holds installed packages or caches, not read"
    return "holds build output, not read" if path.name in BUILT and not BUILDERS.isdisjoint(beside) else ""


def _is_environment(path: Path) -> bool:
    try:
        return (path / "pyvenv.cfg").exists()
    except OSError:  # a folder that may not be entered is named as one when it is its turn
        return False


def _judged(path: Path, name: str, top: Path, limits: Limits) -> Found | Skipped:
    try:
        return Found(path, name, _size(path, name, top, limits))
    except _Unwanted as unwanted:
        return Skipped(_shown(name), unwanted.reason)
    except OSError as error:
        return Skipped(_shown(name), f"cannot be opened: {error.strerror}")


def _size(path: Path, name: str, top: Path, limits: Limits) -> int:
    """Return a file's size; raises _Unwanted when it is not to be read."""
    if _shown(name) != name:
        raise _Unwanted("has control characters in its name")
    if suffix(name) in SECRETS or path.name in SECRET_NAMES:
        raise _Unwanted("may hold a key or password")
    status = _followed(path, top)
    kind = next((reason for test, reason in KINDS if test(status.st_mode)), "")
    if kind or not stat.S_ISREG(status.st_mode):
        raise _Unwanted(kind or "is not a regular file")
    if not status.st_size:
        raise _Unwanted("is empty")
    limit = limits.file_bytes if suffix(name) in PACKED else limits.text_bytes
    if status.st_size > limit:
        raise _Unwanted(f"is larger than {limit / 1e6:g} MB")
    if not os.access(path, os.R_OK):
        raise _Unwanted("may not be opened: no permission")
    if not is_known(name) and not _is_text(path):
        raise _Unwanted(f"is in a binary format that is not read ({suffix(name) or 'no suffix'})")
    return status.st_size


def _followed(path: Path, top: Path) -> os.stat_result:
    if not path.is_symlink():
        return path.stat()
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # a loop is one or the other
        raise _Unwanted("is a link that leads nowhere") from error
    if not target.is_relative_to(top):
        raise _Unwanted("is a link that leads out of the folder")
    if target.is_dir():
        raise _Unwanted("is a link to a folder that is read where it stands")
    return target.stat()


def _is_text(path: Path) -> bool:
    with path.open("rb") as stream:
        sample = stream.read(SAMPLE)
    # A sample that is not the whole file may end within a character.
    for cut in range(4 if len(sample) == SAMPLE else 1):
        try:
            decode(sample[: len(sample) - cut])
        except NotText:
            continue
        return True
    return False


def _shown(name: str) -> str:
    return visible(name).replace("\n", "").replace("\t", "")
