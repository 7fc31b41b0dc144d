"""Latencies: what is one, what it is worth, and whether it is wished for."""

import pytest

from agent.brief.read import read


def of(text: str) -> list[tuple[float, float | None, str]]:
    return [(found.milliseconds, found.percentile, found.role) for found in read(text).latency]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p99 < 100ms", [(100, 99, "target")]),
        ("P95 of 0.2 s", [(200, 95, "target")]),
        ("99th percentile under 80 ms", [(80, 99, "target")]),
        ("99.9th percentile below 1 s", [(1000, 99.9, "target")]),
        ("sub-10ms scoring", [(10, None, "target")]),
        ("sub-second answers", [(1000, None, "target")]),
        ("it must answer within a second", [(1000, None, "target")]),
        ("under 2 seconds per request", [(2000, None, "target")]),
        ("within 300 milliseconds for a score", [(300, None, "target")]),
        ("99% of requests under 100 ms", [(100, 99, "target")]),
        ("50ms p50, 100ms p99", [(50, 50, "target"), (100, 99, "target")]),
        ("p50 20 ms p99 100 ms", [(20, 50, "target"), (100, 99, "target")]),
        ("p50 20 ms, p95 50 ms", [(20, 50, "target"), (50, 95, "target")]),
        ("p99 target is 0,5 s", [(500, 99, "target")]),
        ("time to first token below half a second", [(500, None, "target")]),
    ],
)
def test_a_latency_is_read_as_it_is_written(text: str, expected: list[tuple[float, float | None, str]]) -> None:
    assert of(text) == expected


def test_a_list_of_percentiles_takes_a_list_of_values() -> None:
    assert of("p50/p95/p99 20/50/100 ms") == [(20, 50, "target"), (50, 95, "target"), (100, 99, "target")]


def test_a_list_with_a_value_too_few_is_left_alone() -> None:
    assert of("p50/p95/p99 20/50 ms") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("p99 went from 15ms to 150ms after the deploy", [(15, 99, "before"), (150, 99, "observed")]),
        ("p95 went from 35 to 140 ms", [(35, 95, "before"), (140, 95, "observed")]),
        ("95th percentile goes from 300 ms to 4 s", [(300, 95, "before"), (4000, 95, "observed")]),
        ("reduce latency from 200ms to 50ms", [(200, None, "observed"), (50, None, "target")]),
        ("how do I get inference from 200 ms down to 50 ms", [(200, None, "observed"), (50, None, "target")]),
        ("latency must be reduced from 200 to 50 ms", [(200, None, "observed"), (50, None, "target")]),
        ("latency was 40 ms, now it is 90 ms", [(40, None, "before"), (90, None, "observed")]),
        ("My inference is too slow, latency is 200ms target is 50ms", [(200, None, "observed"), (50, None, "target")]),
        ("model take 9 second. The customer want maximum 2 second", [(9000, None, "observed"), (2000, None, "target")]),
        ("Users wait 5-7 s, should be below 2 s", [(7000, None, "observed"), (2000, None, "target")]),
        ("We have 50 GPUs, latency 20 ms at p99", [(20, 99, "target")]),
        ("p99 is at 900 ms today, we need 100 ms", [(900, 99, "observed"), (100, 99, "target")]),
    ],
)
def test_what_was_what_is_and_what_shall_be_are_told_apart(
    text: str, expected: list[tuple[float, float | None, str]]
) -> None:
    assert of(text) == expected


def test_a_range_has_a_low_end() -> None:
    (found,) = read("latency of 50-100 ms at p95").latency
    assert (found.low, found.milliseconds, found.percentile) == (50, 100, 95)


@pytest.mark.parametrize(
    "text",
    [
        "training takes 3 hours",
        "one epoch takes 40 s",
        "what does a timeout of 30 s do in nginx?",
        "we poll every 5 s",
        "transcribe 30 s of audio",
        "an audio of 30 second",
        "logs are kept for 90 seconds",
        "it stops after 30 seconds",
        "a load test of 60 seconds",
        "batching window of 5 ms vs 20 ms",
        "pods must start on new nodes in under 30 s",
        "the sidecar adds 8 ms to each call",
        "cache ttl of 60 s",
        "Traceback (most recent call last):\nran for 1800000 milliseconds before timing out",
        "RuntimeError: request took 500 ms, limit 100 ms",
    ],
)
def test_another_length_of_time_is_no_latency(text: str) -> None:
    assert of(text) == []
