"""Figures in the words of people who write no tickets: roles, waits, loads and windows said at length."""

import pytest

from agent.brief.read import read


def latency(text: str) -> list[tuple[float, float | None, str]]:
    return [(found.milliseconds, found.percentile, found.role) for found in read(text).latency]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("95 of 100 searches should be back in 200 ms", [(200, 95, "target")]),
        ("the till has to have the score in 6 ms", [(6, None, "target")]),
        ("we have 90 ms for the lookup", [(90, None, "target")]),
        ("the gate has 25 ms for the decision", [(25, None, "target")]),
        ("the terminal leaves us 40 ms", [(40, None, "target")]),
        ("nobody cares if the answer takes 5 seconds", [(5000, None, "target")]),
        ("an answer may take 3 s", [(3000, None, "target")]),
        ("Three or four seconds of waiting would be fine", [(4000, None, "target")]),
        ("A chat for the helpdesk. 4 seconds at most.", [(4000, None, "target")]),
        ("within 80 ms for 90 % of queries", [(80, 90, "target")]),
        ("p95 is 300 ms now, the agreement says 120 ms", [(300, 95, "observed"), (120, 95, "target")]),
        ("the new one takes 60 ms where the old one took 20 ms", [(60, None, "observed"), (20, None, "before")]),
        ("the premium is due back in 250 ms for 99 percent of quotes", [(250, 99, "target")]),
        (
            "p99 was 80 ms, today it is 210 ms, and the contract says 100 ms",
            [(80, 99, "before"), (210, 99, "observed"), (100, 99, "target")],
        ),
        ("we had hoped for 15 ms per call", [(15, None, "target")]),
    ],
)
def test_a_wait_that_is_allowed_is_a_target(text: str, expected: list[tuple[float, float | None, str]]) -> None:
    assert latency(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("we have 200 ms latency today", [(200, None, "observed")]),
        ("it takes 2 s per call, which is fine", [(2000, None, "observed")]),
        ("the answer takes 3 s, the mean should be 1 s at p99 of 9 s", [(3000, None, "observed")]),
    ],
)
def test_a_wait_as_it_is_stays_observed(text: str, expected: list[tuple[float, float | None, str]]) -> None:
    assert latency(text)[:1] == expected


@pytest.mark.parametrize(
    "text", ["the clips are 30 seconds long, in stereo", "wrong by 5 seconds", "it has 30 seconds for the shutdown"]
)
def test_another_length_of_time_said_at_length_is_no_latency(text: str) -> None:
    assert latency(text) == []


@pytest.mark.parametrize(
    ("text", "rates"),
    [
        ("900 lookups a second", [(900, "target")]),
        ("700 a second on average", [(700, "target")]),
        ("20k auctions each second", [(20_000, "target")]),
        ("250 rps today, 600 rps expected by spring", [(250, "observed"), (600, "target")]),
        ("currently we handle 90 rps", [(90, "observed")]),
        ("usually 50 rps, but from 200 to 300 rps at noon", [(50, "target"), (300, "target")]),
    ],
)
def test_a_rate_needs_no_known_noun(text: str, rates: list[tuple[float, str]]) -> None:
    assert [(found.value, found.role) for found in read(text).throughput] == rates


@pytest.mark.parametrize(
    ("text", "daily", "item"),
    [
        ("7,000 parcels per night", 7000, "parcels"),
        ("12,000 quotes each month", 400, "quotes"),
        ("it is asked sixty times a day", 60, "times"),
        ("score 30M households with a small model overnight", 30e6, "households"),
        ("everyone gets a new offer overnight, 5 million of them", 5e6, ""),
        ("the rest, about 4,000 a day, by the model", 4000, ""),
        ("after the merger it will be 20M a day", 20e6, ""),
    ],
)
def test_a_volume_may_be_of_anything(text: str, daily: float, item: str) -> None:
    (found,) = read(text).volume
    assert found.value == pytest.approx(daily)
    assert found.item == item


@pytest.mark.parametrize(
    "text",
    [
        "we pay 500 a day",
        "the bill is 48k a month",
        "we release 8 times a day",
        "2 fine-tunings a month",
        "5 meetings a week",
        "40 engineers per night",
        "200k documents whose index is rebuilt nightly",
        "90,000 customers, retrained every night",
    ],
)
def test_money_and_work_are_no_volume(text: str) -> None:
    assert read(text).volume == ()


@pytest.mark.parametrize(
    ("text", "opens", "clock", "hours"),
    [
        ("it may begin at nine in the evening and the shop opens at seven", "21:00", "07:00", 10),
        ("start 11 PM, ready by 5 AM", "23:00", "05:00", 6),
        ("the job may start at 22:30 and has to be through by 06:00", "22:30", "06:00", 7.5),
        ("the machine is free from 20:00 and must be done by 4:00", "20:00", "04:00", 8),
    ],
)
def test_a_window_may_be_said_in_two_halves(text: str, opens: str, clock: str, hours: float) -> None:
    (found,) = read(text).deadline
    assert (found.opens, found.clock, found.seconds) == (opens, clock, hours * 3600)


@pytest.mark.parametrize(
    ("text", "clock"), [("done by six in the morning", "06:00"), ("before eight in the evening", "20:00")]
)
def test_an_hour_may_be_spelt(text: str, clock: str) -> None:
    assert [found.clock for found in read(text).deadline] == [clock]


@pytest.mark.parametrize(("text", "hours"), [("5 hours of training would be fine", 5), ("the run may take 9 hours", 9)])
def test_a_time_that_is_allowed_is_a_deadline(text: str, hours: float) -> None:
    assert [found.seconds for found in read(text).deadline] == [hours * 3600]


@pytest.mark.parametrize(
    "text",
    [
        "it is busy between 7:30 and 10 in the morning",
        "lag grows from 14:00 and is gone by 20:00",
        "wrong by five minutes is fine",
        "start at 5 pods, then by two teams",
    ],
)
def test_when_it_is_busy_is_no_deadline(text: str) -> None:
    assert read(text).deadline == ()
