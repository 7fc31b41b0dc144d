"""Values a scikit-learn model turns on, feature by feature: where a service and its model come apart if they do."""

from collections.abc import Iterator, Sequence
from typing import cast

import numpy as np
from numpy.typing import NDArray

from .libraries import Rows
from .model import Landmarks


def of_trees(estimator: object) -> Landmarks:
    """Return the thresholds of an estimator that is a tree or made of trees; empty for others."""
    pairs = [_splits(tree) for tree in members(estimator)]
    if not pairs:
        return {}
    features, thresholds = (np.concatenate(column) for column in zip(*pairs, strict=True))
    return {int(feature): np.unique(thresholds[features == feature]) for feature in np.unique(features)}


def members(estimator: object) -> Iterator[object]:
    """Return the grown trees an estimator is made of, itself where it is one; members that are no trees too."""
    if hasattr(estimator, "tree_"):
        yield estimator
    for name in ("estimators_", "_predictors"):
        held = cast("Sequence[object]", getattr(estimator, name, ()))
        yield from np.ravel(np.asarray(held, dtype=object))


def _splits(tree: object) -> tuple[NDArray[np.int64], Rows]:
    """Return the feature and the threshold of every inner node."""
    nodes = cast("dict[str, NDArray[np.generic]] | None", getattr(tree, "nodes", None))
    if nodes is not None:
        inner = nodes["is_leaf"] == 0
        return nodes["feature_idx"][inner].astype(np.int64), nodes["num_threshold"][inner].astype(np.float64)
    grown = getattr(tree, "tree_", None)
    features = np.asarray(getattr(grown, "feature", ()), dtype=np.int64)
    thresholds = np.asarray(getattr(grown, "threshold", ()), dtype=np.float64)
    return features[features >= 0], thresholds[features >= 0]


def of_scaler(step: object) -> Landmarks:
    """Return what a first step learnt of each feature: its middle, and a spread to both sides."""
    edges = [getattr(step, name, None) for name in ("data_min_", "data_max_")]
    middle = _first(step, "mean_", "center_", "statistics_")
    spread = _first(step, "scale_")
    if all(edge is not None for edge in edges):
        table = np.stack([np.asarray(edge, dtype=np.float64) for edge in edges])
    elif middle is not None:
        table = np.stack(
            [middle + distance * (spread if spread is not None else 1.0) for distance in (-3, -1, 0, 1, 3)]
        )
    else:
        return {}
    return {feature: np.unique(table[:, feature]) for feature in range(table.shape[1])}


def _first(step: object, *names: str) -> Rows | None:
    for name in names:
        found: object = getattr(step, name, None)
        if isinstance(found, np.ndarray) and found.ndim == 1:
            return cast("Rows", found.astype(np.float64))
    return None
