"""Directives: what a project says it has decided, with its reason, on the line of the finding."""

from collections.abc import Callable, Mapping

import pytest

from agent.constitution.model import Scan, Score

Scanned = Callable[[Mapping[str, str]], Scan]
Judged = Callable[[str, Mapping[str, str]], Score]
ALLOW = "# mlwright: allow security.deserialization because it is our own cache"


@pytest.mark.parametrize(
    "text",
    [
        f"import pickle\npickle.load(f)  {ALLOW}\n",
        f"import pickle\n{ALLOW}\npickle.load(f)\n",
        f"import pickle\npickle.load(\n    f,  {ALLOW}\n)\n",
    ],
)
def test_a_directive_with_a_reason_suppresses(text: str, scanned: Scanned) -> None:
    result = scanned({"a.py": text})
    assert result.findings == ()
    (item,) = result.suppressed
    assert (item.checkpoint, item.path, item.reason) == ("security.deserialization", "a.py", "it is our own cache")
    score = next(score for score in result.scores if score.checkpoint == "security.deserialization")
    assert "1 allowed by the project" in score.evidence
    assert "it is our own cache" in score.evidence


@pytest.mark.parametrize(
    "comment",
    [
        "# mlwright: allow security.deserialization",
        "# mlwright: allow security.deserialization because",
        "# mlwright: allow security.deserialization because   ",
        "# mlwright: allow security.secrets because it is another checkpoint",
        "# mlwright: allow because I say so",
    ],
)
def test_a_directive_without_a_reason_or_for_something_else_does_not(comment: str, scanned: Scanned) -> None:
    result = scanned({"a.py": f"import pickle\npickle.load(f)  {comment}\n"})
    assert len(result.findings) == 1
    assert result.suppressed == ()


def test_a_directive_in_a_string_or_on_a_far_line_does_not(scanned: Scanned) -> None:
    text = f'import pickle\npickle.load("{ALLOW}")\n{ALLOW}\nx = 1\npickle.load(f)\n'
    assert [finding.line for _, finding in scanned({"a.py": text}).findings] == [2, 5]


def test_a_directive_above_an_instruction_of_a_dockerfile_suppresses(judged: Judged) -> None:
    text = "# mlwright: allow security.non-root because the cluster sets the user\nFROM python:3.12-slim\n"
    assert judged("security.non-root", {"Dockerfile": text}).findings == ()


def test_what_is_allowed_does_not_hide_what_is_not(scanned: Scanned) -> None:
    result = scanned({"a.py": f"import pickle\npickle.load(f)  {ALLOW}\npickle.load(g)\n"})
    assert [finding.line for _, finding in result.findings] == [3]
    assert len(result.suppressed) == 1


def test_a_finding_about_what_is_missing_can_be_allowed_where_it_is_told(scanned: Scanned) -> None:
    text = "from fastapi import FastAPI\napp = FastAPI()\n@app.post('/predict')\ndef f(): ...  # mlwright: allow observability.metrics because the mesh measures\n"
    result = scanned({"app.py": text})
    assert {score.status for score in result.scores if score.checkpoint == "observability.metrics"} == {"UNKNOWN"}
    assert [item.checkpoint for item in result.suppressed] == ["observability.metrics"]
