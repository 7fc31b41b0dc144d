"""The retrieval core on its way into a project: its files, their sums, and what a copy of it in scratch finds out."""

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agent.api import RETRIEVAL, BadRequest, PlannedFile, Refused, run, sha256_file

FOLDER = "retrieval"
SECONDS = 300.0
LOOK = (
    "import json, sys; from pathlib import Path; from retrieval.loaders import discover; "
    "found = discover(Path(sys.argv[1])); "
    "print(json.dumps([len(found.files), sum(file.size for file in found.files), len(found.skipped)]))"
)


@dataclass(frozen=True)
class Inventory:
    """What a folder holds that can be read: documents and their bytes; and how much is left aside."""

    documents: int
    size: int
    skipped: int


def files() -> dict[str, Path]:
    """Return the core's files by their path below its folder."""
    found = (path for path in sorted(RETRIEVAL.rglob("*")) if path.suffix in {".py", ".onnx"})
    return {path.relative_to(RETRIEVAL).as_posix(): path for path in found if "__pycache__" not in path.parts}


def planned() -> list[PlannedFile]:
    """Return the core as files to copy."""
    return [
        PlannedFile(path=f"{FOLDER}/{name}", source=str(path), sha256=sha256_file(path))
        for name, path in files().items()
    ]


def version() -> str:
    """Return retrieval/VERSION: what `sha256sum --check` reads."""
    sums = "".join(f"{sha256_file(path)}  {name}\n" for name, path in files().items())
    return (
        "# The retrieval core of mlwright, Apache-2.0 (see LICENSE), copied byte for byte. To check it:\n"
        f"#   cd {FOLDER} && sha256sum --check VERSION\n{sums}"
    )


def place(folder: Path) -> None:
    """Copy the core below `folder`."""
    for name, path in files().items():
        target = folder / FOLDER / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def folder_of(base: Path, given: Path) -> Path:
    """Return a folder of documents; raises BadRequest when it is none."""
    found = (base / given.expanduser()).resolve()
    if not found.is_dir():
        raise BadRequest(f"{given} is not a folder", "name the folder of documents with --input")
    return found


def inventory(scratch: Path, documents: Path) -> Inventory:
    """Count the documents of a folder; raises BadRequest when there is none. `scratch` holds the core."""
    done = run((sys.executable, "-c", LOOK, str(documents)), scratch, SECONDS)
    if done.exit_code != 0:
        raise Refused(f"{documents} cannot be looked through: {done.output[-500:]}")
    count, size, skipped = cast("list[int]", json.loads(done.output.splitlines()[-1]))
    if not count:
        raise BadRequest(
            f"{documents} holds no document that can be read",
            "Markdown, reStructuredText, HTML, PDF, Word, notebooks, tables, JSON, text and programs are read",
        )
    return Inventory(count, size, skipped)


def drafted(scratch: Path, documents: Path) -> str:
    """Return the questions that the script in `scratch` drafts from a folder."""
    done = run((sys.executable, "draft_questions.py", "--source", str(documents)), scratch, SECONDS)
    if done.exit_code != 0:
        raise Refused(f"no questions could be drafted from {documents}: {done.output[-500:]}")
    return done.output
