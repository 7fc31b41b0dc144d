"""Putting a plan on the disk: what would change, the difference to read, and the write that is whole or not at all."""

import difflib
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import BadRequest, ConfigurationError, Refused
from agent.proof.evidence import sha256_file, sha256_text
from agent.skills.contract import Plan, PlannedFile, WrittenFile

MANIFEST = "mlwright.json"
EVIDENCE = "evidence.json"


class Manifest(BaseModel):
    """What made a project: the skill, its version, the answers, and the hash of every file as it was written."""

    model_config = ConfigDict(frozen=True)

    format: Literal[1] = 1
    pack: str
    skill: str
    action: str
    version: str
    answers: dict[str, object]
    base: str = Field(description="the folder relative paths in the answers start from")
    files: dict[str, str] = Field(description="path -> sha256")


@dataclass(frozen=True)
class Change:
    """What a plan means for one file: it is new, the same, replaced (we wrote it, nobody touched it), or edited."""

    file: PlannedFile
    kind: Literal["new", "same", "replaced", "edited"]


def changes(plan: Plan, out: Path) -> list[Change]:
    """Compare a plan with a folder. A file that is there, differs, and is not as we wrote it counts as edited."""
    written = read_manifest(out).files if (out / MANIFEST).is_file() else {}
    return [Change(file, _kind(file, out / file.path, written)) for file in plan.files]


def _kind(file: PlannedFile, target: Path, written: Mapping[str, str]) -> Literal["new", "same", "replaced", "edited"]:
    if target.is_symlink() or target.is_dir():
        return "edited"
    if not target.exists():
        return "new"
    found = sha256_file(target)
    if found == planned_hash(file):
        return "same"
    return "replaced" if written.get(file.path) == found else "edited"


def planned_hash(file: PlannedFile) -> str:
    """Return the SHA-256 the file will have."""
    return file.sha256 if file.text is None and file.sha256 is not None else sha256_text(file.text or "")


def diff(change: Change, out: Path) -> str:
    """Return a unified diff of one change; for a copied file, one line that names its source and hash."""
    file, target = change.file, out / change.file.path
    if file.text is None:
        return f"+++ {file.path}\n@@ copy of {file.source} (sha256 {(file.sha256 or '')[:12]}) @@\n"
    before = "" if change.kind == "new" else target.read_text(encoding="utf-8", errors="replace")
    name = "/dev/null" if change.kind == "new" else file.path
    lines = difflib.unified_diff(before.splitlines(keepends=True), file.text.splitlines(keepends=True), name, file.path)
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def apply(plan: Plan, pack: str, base: Path, out: Path) -> tuple[list[WrittenFile], list[str]]:
    """Write a plan; returns the files of the project, and those left alone because somebody edited them.

    Everything is first written to a folder on the same disk; only when all of it is there is it moved in by rename:
    the whole folder at once when `out` is new, else file by file. A failure before that (a full disk, Ctrl-C) leaves
    `out` as it was.
    Raises ConfigurationError when the folder cannot be written, Refused when a source changed since it was planned.
    """
    planned = changes(plan, out)
    edited = [change.file.path for change in planned if change.kind == "edited"]
    staging = (out if out.is_dir() else out.parent) / f".{out.name}.{os.getpid()}.part"
    try:
        staging.mkdir(parents=True)
        fresh = [change.file for change in planned if change.kind in {"new", "replaced"}]
        for file in fresh:
            _stage(file, staging / file.path)
        manifest = _manifest(plan, pack, base, {file.path: planned_hash(file) for file in plan.files})
        (staging / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
        if not out.exists():
            staging.rename(out)
        else:
            for name in [*(file.path for file in fresh), MANIFEST]:
                _move(staging / name, out / name, out)
    except OSError as problem:
        raise ConfigurationError(
            f"cannot write {out}: {problem.strerror or problem}", "choose another folder with --out"
        ) from problem
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    kept = [WrittenFile(path=file.path, sha256=planned_hash(file)) for file in plan.files if file.path not in edited]
    return kept, edited


def _manifest(plan: Plan, pack: str, base: Path, files: dict[str, str]) -> Manifest:
    return Manifest(
        pack=pack,
        skill=plan.skill,
        action=plan.action,
        version=plan.version,
        answers=plan.answers,
        base=str(base),
        files=files,
    )


def _stage(file: PlannedFile, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if file.text is not None:
        target.write_text(file.text, encoding="utf-8")
        return
    shutil.copyfile(str(file.source), target)
    if sha256_file(target) != file.sha256:
        raise Refused(f"{file.source} changed while it was being copied", "run the command again")


def _move(source: Path, target: Path, out: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # A link planted inside the output folder must not lead the write out of it.
    if not target.parent.resolve().is_relative_to(out.resolve()):
        raise Refused(f"{target.parent} leads out of {out}", "remove the link")
    source.replace(target)


def read_manifest(project: Path) -> Manifest:
    """Read a project's manifest; raises BadRequest when there is none or it is broken."""
    path = project / MANIFEST
    if not path.is_file():
        raise BadRequest(
            f"{project} is not a project made by mlwright: it has no {MANIFEST}", "name the folder given as --out"
        )
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as problem:
        raise BadRequest(f"{path} is broken: {problem}", "make the project again with: mlwright run") from problem
