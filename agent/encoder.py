"""What routing and knowledge ask of a sentence encoder; the engine hands both the same one."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """The tier it makes, for the keys of what is kept."""
        ...

    def encode(self, texts: list[str], /) -> "NDArray[np.float32]":
        """Return one row a text, shape (len(texts), dimension)."""
        ...
