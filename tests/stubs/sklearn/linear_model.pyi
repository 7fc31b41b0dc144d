import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

class LogisticRegression:
    coef_: NDArray[np.float64]
    intercept_: NDArray[np.float64]
    classes_: NDArray[np.intp]
    def __init__(
        self, *, C: float = ..., class_weight: str | None = ..., max_iter: int = ..., tol: float = ...
    ) -> None: ...
    def fit(self, X: csr_matrix | NDArray[np.floating], y: NDArray[np.intp]) -> LogisticRegression: ...
