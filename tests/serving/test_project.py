"""A made project, run: it answers as its model does, holds its promises, and a planted fault is found."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from agent.api import Evidence, MissingDependency, Progress, Skill, Task, load, serve
from agent.proof.evidence import differences

Asked = Callable[..., Task]
Write = Callable[[Task], Path]
CHECKS = ["compile", "tests", "health", "parity", "bad-input", "load", "shutdown"]
QUICK = {"replay_rows": 100, "load_seconds": 0.5}


def proved(skill: Skill, task: Task, project: Path) -> dict[str, Evidence]:
    return {evidence.check: evidence for evidence in skill.verify(task, project, lambda _: None)}


def told(evidence: dict[str, Evidence]) -> str:
    return "\n".join(f"{name}: {one.detail}" for name, one in evidence.items() if not one.passed)


def test_a_classifier_is_proved_from_end_to_end(skill: Skill, task: Asked, write: Write, models: Path) -> None:
    asked = task(
        input="cancer.skops",
        data="cancer.csv",
        target="malignant",
        p99_ms=500,
        rps=100,
        replay_rows=500,
        load_seconds=1,
    )
    project = write(asked)
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    steps: list[Progress] = []
    found = {evidence.check: evidence for evidence in skill.verify(asked, project, steps.append)}
    assert list(found) == CHECKS
    assert all(evidence.passed for evidence in found.values()), told(found)
    assert found["tests"].values["passed"] == 24
    assert found["parity"].values == {"rows": 500, "max_abs_difference": 0.0, "label_flips": 0, "rows_off": 0}
    assert found["load"].values["error_rate"] == 0
    assert found["load"].values["slo_met"] is not None
    assert found["shutdown"].exit_code == 0
    assert [step.done for step in steps if step.total == 500] == [0, 100, 200, 300, 400]
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before
    for evidence in found.values():
        assert evidence.command[-1]
        assert (evidence.kind == "timed") == (evidence.check == "load")


@pytest.mark.parametrize("model", ["cancer.json", "iris.onnx"])
def test_other_formats_are_proved_and_come_out_the_same_again(
    skill: Skill, task: Asked, write: Write, model: str
) -> None:
    asked = task(input=model, **QUICK)
    project = write(asked)
    first = proved(skill, asked, project)
    assert list(first) == CHECKS
    assert all(evidence.passed for evidence in first.values()), told(first)
    if model == "iris.onnx":
        again = proved(skill, asked, project)
        assert [line for name in CHECKS for line in differences(first[name], again[name]) if name != "load"] == []


def test_a_model_file_that_was_swapped_is_not_served(skill: Skill, task: Asked, write: Write, models: Path) -> None:
    asked = task(input="iris.skops", **QUICK)
    project = write(asked)
    shutil.copy(other_model(models), project / "model" / "model.skops")
    found = proved(skill, asked, project)
    assert list(found) == CHECKS
    assert [name for name in CHECKS if found[name].passed] == ["compile"]
    assert "not started: model.skops has SHA-256" in found["health"].detail
    assert found["parity"].detail == "not reached"


def test_another_model_passed_off_as_the_original_fails_parity(
    skill: Skill, task: Asked, write: Write, models: Path
) -> None:
    asked = task(input="iris.skops", **QUICK)
    project = write(asked)
    shutil.copy(other_model(models), project / "model" / "model.skops")
    manifest = project / "model" / "signature.json"
    digest = hashlib.sha256((project / "model" / "model.skops").read_bytes()).hexdigest()
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"sha256": digest}))
    checks = skill.verify(asked, project, lambda _: None)
    found = {evidence.check: evidence for evidence, _ in zip(checks, CHECKS[:4], strict=False)}
    assert not found["parity"].passed
    assert not found["tests"].passed
    flips = found["parity"].values["label_flips"]
    assert isinstance(flips, int)
    assert flips > 0
    assert "expected" in found["parity"].detail


def other_model(models: Path) -> Path:
    """A model of the same shape whose labels are in another order."""
    skops, sklearn, datasets = (
        import_module(name) for name in ("skops.io", "sklearn.linear_model", "sklearn.datasets")
    )
    iris = datasets.load_iris()
    labels = iris.target_names[2 - iris.target]
    skops.dump(sklearn.LogisticRegression(max_iter=500).fit(iris.data, labels), models / "other.skops")
    return models / "other.skops"


def test_a_pin_this_python_lacks_is_named_before_anything_runs(skill: Skill, task: Asked, write: Write) -> None:
    asked = task(input="iris.onnx", **QUICK)
    project = write(asked)
    (project / "requirements.txt").write_text("msgspec==0.1.0\nno-such-package-of-ours==1.0\n")
    with pytest.raises(
        MissingDependency, match=r"msgspec==0\.1\.0 \(here .*no-such-package-of-ours==1\.0 \(not installed\)"
    ) as error:
        proved(skill, asked, project)
    assert "install=true" in error.value.hint


SLOW = """
import os, time
from service.schema import LABELS, Outcome


