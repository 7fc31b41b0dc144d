"""The whole job, as a newcomer does it: the demo, and what it tells them to do next."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agent.engine import Engine

pytest.importorskip("skops")
# What the demo writes: parsed JSON, whose shape test_cli.py holds against its schema.
Told = dict[str, dict[str, Any]]
MLWRIGHT = [sys.executable, "-m", "agent"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, engine: Engine) -> Path:
    _ = engine.router, engine.index
    return tmp_path_factory.mktemp("demo") / "out"


@pytest.fixture(scope="module")
def told(made: Path) -> Told:
    done = subprocess.run(
        [*MLWRIGHT, "demo", "--out", str(made), "--json"], capture_output=True, text=True, check=False, timeout=150
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_demo_routes_builds_runs_and_proves(told: Told) -> None:
    result = told["result"]
    assert result["status"] == "verified"
    checks: dict[str, Any] = {item["check"]: item for item in result["evidence"]}
    assert {"compile", "tests", "health", "parity", "bad-input", "load", "shutdown"} <= checks.keys()
    assert checks["parity"]["values"]["label_flips"] == 0
    assert checks["load"]["values"]["error_rate"] <= 0.01


def test_the_project_breaks_no_checkpoint(told: Told) -> None:
    statuses = {score["checkpoint"]: score["status"] for score in told["scan"]["scores"]}
    assert "FAIL" not in statuses.values()


def test_the_project_knows_nothing_of_mlwright(told: Told, made: Path) -> None:
    assert told
    for path in (made / "service").rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "mlwright" not in text
        assert "import agent" not in text
    assert "mlwright" not in (made / "service/requirements.txt").read_text(encoding="utf-8")


def test_a_folder_of_somebody_else_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    done = subprocess.run(
        [*MLWRIGHT, "demo", "--out", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
        timeout=60,
    )
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_ctrl_c_in_the_demo_is_one_line_and_leaves_no_process(tmp_path: Path, engine: Engine) -> None:
    _ = engine.router, engine.index
    command = [*MLWRIGHT, "demo", "--out", str(tmp_path / "out")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as demo:
        assert demo.stderr is not None
        for line in demo.stderr:
            if "reading the model" in line:
                break
        demo.send_signal(signal.SIGINT)
        told = demo.stderr.read()
    assert demo.returncode == 130
    assert "error: cancelled" in told
    assert "Traceback" not in told
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(tmp_path) not in listed
