"""The rows a service is compared on."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

Part = Callable[[str], Any]
SEEN = np.random.default_rng(0).normal(50, 10, (500, 3))
THRESHOLDS = {0: np.array([40.0, 55.5]), 2: np.array([50.0])}


@pytest.fixture
def rows(part: Part) -> Callable[..., Any]:
    def make(count: int = 1000, seen: Any = SEEN, float32: bool = False, missing: bool = False) -> Any:
        return part("replay").rows(count, 3, THRESHOLDS, seen, float32, missing)

    return make


def test_they_are_the_same_every_time(rows: Callable[..., Any]) -> None:
    np.testing.assert_array_equal(rows(), rows())


def test_most_are_the_users_own(rows: Callable[..., Any]) -> None:
    own = {tuple(row) for row in SEEN}
    assert sum(tuple(row) in own for row in rows(500)) == 300


def test_some_lie_on_a_threshold_and_some_just_beside(rows: Callable[..., Any]) -> None:
    values = rows()[:, 0]
    for threshold in THRESHOLDS[0]:
        for value in (threshold, np.nextafter(threshold, 0), np.nextafter(threshold, 100)):
            assert value in values


def test_beside_is_a_float_of_the_models_precision(rows: Callable[..., Any]) -> None:
    assert float(np.nextafter(np.float32(55.5), np.float32(100))) in rows(float32=True)[:, 0]


def test_some_are_whole_and_some_much_too_large(rows: Callable[..., Any]) -> None:
    made = rows()
    assert (made == np.rint(made)).all(axis=1).any()
    assert np.abs(made).max() > 1e6


def test_cells_are_missing_only_where_the_model_takes_that(rows: Callable[..., Any]) -> None:
    assert np.isfinite(rows()).all()
    assert np.isnan(rows(missing=True)).any()
    holed = SEEN.copy()
    holed[::2, 1] = np.nan
    assert np.isfinite(rows(seen=holed)).all()


def test_without_data_they_span_the_thresholds(rows: Callable[..., Any]) -> None:
    values = rows(seen=None)[:, 0]
    assert ((values > 40) & (values < 55.5)).any()
