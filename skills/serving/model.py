"""What every format's model is to the rest: something of known width that predicts rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from agent.api import Refused

from .libraries import Rows

Task = Literal["classification", "regression"]
Label = str | int | float | bool
Landmarks = dict[int, NDArray[np.float64]]
"""By feature, values the model or its training data turns on: thresholds, means, edges."""


@dataclass(frozen=True)
class Outputs:
    """What a model says about n rows: n predictions, and (n, classes) probabilities where it has them."""

    predictions: Sequence[Label]
    probabilities: Rows | None = None

    def finite(self) -> NDArray[np.bool_]:
        """Say for each row whether every number in its answer is finite."""
        if self.probabilities is not None:
            return np.all(np.isfinite(self.probabilities), axis=1)
        return np.array(
            [not isinstance(value, float) or bool(np.isfinite(value)) for value in self.predictions], dtype=bool
        )

    def take(self, kept: NDArray[np.bool_]) -> "Outputs":
        """Return the answers of the rows that are `kept`."""
        predictions = [value for value, keep in zip(self.predictions, kept.tolist(), strict=True) if keep]
        return Outputs(predictions, None if self.probabilities is None else self.probabilities[kept])


class Model(Protocol):
    """A loaded model of any format."""

    @property
    def task(self) -> Task:
        """What it answers: labels or values."""
        ...

    @property
    def width(self) -> int:
        """The number of features."""
        ...

    @property
    def names(self) -> tuple[str, ...] | None:
        """The features' names as the file tells them; None when it does not."""
        ...

    @property
    def classes(self) -> tuple[Label, ...] | None:
        """The labels in the order of the probabilities; None for a regression."""
        ...

    @property
    def probabilities(self) -> bool:
        """Whether it answers probabilities."""
        ...

    @property
    def float32(self) -> bool:
        """Whether it computes in 32-bit floats."""
        ...

    @property
    def missing_allowed(self) -> bool:
        """Whether it takes NaN for a value that is not known."""
        ...

    @property
    def description(self) -> str:
        """What it is, for people."""
        ...

    @property
    def packages(self) -> tuple[str, ...]:
        """The distributions a service of it needs."""
        ...

    @property
    def settings(self) -> dict[str, object]:
        """The values its engine's template needs beyond the common ones."""
        ...

    def predict(self, rows: Rows) -> Outputs:
        """Answer rows of shape (n, width); raises what its library raises."""
        ...

    def landmarks(self) -> Landmarks:
        """Return the values its answers turn on, by feature."""
        ...


def single_column(values: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return predictions as one value a row; raises Refused for a model of several targets."""
    if values.size == len(values):
        return values.ravel()
    raise Refused(
        f"the model answers {values.shape[1]} values a row; a service for one target is made",
        "serve one model a target",
    )
