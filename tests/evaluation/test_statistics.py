"""Intervals hold what they are of and narrow with more cases; the exact test is scipy's binomial test."""

import importlib
import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evaluation.statistics import (
    bootstrap_mean,
    bootstrap_ratio,
    mcnemar_exact,
    paired_bootstrap,
    resampled,
    wilson,
)

Z = 1.959963984540054
counts = st.tuples(st.integers(0, 5000), st.integers(0, 5000)).map(lambda pair: (min(pair), max(pair)))
values = st.lists(st.floats(-10, 10), min_size=1, max_size=40)


def binomial(hits: int, of: int) -> tuple[float, float, float]:
    """Return scipy's two-sided p at one half, and Wilson's interval of the share."""
    found = importlib.import_module("scipy.stats").binomtest(hits, of)
    interval = found.proportion_ci(method="wilson")
    return float(found.pvalue), float(interval.low), float(interval.high)


# --- Wilson


@settings(deadline=None)
@given(counts.filter(lambda pair: pair[1] > 0))
def test_wilson_is_that_of_scipy(pair: tuple[int, int]) -> None:
    assert wilson(*pair, z=Z) == pytest.approx(binomial(*pair)[1:], abs=1e-9)


@given(counts)
def test_wilson_holds_the_share_and_stays_between_0_and_1(pair: tuple[int, int]) -> None:
    hits, of = pair
    low, high = wilson(hits, of)
    assert 0 <= low <= (hits / of if of else 0.5) <= high <= 1


@given(counts.filter(lambda pair: pair[1] > 0), st.integers(2, 20))
def test_wilson_widens_with_fewer_cases(pair: tuple[int, int], factor: int) -> None:
    few, many = wilson(*pair), wilson(pair[0] * factor, pair[1] * factor)
    assert many[1] - many[0] < few[1] - few[0]


@given(counts)
def test_wilson_of_the_misses_is_wilson_of_the_hits_turned_over(pair: tuple[int, int]) -> None:
    hits, of = pair
    low, high = wilson(hits, of)
    assert wilson(of - hits, of) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def test_of_no_cases_everything_is_possible() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(("hits", "of"), [(2, 1), (-1, 3), (0, -1)])
def test_more_hits_than_cases_are_refused(hits: int, of: int) -> None:
    with pytest.raises(ValueError, match="hits of"):
        wilson(hits, of)


# --- Bootstrap


@given(values, st.integers(0, 2**32))
def test_a_bootstrap_stays_within_the_values_and_repeats_itself(found: list[float], seed: int) -> None:
    low, high = bootstrap_mean(found, seed, resamples=200)
    assert min(found) - 1e-9 <= low <= high <= max(found) + 1e-9
    assert bootstrap_mean(found, seed, resamples=200) == (low, high)


def test_a_bootstrap_agrees_with_the_normal_interval_on_many_cases() -> None:
    found = np.random.default_rng(1).normal(3, 2, 2000)
    low, high = bootstrap_mean(found.tolist(), seed=0)
    half = 1.96 * found.std(ddof=1) / math.sqrt(2000)
    assert (low, high) == pytest.approx((found.mean() - half, found.mean() + half), abs=0.01)


def test_a_bootstrap_widens_with_fewer_cases() -> None:
    def width(of: int) -> float:
        low, high = bootstrap_mean([0.0, 1.0] * (of // 2), seed=0)
        return high - low

    assert width(10) > width(100) > width(1000)


def test_its_interval_holds_the_true_mean_about_as_often_as_it_says() -> None:
    draws = np.random.default_rng(2).random((300, 60))
    held = [
        low <= 0.5 <= high for row in draws if (low := (ends := bootstrap_mean(row.tolist(), 0))[0], high := ends[1])
    ]
    assert 0.90 <= sum(held) / len(held) <= 0.98


def test_resamples_are_drawn_in_blocks_without_a_trace() -> None:
    rows = np.ones((3000, 2))
    assert (resampled(rows, seed=0, resamples=501) == 3000).all()
    assert resampled(rows, seed=0, resamples=501).shape == (501, 2)


def test_a_ratio_of_like_cases_is_certain() -> None:
    assert bootstrap_ratio([(1, 2), (2, 4)], seed=0) == (0.5, 0.5)


@pytest.mark.parametrize("estimate", [bootstrap_mean, bootstrap_ratio, paired_bootstrap])
def test_nothing_cannot_be_resampled(estimate: Callable[[list[object], int], object]) -> None:
    with pytest.raises(ValueError, match="nothing to resample"):
        estimate([], 0)


# --- Paired


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=60), st.integers(0, 1000))
def test_exchanging_the_runs_turns_the_difference_round(found: list[int], seed: int) -> None:
    mean, low, high = paired_bootstrap(found, seed)
    assert paired_bootstrap([-one for one in found], seed) == (-mean, -high, -low)
    assert low - 1e-12 <= high


@pytest.mark.parametrize(("lost", "of", "excluded"), [(15, 200, True), (1, 200, False)])
def test_an_interval_excludes_0_when_enough_cases_changed(lost: int, of: int, excluded: bool) -> None:
    mean, low, high = paired_bootstrap([-1] * lost + [0] * (of - lost), seed=7)
    assert mean == pytest.approx(-lost / of)
    assert (high < 0) is excluded
    assert low < 0


# --- McNemar


@settings(deadline=None)
@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_scipys_binomial_test(b: int, c: int) -> None:
    expected = binomial(b, b + c)[0] if b + c else 1.0
    assert mcnemar_exact(b, c) == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 3000), st.integers(0, 3000))
def test_mcnemar_is_symmetric_and_a_probability(b: int, c: int) -> None:
    p = mcnemar_exact(b, c)
    assert p == mcnemar_exact(c, b)
    assert 0 <= p <= 1


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_falls_as_the_changes_go_one_way(b: int, c: int) -> None:
    assert mcnemar_exact(max(b, c) + 1, min(b, c)) <= mcnemar_exact(b, c)


@pytest.mark.parametrize(("b", "c"), [(3000, 2800), (4000, 4000), (5000, 0)])
def test_mcnemar_is_stable_for_thousands_of_changes(b: int, c: int) -> None:
    assert mcnemar_exact(b, c) == pytest.approx(binomial(b, b + c)[0], rel=1e-6, abs=1e-300)


@pytest.mark.parametrize(("b", "c", "p"), [(0, 0, 1.0), (5, 0, 0.0625), (6, 0, 0.03125), (3, 1, 0.625)])
def test_mcnemar_by_hand(b: int, c: int, p: float) -> None:
    assert mcnemar_exact(b, c) == p


def test_counts_are_not_negative() -> None:
    with pytest.raises(ValueError, match="no counts"):
        mcnemar_exact(-1, 2)
