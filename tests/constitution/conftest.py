from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import dedent

import pytest

from agent.constitution.model import Scan, Score
from agent.constitution.scan import scan


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Mapping[str, str]], Path]:
    """Write files of a project: path -> text, dedented."""

    def made(files: Mapping[str, str]) -> Path:
        root = tmp_path / "project"
        root.mkdir(exist_ok=True)
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return root

    return made


@pytest.fixture
def scanned(write: Callable[[Mapping[str, str]], Path]) -> Callable[[Mapping[str, str]], Scan]:
    """Scan a project made of these files."""
    return lambda files: scan(write(files))


@pytest.fixture
def judged(scanned: Callable[[Mapping[str, str]], Scan]) -> Callable[[str, Mapping[str, str]], Score]:
    """Return the score of one checkpoint for a project made of these files."""

    def score(checkpoint: str, files: Mapping[str, str]) -> Score:
        return next(item for item in scanned(files).scores if item.checkpoint == checkpoint)

    return score


@pytest.fixture
def marked(judged: Callable[[str, Mapping[str, str]], Score]) -> Callable[[str, str], Score]:
    """Judge one Python file, and hold its findings to the lines that end in `#!`: those, and no others."""

    def hold(checkpoint: str, text: str) -> Score:
        text = dedent(text).lstrip("\n")
        expected = [number for number, line in enumerate(text.splitlines(), 1) if line.endswith("#!")]
        score = judged(checkpoint, {"service/app.py": text})
        assert [finding.line for finding in score.findings] == expected, score
        assert (score.status == "FAIL") == bool(expected)
        return score

    return hold
