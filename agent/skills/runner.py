"""Running a skill from the parent's side: describe, plan and verify, each in a child process of its own."""

import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from agent.errors import Refused
from agent.proof.evidence import Evidence
from agent.proof.progress import Progress, Report
from agent.safeguards.trust import require
from agent.skills.contract import Description, Message, Plan, Request
from agent.skills.discovery import SkillFolder, content_hash
from agent.skills.process import messages


@dataclass(frozen=True)
class Job:
    """A skill to run with parameters. `base` is where relative paths start; `trusted` are model hashes."""

    skill: SkillFolder
    action: str
    parameters: Mapping[str, object]
    base: Path
    trusted: tuple[str, ...] = field(default_factory=tuple[str, ...])


class Runner:
    """Runs skills in children; `state` holds trust decisions, `cache` descriptions, `log` what children print."""

    def __init__(self, state: Path, cache: Path, log: Path) -> None:
        self.state = state
        self.cache = cache
        self.log = log

    def allowed(self, skill: SkillFolder) -> None:
        """Raise Refused unless the skill is built in or its code, as it is now, is trusted."""
        if not skill.pack.builtin:
            require(
                self.state,
                content_hash(skill.folder),
                f"the skill {skill.name} in {skill.folder}",
                f"mlwright packs trust {skill.folder}",
            )

    def describe(self, skill: SkillFolder) -> Description:
        """Return a skill's actions and what it provides; kept by the hash of its content."""
        self.allowed(skill)
        kept = self.cache / "skills" / f"{content_hash(skill.folder)[:20]}.json"
        try:
            return Description.model_validate_json(kept.read_bytes())
        except (OSError, ValueError):
            pass
        request = Request(phase="describe", pack=skill.pack.name, folder=str(skill.folder))
        found = Description.model_validate(self._last(request, "described"))
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(found.model_dump_json(), encoding="utf-8")
        except OSError:
            pass  # a cache that cannot be written costs half a second the next time
        return found

    @contextmanager
    def planned(self, job: Job, report: Report) -> Generator[Plan]:
        """Plan in a child, and keep the scratch folder its files may come from while the block runs."""
        self.allowed(job.skill)
        with _scratch() as scratch:
            yield Plan.model_validate(self._last(self._request(job, "plan", scratch), "planned", report))

    def verify(self, job: Job, project: Path, report: Report) -> Iterator[Evidence]:
        """Yield the evidence of each check of a written project."""
        self.allowed(job.skill)
        with _scratch() as scratch:
            request = self._request(job, "verify", scratch).model_copy(update={"project": str(project)})
            for message in self._messages(request, report):
                if message.type == "proved":
                    yield Evidence.model_validate(message.data)

    def _request(self, job: Job, phase: str, scratch: Path) -> Request:
        return Request.model_validate(
            {
                "phase": phase,
                "pack": job.skill.pack.name,
                "folder": str(job.skill.folder),
                "action": job.action,
                "parameters": dict(job.parameters),
                "base": str(job.base),
                "scratch": str(scratch),
                "trusted": job.trusted,
            }
        )

    def _last(self, request: Request, kind: str, report: Report | None = None) -> dict[str, object]:
        found = [message.data for message in self._messages(request, report) if message.type == kind]
        if not found:
            raise Refused(f"the skill ended without an answer to {request.phase}")
        return found[-1]

    def _messages(self, request: Request, report: Callable[[Progress], None] | None) -> Iterator[Message]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        for message in messages(request, self.log):
            if message.type == "progressed" and report is not None:
                report(Progress.model_validate(message.data))
            yield message


@contextmanager
def _scratch() -> Generator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="mlwright-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
