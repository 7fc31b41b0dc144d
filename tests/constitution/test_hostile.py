"""Hostile files: none makes a scan fail, hang, leave the project or repeat what a terminal should not be given."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.constitution.principles import CHECKPOINTS
from agent.constitution.scan import scan

UNSAFE = "import pickle\npickle.load(f)\n"

HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "a syntax error": ("a.py", b"def (:\n", "not Python"),
    "Python 2": ("a.py", b"print 'x'\n", "not Python"),
    "null bytes": ("a.py", b"x = 1\0\n", "binary"),
    "a binary": ("a.py", bytes(range(256)), "binary"),
    "an encoding that does not exist": ("a.py", b"# coding: klingon\nx = 1\n", "not Python"),
    "bytes that are not UTF-8": ("a.py", b"x = '\xff\xfe'\n", "not Python"),
    "brackets without an end": ("a.py", b"(" * 100_000, "not Python"),
    "a tower of calls": ("a.py", b"f" + b"(1)" * 100_000, "nested too deeply"),
    "a tower of signs": ("a.py", b"-" * 200_000 + b"1", "nested too deeply"),
    "a huge file": ("a.py", b"x = 1\n" * 200_000, "larger than"),
    "YAML a million deep": ("a.yaml", b"kind: " + b"[" * 400_000 + b"]" * 400_000, "nested too deeply"),
    "YAML sequences in sequences": ("a.yaml", b"kind:\n" + b"- " * 100_000 + b"a\n", "nested too deeply"),
    "no YAML": ("a.yaml", b"kind: [a\nb: {\n", "not YAML"),
    "YAML with a bad character": ("a.yaml", b"kind: \x07\n", "not YAML"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_skipped_with_a_reason(name: str, tmp_path: Path) -> None:
    file, content, reason = HOSTILE[name]
    (tmp_path / file).write_bytes(content)
    (tmp_path / "b.py").write_text(UNSAFE)
    result = scan(tmp_path)
    assert [(item.path, item.reason[: len(reason)]) for item in result.skipped] == [(file, reason)]
    assert [finding.path for _, finding in result.findings] == ["b.py"]


def test_a_yaml_bomb_is_not_multiplied_out(tmp_path: Path) -> None:
    lines = ["kind: x", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30)]
    merges = [f"m{n}: &m{n} {{<<: [*m{n - 1}, *m{n - 1}, *m{n - 1}]}}" for n in range(1, 30)]
    bomb = "apiVersion: apps/v1\nkind: Deployment\nspec: *m29\n"
    (tmp_path / "a.yaml").write_text(
        "\n".join([*lines, "m0: &m0 {a: 1}", *merges]) + "\n" + bomb.replace("kind: D", "kind2: D")
    )
    (tmp_path / "b.yaml").write_text(
        "kind: &k [*k]\nspec: &s {template: *s, spec: *s, containers: *s}\napiVersion: a/b\n"
    )
    started = time.process_time()
    scan(tmp_path)
    assert time.process_time() - started < 3


def test_links_are_not_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (outside / "secret.py").write_text(UNSAFE)
    (root / "real.py").write_text("x = 1\n")
    (root / "inside.py").symlink_to(root / "real.py")
    (root / "escape.py").symlink_to(outside / "secret.py")
    (root / "folder").symlink_to(outside, target_is_directory=True)
    (root / "loop").symlink_to(root, target_is_directory=True)
    (root / "self.py").symlink_to(root / "self.py")
    (root / "dangling.py").symlink_to(root / "none.py")
    result = scan(root)
    assert (result.files_read, result.findings) == (1, ())
    assert "escape.py" in {item.path for item in result.skipped}


def test_a_pipe_and_a_file_that_may_not_be_read_are_skipped(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    closed = tmp_path / "closed.py"
    closed.write_text("x = 1\n")
    closed.chmod(0)
    (tmp_path / "folder.py").mkdir()
    reasons = {item.path: item.reason for item in scan(tmp_path).skipped}
    assert reasons["pipe.py"] == "not a regular file"
    if os.geteuid():
        assert reasons["closed.py"].startswith("cannot be read")


LINES = """import requests as r|r.get(x)|try:|    m.predict(1)|except: pass|kind: Deployment|apiVersion: a/b|spec: {
FROM python AS|USER|  - &a|<<: *a|RUN pip install \\|@app.post('/predict')|async def f(): pickle.load(f)
# mlwright: allow x|redis==|[{"check": "load"|ENV A_TOKEN=|import fastapi|class C(D):|    def f(self): self.x = f()"""
TEXTS = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=200).map(lambda text: text.encode(errors="replace")),
    st.lists(st.sampled_from(LINES.replace("\n", "|").split("|")), max_size=10).map(
        lambda parts: "\n".join(parts).encode()
    ),
)
FILES = st.sampled_from(
    ["a.py", "a.yaml", "Dockerfile", "README.md", "evidence.json", "requirements.txt", "cost.yaml", ".env", "x.js"]
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(FILES, TEXTS, max_size=3))
def test_no_text_makes_a_scan_fail(tmp_path: Path, files: dict[str, bytes]) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    result = scan(tmp_path)
    assert len(result.scores) == len(CHECKPOINTS)
    assert all(finding.path in files and finding.line >= 1 for _, finding in result.findings)


def test_names_and_texts_of_the_project_cannot_steer_a_terminal(tmp_path: Path) -> None:
    escape = "\x1b[31m"
    (tmp_path / f"a{escape}\n.py").write_text(f"try:\n    '{escape}'.model.predict(1)\nexcept Exception:\n    pass\n")
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.12-slim\nUSER ro{escape}\n")
    (tmp_path / os.fsdecode(b"b\xff.py")).write_text(UNSAFE)
    told = scan(tmp_path)
    everything = told.model_dump_json()
    assert "\x1b" not in everything
    assert "\\u001b" not in everything
    assert len(told.findings) == 2
