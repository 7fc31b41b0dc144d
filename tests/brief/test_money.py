"""Budgets and bills."""

import pytest

from agent.brief.read import read


def of(text: str) -> list[tuple[float, str, str, str]]:
    return [(found.value, found.currency, found.period, found.role) for found in read(text).budget]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("max $500/day", [(500, "$", "day", "target")]),
        ("€12k per month", [(12_000, "€", "month", "target")]),
        ("2 000 EUR monthly", [(2000, "€", "month", "target")]),
        ("cost under 100 dollars a month", [(100, "$", "month", "target")]),
        ("our $8k/month cloud bill", [(8000, "$", "month", "observed")]),
        ("we pay £3.5k a month", [(3500, "£", "month", "observed")]),
        ("a backfill costs us 900 dollars each time", [(900, "$", "run", "observed")]),
        ("I got 300 dollars of credits", [(300, "$", "", "target")]),
        ("budget $1.5M a year", [(1.5e6, "$", "year", "target")]),
        (
            "the bill went from 900 to 2,600 dollars a month",
            [(900, "$", "month", "before"), (2600, "$", "month", "observed")],
        ),
        ("cut it from $4k to $2k a month", [(4000, "$", "month", "observed"), (2000, "$", "month", "target")]),
        (
            "we pay $4k a month now, must be under 2k",
            [(4000, "$", "month", "observed"), (2000, "$", "month", "target")],
        ),
    ],
)
def test_money_has_a_currency_a_period_and_a_role(text: str, expected: list[tuple[float, str, str, str]]) -> None:
    assert of(text) == expected


def test_a_range_of_money_shares_its_scale() -> None:
    (found,) = read("budget of $1-2k/month").budget
    assert (found.low, found.value) == (1000, 2000)


def test_a_grand_has_no_currency_of_its_own() -> None:
    assert of("10 grand a month") == [(10_000, "", "month", "target")]


@pytest.mark.parametrize(
    "text",
    [
        "$0.002 per prediction",
        "$3 per GPU hour",
        "$5 per 1k tokens",
        "we lose $10k a day to fraud",
        "transactions over $100",
        "it would save $5k a month",
        "$2M in revenue",
        "100 users a month",
    ],
)
def test_a_price_or_a_loss_is_no_budget(text: str) -> None:
    assert of(text) == []
