"""Finding skills by folder, reading their SKILL.md, and loading their code."""

import hashlib
import importlib.util
import re
import sys
import types
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agent.errors import ContentError, Problem, UnknownName
from agent.resources import Pack
from agent.skills.contract import NAME, Skill

NAMESPACE = "mlwright_packs"
FIELDS = frozenset({"name", "description", "license", "compatibility", "metadata", "allowed-tools"})
MAX_DESCRIPTION = 1024
MAX_BODY_LINES = 500


@dataclass(frozen=True)
class SkillFolder:
    """A skill that was found, its code not yet loaded."""

    name: str
    description: str
    pack: Pack
    folder: Path

    @property
    def aliases(self) -> tuple[str, ...]:
        """Return the other names this built-in skill answers to."""
        return tuple(alias for alias, name in ALIASES.items() if name == self.name) if self.pack.builtin else ()


ALIASES = {"model_deployment_pipeline": "serving", "rag_system_builder": "rag", "ml_monitoring_suite": "monitoring"}


def discover(packs: Iterable[Pack]) -> dict[str, SkillFolder]:
    """Return the skills of `packs` by name; a name that is taken already is known as `pack:name`.

    Raises ContentError with every fault of every SKILL.md.
    """
    found: dict[str, SkillFolder] = {}
    problems: list[Problem] = []
    for pack in packs:
        for path in sorted(pack.folder("skills").glob("*/SKILL.md")):
            try:
                skill = read(path, pack)
            except ContentError as error:
                problems += error.problems
            else:
                found[skill.name if skill.name not in found else f"{pack.name}:{skill.name}"] = skill
    if problems:
        raise ContentError(problems)
    return found


def find(skills: dict[str, SkillFolder], name: str) -> SkillFolder:
    """Return the skill called `name` or known by that alias; raises UnknownName."""
    known = ALIASES.get(name, name)
    if known not in skills:
        raise UnknownName.of("skill", name, skills, "mlwright skills list")
    return skills[known]


def read(path: Path, pack: Pack) -> SkillFolder:
    """Read the front matter of a SKILL.md; raises ContentError with its faults."""
    import yaml

    text = path.read_text(encoding="utf-8")
    match = re.match(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL)
    if match is None:
        raise ContentError([Problem(path, 1, "SKILL.md must begin with front matter between two lines of ---")])
    try:
        front = yaml.safe_load(match[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ContentError(
            [Problem(path, 2 + mark.line if mark else 1, f"the front matter is not YAML: {error}")]
        ) from error
    faults = _faults(front, path.parent.name, match[2])
    if faults:
        raise ContentError([Problem(path, 1, fault) for fault in faults])
    return SkillFolder(front["name"], front["description"], pack, path.parent)


def _faults(front: object, folder: str, body: str) -> list[str]:
    if not isinstance(front, dict):
        return ["the front matter must be a mapping"]
    fields = cast("dict[object, object]", front)
    faults = [
        f"unknown field {key!r}; Agent Skills has {', '.join(sorted(FIELDS))}" for key in fields if key not in FIELDS
    ]
    name, description = fields.get("name"), fields.get("description")
    if not isinstance(name, str) or not re.match(NAME, name):
        faults.append("name must be one lower-case word of letters and digits")
    elif name != folder:
        faults.append(f"name {name!r} must equal the folder's, {folder!r}")
    if not isinstance(description, str) or not 0 < len(description) <= MAX_DESCRIPTION:
        faults.append(f"description must be a text of at most {MAX_DESCRIPTION} characters")
    if body.count("\n") >= MAX_BODY_LINES:
        faults.append(f"the body must be shorter than {MAX_BODY_LINES} lines")
    return faults


def content_hash(folder: Path) -> str:
    """Return one SHA-256 over every file of a skill: paths and bytes, so that any changed byte changes it."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(
                path.relative_to(folder).as_posix().encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest()
            )
    return digest.hexdigest()


def load(folder: Path, pack: str) -> Skill:
    """Import a skill's package as `mlwright_packs.<pack>.<name>` and return its `skill`. Runs its code.

    Raises ContentError when the package has no `skill`.
    """
    parent = f"{NAMESPACE}.{pack}"
    for name in (NAMESPACE, parent):
        if name not in sys.modules:
            module = types.ModuleType(name)
            module.__path__ = []
            sys.modules[name] = module
    full = f"{parent}.{folder.name}"
    spec = importlib.util.spec_from_file_location(
        full, folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None or not (folder / "__init__.py").is_file():
        raise ContentError([Problem(folder, 0, "the skill has no __init__.py")])
    module = importlib.util.module_from_spec(spec)
    sys.modules[full] = module
    spec.loader.exec_module(module)
    if not hasattr(module, "skill"):
        raise ContentError([Problem(folder / "__init__.py", 0, "the package must expose an object called `skill`")])
    return cast("Skill", module.skill)
