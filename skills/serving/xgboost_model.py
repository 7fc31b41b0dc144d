"""XGBoost models, read from their JSON."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict, cast

import numpy as np
from numpy.typing import NDArray

from agent.api import Refused

from . import libraries
from .libraries import Rows
from .model import Label, Landmarks, Outputs, Task

if TYPE_CHECKING:
    import xgboost

CLASSIFIERS = frozenset({"binary:logistic", "multi:softprob", "multi:softmax"})
REGRESSORS = ("reg:", "count:poisson")
EVEN = 0.5
TREE_BOOSTERS = frozenset({"gbtree", "dart"})


class Tree(TypedDict):
    """The part of a tree in the JSON that is read: a node is inner where it has a left child."""

    left_children: list[int]
    split_indices: list[int]
    split_conditions: list[float]


@dataclass(frozen=True)
class XgboostModel:
    """A booster, and what its JSON says about it."""

    booster: "xgboost.Booster"
    objective: str
    width: int
    names: tuple[str, ...] | None
    classes: tuple[Label, ...] | None
    rounds: int
    trees: tuple[Tree, ...]

    float32 = True
    missing_allowed = True

    @property
    def packages(self) -> tuple[str, ...]:
        """Return the distribution that brought xgboost: it comes under two names."""
        from importlib.metadata import packages_distributions

        return (packages_distributions()["xgboost"][0],)

    @property
    def task(self) -> Task:
        """Return the task, which the objective tells."""
        return "classification" if self.classes is not None else "regression"

    @property
    def probabilities(self) -> bool:
        """Return whether it answers probabilities; multi:softmax answers the label alone."""
        return self.classes is not None and self.objective != "multi:softmax"

    @property
    def description(self) -> str:
        """Return the objective and the number of trees."""
        return f"XGBoost, {self.objective}, {len(self.trees)} trees"

    @property
    def settings(self) -> dict[str, object]:
        """Return what the engine's template needs."""
        return {"rounds": self.rounds}

    def predict(self, rows: Rows) -> Outputs:
        """Predict rows of shape (n, width)."""
        import xgboost

        matrix = xgboost.DMatrix(rows, feature_names=self.booster.feature_names)
        values = cast("NDArray[np.float32]", self.booster.predict(matrix, iteration_range=(0, self.rounds)))
        if self.classes is None:
            return Outputs(values.ravel().tolist())
        if self.objective == "multi:softmax":
            return Outputs([self.classes[int(value)] for value in values.tolist()])
        shares = values if values.ndim > 1 else np.column_stack((1 - values, values))
        chosen = shares.argmax(axis=1) if values.ndim > 1 else (values > EVEN).astype(int)
        indices: list[int] = chosen.tolist()
        return Outputs([self.classes[index] for index in indices], shares.astype(np.float64))

    def landmarks(self) -> Landmarks:
        """Return the thresholds of the trees."""
        found: dict[int, list[float]] = {}
        for tree in self.trees:
            for left, feature, threshold in zip(
                tree["left_children"], tree["split_indices"], tree["split_conditions"], strict=True
            ):
                if left >= 0:
                    found.setdefault(feature, []).append(threshold)
        return {feature: np.unique(values) for feature, values in found.items()}


def load(content: bytes) -> XgboostModel:
    """Load an XGBoost JSON file; raises Refused for what is not served, by name."""
    libraries.require("xgboost", "xgboost")
    import xgboost

    try:
        booster = xgboost.Booster({"nthread": 1}, model_file=bytearray(content))
        learner = json.loads(content)["learner"]
        kind, objective = str(learner["gradient_booster"]["name"]), str(learner["objective"]["name"])
        targets = int(learner["learner_model_param"].get("num_target", 1))
        count = int(learner["learner_model_param"]["num_class"])
        categorical = "c" in learner["feature_types"]
        best = booster.attr("best_iteration")
        rounds = 0 if best is None else int(best) + 1
    except (xgboost.core.XGBoostError, KeyError, TypeError, ValueError) as problem:
        raise Refused(f"xgboost cannot read the model file: {str(problem).splitlines()[0]}") from problem
    _refuse(kind, objective, targets, categorical, booster.num_features())
    gradient = learner["gradient_booster"]
    trees = (gradient["gbtree"] if kind == "dart" else gradient)["model"]["trees"]
    return XgboostModel(
        booster=booster,
        objective=objective,
        width=booster.num_features(),
        names=tuple(booster.feature_names) if booster.feature_names else None,
        classes=tuple(range(max(count, 2))) if objective in CLASSIFIERS else None,
        rounds=rounds,
        trees=tuple(trees),
    )


def _refuse(kind: str, objective: str, targets: int, categorical: bool, width: int) -> None:
    if width < 1:
        raise Refused("the model takes no features", "fit it before saving it")
    if kind not in TREE_BOOSTERS:
        raise Refused(f"an XGBoost model with the booster {kind} is not served", "boosters gbtree and dart are")
    if objective not in CLASSIFIERS and not objective.startswith(REGRESSORS):
        raise Refused(
            f"an XGBoost model with the objective {objective} is not served",
            f"served are {', '.join(sorted(CLASSIFIERS))}, reg:* and count:poisson",
        )
    if targets > 1:
        raise Refused(
            f"the model answers {targets} values a row; a service for one target is made", "serve one model a target"
        )
    if categorical:
        raise Refused(
            "the model has categorical features",
            "encode them as numbers before training; tables come in a later version",
        )
