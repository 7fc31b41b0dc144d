"""Availability, and other percentages."""

import pytest

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "percent"),
    [
        ("99.9% uptime", 99.9),
        ("an availability of 99.95 %", 99.95),
        ("99.95 % SLO", 99.95),
        ("three nines", 99.9),
        ("four nines of availability", 99.99),
        ("up 99.5% of the time", 99.5),
    ],
)
def test_an_availability_is_read(text: str, percent: float) -> None:
    assert [found.value for found in read(text).availability] == [percent]
    assert read(text).measures == ()


@pytest.mark.parametrize("text", ["98% accuracy", "precision of 95% in our SLA", "95% of users", "p99 SLO of 100 ms"])
def test_another_percentage_is_no_availability(text: str) -> None:
    assert read(text).availability == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("accuracy dropped from 92% to 89%", [("accuracy", 92, "before"), ("accuracy", 89, "observed")]),
        ("Accuracy drops from 91 to 84", [("accuracy", 91, "before"), ("accuracy", 84, "observed")]),
        ("accuracy must be at least 85%", [("accuracy", 85, "target")]),
        ("98% accuracy", [("accuracy", 98, "observed")]),
        ("my AUC is 0.87", [("auc", 87, "observed")]),
        ("baseline at 0.71 AUC", [("auc", 71, "observed")]),
        ("f1 of 0.8", [("f1", 80, "observed")]),
        ("recall 80%, precision 90%", [("recall", 80, "observed"), ("precision", 90, "observed")]),
        ("gpu util sits at 35%", [("gpu utilisation", 35, "observed")]),
        ("error rate under 0.1%", [("error rate", 0.1, "target")]),
        ("0.3% positives", [("positives", 0.3, "observed")]),
        ("send it to 5 % of users first", [("traffic share", 5, "target")]),
    ],
)
def test_a_measure_has_a_name_and_a_role(text: str, expected: list[tuple[str, float, str]]) -> None:
    assert [(found.name, pytest.approx(found.percent), found.role) for found in read(text).measures] == expected


@pytest.mark.parametrize("text", ["recall at 0.5", "accuracy rose by 2%", "30% boilerplate", "f1 in 3 runs"])
def test_a_threshold_or_a_gain_is_no_measure(text: str) -> None:
    assert read(text).measures == ()
