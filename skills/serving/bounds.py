"""Refusing trees whose indices lead out of their own arrays.

Scikit-learn follows the indices of trees without looking: a file made for it could crash the process that predicts, or
have it read foreign memory. What is refused here never predicts.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from agent.api import Refused

from .landmarks import members

Ints = NDArray[np.int64]
NEIGHBOURS = frozenset({"KDTree", "BallTree"})
PLAIN = (str, bytes, int, float, bool, type(None), np.generic)


def refuse_wild_indices(estimator: object) -> None:
    """Look at every tree in a loaded estimator; raises Refused for one that points outside itself."""
    for part in _parts(estimator):
        width = getattr(part, "n_features_in_", None)
        sound = all(_sound(member, int(width)) for member in members(part)) if width is not None else True
        if not sound or (type(part).__name__ in NEIGHBOURS and not _sound_neighbours(part)):
            raise Refused(
                f"a tree in the {type(part).__name__} points outside itself", "the file was damaged or made to do harm"
            )


def _parts(root: object) -> Iterator[object]:
    """Return an object and all that it holds, each once."""
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, PLAIN):
            continue
        seen.add(id(part))
        yield part
        if isinstance(part, np.ndarray):
            held = cast("list[object]", part.ravel().tolist()) if part.dtype == object else []
        elif isinstance(part, Mapping):
            held = list(cast("Mapping[object, object]", part).values())
        elif isinstance(part, list | tuple | set | frozenset):
            held = list(cast("list[object]", part))
        else:
            held = list(cast("dict[str, object]", getattr(part, "__dict__", {})).values())
        waiting += held


def _sound(member: object, width: int) -> bool:
    """Whether a grown tree's children come after it and exist, and its features are among `width`."""
    nodes = cast("dict[str, NDArray[np.generic]] | None", getattr(member, "nodes", None))
    if nodes is not None:
        inner = nodes["is_leaf"] == 0
        left, right, feature = (nodes[name].astype(np.int64)[inner] for name in ("left", "right", "feature_idx"))
        categorical = nodes["is_categorical"][inner].astype(bool)
        bitsets = nodes["bitset_idx"].astype(np.int64)[inner][categorical]
        known = len(cast("Ints", getattr(member, "raw_left_cat_bitsets", ())))
        return _inside(inner, left, right, feature, width) and bool((bitsets < known).all())
    tree = getattr(member, "tree_", None)
    if tree is None:
        return True
    left, right, feature = (
        np.asarray(getattr(tree, name), dtype=np.int64) for name in ("children_left", "children_right", "feature")
    )
    inner = left != -1
    return _inside(inner, left[inner], right[inner], feature[inner], width) and bool((right[~inner] == -1).all())


def _inside(inner: NDArray[np.bool_], left: Ints, right: Ints, feature: Ints, width: int) -> bool:
    places, count = np.flatnonzero(inner), len(inner)
    children = all(bool(((child > places) & (child < count)).all()) for child in (left, right))
    return count > 0 and children and bool(((feature >= 0) & (feature < width)).all())


def _sound_neighbours(tree: object) -> bool:
    """Whether a tree of neighbours names rows and ranges of rows that exist, and has as many nodes as levels make."""
    state = cast("Callable[[], tuple[NDArray[np.generic], ...]]", tree.__getstate__)()
    rows, edges = np.asarray(state[0]), np.asarray(state[3])
    nodes = cast("Mapping[str, NDArray[np.generic]]", np.asarray(state[2]))
    levels, count = int(cast("int", state[5])), int(cast("int", state[6]))
    order, starts, ends = (
        np.asarray(part, dtype=np.int64) for part in (state[1], nodes["idx_start"], nodes["idx_end"])
    )
    return (
        count == len(starts) == edges.shape[1] == 2**levels - 1
        and edges.shape[2] == rows.shape[1]
        and bool(((order >= 0) & (order < len(rows))).all())
        and len(order) == len(rows)
        and bool(((starts >= 0) & (starts <= ends) & (ends <= len(rows))).all())
    )
