import numpy as np
from numpy.typing import NDArray

class Bunch:
    data: NDArray[np.float64]
    target: NDArray[np.intp]
    target_names: NDArray[np.str_]
    feature_names: NDArray[np.str_]

def load_breast_cancer() -> Bunch: ...
