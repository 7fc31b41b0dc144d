"""A scan: what it reads and leaves, progress, and every rule's part in the whole."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from agent.constitution.model import Scan
from agent.constitution.principles import CHECKPOINTS
from agent.constitution.scan import scan
from agent.errors import BadRequest, UnknownName
from agent.proof.progress import Progress

Scanned = Callable[[Mapping[str, str]], Scan]
UNSAFE = "import pickle\npickle.load(f)\n"

BAD_SERVICE = {
    "app.py": """
        import joblib, requests, pickle
        from fastapi import FastAPI
        from prometheus_client import Gauge
        app = FastAPI()
        latency = Gauge("request_latency_seconds", "help")
        @app.post("/predict")
        async def answer(x: float):
            print(x)
            requests.get("http://features/x")
            model = joblib.load("m.joblib")
            try:
                return model.predict([[x]])
            except Exception:
                return 0
        """,
    "Dockerfile": "FROM python:3.12\nRUN pip install fastapi\nENV API_TOKEN=Zq81kfPw22\n",
    "deploy.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec: {template: {spec: {containers: [{name: a, image: 'a:1'}]}}}\n",
}


def test_a_bad_service_fails_exactly_what_can_fail(scanned: Scanned) -> None:
    without_metrics = {**BAD_SERVICE, "app.py": BAD_SERVICE["app.py"].replace("prometheus_client", "dials")}
    failed = {
        score.checkpoint
        for files in (BAD_SERVICE, without_metrics)
        for score in scanned(files).scores
        if score.status == "FAIL"
    }
    assert failed == {checkpoint.id for checkpoint in CHECKPOINTS} - {"performance.slo", "cost.per-prediction"}


def test_every_score_is_whole(scanned: Scanned) -> None:
    result = scanned(BAD_SERVICE)
    assert [score.checkpoint for score in result.scores] == [checkpoint.id for checkpoint in CHECKPOINTS]
    for score in result.scores:
        assert score.evidence
        assert score.checkpoint.startswith(score.principle + ".")
        assert bool(score.findings) == (score.status == "FAIL")
        assert bool(score.fix) == (score.status != "PASS")
        assert all(finding.line >= 1 and finding.message and finding.fix for finding in score.findings)
    assert Scan.model_validate_json(result.model_dump_json()) == result


def test_an_empty_folder_passes_nothing(scanned: Scanned) -> None:
    result = scanned({})
    assert {score.status for score in result.scores} == {"UNKNOWN"}
    assert (result.files_read, result.skipped) == (0, ())


def test_one_file_can_be_scanned(tmp_path: Path) -> None:
    path = tmp_path / "tests" / "load.py"
    path.parent.mkdir()
    path.write_text(UNSAFE)
    result = scan(path)
    assert [(finding.path, finding.line) for _, finding in result.findings] == [("load.py", 2)]


def test_principles_can_be_chosen(tmp_path: Path) -> None:
    assert {score.principle for score in scan(tmp_path, ["cost", "security"]).scores} == {"cost", "security"}
    with pytest.raises(UnknownName, match="secrity"):
        scan(tmp_path, ["secrity"])


def test_nothing_there_is_a_bad_request(tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="does not exist"):
        scan(tmp_path / "none")


def test_progress_is_told(tmp_path: Path) -> None:
    for number in range(60):
        (tmp_path / f"m{number}.py").write_text("x = 1\n")
    told: list[Progress] = []
    scan(tmp_path, report=told.append)
    reading = [item for item in told if item.step == "Reading"]
    assert [item.done for item in reading] == [0, 25, 50, 60]
    assert {item.total for item in reading} == {60}


@pytest.mark.parametrize(
    "folder",
    [".git", ".venv", "venv", "node_modules", "lib/site-packages", "build", "dist", "__pycache__", "a.egg-info"],
)
def test_what_is_not_the_projects_own_is_not_read(folder: str, scanned: Scanned) -> None:
    assert scanned({f"{folder}/a.py": UNSAFE}).files_read == 0


def test_a_virtual_environment_is_known_by_its_mark(scanned: Scanned) -> None:
    assert scanned({"py311/pyvenv.cfg": "home = /usr\n", "py311/a.py": UNSAFE}).files_read == 0


def test_a_hundred_files_take_less_than_seconds(tmp_path: Path) -> None:
    body = "import requests\n" + "".join(
        f"def f{n}(x):\n    y = requests.get(x, timeout=3).json()\n    return [a for a in y if a['k'] > {n}]\n"
        for n in range(40)
    )
    for number in range(100):
        (tmp_path / f"m{number}.py").write_text(body)
    started = time.process_time()
    assert scan(tmp_path).files_read == 100
    assert time.process_time() - started < 3


def test_a_scan_says_the_same_whatever_the_hash_seed(write: Callable[[Mapping[str, str]], Path]) -> None:
    root = write(BAD_SERVICE)
    code = f"from pathlib import Path; from agent.constitution.scan import scan; print(scan(Path({str(root)!r})))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
