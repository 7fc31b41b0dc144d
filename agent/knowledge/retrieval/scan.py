"""What of some folders changed since they were indexed: files are compared by size and time, then by content, then read."""

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .loaders import Limits, discover, read
from .loaders.documents import Skipped, Unreadable
from .passages import Passage, Size, split

# A file written in the same moment in which it was looked at may have changed after: its content is compared next time.
RACY_NS = 2_000_000_000


@dataclass(frozen=True)
class Source:
    """A folder or file that is indexed; its documents are named `name/...`, or as they are when it has no name."""

    name: str
    root: str


@dataclass(frozen=True)
class Seen:
    """A file as it was indexed; `first` and `count` say which rows of the state its passages are."""

    size: int
    mtime_ns: int
    sha256: str
    first: int = 0
    count: int = 0


@dataclass
class Scan:
    """What a look at the sources found, by name: files as before, files with their new passages, and files left out."""

    same: dict[str, Seen] = field(default_factory=dict[str, Seen])
    fresh: dict[str, tuple[Seen, list[Passage]]] = field(default_factory=dict[str, "tuple[Seen, list[Passage]]"])
    skipped: list[Skipped] = field(default_factory=list[Skipped])


def scan(
    sources: Sequence[Source],
    known: Mapping[str, Seen],
    size: Size,
    limits: Limits,
    tell: Callable[[int, int], None],
) -> Scan:
    """Compare the sources with what is `known` of their files and read what is new; `tell` is given files done and all."""
    result = Scan()
    found = list(_found(sources, limits, result.skipped))
    for done, (name, path) in enumerate(found):
        tell(done, len(found))
        try:
            before = known.get(name)
            seen = _looked_at(path, before)
            if before is not None and seen.sha256 == before.sha256:
                result.same[name] = Seen(seen.size, seen.mtime_ns, seen.sha256, before.first, before.count)
            else:
                result.fresh[name] = (seen, split(read(path, name, limits), size, project(name)))
        except Unreadable as error:
            result.skipped.append(Skipped(name, error.reason))
        except OSError as error:
            result.skipped.append(Skipped(name, f"cannot be read: {error.strerror}"))
    tell(len(found), len(found))
    return result


def _found(sources: Sequence[Source], limits: Limits, skipped: list[Skipped]) -> Iterator[tuple[str, Path]]:
    for source in sources:
        root = Path(source.root)
        discovery = discover(root, limits)
        before = f"{source.name}/" if source.name else ""
        skipped += (Skipped(before + left.path, left.reason) for left in discovery.skipped)
        for file in discovery.files:
            yield before + file.name, file.path


def project(name: str) -> str:
    """Return what a document's folders say of it: "django > faq" of django/faq/install.rst."""
    return " > ".join(name.split("/")[:-1])


def _looked_at(path: Path, before: Seen | None) -> Seen:
    status = path.stat()
    if before is not None and (status.st_size, status.st_mtime_ns) == (before.size, before.mtime_ns):
        return before
    with path.open("rb") as stream:
        status = os.fstat(stream.fileno())
        sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
    return Seen(status.st_size, status.st_mtime_ns, sha256)


def settled(seen: Seen, now_ns: int) -> Seen:
    """Return what to keep of a file looked at `now_ns`: no time for one that was written a moment ago."""
    return Seen(seen.size, 0, seen.sha256, seen.first, seen.count) if now_ns - seen.mtime_ns < RACY_NS else seen
