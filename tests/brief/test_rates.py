"""Rates a second, volumes a day, and counts that are neither."""

import pytest

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "rate", "item"),
    [
        ("at 500 rps", 500, ""),
        ("1.5k qps", 1500, ""),
        ("1800 infer/s", 1800, "infer"),
        ("2k inferences per sec", 2000, "inferences"),
        ("50 calls per second", 50, "calls"),
        ("200 queries a second", 200, "queries"),
        ("600 rows per second", 600, "rows"),
        ("reads are 12k/s", 12_000, ""),
        ("our bid model is called 30k times/s", 30_000, ""),
        ("twenty requests per second", 20, "requests"),
        ("detector at 30 fps", 30, "frames"),
        ("QPS of 800", 800, ""),
        ("requests per second: 40", 40, "requests per second"),
    ],
)
def test_a_rate_has_its_noun(text: str, rate: float, item: str) -> None:
    (found,) = read(text).throughput
    assert found.value == rate
    assert found.item in {item, ""}
    assert read(text).counts == ()


def test_a_range_of_rates_has_a_low_end() -> None:
    (found,) = read("between 500 and 800 rps").throughput
    assert (found.low, found.value) == (500, 800)


def test_the_rate_of_today_is_told_from_the_one_wanted() -> None:
    found = read("We need 30 fps. Currently 11 fps.").throughput
    assert [(rate.value, rate.role) for rate in found] == [(30, "target"), (11, "observed")]


@pytest.mark.parametrize(
    "text", ["18 tokens per second", "10 GB/s", "$3/s", "RPS is the metric of 2 teams", "p99 of 20 ms"]
)
def test_what_is_no_request_is_no_request_rate(text: str) -> None:
    assert read(text).throughput == ()


@pytest.mark.parametrize(
    ("text", "daily", "item"),
    [
        ("10 million predictions a day", 10e6, "predictions"),
        ("60k requests/hour", 1.44e6, "requests"),
        ("daily batch of 50M rows", 50e6, "rows"),
        ("80M customers every night", 80e6, "customers"),
        ("Nightly scoring of 80M customers", 80e6, "customers"),
        ("score 400M rows every night", 400e6, "rows"),
        ("20 million users once a week", 20e6 / 7, "users"),
        ("80,000 customer letters a night", 80_000, "letters"),
        ("40 000 conversations a month", 40_000 / 30, "conversations"),
        ("1200 rpm", 1200 * 1440, "requests"),
        ("every day 500 new documents", 500, "documents"),
        ("3k readings every 15 minutes", 3000 * 96, "readings"),
    ],
)
def test_a_volume_has_its_noun(text: str, daily: float, item: str) -> None:
    (found,) = read(text).volume
    assert found.value == pytest.approx(daily)
    assert found.item in {item, ""}
    assert read(text).counts == ()


def test_a_range_of_volumes_shares_its_scale() -> None:
    (found,) = read("5 to 10 million rows a day").volume
    assert (found.low, found.value) == (5e6, 10e6)


@pytest.mark.parametrize(
    "text",
    ["top 5 customers by revenue per month", "200k rows it takes an hour", "6 TB per night", "8 million daily users"],
)
def test_not_everything_beside_a_period_is_a_volume(text: str) -> None:
    assert read(text).volume == ()
