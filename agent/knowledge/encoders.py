"""The encoder that knowledge works with: what it knows by heart, and word pieces."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from agent.encoder import Encoder
from agent.knowledge.retrieval import sync
from agent.knowledge.retrieval.pieces import WordPieces


class WordEncoder:
    """Looks vectors up where `kept` knows them, and asks `pieces`, the encoder itself, for word pieces."""

    def __init__(self, kept: Encoder, pieces: sync.Encoder) -> None:
        self.kept = kept
        self.pieces = pieces

    @property
    def name(self) -> str:
        """The tier."""
        return self.kept.name

    def encode(self, texts: list[str], /) -> NDArray[np.float32]:
        """Return unit vectors, shape (len(texts), dimension)."""
        return self.kept.encode(texts)

    def encode_words(self, texts: Sequence[str], /) -> tuple[NDArray[np.float32], list[WordPieces]]:
        """Return those, and the texts' word pieces."""
        return self.pieces.encode_words(texts)
