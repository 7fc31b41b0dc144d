"""Rows to compare a service with its model on: the user's own, and made ones where services and models come apart."""

from collections.abc import Callable

import numpy as np

from .libraries import Rows
from .model import Landmarks

SEED = 20
REAL_SHARE = 0.6
LARGE = 1e6
MISSING_SHARE = 0.3


def rows(count: int, width: int, landmarks: Landmarks, seen: Rows | None, float32: bool, missing: bool) -> Rows:
    """Return at most `count` rows of shape (n, width), the same for the same arguments.

    Up to 60 % are rows of `seen`. The others are in equal parts within the features' ranges; on a threshold or the
    float next to it; whole numbers; up to a million times too large; and with cells missing where the model takes that.
    """
    generator = np.random.default_rng(SEED)
    low, high = _ranges(width, landmarks, seen)

    def within(size: int) -> Rows:
        return generator.uniform(low, high, (size, width))

    def on_landmarks(size: int) -> Rows:
        made = within(size)
        for feature, values in landmarks.items():
            chosen = generator.choice(values, size)
            made[:, feature] = _beside(chosen, generator.choice([-np.inf, 0.0, np.inf], size), float32)
        return made

    def whole(size: int) -> Rows:
        return np.rint(within(size))

    def large(size: int) -> Rows:
        return within(size) * LARGE ** generator.uniform(0, 1, (size, width))

    def missing_cells(size: int) -> Rows:
        return np.where(generator.random((size, width)) < MISSING_SHARE, np.nan, within(size))

    kinds: list[Callable[[int], Rows]] = [within, on_landmarks, whole, large]
    kinds += [missing_cells] if missing else []
    real = _real(generator, int(count * REAL_SHARE), seen, missing)
    sizes = [len(part) for part in np.array_split(np.arange(count - len(real)), len(kinds))]
    return np.vstack([real.reshape(-1, width), *(kind(size) for kind, size in zip(kinds, sizes, strict=True))])


def _real(generator: np.random.Generator, count: int, seen: Rows | None, missing: bool) -> Rows:
    if seen is None:
        return np.empty((0,))
    usable = seen if missing else seen[np.isfinite(seen).all(axis=1)]
    return usable if len(usable) <= count else usable[np.sort(generator.choice(len(usable), count, replace=False))]


def _ranges(width: int, landmarks: Landmarks, seen: Rows | None) -> tuple[Rows, Rows]:
    """Return a lowest and a highest value for each feature, a tenth wider than what is known of it."""
    low, high = np.full(width, -3.0), np.full(width, 3.0)
    for feature in range(width):
        known = landmarks.get(feature, np.empty(0)) if seen is None else seen[:, feature]
        known = known[np.isfinite(known)]
        if known.size:
            margin = 0.1 * (float(known.max() - known.min()) or 1.0)
            low[feature], high[feature] = known.min() - margin, known.max() + margin
    return low, high


def _beside(values: Rows, toward: Rows, float32: bool) -> Rows:
    """Move values by one float, of the model's own precision, toward -inf or inf; 0 leaves them."""
    if float32:
        narrow = values.astype(np.float32)
        moved = np.nextafter(narrow, toward.astype(np.float32)).astype(np.float64)
        return np.where(toward == 0, narrow.astype(np.float64), moved)
    return np.where(toward == 0, values, np.nextafter(values, toward))
