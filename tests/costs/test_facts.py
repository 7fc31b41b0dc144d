"""The worked example of a batch job that is often copied, with its eight mistakes put right (C1 to C8)."""

import pytest

from agent.decisions.costs.batch import plan
from agent.decisions.costs.job import Job
from agent.decisions.costs.units import Money, Rate, Unlike
from agent.errors import BadRequest

HOUR = 3600.0
CENTS = Money(0.30, "USD", "hour")
NIGHT = {"rows": 100e6, "window": "8h", "workers": 100}


def test_c1_a_hundred_million_rows_in_eight_hours_are_twelve_and_a_half_million_an_hour() -> None:
    found = plan(Job.model_validate(NIGHT))
    assert "12.5 million an hour" in found.figures[0].working
    assert found.number("rate a worker needs") == pytest.approx(34.7, abs=0.03)


def test_c1_at_three_point_four_million_an_hour_it_takes_29_4_hours_and_does_not_fit() -> None:
    found = plan(Job.model_validate(NIGHT | {"rate": 3.4e6 / 3600 / 100}))
    assert found.number("duration") == pytest.approx(29.4, abs=0.02)
    assert found.verdict == "does not fit"


@pytest.mark.parametrize(("runs", "month"), [(24, 5760), (30, 7200)])
def test_c2_runs_times_the_price_of_a_run(runs: int, month: float) -> None:
    run = Money(100 * 8 * 0.30, "USD", "run")
    assert run.amount == pytest.approx(240)
    assert (run * Rate(runs, "run", "month")).amount == pytest.approx(month)


def test_c2_and_c3_the_month_is_7236_the_day_241_20_and_a_million_rows_2_41() -> None:
    whole = {"price": CENTS, "storage": "6 USD/month", "network": "30 USD/month", "budget": "500 USD/day"}
    found = plan(Job.model_validate(NIGHT | whole))
    assert found.number("compute, a run") == pytest.approx(240)
    assert found.number("compute, a month") == pytest.approx(7200)
    assert found.number("all, a month") == pytest.approx(7236)
    assert found.number("all, a day") == pytest.approx(241.20)
    assert found.number("all, a million rows") == pytest.approx(2.412)
    assert any("241.20 USD/day is within the budget of 500 USD/day" in text for text in found.because)


def test_c3_a_day_of_compute_and_a_month_of_storage_are_not_added() -> None:
    with pytest.raises(Unlike, match="per month, the other per day"):
        _ = Money(240, "USD", "day") + Money(6, "USD", "month")


def test_c4_stored_and_moved_data_are_two_volumes_with_two_prices() -> None:
    data = {"stored_gb": 300, "storage_price": "0.02 USD/GB-month", "moved_gb": 100, "network_price": "0.01 USD/GB"}
    found = plan(Job.model_validate(NIGHT | {"price": CENTS} | data))
    assert found.number("all, a month") == pytest.approx(7200 + 6 + 30)


def test_c5_fifty_and_a_hundred_nodes_are_two_plans() -> None:
    parts = [Money(50 * 8 * 0.30, "USD", "day"), Money(0.20, "USD", "day"), Money(30, "USD", "day")]
    assert (parts[0] + parts[1] + parts[2]).amount == pytest.approx(150.20)
    half = {"price": CENTS, "workers": 50, "storage": "0.20 USD/day", "other": "30 USD/day"}
    assert plan(Job.model_validate(NIGHT | half)).number("all, a day") == pytest.approx(150.20)
    with pytest.raises(BadRequest, match="50 nodes with 1 workers each do not hold 100 workers"):
        plan(Job.model_validate(NIGHT | {"nodes": 50, "price": CENTS}))


def test_c6_a_coverage_of_rows_over_users_reads_200_percent_and_never_fails() -> None:
    found = plan(Job.model_validate(NIGHT | {"entities": "50M"}))
    assert found.number("rows for each entity") == pytest.approx(200)
    assert any("can never fail" in text for text in found.warnings)


def test_c7_eight_hours_in_a_window_of_eight_are_no_slack_and_the_timeout_comes_after_the_deadline() -> None:
    found = plan(Job.model_validate(NIGHT | {"duration": "480min", "timeout": "720min"}))
    assert found.verdict == "does not fit"
    assert any("no slack" in text for text in found.warnings)
    assert any("fires 4 h after the deadline" in text for text in found.warnings)


def test_c8_a_retention_of_a_day_deletes_the_fallback() -> None:
    found = plan(Job.model_validate(NIGHT | {"rate": 60, "retention": "24h"}))
    assert any("the retention deletes the fallback" in text for text in found.warnings)
    judged = plan(Job.model_validate(NIGHT | {"rate": 60, "retention": "24h", "fallback": "48h"}))
    assert judged.verdict == "does not fit"
    assert not plan(Job.model_validate(NIGHT | {"rate": 60, "retention": "3 days"})).warnings