class Slow:
    version = "slow"

    def predict(self, rows):
        time.sleep(float(os.environ["MODEL_SECONDS"]))
        return [Outcome(LABELS[0]) for _ in rows]


def load():
    return Slow()
"""


def test_a_slow_model_over_a_socket(task: Asked, write: Write, tmp_path: Path) -> None:
    """Past the deadline the fallback answers, beyond the queue 503 does, and a stuck call makes it unready."""
    project = write(task(input="iris.onnx", fallback="versicolor", deadline_ms=100, queue=4))
    (project / "service" / "engine.py").write_text(SLOW)
    body = (project / "model" / "example.json").read_bytes()

    def command(port: int) -> list[str]:
        return ["env", f"PORT={port}", "MODEL_SECONDS=0.6", "STUCK_SECONDS=0.2", sys.executable, "-m", "service"]

    with serve(command, project, tmp_path / "log", "/ready", 30) as server:
        answer = server.request("POST", "/predict", body)
        assert answer.status == 200
        assert answer.seconds < 0.55
        content = json.loads(answer.body)
        assert (content["source"], content["prediction"]) == ("fallback", "versicolor")
        assert "probabilities" not in content
        wait_for(lambda: server.request("GET", "/ready").status == 503)
        assert json.loads(server.request("GET", "/ready").body)["status"] == "stuck"
        assert server.request("GET", "/health").status == 200
        wait_for(lambda: server.request("GET", "/ready").status == 200)
        report = load(server.port, "/predict", [body], 200, 1)
        assert set(report.statuses) == {200, 503}
        metrics = server.request("GET", "/metrics").body.decode()
        assert f"prediction_shed_total {report.statuses[503]}.0" in metrics
        assert 'prediction_fallbacks_total{reason="deadline"}' in metrics
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert [line["message"] for line in lines] == ["started with model slow", "stopped"]


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_readmes_request_gets_the_readmes_answer(task: Asked, write: Write, tmp_path: Path) -> None:
    project = write(task(input="iris.onnx"))
    readme = (project / "README.md").read_text()
    assert "-H 'Content-Type: application/json' -d @model/example.json" in readme
    (shown,) = (line for line in readme.splitlines() if line.startswith('{"prediction"'))
    expected = json.loads(shown.replace("...", "0"))
    with serve(
        lambda port: ["env", f"PORT={port}", sys.executable, "-m", "service"], project, tmp_path / "log", "/ready", 30
    ) as server:
        answers: list[dict[str, Any]] = []
        body = (project / "model" / "example.json").read_bytes()
        threads = [
            threading.Thread(target=lambda: answers.append(json.loads(server.request("POST", "/predict", body).body)))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(answers) == 8
    for answer in answers:
        shares = answer.pop("probabilities")
        # What shares a batch changes the last bits of a float32 sum.
        assert shares == pytest.approx(expected["probabilities"], abs=1e-6)
        assert answer | {"latency_ms": 0, "probabilities": expected["probabilities"]} == expected


@pytest.mark.parametrize(
    ("setting", "value"), [("PORT", "http"), ("FALLBACK", "tulip"), ("DEADLINE_MS", "0"), ("QUEUE_LIMIT", "1.5")]
)
def test_a_wrong_setting_stops_the_start_with_a_sentence(task: Asked, write: Write, setting: str, value: str) -> None:
    project = write(task(input="iris.onnx"))
    done = subprocess.run(
        [sys.executable, "-m", "service"],
        cwd=project,
        env={**os.environ, setting: value},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert json.loads(line)["message"].startswith(f"not started: {setting} must be")


@pytest.mark.parametrize("model", ["cancer.skops", "iris.skops", "diabetes.skops", "cancer.json", "iris.onnx"])
def test_the_code_is_clean(task: Asked, write: Write, model: str) -> None:
    project = write(task(input=model, p99_ms=20))
    done = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", "."],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for path in project.rglob("*.py"):
        assert len(path.read_text().splitlines()) < 250
