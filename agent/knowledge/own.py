"""The user's own documents: which folders are indexed, and what is done to their index."""

import hashlib
import re
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.errors import BadRequest, ConfigurationError, MissingDependency, UnknownName
from agent.knowledge.retrieval import store
from agent.knowledge.retrieval.collection import Collection, Health
from agent.knowledge.retrieval.errors import Damaged, RetrievalError
from agent.knowledge.retrieval.scan import Source
from agent.knowledge.retrieval.sidecar import Sidecar
from agent.knowledge.retrieval.sync import Encoder, Work
from agent.knowledge.retrieval.sync import Report as Synced
from agent.proof.progress import Progress, Report

RESERVED = {"builtin", "user", "project"}
MINUTES = 90  # from so many seconds on, the time left is told in minutes
REPAIR = "mlwright knowledge doctor --repair"
LISTING = "mlwright knowledge list"


@contextmanager
def told() -> Generator[None]:
    """Turn what goes wrong in the index into an error of mlwright's."""
    try:
        yield
    except Damaged as error:
        raise ConfigurationError(error.message, REPAIR) from error
    except RetrievalError as error:
        raise ConfigurationError(error.message, error.hint) from error


@dataclass(frozen=True)
class Own:
    """The index of the user's documents: a project's own where there is a project, else the user's."""

    collection: Collection
    encoder: Encoder | None
    report: Report

    def opened(self) -> Sidecar | None:
        """Open it for searching; one that cannot be used is told of, and left out."""
        try:
            found = self.collection.opened()
        except (Damaged, OSError) as error:
            self.report(Progress(step=f"your documents are left out: {error}; look with: mlwright knowledge doctor"))
            return None
        if found is not None and found.meta.encoder != self._work.name:
            made = found.meta.encoder or "words alone"
            self.report(
                Progress(step=f"your documents are left out: indexed with {made}; mend with: mlwright knowledge sync")
            )
            return None
        return found

    def sources(self) -> tuple[Source, ...]:
        """Return what is indexed."""
        with told():
            return self.collection.sources

    def add(self, path: Path, name: str | None) -> Synced:
        """Index a folder or a file beside what is indexed; raises BadRequest when it is not there or is indexed already."""
        root = path.expanduser().resolve()
        if not root.exists():
            raise BadRequest(f"{path} is not there", "name a folder or a file to index")
        before = self.sources()
        for source in before:
            if root == Path(source.root) or root.is_relative_to(source.root):
                raise BadRequest(
                    f"{path} is indexed already, as {source.name}", "bring it up to date with: mlwright knowledge sync"
                )
        return self._synced([*before, Source(named(root, name, {source.name for source in before}), str(root))])

    def remove(self, name: str) -> Synced:
        """Take a source out of the index; its files stay where they are."""
        before = self.sources()
        if name not in {source.name for source in before}:
            raise UnknownName.of("source", name, (source.name for source in before), LISTING)
        return self._synced([source for source in before if source.name != name])

    def sync(self) -> Synced:
        """Bring the index up to date."""
        sources = self.sources()
        if not sources:
            raise BadRequest("no documents of yours are indexed", "mlwright knowledge add FOLDER")
        return self._synced(sources)

    def examine(self) -> Health:
        """Compare store and search."""
        with told():
            return self.collection.examine(self._work)

    def repair(self) -> Synced:
        """Make the index anew."""
        with told():
            return self.collection.repair(self._work)

    def _synced(self, sources: Iterable[Source]) -> Synced:
        if not store.available():
            raise MissingDependency.of("chromadb", "knowledge", "an index of your own documents")
        with told():
            return self.collection.sync(list(sources), self._work)

    @property
    def _work(self) -> Work:
        return Work(self.encoder, tell=Teller(self.report))


class Teller:
    """Tells how far a step is, how fast it goes and how long it will take."""

    def __init__(self, report: Report) -> None:
        self.report = report
        self.step = ""
        self.start = 0.0

    def __call__(self, step: str, done: int, total: int) -> None:
        """Tell a step."""
        now = time.monotonic()
        if step != self.step:
            self.step, self.start = step, now
        if not total:
            self.report(Progress(step=step))
            return
        passed = now - self.start
        detail = ""
        if done and passed > 1:
            left = (total - done) * passed / done
            detail = (
                f"{done / passed:,.0f} a second, {f'{left:.0f} s' if left < MINUTES else f'{left / 60:.0f} min'} left"
            )
        self.report(Progress(step=step, done=done, total=total, detail=detail))


def named(root: Path, name: str | None, taken: set[str]) -> str:
    """Return the name a source gets: the one asked for, else its file's; raises BadRequest for one that cannot be had."""
    wanted = name or re.sub(r"[^\w.-]+", "-", root.name).strip("-.") or "documents"
    if not re.fullmatch(r"\w[\w.-]{0,60}", wanted):
        raise BadRequest(f"{wanted!r} cannot be a source's name", "use letters, digits, dots and dashes")
    if name and wanted in taken | RESERVED:
        raise BadRequest(f"the name {wanted!r} is taken", "choose another with --name")
    found, number = wanted, 2
    while found in taken | RESERVED:
        found, number = f"{wanted}-{number}", number + 1
    return found


def folder(state: Path, project: Path | None) -> Path:
    """Return where the index lives: one for each project, one for what is outside of any."""
    if project is None:
        return state / "knowledge" / "user"
    digest = hashlib.sha256(str(project).encode()).hexdigest()[:12]
    return state / "knowledge" / f"{re.sub(r'[^A-Za-z0-9]+', '-', project.name).strip('-')[:40]}-{digest}"
