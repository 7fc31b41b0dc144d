"""The price table: dated, sourced, and replaced entry by entry by a user's own."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.decisions.costs import prices
from agent.errors import ContentError, UnknownName
from agent.resources import Pack, builtin_pack

ENTRY = """
- id: {id}
  what: a machine
  provider: us
  unit: {unit}
  price: {price}
  checked: {checked}
  source: {source}
"""


def written(folder: Path, **fields: str) -> Pack:
    default = {
        "id": "box",
        "unit": "USD/hour",
        "price": "1.5",
        "checked": "2026-01-01",
        "source": "https://example.org/p",
    }
    (folder / "knowledge").mkdir(exist_ok=True)
    with (folder / "knowledge/prices.yaml").open("a", encoding="utf-8") as file:
        file.write(ENTRY.format(**(default | fields)))
    return Pack("project", folder)


def test_every_price_that_comes_along_has_a_page_a_date_and_a_unit() -> None:
    table = prices.table([builtin_pack()])
    assert len(table) >= 10
    for price in table.values():
        assert price.source.startswith("https://")
        assert price.money.period in {"hour", "million tokens", "GB-month", "GB"}
        assert price.money.amount == pytest.approx(price.price)
        assert (price.as_of or price.checked) <= price.checked


def test_a_users_entry_replaces_one_and_adds_another(tmp_path: Path) -> None:
    written(tmp_path, id="runpod-h100-sxm-secure", price="2")
    table = prices.table([builtin_pack(), written(tmp_path, id="mine", unit="EUR/GB-month")])
    assert table["runpod-h100-sxm-secure"].price == 2
    assert table["runpod-h100-sxm-secure"].pack == "project"
    assert str(table["mine"].money) == "1.50 EUR/GB-month"
    assert "claude-opus-5.5-in" in table


def test_a_price_goes_stale_after_180_days_of_its_own_date(tmp_path: Path) -> None:
    price = prices.read(written(tmp_path).folder("knowledge") / "prices.yaml")[0]
    start = date(2026, 1, 1)
    assert not price.stale(start + timedelta(180))
    assert price.stale(start + timedelta(181))
    old = price.model_copy(update={"as_of": date(2025, 1, 1)})
    assert old.stale(start)
    assert "STALE, 365 days old" in old.origin(start)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"price": "-1"}, "price"),
        ({"price": ".nan"}, "price"),
        ({"checked": "soon"}, "checked"),
        ({"source": "http://example.org"}, "source"),
        ({"source": "a friend"}, "source"),
        ({"unit": "USD"}, "unit"),
        ({"id": "Not An Id"}, "id"),
        ({"unit": "USD/hour\n  colour: red"}, "colour"),
    ],
)
def test_a_broken_entry_is_told_with_its_file(tmp_path: Path, fields: dict[str, str], message: str) -> None:
    with pytest.raises(ContentError, match=f"prices.yaml: entry 1: {message}"):
        prices.table([written(tmp_path, **fields)])


def test_an_id_that_stands_twice_and_a_table_that_is_no_list_are_told(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(ContentError, match="twice"):
        prices.table([written(tmp_path)])
    path = tmp_path / "knowledge/prices.yaml"
    for text, message in (("a: 1", "a list"), ("- 3", "entry 1"), ("[", "prices.yaml")):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(ContentError, match=message):
            prices.table([Pack("project", tmp_path)])


def test_no_table_is_no_error_and_an_unknown_id_offers_the_nearest(tmp_path: Path) -> None:
    assert prices.table([Pack("project", tmp_path)]) == {}
    with pytest.raises(UnknownName) as caught:
        prices.find(prices.table([builtin_pack()]), "runpod-h100-sxm")
    assert "runpod-h100-sxm-" in caught.value.hint
