"""Red flags: told when the words are there, and never beside what looks like them."""

from functools import cache
from pathlib import Path

import pytest
import yaml

from agent.brief.model import Brief, Deadline, Measure, Quantity
from agent.brief.read import read
from agent.decisions.catalogue import Catalogue, load_catalogue
from agent.decisions.flags import Rule, flags, load_flags
from agent.resources import builtin_pack

HOUR = 3600.0
# By flag: `raises`, `not`, and `missed`, which is kept so that the recall is known and is not asserted.
TEXTS: dict[str, dict[str, list[str]]] = yaml.safe_load(
    (Path(__file__).parent / "red_flags.yaml").read_text(encoding="utf-8")
)


@cache
def content() -> tuple[dict[str, Rule], Catalogue]:
    return load_flags([builtin_pack()]), load_catalogue([builtin_pack()])


def raised(request_: Brief) -> set[str]:
    rules, catalogue = content()
    return {flag.id for flag in flags(rules, request_, catalogue)}


def listed(part: str) -> list[tuple[str, str]]:
    return [(name, text) for name, parts in TEXTS.items() for text in parts[part]]


def window(text: str, hours: float) -> Brief:
    """Return a request with the time there is, in hours."""
    return read(text).model_copy(update={"deadline": (Deadline(words=text, seconds=hours * HOUR),)})


def accurate(text: str, percent: float) -> Brief:
    """Return a request whose accuracy target was read."""
    measure = Measure(name="accuracy", percent=percent, role="target", words=text)
    return read(text).model_copy(update={"measures": (measure,)})


def available(text: str, percent: float) -> Brief:
    """Return a request whose availability was read."""
    quantity = Quantity(value=percent, unit="percent", words=text)
    return read(text).model_copy(update={"availability": (quantity,)})


@pytest.mark.parametrize(("flag", "text"), listed("raises"))
def test_a_flag_is_raised(flag: str, text: str) -> None:
    assert flag in raised(read(text))


@pytest.mark.parametrize(("flag", "text"), listed("not"))
def test_a_near_miss_raises_nothing(flag: str, text: str) -> None:
    assert flag not in raised(read(text))


def test_each_flag_has_twelve_texts_that_raise_it_and_eight_that_come_near() -> None:
    assert TEXTS.keys() == load_flags([builtin_pack()]).keys()
    for name, parts in TEXTS.items():
        assert parts.keys() == {"raises", "not", "missed"}, name
        assert len(set(parts["raises"])) >= 12, name
        assert len(set(parts["not"])) >= 8, name


def test_no_text_is_listed_twice_for_a_flag() -> None:
    for name, parts in TEXTS.items():
        texts = [text for part in parts.values() for text in part]
        assert len(texts) == len(set(texts)), name


def test_a_run_as_long_as_its_window_has_no_slack() -> None:
    text = "nightly scoring, takes 8 hours"
    assert "batch-without-slack" in raised(window(text, 8))
    assert "batch-without-slack" in raised(window(text, 7))
    assert "batch-without-slack" not in raised(window(text, 16))
    assert "batch-without-slack" not in raised(window("score everything at night", 8))


def test_an_accuracy_target_is_a_flag_only_where_positives_are_rare() -> None:
    assert "accuracy-on-imbalance" in raised(accurate("train a fraud detector", 95))
    assert "accuracy-on-imbalance" not in raised(accurate("train a digit classifier", 95))


def test_an_availability_of_a_hundred_percent_is_a_flag() -> None:
    assert "impossible-slo" in raised(available("serve it around the clock", 100))
    assert "impossible-slo" not in raised(available("serve it around the clock", 99.9))


def test_a_flag_says_why_what_to_do_and_whom_to_ask() -> None:
    for rule in load_flags([builtin_pack()]).values():
        assert rule.flag.flag.endswith(".")
        assert rule.flag.way_out.endswith(".")
        assert rule.flag.ask


def test_notes_come_after_flags() -> None:
    packs = [builtin_pack()]
    request_ = read("deploy models/fraud.pkl with an SLA of 99.9%")
    found = flags(load_flags(packs), request_, load_catalogue(packs))
    assert [(flag.id, flag.level) for flag in found] == [("untrusted-pickle", "flag"), ("sla-for-slo", "note")]


@pytest.mark.parametrize("text", ["deploy our churn model", "", "train a model on last year's data", "hello"])
def test_an_ordinary_request_raises_nothing(text: str) -> None:
    assert raised(read(text)) == set()
