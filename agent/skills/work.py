"""A skill's work from plan to proof: agree, write, verify, keep the evidence, and repeat it later."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import TypeAdapter, ValidationError

from agent.errors import BadRequest, ConfigurationError, Refused
from agent.proof.evidence import Evidence
from agent.proof.progress import Report
from agent.skills.apply import EVIDENCE, MANIFEST, Change, apply, changes, read_manifest
from agent.skills.contract import Plan, SkillResult, WrittenFile
from agent.skills.discovery import SkillFolder
from agent.skills.runner import Job, Runner

Agree = Callable[[Plan, Sequence[Change]], bool]
SHOWN = 5
CODE = frozenset({".py", ".pyc", ".pyd", ".so", ".pth"})
EVIDENCE_LIST = TypeAdapter(tuple[Evidence, ...])


@dataclass(frozen=True)
class Made:
    """A plan that was written: its files, and those left alone because somebody had edited them.

    `out` is None for an action that writes nothing.
    """

    plan: Plan
    out: Path | None
    files: tuple[WrittenFile, ...]
    edited: tuple[str, ...]

    def result(self, evidence: Sequence[Evidence]) -> SkillResult:
        """Return the result: verified when every check ran and passed, failed when one did not."""
        status = "unverified" if not evidence else "verified" if all(item.passed for item in evidence) else "failed"
        return SkillResult(
            skill=self.plan.skill,
            action=self.plan.action,
            status=status,
            out=str(self.out) if self.out is not None else None,
            files=self.files,
            metrics=self.plan.metrics,
            recommendations=self.plan.recommendations,
            assumptions=self.plan.assumptions,
            evidence=tuple(evidence),
        )


def make(runner: Runner, job: Job, out: Path, report: Report, agree: Agree) -> Made | None:
    """Plan, ask `agree` with the plan and its changes, and write; returns None when it was not agreed to.

    An action that writes nothing is only planned, which for it is the work. Raises ConfigurationError before any work when
    the output folder cannot be written.
    """
    if not _writes(runner, job):
        with runner.planned(job, report) as plan:
            return Made(plan, None, (), ())
    _writable(out)
    with runner.planned(job, report) as plan:
        planned = changes(plan, out)
        if not agree(plan, planned):
            return None
        files, edited = apply(plan, job.skill.pack.name, job.base, out)
    if any(change.kind != "same" for change in planned):
        # Evidence is of the files it was made from, and of no others.
        (out / EVIDENCE).unlink(missing_ok=True)
    return Made(plan, out, tuple(files), tuple(edited))


def prove(runner: Runner, job: Job, made: Made, report: Report) -> Iterator[Evidence]:
    """Run the checks on what was made, with the plan's own answers, and keep the evidence beside the manifest."""
    settled = Job(job.skill, made.plan.action, made.plan.answers, job.base, job.trusted)
    if made.out is None:
        yield from runner.verify(settled, job.base, report)
        return
    found: list[Evidence] = []
    for evidence in runner.verify(settled, made.out, report):
        found.append(evidence)
        yield evidence
    keep(made.out, found)


def keep(project: Path, evidence: Sequence[Evidence]) -> None:
    """Write evidence.json, whole or not at all."""
    part = project / f".{EVIDENCE}.{os.getpid()}.part"
    try:
        part.write_text(
            json.dumps([item.model_dump(mode="json") for item in evidence], indent=2) + "\n", encoding="utf-8"
        )
        part.replace(project / EVIDENCE)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ConfigurationError(f"cannot write {project / EVIDENCE}: {error.strerror or error}") from error


def recorded(project: Path) -> tuple[Evidence, ...]:
    """Return the evidence kept with a project; raises BadRequest when there is none or it is broken."""
    path = project / EVIDENCE
    try:
        return EVIDENCE_LIST.validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise BadRequest(
            f"{project} has no {EVIDENCE}: it was never verified", "make it again without --no-verify"
        ) from error
    except (ValidationError, OSError) as error:
        raise BadRequest(f"{path} is broken", "make the project again with: mlwright run") from error


def again(
    runner: Runner,
    skill: SkillFolder,
    project: Path,
    changed: dict[str, object],
    trusted: tuple[str, ...],
    edited: bool,
    report: Report,
) -> Iterator[Evidence]:
    """Re-run the checks of a project: the installed skill plans anew from the kept answers, and runs its own checks.

    What runs is a fresh copy of what the skill writes, never the folder itself: a module, bytecode or environment
    planted beside the skill's own files is not executed. `edited` says that the folder is the caller's own work; then
    it is run as it stands. Raises Refused naming the files that are not the skill's.
    """
    manifest = read_manifest(project)
    job = Job(skill, manifest.action, {**manifest.answers, **changed}, Path(manifest.base), trusted)
    with runner.planned(job, report) as plan, TemporaryDirectory(prefix="mlwright-") as scratch:
        settled = Job(skill, plan.action, plan.answers, job.base, trusted)
        if edited:
            yield from runner.verify(settled, project, report)
            return
        if differing := foreign(plan, project):
            raise Refused(
                f"not what the skill would write: {_shown(differing)}",
                f"the checks would run that code with your rights; if it is yours: mlwright verify {project} --edited",
            )
        copy = Path(scratch) / project.name
        apply(plan, skill.pack.name, job.base, copy)
        yield from runner.verify(settled, copy, report)


def foreign(plan: Plan, project: Path) -> list[str]:
    """Return what of a project's code is not as `plan` would write it: changed or missing files, and modules beside them."""
    differing = [change.file.path for change in changes(plan, project) if change.kind != "same"]
    planned = {file.path for file in plan.files}
    found = (path.relative_to(project) for path in sorted(project.rglob("*")) if path.suffix in CODE)
    beside = [
        path.as_posix()
        for path in found
        if path.as_posix() not in planned and not any(part.startswith((".", "__pycache__")) for part in path.parts)
    ]
    return [*differing, *beside]


def _writes(runner: Runner, job: Job) -> bool:
    actions = runner.describe(job.skill).actions
    found = next((action for action in actions if action.name == job.action), actions[0])
    return found.writes


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def _writable(out: Path) -> None:
    if out.is_file():
        raise BadRequest(f"{out} is a file", "name a folder with --out")
    if out.is_dir() and not (out / MANIFEST).is_file() and any(out.iterdir()):
        raise BadRequest(f"{out} is not empty and was not made by mlwright", "name a new folder with --out")
    place = next(folder for folder in (out, *out.absolute().parents) if folder.is_dir())
    if not os.access(place, os.W_OK):
        raise ConfigurationError(f"{place} cannot be written", "name another folder with --out")
