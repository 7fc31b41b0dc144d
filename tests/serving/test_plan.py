"""What a plan holds: everything a service needs, the same for the same answers, and nothing of mlwright."""

import ast
import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from agent.api import BadRequest, Plan, Refused, Skill, Task
from agent.resources import builtin_pack
from agent.skills.discovery import read

Planned = Callable[[Task], Plan]
Asked = Callable[..., Task]
MODELS = ["cancer.skops", "iris.skops", "diabetes.skops", "cancer.json", "iris.onnx"]


def texts(plan: Plan) -> dict[str, str]:
    return {file.path: file.text for file in plan.files if file.text is not None}


def again(task: Task, plan: Plan) -> Task:
    """The task that a plan's own answers ask for."""
    return dataclasses.replace(task, parameters=type(task.parameters).model_validate(plan.answers))


@pytest.mark.parametrize("model", MODELS)
def test_the_same_answers_give_the_same_plan(task: Asked, plan: Planned, model: str) -> None:
    asked = task(input=model)
    first = plan(asked)
    assert plan(asked) == first
    assert plan(again(asked, first)) == first


def test_so_does_a_trusted_pickle(task: Asked, plan: Planned, models: Path) -> None:
    digest = hashlib.sha256((models / "iris.joblib").read_bytes()).hexdigest()
    asked = task(input="iris.joblib", trusted=frozenset({digest}))
    first = plan(asked)
    assert plan(asked) == first
    (packed,) = (file for file in first.files if file.source is not None)
    assert packed.path == "model/model.skops"
    assert packed.sha256 != digest
    assert any("pickle was trusted" in line for line in first.assumptions)
    assert '"sklearn.tree._tree.Tree",' in texts(first)["service/engine.py"]


@pytest.mark.parametrize("model", MODELS)
def test_the_project_stands_alone(task: Asked, plan: Planned, models: Path, model: str) -> None:
    made = plan(task(input=model))
    for path, text in texts(made).items():
        assert str(models) not in text
        if path.endswith(".py"):
            roots = {name.split(".")[0] for name in imported(text)}
            assert not roots & {"agent", "mlwright", "mlwright_packs", "pickle", "joblib"}
        if path.endswith((".py", ".toml", ".txt")):
            assert "mlwright" not in text


def imported(text: str) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def test_the_model_is_copied_by_its_hash_and_named_in_the_manifest(task: Asked, plan: Planned, models: Path) -> None:
    made = plan(task(input="cancer.json"))
    digest = hashlib.sha256((models / "cancer.json").read_bytes()).hexdigest()
    (model,) = (file for file in made.files if file.source is not None)
    assert (model.path, model.source, model.sha256) == ("model/model.json", str(models / "cancer.json"), digest)
    manifest = json.loads(texts(made)["model/signature.json"])
    assert (manifest["sha256"], manifest["file"]) == (digest, "model.json")


def test_every_requirement_is_the_version_that_is_installed(task: Asked, plan: Planned) -> None:
    made = texts(plan(task(input="iris.skops")))
    lines = [line for line in made["requirements.txt"].splitlines() if not line.startswith("#")]
    pins = dict(line.split(" ;")[0].split("==") for line in lines)
    assert {"fastapi", "uvicorn", "msgspec", "scikit-learn", "skops", "scipy", "starlette"} <= set(pins)
    assert pins["scikit-learn"] == version("scikit-learn")
    assert "pytest==" in made["requirements-dev.txt"]
    assert "xgboost" not in made["requirements.txt"]


def test_what_was_not_said_is_filled_in_and_told(task: Asked, plan: Planned) -> None:
    made = plan(task(input="iris.skops"))
    assert (made.answers["name"], made.answers["deadline_ms"], made.answers["fallback"]) == ("iris", 1000.0, None)
    told = " ".join(made.assumptions)
    for expected in ("no latency target", "no load", "no data", "x0, x1", "no fallback"):
        assert expected in told
    assert any("UNVERIFIED" in line for line in made.recommendations)


