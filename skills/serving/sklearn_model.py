"""Scikit-learn models, read from a skops file within a closed list of types."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from numpy.typing import NDArray

from agent.api import Refused

from . import bounds, landmarks, libraries
from .libraries import Estimator, Rows
from .model import Label, Landmarks, Outputs, Task, single_column

# What estimators need beyond the types skops trusts by itself: data and pure functions, none of which runs code of the
# file's choice.
ALLOWED = frozenset(
    {
        "numpy.dtype",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.feature_selection._univariate_selection.f_classif",
        "sklearn.feature_selection._univariate_selection.f_regression",
        "sklearn.metrics._dist_metrics.ChebyshevDistance64",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.ManhattanDistance64",
        "sklearn.metrics._dist_metrics.MinkowskiDistance64",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
    }
)
# Their predict() takes the largest of the probabilities that predict_proba() returns: one call serves for both.
LARGEST_PROBABILITY = frozenset(
    {
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
        "ExtraTreesClassifier",
        "HistGradientBoostingClassifier",
        "LogisticRegression",
        "RandomForestClassifier",
    }
)
TOO_LARGE_FOR_FLOAT32 = 1e39


@dataclass(frozen=True)
class SklearnModel:
    """A fitted estimator or pipeline."""

    estimator: Estimator
    task: Task
    width: int
    names: tuple[str, ...] | None
    classes: tuple[Label, ...] | None
    probabilities: bool
    float32: bool
    missing_allowed: bool
    trusted: tuple[str, ...]

    packages = ("scikit-learn", "skops")

    @property
    def description(self) -> str:
        """Return the estimators' names, as "StandardScaler, LogisticRegression"."""
        return ", ".join(type(step).__name__ for step in steps(self.estimator))

    @property
    def settings(self) -> dict[str, object]:
        """Return what the engine's template needs."""
        last = type(steps(self.estimator)[-1]).__name__
        return {"trusted": self.trusted, "label_from_probabilities": self.probabilities and last in LARGEST_PROBABILITY}

    def predict(self, rows: Rows) -> Outputs:
        """Predict rows of shape (n, width)."""
        with quiet():
            predictions = cast("list[Label]", single_column(self.estimator.predict(rows)).tolist())
            return Outputs(predictions, self.estimator.predict_proba(rows) if self.probabilities else None)

    def landmarks(self) -> Landmarks:
        """Return thresholds of trees that see the features as they come, and what a first scaler learnt of them."""
        first, last = steps(self.estimator)[0], steps(self.estimator)[-1]
        return landmarks.of_trees(last) if first is last else landmarks.of_scaler(first)


def load(content: bytes) -> SklearnModel:
    """Load a skops file; raises Refused for a type that is not on the list, another version, or no usable estimator."""
    io = libraries.skops()
    libraries.sklearn()
    try:
        needed = tuple(sorted(io.get_untrusted_types(data=content)))
    except Exception as problem:  # skops raises what its parsing of a damaged schema happens to raise
        raise Refused(f"the skops file cannot be read: {type(problem).__name__}: {problem}") from problem
    refuse_types(needed)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = io.loads(content, trusted=needed)
        except Exception as problem:  # as above; and estimators raise what their __setstate__ raises
            raise Refused(f"the skops file cannot be loaded: {type(problem).__name__}: {problem}") from problem
    refuse_version(caught)
    return of(found, needed)


def refuse_types(needed: Sequence[str]) -> None:
    """Raise Refused naming the types that are not on the list."""
    others = [name for name in needed if name not in ALLOWED]
    if others:
        raise Refused(
            f"the model holds types that are not on the list of those that cannot run code: {', '.join(others)}",
            "replace them by estimators of scikit-learn, or export the model to ONNX",
        )


def refuse_version(caught: Sequence[warnings.WarningMessage]) -> None:
    """Raise Refused with both versions when scikit-learn warned that the model was made with another one."""
    for item in caught:
        made = getattr(item.message, "original_sklearn_version", None)
        if made is not None:
            here = getattr(item.message, "current_sklearn_version", "another")
            raise Refused(
                f"the model was made with scikit-learn {made}, and {here} is installed: its answers may differ",
                f"pip install scikit-learn=={made}, or train it again with {here}",
            )


def of(estimator: object, trusted: tuple[str, ...] = ()) -> SklearnModel:
    """Describe a fitted estimator; raises Refused when it cannot be served."""
    bounds.refuse_wild_indices(estimator)
    task = _task(estimator)
    width = int(getattr(estimator, "n_features_in_", 0))
    if width < 1:
        raise Refused(f"the {type(estimator).__name__} is not fitted on any feature", "fit it before saving it")
    names = getattr(estimator, "feature_names_in_", None)
    fitted = cast("Estimator", estimator)
    zeros = np.zeros((1, width))
    _try(fitted, zeros)
    return SklearnModel(
        estimator=fitted,
        task=task,
        width=width,
        names=None if names is None else tuple(str(name) for name in names),
        classes=_classes(estimator) if task == "classification" else None,
        probabilities=task == "classification" and _accepts(lambda: fitted.predict_proba(zeros)),
        float32=not _accepts(lambda: fitted.predict(zeros + TOO_LARGE_FOR_FLOAT32)),
        missing_allowed=_accepts(lambda: fitted.predict(zeros + np.nan)),
        trusted=trusted,
    )


def steps(estimator: object) -> list[object]:
    """Return the steps of a pipeline, or the estimator itself."""
    found = cast("list[tuple[str, object]] | None", getattr(estimator, "steps", None))
    return [estimator] if found is None else [step for _, step in found if step not in (None, "passthrough")]


def quiet() -> "warnings.catch_warnings[None]":
    """Silence the warnings about names (rows are arrays here) and about overflow (answers are checked)."""
    return warnings.catch_warnings(action="ignore")


def _task(estimator: object) -> Task:
    base = libraries.sklearn()
    # Asking anything else than an estimator is an error in scikit-learn.
    if hasattr(estimator, "__sklearn_tags__"):
        if base.is_classifier(estimator):
            return "classification"
        if base.is_regressor(estimator):
            return "regression"
    raise Refused(
        f"the {type(estimator).__name__} is neither a classifier nor a regressor",
        "save the fitted model, not its data or settings",
    )


def _classes(estimator: object) -> tuple[Label, ...]:
    found: object = getattr(estimator, "classes_", None)
    if not isinstance(found, np.ndarray) or cast("NDArray[np.generic]", found).ndim != 1:
        raise Refused(
            "the classifier answers several labels a row; a service for one is made", "serve one model a label"
        )
    return tuple(cast("list[Label]", found.tolist()))


def _try(estimator: Estimator, row: Rows) -> None:
    try:
        with quiet():
            answer = estimator.predict(row)
    except Exception as problem:
        hint = "give it numbers in place of names and texts: fit on an array, or encode before the model; tables come in a later version"
        raise Refused(f"the model does not predict a row of numbers: {problem}", hint) from problem
    single_column(answer)


def _accepts(call: Callable[[], object]) -> bool:
    """Whether a prediction goes through; estimators say no by raising ValueError, and by lacking the method."""
    try:
        with quiet():
            call()
    except (ValueError, AttributeError):
        return False
    return True
