"""A made project, run: it answers from its documents, holds its promises, and a planted fault is found."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from marks import needs_store

from agent.api import Evidence, Plan, Skill, Task
from agent.proof.progress import silent

Write = Callable[[Plan, Path], Path]
CHECKS = ["compile", "tests", "ingest", "evaluate", "query", "bad-input", "load", "auth", "reload", "shutdown"]


def test_it_is_proved_from_end_to_end(proof: dict[str, Evidence], project: Path, planned: Plan) -> None:
    assert list(proof) == CHECKS
    assert all(evidence.passed for evidence in proof.values()), "\n".join(
        f"{name}: {one.detail}" for name, one in proof.items() if not one.passed
    )
    assert proof["tests"].values["passed"] == 59
    assert proof["ingest"].values["documents"] == 4
    assert proof["ingest"].values["skipped"] == 1
    assert proof["ingest"].values["second_encoded"] == 0
    assert proof["query"].values["quotes_not_in_the_documents"] == 0
    assert proof["query"].values["off_topic_answered"] == 0
    assert proof["evaluate"].values["drafted"] == proof["evaluate"].values["questions"]
    assert proof["load"].values["error_rate"] == 0
    assert proof["reload"].values == {"answered_before": False, "answered_after": True, "generation": 2}
    for evidence in proof.values():
        assert evidence.command
        assert (evidence.kind == "timed") == (evidence.check == "load")
    # The checks leave the project as it was written.
    assert {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()} == {
        file.path for file in planned.files
    }


@needs_store
def test_with_the_weights_meaning_is_searched(proof: dict[str, Evidence]) -> None:
    assert proof["ingest"].values["encoder"] == "minilm"
    assert proof["ingest"].values["encoded"] == proof["ingest"].values["passages"]
    assert proof["evaluate"].values["search"] == "words and meaning"
    assert proof["evaluate"].values["hit@5"] == 1.0


INVENTED = '''
def text(self):
    """Return what no document says."""
    return "The moon is made of honey."
'''


def test_a_service_that_invents_its_quotes_is_found_out(
    part: Callable[[str], Any], proof: dict[str, Evidence], verified: Task, planned: Plan, write: Write, tmp_path: Path
) -> None:
    assert proof["ingest"].passed
    project = write(planned, tmp_path / "project")
    answers = project / "service" / "answers.py"
    answers.write_text(answers.read_text() + INVENTED + "\n\nSource.text = property(text)\n")
    bench = part("bench").Bench(
        project, sys.executable, verified.scratch, verified.base / "docs", verified.parameters, silent
    )
    with bench.serve() as server:
        found = part("served").query(bench, server, ("python",))
        assert not found.passed
        assert found.values["quotes_not_in_the_documents"] > 0


def test_a_pin_this_python_lacks_is_named_before_anything_runs(
    skill: Skill, verified: Task, planned: Plan, write: Write, tmp_path: Path
) -> None:
    project = write(planned, tmp_path / "project")
    (project / "requirements.txt").write_text("-r requirements-service.txt\nno-such-package-of-ours==1.0\n")
    with pytest.raises(Exception, match=r"no-such-package-of-ours==1\.0 \(not installed\)"):
        next(iter(skill.verify(verified, project, silent)))


def test_the_code_is_clean(project: Path) -> None:
    for arguments in (["ruff", "check", "--no-cache", "."], ["ruff", "format", "--check", "--no-cache", "."]):
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=project, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, done.stdout
    for path in project.rglob("*.py"):
        assert "retrieval" in path.parts or len(path.read_text().splitlines()) < 250


CORE = """
import json
from pathlib import Path
from retrieval import lexical
from retrieval.loaders import read
from retrieval.passages import Size, split
from retrieval.evaluation import Question, measured

path = Path(r"{path}")
document = read(path, "bees/swarming.md")
passages = split(document, Size(30), "bees")
postings = lexical.posted([passage.prefixed for passage in passages])
scores = lexical.scores([postings], lexical.words(["dancing scouts"])[0])
print(json.dumps({{
    "title": document.title,
    "verbatim": all(passage.text in path.read_text() for passage in passages),
    "within": all(Size(30).of(passage.text) <= 30 for passage in passages),
    "best": passages[int(scores.argmax())].headings,
    "hit": measured([["a", "b"]], [Question("q", frozenset({{"b"}}))], 1)["hit@1"].value,
}}))
"""


def test_the_copied_core_behaves_as_the_core(project: Path, base: Path) -> None:
    code = CORE.format(path=base / "docs" / "bees" / "swarming.md")
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=project, capture_output=True, text=True, timeout=30, check=False
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "title": "Swarming",
        "verbatim": True,
        "within": True,
        "best": ["Scout bees"],
        "hit": 0.0,
    }
