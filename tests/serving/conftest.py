"""Small real models, the skill as the engine loads it, and a way to write what it plans."""

import csv
import os
import pickle
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.api import Plan, Skill, Task
from agent.proof.progress import silent
from agent.skills.discovery import load

SKILL = Path(__file__).resolve().parents[2] / "skills" / "serving"

datasets: Any = import_module("sklearn.datasets")
ensemble: Any = import_module("sklearn.ensemble")
linear: Any = import_module("sklearn.linear_model")
pipeline: Any = import_module("sklearn.pipeline")
preprocessing: Any = import_module("sklearn.preprocessing")
skops: Any = import_module("skops.io")
joblib: Any = import_module("joblib")


@pytest.fixture(scope="session")
def skill() -> Skill:
    return load(SKILL, "builtin")


@pytest.fixture(scope="session")
def part(skill: Skill) -> Callable[[str], Any]:
    """`part("formats")` is that module of the skill."""
    return lambda name: import_module(f"{type(skill).__module__}.{name}")


@pytest.fixture
def task(skill: Skill, models: Path, tmp_path: Path) -> Callable[..., Task]:
    """`task(input="iris.skops", ...)` asks for that model of `models` to be deployed."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()

    def of(trusted: frozenset[str] = frozenset(), **parameters: object) -> Task:
        (action,) = skill.actions
        return Task(action.name, action.parameters.model_validate(parameters), models, scratch, trusted)

    return of


@pytest.fixture
def plan(skill: Skill) -> Callable[[Task], Plan]:
    return lambda task: skill.plan(task, silent)


@pytest.fixture
def write(plan: Callable[[Task], Plan], tmp_path: Path) -> Callable[[Task], Path]:
    """Write what a task plans to a folder, as the engine would."""

    def to_disk(task: Task) -> Path:
        for file in plan(task).files:
            path = tmp_path / "project" / file.path
            path.parent.mkdir(parents=True, exist_ok=True)
            if file.text is not None:
                path.write_text(file.text, encoding="utf-8")
            else:
                shutil.copy(file.source or "", path)
        return tmp_path / "project"

    return to_disk


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of model files, and `cancer.csv`, rows one of them was trained on."""
    folder = tmp_path_factory.mktemp("models")
    _sklearn(folder)
    _xgboost(folder)
    _onnx(folder)
    return folder


def _sklearn(folder: Path) -> None:
    cancer, iris, diabetes = datasets.load_breast_cancer(), datasets.load_iris(), datasets.load_diabetes()
    boosted = ensemble.HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(cancer.data, cancer.target)
    # As a model fitted on a data frame has it; the boosting takes missing values.
    boosted.feature_names_in_ = np.array(cancer.feature_names, dtype=object)
    skops.dump(boosted, folder / "cancer.skops")
    named = np.array(iris.target_names)[iris.target]
    scaled = pipeline.make_pipeline(preprocessing.StandardScaler(), linear.LogisticRegression()).fit(iris.data, named)
    skops.dump(scaled, folder / "iris.skops")
    forest = ensemble.RandomForestRegressor(10, random_state=0).fit(diabetes.data, diabetes.target)
    skops.dump(forest, folder / "diabetes.skops")
    grown = ensemble.GradientBoostingClassifier(n_estimators=5, random_state=0).fit(iris.data, named)
    joblib.dump(grown, folder / "iris.joblib", compress=3)
    with (folder / "cancer.csv").open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow([*cancer.feature_names, "malignant"])
        writer.writerows([*map(float, row), int(label)] for row, label in zip(cancer.data, cancer.target, strict=True))


def _xgboost(folder: Path) -> None:
    xgboost: Any = import_module("xgboost")
    cancer = datasets.load_breast_cancer()
    model = xgboost.XGBClassifier(n_estimators=10, max_depth=3, n_jobs=1).fit(cancer.data, cancer.target)
    model.save_model(folder / "cancer.json")


def _onnx(folder: Path) -> None:
    """A logistic regression on iris as other tools export it: a label, and probabilities as a mapping a row."""
    helper: Any = import_module("onnx.helper")
    iris = datasets.load_iris()
    fitted = linear.LogisticRegression(max_iter=500).fit(iris.data, iris.target)
    labels = {"classlabels_strings": list(map(str, iris.target_names))}
    weights = {"coefficients": fitted.coef_.ravel().tolist(), "intercepts": fitted.intercept_.tolist()}
    nodes = [
        helper.make_node(
            "LinearClassifier",
            ["x"],
            ["label", "raw"],
            domain="ai.onnx.ml",
            post_transform="SOFTMAX",
            **labels,
            **weights,
        ),
        helper.make_node("ZipMap", ["raw"], ["shares"], domain="ai.onnx.ml", **labels),
    ]
    mapping = helper.make_map_type_proto(8, helper.make_tensor_type_proto(1, []))
    outputs = [
        helper.make_tensor_value_info("label", 8, [None]),
        helper.make_value_info("shares", helper.make_sequence_type_proto(mapping)),
    ]
    graph = helper.make_graph(nodes, "iris", [helper.make_tensor_value_info("x", 1, [None, 4])], outputs)
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]
    (folder / "iris.onnx").write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString())


class Hostile:
    """Unpickling it makes a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[str, int]]:
        return os.open, (str(self.marker), os.O_CREAT | os.O_WRONLY)


@pytest.fixture
def marker(tmp_path: Path) -> Path:
    """The file that exists once a hostile pickle was loaded."""
    return tmp_path / "executed"


@pytest.fixture
def hostile(marker: Path) -> bytes:
    return pickle.dumps(Hostile(marker))
