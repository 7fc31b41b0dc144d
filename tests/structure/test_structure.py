"""What keeps the house livable: what is imported when, what is exported, how long things are."""

import ast
import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import agent

ROOT = Path(__file__).parents[2]
HEAVY = (
    "textual",
    "anthropic",
    "chromadb",
    "llama_index",
    "mcp",
    "sklearn",
    "onnxruntime",
    "networkx",
    "yaml",
    "scipy",
    "pydantic_settings",
)
SOURCES = sorted(
    [
        *(ROOT / "agent").rglob("*.py"),
        *(path for path in (ROOT / "skills").rglob("*.py") if "templates" not in path.parts),
    ]
)


def imported(*arguments: str) -> set[str]:
    """Return the top-level modules that a command imports."""
    code = (
        "import sys, json; sys.argv = ['mlwright', *json.loads(sys.argv[1])]\n"
        "from agent.cli.app import app, guarded\n"
        "guarded(lambda: app(standalone_mode=False))\n"
        "print('\\n' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], capture_output=True, text=True, check=True
    )
    return set(json.loads(done.stdout.strip().splitlines()[-1]))


def test_help_imports_nothing_heavy() -> None:
    found = imported("--help")
    assert found.isdisjoint({*HEAVY, "numpy", "pydantic", "rich", "jinja2"})


@pytest.mark.usefixtures("engine")
def test_route_imports_nothing_heavy_once_the_router_is_compiled() -> None:
    imported("route", "deploy my model")
    assert imported("route", "deploy my model").isdisjoint({*HEAVY, "rich", "jinja2", "bm25s"})


def test_the_public_names_are_these() -> None:
    assert agent.__all__ == ["Engine", "Evidence", "MlwrightError", "Route", "read_brief"]
    assert all(getattr(agent, name) is not None for name in agent.__all__)


def test_what_skills_may_import_is_pinned() -> None:
    from agent import api

    assert len(api.__all__) == 31
    assert all(hasattr(api, name) for name in api.__all__)


def test_skills_import_nothing_of_the_engine_but_its_api() -> None:
    for path in SOURCES:
        if path.is_relative_to(ROOT / "skills"):
            names = re.findall(r"^\s*(?:from|import) (agent[\w.]*)", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert set(names) <= {"agent.api"}, path


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_and_functions_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert (node.end_lineno or node.lineno) - node.lineno < 60, node.name


def test_there_are_no_inline_ignores() -> None:
    marks = re.compile(r"#\s*(?:type:\s*ignore|noqa|pyright:)")
    assert [path for path in SOURCES if marks.search(path.read_text(encoding="utf-8"))] == []


def test_a_hostile_working_folder_is_not_imported(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    for name in (
        "yaml.py",
        "sitecustomize.py",
        "numpy.py",
        "agent/__init__.py",
        "skills/serving/__init__.py",
        "usercustomize.py",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"open({str(marker)!r}, 'w')\n", encoding="utf-8")
    command = Path(sys.executable).with_name("mlwright")
    for arguments in (["route", "deploy my model"], ["skills", "show", "serving"], ["check", "."]):
        subprocess.run([command, *arguments], cwd=tmp_path, capture_output=True, check=False)
    assert not marker.exists()


def test_no_test_reaches_beyond_loopback() -> None:
    # pytest-socket warns before it refuses, and a warning is an error here.
    with pytest.raises(UserWarning, match="tried to use"), socket.create_connection(("192.0.2.1", 80), timeout=1):
        pass
