"""A service: workers, replicas and cost; a mean never becomes a p99."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.costs import serving
from agent.decisions.costs.sheet import Estimate
from agent.errors import BadRequest


def served(**fields: object) -> Estimate:
    return serving.capacity(serving.Load.model_validate(fields))


def test_workers_follow_from_the_peak_and_the_cost_of_a_request() -> None:
    found = served(rps=800, cpu_ms=3, price="0.2/h", workers_per_replica=2)
    assert found.number("workers") == 4
    assert found.number("replicas") == 3
    assert found.number("a month") == pytest.approx(3 * 0.2 * 730)
    assert found.number("a million requests") == pytest.approx(3 * 0.2 * 24 / (800 * 86_400 / 1e6))


def test_a_measured_rate_of_a_worker_serves_as_well() -> None:
    assert served(rps=900, rps_per_worker=100).number("workers") == 15


def test_a_volume_without_a_peak_factor_assumes_one_aloud() -> None:
    found = served(daily="10M", cpu_ms=5)
    peak = next(figure for figure in found.figures if figure.name == "peak rate")
    assert "3 times the mean" in peak.assumption
    stated = served(daily="10M", cpu_ms=5, peak_factor=2)
    assert next(figure for figure in stated.figures if figure.name == "peak rate").assumption == ""


def test_a_target_below_the_service_time_cannot_be_done() -> None:
    found = served(rps=10, cpu_ms=80, latency="50ms", budget="1k USD/month", price="1/h")
    assert found.verdict == "cannot be done"
    assert "no number of replicas" in found.because[0]


def test_a_p99_is_not_computed_from_a_mean() -> None:
    found = served(rps=10, cpu_ms=3, latency="50ms", percentile=99)
    assert found.verdict == "unknown"
    assert "run the load test" in found.because[0]
    assert not found.warnings
    assert any("lower --utilisation" in text for text in served(rps=10, cpu_ms=3, latency="5ms").warnings)


def test_spot_replicas_that_carry_the_peak_are_told() -> None:
    found = served(rps=800, cpu_ms=3, price="0.2/h", spot_share=0.8, spot_price="0.1/h")
    assert found.number("an hour") == pytest.approx(0.2 + 4 * 0.1)
    assert any("does not carry the peak" in text for text in found.warnings)
    with pytest.raises(BadRequest, match="spot price"):
        served(rps=800, cpu_ms=3, price="0.2/h", spot_share=0.8)


@given(st.floats(0.1, 1e5), st.floats(1, 10), st.floats(0.1, 500))
def test_more_load_and_dearer_requests_never_cost_less(rps: float, more: float, cpu: float) -> None:
    base = served(rps=rps, cpu_ms=cpu, price="0.2/h").number("a month")
    assert served(rps=rps * more, cpu_ms=cpu, price="0.2/h").number("a month") >= base
    assert served(rps=rps, cpu_ms=cpu * more, price="0.2/h").number("a month") >= base


@pytest.mark.parametrize(
    ("fields", "option"),
    [({"rps": 1}, "--cpu-ms"), ({"cpu_ms": 1}, "--rps"), ({"rps": 1, "cpu_ms": 1, "budget": "1/day"}, "--price")],
)
def test_what_is_missing_is_named(fields: dict[str, object], option: str) -> None:
    with pytest.raises(BadRequest) as caught:
        served(**fields)
    assert option in caught.value.hint
