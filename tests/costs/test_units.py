"""Money has its period: what is unlike is never added, and a conversion is asked for by name."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.costs import words
from agent.decisions.costs.units import LENGTHS, Money, Rate, Unlike, figure
from agent.errors import BadRequest

AMOUNTS = st.floats(-1e9, 1e9)
PERIODS = st.sampled_from(["hour", "day", "week", "month", "year", "run", "million tokens", "GB-month", "once"])
TIMES = st.sampled_from(["hour", "day", "week", "month", "year"])


@given(AMOUNTS, AMOUNTS, PERIODS, PERIODS)
def test_only_like_periods_are_added(first: float, second: float, one: str, other: str) -> None:
    if one == other:
        assert (Money(first, "USD", one) + Money(second, "USD", other)).amount == first + second
    else:
        with pytest.raises(Unlike, match="one is per"):
            _ = Money(first, "USD", one) + Money(second, "USD", other)


@given(AMOUNTS, PERIODS)
def test_currencies_are_never_mixed(amount: float, period: str) -> None:
    with pytest.raises(Unlike, match="currenc"):
        _ = Money(amount, "USD", period) + Money(amount, "EUR", period)
    with pytest.raises(Unlike, match="currenc"):
        _ = Money(amount, "USD", period) < Money(amount, "EUR", period)


@given(st.lists(st.integers(-(10**9), 10**9), min_size=3, max_size=3))
def test_addition_is_associative_and_commutative(amounts: list[int]) -> None:
    one, two, three = (Money(float(amount), "USD", "day") for amount in amounts)
    assert (one + two) + three == one + (two + three)
    assert one + two == two + one
    assert (one + two) - two == one


@given(AMOUNTS, TIMES, TIMES)
def test_a_conversion_and_its_way_back_meet(amount: float, one: str, other: str) -> None:
    there = Money(amount, "USD", one).per(other)
    assert there.period == other
    assert math.isclose(there.per(one).amount, amount, rel_tol=1e-12, abs_tol=1e-300)


def test_the_conventions_are_the_stated_ones() -> None:
    assert Money(1, "USD", "hour").per("month").amount == 730
    assert Money(1, "USD", "day").per("month").amount == 30
    assert Money(12, "USD", "year").per("month").amount == 1
    assert all(factor > 1 for factor in LENGTHS.values())


@given(AMOUNTS, st.sampled_from(["run", "GB", "million tokens", "once"]), TIMES)
def test_a_price_of_an_item_is_no_price_of_a_time(amount: float, item: str, time: str) -> None:
    with pytest.raises(Unlike, match="length of time"):
        Money(amount, "USD", item).per(time)


def test_a_rate_turns_money_per_run_into_money_per_month() -> None:
    assert Money(240, "USD", "run") * Rate(30, "run", "month") == Money(7200, "USD", "month")
    with pytest.raises(Unlike):
        _ = Money(240, "USD", "run") * Rate(30, "job", "month")


def test_money_divided_by_a_rate_is_money_per_item() -> None:
    each = Money(7236, "USD", "month") / Rate(3e9, "row", "month")
    assert each.period == "row"
    assert each.million().amount == pytest.approx(2.412)
    assert each.million().period == "million rows"
    with pytest.raises(Unlike, match="cannot be divided"):
        _ = Money(241, "USD", "day") / Rate(3e9, "row", "month")
    with pytest.raises(Unlike):
        Money(241, "USD", "day").million()


def test_an_unlike_sum_is_both_a_bad_request_and_a_type_error() -> None:
    assert issubclass(Unlike, BadRequest)
    assert issubclass(Unlike, TypeError)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_money_is_a_finite_amount(bad: float) -> None:
    with pytest.raises(BadRequest):
        Money(bad, "USD", "day")
    with pytest.raises(BadRequest):
        Rate(0, "run", "day")
    with pytest.raises(BadRequest):
        _ = Money(1, "USD", "day") / 0


@pytest.mark.parametrize(
    ("text", "value"),
    [("100M", 1e8), ("1.5k", 1500), ("3B", 3e9), ("12,500", 12_500), ("60%", 0.6), ("1e6", 1e6), ("2 million", 2e6)],
)
def test_quantities_are_read_as_people_write_them(text: str, value: float) -> None:
    assert words.quantity(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "x", "1,5", "10 apples", "-3", "1e400", "1e-300", "nan", "inf", "1..2", True])
def test_what_is_no_number_is_refused(text: object) -> None:
    with pytest.raises(words.Unreadable):
        words.quantity(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("8h", 28_800), ("480 min", 28_800), ("1h30m", 5400), ("50ms", 0.05), ("2 days", 172_800)]
)
def test_durations_are_read_with_their_unit(text: str, seconds: float) -> None:
    assert words.duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["8", 8, "", "0s", "h", "8x", "1h nonsense"])
def test_a_duration_without_a_unit_is_refused(text: object) -> None:
    with pytest.raises(words.Unreadable):
        words.duration(text)


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("0.30 USD/hour", Money(0.3, "USD", "hour")),
        ("0.30/h", Money(0.3, "USD", "hour")),
        ("$500/day", Money(500, "USD", "day")),
        ("$10k/month", Money(10_000, "USD", "month")),
        ("€1,200/mo", Money(1200, "EUR", "month")),
        ("3 USD/MTok", Money(3, "USD", "million tokens")),
        ("0.02 usd/GB-month", Money(0.02, "USD", "GB-month")),
        ("4 USD/GPU-hour", Money(4, "USD", "hour")),
    ],
)
def test_money_is_read_with_its_period(text: str, money: Money) -> None:
    assert words.money(text) == money


@pytest.mark.parametrize("text", ["500", "500 USD", "/day", "USD/day", "-5 USD/day", "5 dollars/day", "5 USD/"])
def test_money_without_its_period_is_refused(text: str) -> None:
    with pytest.raises(words.Unreadable, match=r"period|number"):
        words.money(text)


@given(st.text(max_size=20))
def test_no_text_breaks_the_readers(text: str) -> None:
    for read in (words.quantity, words.duration, words.money, words.whole):
        try:
            read(text)
        except BadRequest as error:
            assert error.hint


@given(st.floats(1e-9, 1e12))
def test_a_written_amount_keeps_three_digits(value: float) -> None:
    assert float(figure(value).replace(",", "")) == pytest.approx(value, rel=6e-3)
