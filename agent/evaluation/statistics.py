"""How sure a figure is: intervals of shares and means, and the exact test of two runs over the same cases."""

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Z95 = 1.96
RESAMPLES = 2000
TAIL = 0.025
# Numbers drawn at once: 8 MB, so a suite of thousands of cases needs no more memory than one of ten.
AT_ONCE = 1_000_000


def wilson(hits: float, of: int, z: float = Z95) -> tuple[float, float]:
    """Return Wilson's interval of the share `hits` / `of`, within 0 and 1; of nothing it is all of that.

    Raises ValueError when there are more hits than cases. Source: Wilson 1927, JASA 22, p. 209-212.
    """
    if not 0 <= hits <= of:
        raise ValueError(f"{hits} hits of {of} cases")
    if not of:
        return 0.0, 1.0
    share, odd = hits / of, z * z / of
    centre = share + odd / 2
    spread = z * math.sqrt(share * (1 - share) / of + odd / (4 * of))
    # At 0 and 1 rounding would leave the share itself outside.
    low, high = (centre - spread) / (1 + odd), (centre + spread) / (1 + odd)
    return max(0.0, min(low, share)), min(1.0, max(high, share))


def resampled(rows: "NDArray[np.float64]", seed: int, resamples: int = RESAMPLES) -> "NDArray[np.float64]":
    """Return the column sums (resamples, columns) of `rows` (cases, columns), each of as many cases drawn with replacement."""
    import numpy as np

    if not rows.size:
        raise ValueError("there is nothing to resample")
    return np.concatenate(list(_sums(rows, np.random.default_rng(seed), resamples)))


def _sums(
    rows: "NDArray[np.float64]", generator: "np.random.Generator", resamples: int
) -> Iterator["NDArray[np.float64]"]:
    count = len(rows)
    block = max(1, AT_ONCE // rows.size)
    for start in range(0, resamples, block):
        yield rows[generator.integers(count, size=(min(block, resamples - start), count))].sum(axis=1)


def percentiles(draws: "NDArray[np.float64]") -> tuple[float, float]:
    """Return the ends of the middle 95 % of `draws`.

    Both ends are draws, equally far from theirs: so the interval of what is negated is the interval negated, to the bit.
    """
    import numpy as np

    ordered = np.sort(draws)
    cut = int(len(ordered) * TAIL)
    return float(ordered[cut]), float(ordered[-1 - cut])


def bootstrap_mean(values: Sequence[float], seed: int, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the percentile bootstrap's 95 % interval of the mean. Raises ValueError when there are no values."""
    import numpy as np

    rows = np.asarray(values, dtype=np.float64).reshape(-1, 1)
    return percentiles(resampled(rows, seed, resamples)[:, 0] / max(1, len(rows)))


def bootstrap_ratio(pairs: Sequence[tuple[float, float]], seed: int, resamples: int = RESAMPLES) -> tuple[float, float]:
    """Return the interval of a sum over another, cases drawn whole; each pair is a case's part of both, the second above 0."""
    import numpy as np

    sums = resampled(np.asarray(pairs, dtype=np.float64).reshape(-1, 2), seed, resamples)
    return percentiles(sums[:, 0] / sums[:, 1])


def paired_bootstrap(differences: Sequence[float], seed: int, resamples: int = RESAMPLES) -> tuple[float, float, float]:
    """Return the mean of the differences of the same cases under two treatments, and its 95 % interval.

    Raises ValueError when there are none.
    """
    low, high = bootstrap_mean(differences, seed, resamples)
    return math.fsum(differences) / len(differences), low, high


def mcnemar_exact(b: int, c: int) -> float:
    """Return the two-sided exact p of `b` cases that changed one way and `c` that changed the other.

    It is the binomial test of b among b + c at one half, twice the smaller tail: in whole numbers, so no count is too large
    for it. Source: McNemar 1947, Psychometrika 12, in its exact form.
    """
    if b < 0 or c < 0:
        raise ValueError(f"{b} and {c} are no counts")
    changed = b + c
    ways = tail = 1
    for taken in range(min(b, c)):
        ways = ways * (changed - taken) // (taken + 1)
        tail += ways
    # The middle is in both tails.
    return min(1.0, 2 * tail / 2**changed)
