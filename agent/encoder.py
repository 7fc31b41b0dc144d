"""What routing and knowledge ask of a sentence encoder, and an encoder that knows the built-in texts already."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
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


class Kept:
    """An encoder that looks a text up in `file` before it works it out.

    The vectors of the built-in texts travel with them: the first answer then does not wait for thousands of texts to be
    encoded. A text that was changed since has another key and is encoded as any other.
    """

    def __init__(self, encoder: Encoder, file: Path) -> None:
        self.encoder = encoder
        self.file = file
        self._last: tuple[str, NDArray[np.float32]] | None = None
        self._learned: dict[str, NDArray[np.float32]] = {}

    @property
    def name(self) -> str:
        """The tier of the encoder behind it."""
        return self.encoder.name

    def encode(self, texts: list[str], /) -> "NDArray[np.float32]":
        """Return one unit row a text; single texts, which are requests, are not looked up."""
        if len(texts) == 1:
            learned = self._learned.get(texts[0])
            if learned is not None:
                return learned
            # Router, likeness and search ask for the same request one after the other; another thread may ask for another.
            last = self._last
            if last is None or last[0] != texts[0]:
                last = self._last = (texts[0], self.encoder.encode(texts))
            return last[1]
        import numpy as np

        places, rows = self.held
        found = [places.get(key(text)) for text in texts]
        rest = [index for index, place in enumerate(found) if place is None]
        known = [index for index, place in enumerate(found) if place is not None]
        fresh = self.encoder.encode([texts[index] for index in rest]) if rest else None
        if not known:
            assert fresh is not None
            return fresh
        vectors = np.empty((len(texts), rows.shape[1]), np.float32)
        vectors[known] = rows[[place for place in found if place is not None]]
        vectors[known] /= np.linalg.norm(vectors[known], axis=1, keepdims=True)
        if fresh is not None:
            vectors[rest] = fresh
        return vectors

    def learn(self, texts: Sequence[str]) -> None:
        """Encode many requests at once and keep them; what many give differs a little from what each gives alone."""
        rest = [text for text in dict.fromkeys(texts) if text not in self._learned]
        if len(rest) > 1:
            self._learned |= {text: row[None, :] for text, row in zip(rest, self.encoder.encode(rest), strict=True)}

    def forget(self, texts: Sequence[str]) -> None:
        """Drop what was learned of these."""
        for text in texts:
            self._learned.pop(text, None)

    @cached_property
    def held(self) -> "tuple[dict[bytes, int], NDArray[np.int8]]":
        """Return the place of each key, and the rows."""
        import numpy as np

        try:
            with np.load(self.file, allow_pickle=False) as held:
                keys, rows = held["keys"], held["rows"]
        except (OSError, ValueError, KeyError):
            return {}, np.empty((0, 1), np.int8)
        return {row.tobytes(): place for place, row in enumerate(keys)}, rows


def key(text: str) -> bytes:
    """Return the key of a text: the first 12 bytes of its SHA-256."""
    return sha256(text.encode()).digest()[:12]


def keep(encoder: Encoder, texts: Sequence[str], file: Path) -> int:
    """Write the vectors of `texts` for `Kept`; those the file already has are not worked out again. Returns the new ones.

    keys (n, 12) bytes; rows (n, dimension) int8, each scaled to its largest part.
    """
    import numpy as np

    held, old = Kept(encoder, file).held
    unique = {key(text): text for text in sorted(set(texts))}
    fresh = [name for name in unique if name not in held]
    # One by one: a request is encoded so, and exactly; many at a time are encoded with seven-bit weights.
    vectors = [encoder.encode([unique[name]])[0] for name in fresh]
    made = {
        name: np.rint(127 * row / np.abs(row).max()).astype(np.int8) for name, row in zip(fresh, vectors, strict=True)
    }
    rows = np.stack([made[name] if name in made else old[held[name]] for name in unique])
    keys = np.frombuffer(b"".join(unique), np.uint8).reshape(len(unique), 12)
    np.savez(file, keys=keys, rows=rows)
    return len(fresh)