def test_the_deadline_lies_behind_the_target_and_no_fallback_is_made_up(task: Asked, plan: Planned) -> None:
    made = plan(task(input="cancer.skops", data="cancer.csv", p99_ms=50))
    assert (made.answers["deadline_ms"], made.answers["fallback"]) == (1000.0, None)
    assert "0.05" in texts(made)["service/metrics.py"]
    assert "fallback: Label | None = None" in texts(made)["service/settings.py"]
    assert plan(task(input="iris.skops", p99_ms=3000)).answers["deadline_ms"] == 6000


@pytest.mark.parametrize(
    ("model", "fallback", "expected"),
    [("iris.skops", "setosa", "'setosa'"), ("cancer.json", "1", "1"), ("diabetes.skops", "150", "150.0")],
)
def test_a_fallback_that_is_given_is_one_of_the_answers(
    task: Asked, plan: Planned, model: str, fallback: str, expected: str
) -> None:
    made = plan(task(input=model, fallback=fallback))
    assert f"fallback: Label | None = {expected}" in texts(made)["service/settings.py"]


@pytest.mark.parametrize(
    ("model", "fallback"),
    [("iris.skops", "tulip"), ("cancer.json", 7), ("diabetes.skops", "high"), ("diabetes.skops", "inf")],
)
def test_another_is_refused(task: Asked, plan: Planned, model: str, fallback: object) -> None:
    with pytest.raises(BadRequest, match="fallback="):
        plan(task(input=model, fallback=fallback))


def test_a_plan_of_a_hostile_pickle_runs_nothing(
    task: Asked, plan: Planned, models: Path, hostile: bytes, marker: Path
) -> None:
    (models / "hostile.skops").write_bytes(hostile)
    with pytest.raises(Refused, match="executes code"):
        plan(task(input="hostile.skops"))
    assert not marker.exists()


@pytest.mark.parametrize(
    ("file", "name"),
    [("My Model (v2).skops", "my-model-v2"), ("2024.json", "model-2024"), ("été.onnx", "ete"), ("_.skops", "model")],
)
def test_a_service_is_named_after_its_file(
    task: Asked, plan: Planned, models: Path, tmp_path: Path, file: str, name: str
) -> None:
    path = tmp_path / file
    path.write_bytes((models / "iris.skops").read_bytes())
    assert plan(task(input=str(path))).answers["name"] == name


def test_what_the_skill_says_it_provides_is_there(skill: Skill, task: Asked, plan: Planned) -> None:
    made = plan(task(input="iris.skops", p99_ms=50))
    assert set(skill.provides.values()) <= {file.path for file in made.files}


def test_the_image_runs_as_nobody_and_holds_only_what_it_needs(task: Asked, plan: Planned) -> None:
    made = texts(plan(task(input="iris.skops")))
    docker = made["Dockerfile"]
    assert re.findall(r"^USER (\d+)$", docker, re.MULTILINE) == ["10001"]
    assert len(re.findall(r"^FROM python:3\.\d+-slim", docker, re.MULTILINE)) == 2
    assert "HEALTHCHECK" in docker
    assert "curl" not in docker
    assert made[".dockerignore"].splitlines()[0] == "*"
    assert "UNVERIFIED" in made["README.md"]


def test_the_skill_file_is_valid_and_names_every_parameter(skill: Skill) -> None:
    pack = builtin_pack()
    path = pack.folder("skills") / "serving" / "SKILL.md"
    assert read(path, pack).name == skill.name
    text = path.read_text(encoding="utf-8")
    for name, field in skill.actions[0].parameters.model_fields.items():
        assert field.description
        assert f"| `{name}` |" in text
    assert text.count("\n") < 200


def test_the_largest_body_holds_every_feature(task: Asked, plan: Planned, tmp_path: Path) -> None:
    wide = np.random.default_rng(0).normal(size=(20, 3000))
    skops, linear = (import_module(name) for name in ("skops.io", "sklearn.linear_model"))
    skops.dump(linear.Ridge().fit(wide, wide[:, 0]), tmp_path / "wide.skops")
    made = plan(task(input=str(tmp_path / "wide.skops"), replay_rows=100))
    assert made.answers["max_body_bytes"] == 2 * sum(len(f'"x{index}"') + 32 for index in range(3000))
    assert len(texts(made)["model/example.json"]) < 2 * sum(len(f'"x{index}"') + 32 for index in range(3000))
