from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

class StratifiedKFold:
    def __init__(self, n_splits: int = ..., *, shuffle: bool = ..., random_state: int | None = ...) -> None: ...
    def split(
        self, X: NDArray[np.generic], y: NDArray[np.generic]
    ) -> Iterator[tuple[NDArray[np.intp], NDArray[np.intp]]]: ...

def train_test_split(
    rows: NDArray[np.float64], labels: NDArray[np.str_], /, *, test_size: float, random_state: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.str_], NDArray[np.str_]]: ...
