"""Estimators of scikit-learn: the ones that are served, and trees that were bent to lead out of their own arrays."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from agent.api import Refused

skops: Any = import_module("skops.io")
X = np.random.default_rng(0).normal(size=(40, 3))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture
def load(part: Callable[[str], Any]) -> Callable[[Path], Any]:
    return lambda path: part("artifact").load(path, frozenset())


def bent(change: Callable[[Any], None], module: str, name: str, **settings: object) -> Callable[[Path], None]:
    """A way to write a model whose arrays were changed after training."""

    def write(path: Path) -> None:
        made = getattr(import_module(f"sklearn.{module}"), name)(**settings).fit(X, Y)
        change(made)
        skops.dump(made, path)

    return write


def point_far(made: Any) -> None:
    made.estimators_[0].tree_.children_right[0] = 1_000_000


def point_back(made: Any) -> None:
    made.estimators_[0].tree_.children_left[0] = 0


def ask_for_another_feature(made: Any) -> None:
    made.estimators_[0].tree_.feature[0] = 3


def boost_far(made: Any) -> None:
    made._predictors[0][0].nodes["right"][0] = 1_000_000


def neighbour_far(made: Any) -> None:
    state = list(made._tree.__getstate__())
    state[1] = np.full_like(state[1], 1_000_000)
    made._tree.__setstate__(tuple(state))


WILD = {
    "a child that does not exist": bent(point_far, "ensemble", "RandomForestClassifier", n_estimators=2),
    "a circle": bent(point_back, "ensemble", "RandomForestClassifier", n_estimators=2),
    "a feature that does not exist": bent(ask_for_another_feature, "ensemble", "ExtraTreesClassifier", n_estimators=2),
    "a boosted tree": bent(boost_far, "ensemble", "HistGradientBoostingClassifier", max_iter=2, min_samples_leaf=2),
    "a row that does not exist": bent(neighbour_far, "neighbors", "KNeighborsClassifier", algorithm="kd_tree"),
}


@pytest.mark.parametrize("write", WILD.values(), ids=WILD)
def test_a_tree_that_points_outside_itself_never_predicts(
    load: Callable[..., Any], tmp_path: Path, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "model")
    with pytest.raises(Refused, match="points outside itself"):
        load(tmp_path / "model")


SERVED: list[tuple[str, str, dict[str, object]]] = [
    ("neighbors", "KNeighborsClassifier", {"algorithm": "kd_tree"}),
    ("neighbors", "KNeighborsRegressor", {"algorithm": "ball_tree", "metric": "manhattan"}),
    ("tree", "DecisionTreeClassifier", {}),
    ("ensemble", "ExtraTreesRegressor", {"n_estimators": 3}),
    ("ensemble", "AdaBoostClassifier", {"n_estimators": 3}),
    ("ensemble", "BaggingClassifier", {"n_estimators": 3, "max_features": 0.5}),
    ("ensemble", "GradientBoostingRegressor", {"n_estimators": 3, "max_leaf_nodes": 4}),
    ("ensemble", "HistGradientBoostingRegressor", {"max_iter": 3}),
    ("neural_network", "MLPClassifier", {"max_iter": 2000}),
    ("svm", "SVC", {}),
    ("dummy", "DummyClassifier", {}),
    ("linear_model", "SGDClassifier", {}),
]


@pytest.mark.parametrize(("module", "name", "settings"), SERVED, ids=[name for _, name, _ in SERVED])
def test_estimators_of_scikit_learn_are_read(
    load: Callable[..., Any], tmp_path: Path, module: str, name: str, settings: dict[str, object]
) -> None:
    made = getattr(import_module(f"sklearn.{module}"), name)(**settings)
    rows = np.column_stack((X[:, 0], np.rint(np.abs(X[:, 1])), X[:, 2]))
    skops.dump(made.fit(rows, Y), tmp_path / "model")
    assert load(tmp_path / "model").model.predict(rows).predictions == made.predict(rows).tolist()
