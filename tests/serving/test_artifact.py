"""Loading a model: nothing of the file runs, and what cannot be served is refused with what to do."""

import hashlib
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.api import BadRequest, Refused

Part = Callable[[str], Any]
skops: Any = import_module("skops.io")
onnx: Any = import_module("onnx.helper")
joblib: Any = import_module("joblib")
ensemble: Any = import_module("sklearn.ensemble")
X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def load(part: Part) -> Callable[..., Any]:
    def from_path(path: Path, trusted: frozenset[str] = frozenset()) -> Any:
        return part("artifact").load(path, trusted)

    return from_path


@pytest.mark.parametrize("name", ["model.pkl", "model.joblib", "model.onnx", "model.skops", "model.json"])
def test_a_pickle_is_refused_unexecuted_under_any_name(
    load: Callable[..., Any], tmp_path: Path, hostile: bytes, marker: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(hostile)
    with pytest.raises(Refused, match="executes code when loaded") as refused:
        load(path)
    assert hashlib.sha256(hostile).hexdigest() in refused.value.hint
    assert not marker.exists()


def test_trust_is_in_bytes_and_another_file_has_none(
    load: Callable[..., Any], tmp_path: Path, hostile: bytes, marker: Path, models: Path
) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(hostile)
    with pytest.raises(Refused):
        load(path, frozenset({hashlib.sha256((models / "iris.joblib").read_bytes()).hexdigest()}))
    assert not marker.exists()


def test_files_beside_the_model_are_never_opened(
    load: Callable[..., Any], tmp_path: Path, hostile: bytes, marker: Path, models: Path
) -> None:
    path = tmp_path / "model.skops"
    path.write_bytes((models / "iris.skops").read_bytes())
    for beside in ("model.skops.meta", "model.meta", "model.pkl"):
        (tmp_path / beside).write_bytes(hostile)
    assert load(path).format == "skops"
    assert not marker.exists()


def test_a_trusted_pickle_becomes_skops_with_the_same_answers_and_bytes(
    load: Callable[..., Any], models: Path, tmp_path: Path
) -> None:
    digest = hashlib.sha256((models / "iris.joblib").read_bytes()).hexdigest()
    first, second = (load(models / "iris.joblib", frozenset({digest})) for _ in range(2))
    assert first.content == second.content
    assert first.original_sha256 == digest != first.sha256
    packed = tmp_path / "model"
    packed.write_bytes(first.content)
    rows = np.random.default_rng(0).normal(3, 2, (50, 4))
    original, converted = (one.model.predict(rows) for one in (first, load(packed)))
    assert original.predictions == converted.predictions
    assert np.array_equal(original.probabilities, converted.probabilities)


def test_a_model_of_another_scikit_learn_is_refused_with_both_versions(
    load: Callable[..., Any], models: Path, tmp_path: Path
) -> None:
    installed = import_module("sklearn").__version__
    path = tmp_path / "old.skops"
    with zipfile.ZipFile(models / "iris.skops") as source, zipfile.ZipFile(path, "w") as target:
        for name in source.namelist():
            target.writestr(
                name,
                source.read(name).replace(installed.encode(), b"1.5.2") if name == "schema.json" else source.read(name),
            )
    with pytest.raises(Refused, match=rf"1\.5\.2, and {installed}"):
        load(path)


def test_a_skops_file_with_another_type_is_refused_by_its_name(
    load: Callable[..., Any], models: Path, tmp_path: Path
) -> None:
    path = tmp_path / "sly.skops"
    with zipfile.ZipFile(models / "iris.skops") as source, zipfile.ZipFile(path, "w") as target:
        schema = json.loads(source.read("schema.json"))
        schema["__class__"], schema["__module__"] = "Popen", "subprocess"
        for name in source.namelist():
            target.writestr(name, json.dumps(schema) if name == "schema.json" else source.read(name))
    with pytest.raises(Refused, match=r"subprocess\.Popen"):
        load(path)


def unfitted(module: str, name: str, fit: bool = False, target: Any = None, **settings: object) -> Any:
    made = getattr(import_module(f"sklearn.{module}"), name)(**settings)
    return made.fit(X, Y if target is None else target) if fit else made


NOT_SERVED = {
    "not fitted": (lambda: unfitted("linear_model", "Ridge"), "not fitted"),
    "a transformer": (lambda: unfitted("preprocessing", "StandardScaler", fit=True), "neither"),
    "a clustering": (lambda: unfitted("cluster", "KMeans", fit=True, n_clusters=2), "neither"),
    "several targets": (
        lambda: unfitted("linear_model", "LinearRegression", fit=True, target=np.column_stack((Y, Y))),
        "2 values a row",
    ),
    "several labels": (
        lambda: unfitted("tree", "DecisionTreeClassifier", fit=True, target=np.column_stack((Y, 1 - Y))),
        "2 values a row",
    ),
    "not a model": (lambda: {"weights": [1.0]}, "neither"),
}


@pytest.mark.parametrize(("make", "told"), NOT_SERVED.values(), ids=NOT_SERVED)
def test_scikit_learn_objects_that_cannot_be_served(
    load: Callable[..., Any], tmp_path: Path, make: Callable[[], Any], told: str
) -> None:
    path = tmp_path / "model"
    skops.dump(make(), path)
    with pytest.raises(Refused, match=told):
        load(path)


def test_a_pipeline_that_needs_column_names(load: Callable[..., Any], tmp_path: Path) -> None:
    compose, scaler = import_module("sklearn.compose"), unfitted("preprocessing", "StandardScaler")
    columns = compose.ColumnTransformer([("scale", scaler, [0, 1])])
    made = import_module("sklearn.pipeline").make_pipeline(columns, unfitted("linear_model", "Ridge")).fit(X, Y)
    # What it would hold had it been fitted on a data frame with columns by name.
    made[0].feature_names_in_ = np.array(["a", "b", "c"], dtype=object)
    made[0]._columns = [["a", "b"]]
    made[0].transformers_[0] = ("scale", made[0].transformers_[0][1], ["a", "b"])
    path = tmp_path / "model"
    skops.dump(made, path)
    with pytest.raises(Refused, match="does not predict a row of numbers"):
        load(path)


Change = Callable[[dict[str, Any]], object]


def booster(folder: Path, change: Change) -> Path:
    document = json.loads((folder / "cancer.json").read_text())
    change(document["learner"])
    path = folder / "changed"
    path.write_text(json.dumps(document))
    return path


XGBOOST: dict[str, tuple[Change, str]] = {
    "a ranking": (lambda learner: learner["objective"].update(name="rank:pairwise"), r"rank:pairwise"),
    "categories": (lambda learner: learner.update(feature_types=["c"] * 30), "categorical"),
    "no trees at all": (lambda learner: learner.pop("gradient_booster"), "xgboost cannot read"),
    "nothing in it": (lambda learner: learner.clear(), "xgboost cannot read"),
}


@pytest.mark.parametrize(("change", "told"), XGBOOST.values(), ids=XGBOOST)
def test_xgboost_models_that_cannot_be_served(
    load: Callable[..., Any], models: Path, change: Change, told: str
) -> None:
    with pytest.raises(Refused, match=told):
        load(booster(models, change))


def graph(
    inputs: list[list[int | None]], outputs: list[tuple[str, int, list[int | None]]], operator: str = "Identity"
) -> bytes:
    names = [f"x{index}" for index in range(len(inputs))]
    nodes = [onnx.make_node(operator, [names[0]], [name]) for name, _, _ in outputs]
    made = onnx.make_graph(
        nodes,
        "made",
        [onnx.make_tensor_value_info(name, 1, shape) for name, shape in zip(names, inputs, strict=True)],
        [onnx.make_tensor_value_info(*output) for output in outputs],
    )
    return onnx.make_model(made, opset_imports=[onnx.make_opsetid("", 17)], ir_version=9).SerializeToString()


ONNX = {
    "two inputs": (graph([[None, 3], [None, 3]], [("y", 1, [None, 3])]), "2 inputs"),
    "a fixed batch": (graph([[1, 3]], [("y", 1, [1, 3])]), "fixed shape"),
    "images": (graph([[None, 3, 8, 8]], [("y", 1, [None, 3, 8, 8])]), "shape"),
    "no features": (graph([[None, 0]], [("y", 1, [None, 0])]), "shape"),
    "several values": (graph([[None, 3]], [("y", 1, [None, 3])]), "served are"),
    "an operator nobody has": (graph([[None, 1]], [("y", 1, [None, 1])], "NoSuchOperator"), "onnxruntime cannot load"),
}


@pytest.mark.parametrize(("content", "told"), ONNX.values(), ids=ONNX)
def test_onnx_models_that_cannot_be_served(load: Callable[..., Any], tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "model"
    path.write_bytes(content)
    with pytest.raises(Refused, match=told):
        load(path)


def test_weights_in_another_file_are_not_read(load: Callable[..., Any], tmp_path: Path) -> None:
    proto: Any = import_module("onnx")
    weight = onnx.make_tensor("w", 1, [3, 1], [1.0, 2.0, 3.0])
    weight.ClearField("float_data")
    weight.data_location = proto.TensorProto.EXTERNAL
    weight.external_data.add(key="location", value="weights.bin")
    (tmp_path / "weights.bin").write_bytes(np.ones(3, np.float32).tobytes())
    made = onnx.make_graph(
        [onnx.make_node("MatMul", ["x", "w"], ["y"])],
        "made",
        [onnx.make_tensor_value_info("x", 1, [None, 3])],
        [onnx.make_tensor_value_info("y", 1, [None, 1])],
        [weight],
    )
    path = tmp_path / "model.onnx"
    path.write_bytes(onnx.make_model(made, opset_imports=[onnx.make_opsetid("", 17)], ir_version=9).SerializeToString())
    with pytest.raises(Refused, match="another file"):
        load(path)


def test_a_path_that_is_no_file(load: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="is a folder"):
        load(tmp_path)
    with pytest.raises(BadRequest, match="there is no file"):
        load(tmp_path / "absent")


CONVERT = """
import hashlib, sys
from pathlib import Path
from agent.skills.discovery import load
from importlib import import_module
load(Path(sys.argv[1]), "builtin")
path = Path(sys.argv[2])
digest = hashlib.sha256(path.read_bytes()).hexdigest()
made = import_module("mlwright_packs.builtin.serving.artifact").load(path, frozenset({digest}))
print(made.sha256)
"""


def test_a_trusted_forest_becomes_the_same_file_in_every_process(tmp_path: Path) -> None:
    # A tree's nodes have padding between their fields, which holds whatever memory held.
    joblib.dump(ensemble.RandomForestClassifier(5, random_state=0).fit(X, Y), tmp_path / "forest.joblib")
    skill = Path(__file__).parents[2] / "skills" / "serving"
    command = [sys.executable, "-c", CONVERT, str(skill), str(tmp_path / "forest.joblib")]
    sums = {subprocess.run(command, capture_output=True, text=True, check=True).stdout for _ in range(3)}
    assert len(sums) == 1
