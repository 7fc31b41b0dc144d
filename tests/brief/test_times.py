"""How old data may be, and by when something must be done."""

import pytest

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "seconds", "role"),
    [
        ("features no older than 5 minutes", 300, "target"),
        ("data must be fresh within 1 h", 3600, "target"),
        ("available within a second of the swipe as a feature", 1, "target"),
        ("data updated hourly", 3600, "observed"),
        ("the index must be refreshed daily", 86_400, "target"),
        ("We materialise every 15 minutes", 900, "observed"),
        ("scores may be at most 2 hours old", 7200, "target"),
    ],
)
def test_freshness_is_in_seconds(text: str, seconds: float, role: str) -> None:
    (found,) = read(text).freshness
    assert (found.value, found.role) == (seconds, role)
    assert read(text).latency == ()


def test_an_old_log_is_no_freshness() -> None:
    assert read("the log is two weeks old").freshness == ()


@pytest.mark.parametrize(
    ("text", "clock"),
    [("by 6 AM", "06:00"), ("before 06:00", "06:00"), ("until 5:30 pm", "17:30"), ("by midnight", "00:00")],
)
def test_a_time_of_day_is_a_deadline(text: str, clock: str) -> None:
    (found,) = read(f"it must be done {text}").deadline
    assert found.clock == clock


@pytest.mark.parametrize(
    ("text", "opens", "clock", "hours"),
    [
        ("a 10 PM to 6 AM window", "22:00", "06:00", 8),
        ("between 22:00 and 06:00", "22:00", "06:00", 8),
        ("from midnight to 4 am", "00:00", "04:00", 4),
    ],
)
def test_a_window_has_both_ends_and_a_length(text: str, opens: str, clock: str, hours: float) -> None:
    (found,) = read(text).deadline
    assert (found.opens, found.clock, found.seconds) == (opens, clock, hours * 3600)


@pytest.mark.parametrize(("text", "seconds"), [("must finish in 2h", 7200), ("done within 4 hours", 14_400)])
def test_a_length_of_time_is_a_deadline(text: str, seconds: float) -> None:
    (found,) = read(text).deadline
    assert found.seconds == seconds


def test_a_date_is_kept_in_its_words() -> None:
    (found,) = read("the plan is due by the end of the month").deadline
    assert (found.words, found.clock, found.seconds) == ("by the end of the month", "", None)


@pytest.mark.parametrize(
    "text",
    [
        "scoring has grown from 2 h to 9 h",
        "it took 4 hours",
        "load goes up 5x within two minutes",
        "by 5 percent",
        "before 2020",
        "between 5 and 10 rows",
        "the last 2 hours",
    ],
)
def test_what_lasts_or_lasted_is_no_deadline(text: str) -> None:
    assert read(text).deadline == ()
