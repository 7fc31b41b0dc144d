"""The untyped libraries models are made with, each behind the few calls that are used; imported when asked for."""

import importlib
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from agent.api import MissingDependency

Rows = NDArray[np.float64]


class Estimator(Protocol):
    """A fitted scikit-learn estimator."""

    def predict(self, values: Rows, /) -> NDArray[np.generic]:
        """Return a label or a value for each row."""
        ...

    def predict_proba(self, values: Rows, /) -> Rows:
        """Return the probability of each class for each row."""
        ...


class Skops(Protocol):
    """The module skops.io."""

    def loads(self, data: bytes, *, trusted: Sequence[str]) -> object:
        """Build what `data` describes, of its own types and the `trusted` ones."""
        ...

    def dumps(self, obj: object) -> bytes:
        """Describe an object."""
        ...

    def get_untrusted_types(self, *, data: bytes) -> list[str]:
        """Return the types in `data` beyond its own."""
        ...


class Joblib(Protocol):
    """The module joblib."""

    def load(self, filename: object) -> object:
        """Unpickle a file; runs its code."""
        ...


class Sklearn(Protocol):
    """The module sklearn.base."""

    def is_classifier(self, estimator: object) -> bool:
        """Say whether it answers labels."""
        ...

    def is_regressor(self, estimator: object) -> bool:
        """Say whether it answers values."""
        ...


class Tensor(Protocol):
    """What onnxruntime says about an input or output: its type as "tensor(float)", a dimension that varies as a str."""

    name: str
    type: str
    shape: list[int | str | None]


class Session(Protocol):
    """An onnxruntime session."""

    def get_inputs(self) -> list[Tensor]:
        """Return the inputs."""
        ...

    def get_outputs(self) -> list[Tensor]:
        """Return the outputs."""
        ...

    def run(self, output_names: Sequence[str], feed: dict[str, NDArray[np.generic]], /) -> list[object]:
        """Compute the outputs named, in that order."""
        ...


class Options(Protocol):
    """Options of an onnxruntime session."""

    intra_op_num_threads: int
    inter_op_num_threads: int
    log_severity_level: int


class OnnxRuntime(Protocol):
    """The module onnxruntime."""

    SessionOptions: Callable[[], Options]
    InferenceSession: Callable[[bytes, Options, Sequence[str]], Session]


def require(module: str, package: str) -> ModuleType:
    """Import `module`; raises MissingDependency naming `package` when it is not installed."""
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as problem:
        raise MissingDependency.of(package, "serving", "reading this model") from problem


def skops() -> Skops:
    """Return skops.io."""
    return cast("Skops", require("skops.io", "skops"))


def joblib() -> Joblib:
    """Return joblib."""
    return cast("Joblib", require("joblib", "scikit-learn"))


def sklearn() -> Sklearn:
    """Return sklearn.base."""
    return cast("Sklearn", require("sklearn.base", "scikit-learn"))


def onnxruntime() -> OnnxRuntime:
    """Return onnxruntime."""
    return cast("OnnxRuntime", require("onnxruntime", "onnxruntime"))
