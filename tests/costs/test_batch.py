"""A batch job: time, slack, rework and the bill, each held against what was asked."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.costs.batch import plan
from agent.decisions.costs.job import Job
from agent.decisions.costs.sheet import Estimate
from agent.decisions.costs.spot import stretch
from agent.errors import BadRequest


def batch(**fields: object) -> Estimate:
    return plan(Job.model_validate({"rows": 1e8} | fields))


def test_workers_follow_from_a_measured_rate_and_a_window() -> None:
    found = batch(window="8h", rate=60, price="0.30/h")
    assert found.number("workers for the window") == math.ceil(1e8 / (60 * 28_800))
    assert found.number("workers for half the window") == math.ceil(1e8 / (60 * 14_400))
    assert found.verdict == "fits"


def test_a_pace_that_was_never_measured_is_unknown() -> None:
    found = batch(window="8h", workers=100)
    assert found.verdict == "unknown"
    assert "no rate was measured" in found.because[0]


@given(st.floats(1e3, 1e10), st.floats(1, 10), st.integers(1, 500))
def test_more_rows_never_cost_less(rows: float, more: float, workers: int) -> None:
    small = batch(rows=rows, rate=50, workers=workers, price="0.3/h").number("all, a month")
    large = batch(rows=rows * more, rate=50, workers=workers, price="0.3/h").number("all, a month")
    assert large >= small * (1 - 1e-12)


@given(st.floats(0, 0.5), st.floats(0.05, 8), st.floats(1, 2), st.floats(0, 1))
def test_more_interruptions_longer_intervals_and_slower_restarts_never_help(
    rate: float, interval: float, more: float, restart: float
) -> None:
    base = stretch(rate, interval, restart)
    assert base >= 1
    for other in (stretch(rate * more, interval, restart), stretch(rate, interval * more, restart)):
        assert other >= base * (1 - 1e-9)
    assert stretch(rate, interval, restart * more) >= base * (1 - 1e-9)


def test_the_expected_rework_is_what_a_simulation_finds() -> None:
    rate, interval, restart, runs = 0.4, 1.5, 0.2, 30_000
    waits = iter(np.random.default_rng(7).exponential(1 / rate, 4 * runs).tolist())
    total = 0.0
    for _ in range(runs):
        while (until := next(waits)) < interval:
            total += until + restart
        total += interval
    assert total / runs / interval == pytest.approx(stretch(rate, interval, restart), rel=0.02)


def test_rare_interruptions_cost_half_an_interval_each() -> None:
    assert stretch(0.001, 0.5) - 1 == pytest.approx(0.001 * 0.25, rel=1e-3)
    assert stretch(0, 8, 1) == 1


def test_spot_is_cheaper_until_the_rework_eats_it() -> None:
    calm = batch(rate=60, workers=100, price="1.2/h", spot_price="0.3/h", interruptions=0.05, checkpoint="30min")
    assert calm.number("spot saves, a run") > 0
    storm = batch(rate=60, workers=100, price="0.32/h", spot_price="0.3/h", interruptions=0.5, restart="10min")
    assert storm.number("spot saves, a run") < 0
    assert any("spot costs more" in text for text in storm.warnings)


def test_a_job_that_is_interrupted_before_every_checkpoint_cannot_be_done() -> None:
    assert batch(rate=1, workers=100, spot_price="0.3/h", interruptions=1).verdict == "cannot be done"


def test_a_budget_is_held_in_its_own_period() -> None:
    assert batch(rate=60, workers=100, price="0.3/h", budget="139 USD/day").verdict == "fits"
    assert batch(rate=60, workers=100, price="0.3/h", budget="138 USD/day").verdict == "does not fit"
    assert batch(rate=60, workers=100, price="0.3/h", budget="139 USD/run").verdict == "fits"
    assert batch(rate=60, workers=100, price="0.3/h", budget="1.38 USD/million rows").verdict == "does not fit"
    with pytest.raises(BadRequest, match="price of a node is missing"):
        batch(rate=60, workers=100, budget="138 USD/day")


def test_a_plan_for_several_workers_a_node_pays_for_whole_nodes() -> None:
    found = batch(rate=60, workers=7, workers_per_node=4, price="1/h")
    assert found.number("compute, a run") == pytest.approx(2 * 1e8 / 60 / 7 / 3600)
    assert batch(rate=60, nodes=2, workers_per_node=4, price="1/h").number("duration") == pytest.approx(
        1e8 / 480 / 3600
    )


def test_a_plan_with_two_paces_is_refused() -> None:
    with pytest.raises(BadRequest, match="both a rate and a duration"):
        batch(rate=60, duration="8h", workers=7)
