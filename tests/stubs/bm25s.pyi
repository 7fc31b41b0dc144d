from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer

def tokenize(
    texts: Sequence[str],
    *,
    stopwords: str,
    stemmer: Stemmer,
    return_ids: Literal[False],
    show_progress: bool = ...,
) -> list[list[str]]: ...

class BM25:
    vocab_dict: dict[str, int]
    def __init__(self, *, method: str, k1: float, b: float) -> None: ...
    def index(self, corpus: list[list[str]], *, show_progress: bool = ...) -> None: ...
    def save(self, save_dir: str) -> None: ...
    @classmethod
    def load(cls, save_dir: str, *, mmap: bool = ...) -> BM25: ...
    def get_scores(self, query_tokens: list[str]) -> NDArray[np.float32]: ...
