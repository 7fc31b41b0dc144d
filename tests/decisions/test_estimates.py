"""Word problems: what the numbers of a request come to, each with its working, and nothing where there is no problem."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.brief.read import read
from agent.decisions.estimates.every import estimates
from agent.decisions.figures import numbers


def found(text: str) -> dict[str, float]:
    return {number.name: number.value for number in numbers(read(text))}


@pytest.mark.parametrize(
    ("text", "name", "value"),
    [
        ("a request costs 8 ms of CPU, 600 a second at peak: 600 rps. cores below 50 % please", "cores to order", 10),
        (
            "six workers, each loads the model of 2.5 GB, and the container limit is 8Gi",
            "memory of the model's copies",
            15,
        ),
        ("is it worth waiting 5 ms to batch at 400 requests per second?", "requests gathered in the window", 2),
        ("500 predictions per second, each reads 7 features from redis", "lookups", 3500),
        ("we log every prediction, 3 kB each, 200 requests per second, and keep it 30 days", "kept", 1555.2),
        ("train on 10 million rows by 50 columns of float32", "the table in memory", 2.0),
        ("tell 2 % errors from 3 % in the canary", "cases each arm needs", 3826),
        ("drift test on 25 features at p < 0.04", "false alarms a round", 1.0),
        ("SLO is 99.5 % availability and 2 % of requests fail", "burn rate", 4),
        ("accuracy of 80 % on 400 rows", "uncertainty of the measured share", 3.92),
        ("2 in a thousand transfers are fraud", "accuracy of always saying no", 99.8),
        ("five services, all of them needed, each at 99.9 % availability", "all of them together", 99.501),
        ("grid search: 3 learning rates, 4 depths, one fit takes 10 minutes", "time for the full grid", 2),
        ("batch 8 per GPU, 4 GPUs, gradient accumulation 4: what is the effective batch?", "effective batch", 128),
        ("the sensor's network has 50,000 weights", "weights in int8", 50),
        ("8B model on a 24 GB card: 32 layers, 8 kv heads of 128", "cache a token", 131.072),
        ("7B in 4 bit, the CPU's memory bandwidth is 100 GB/s", "one stream, at most", 100 / 3.5),
        ("70B model on cards of 80 GB VRAM each, serve it with vLLM", "cards for the weights alone", 2),
        ("20 workers for 5 hours each day at $0.40 an hour", "the month", 1200),
        ("a GPU at $2 an hour around the clock or $0.004 per request?", "break-even", 12_000),
        (
            "1,000 mails a day, prompt 2,000 tokens, answer 100 tokens, $2 per million tokens in and $10 per million tokens out",
            "tokens a month",
            150,
        ),
    ],
)
def test_a_word_problem_is_worked_out(text: str, name: str, value: float) -> None:
    assert found(text)[name] == pytest.approx(value, rel=0.02)


@pytest.mark.parametrize(
    "text",
    [
        "deploy our model behind an API",
        "batch 64 on 8 GPUs is what the paper used",
        "we have 12 features and 3 teams",
        "the article says 5 % of companies use it",
        "95 % of our users are on Android",
        "p99 must be under 50 ms at 800 rps",
        "it costs $40 a month",
        "version 3.11, port 8080, 2 GB of RAM",
    ],
)
def test_numbers_that_pose_no_problem_are_left_alone(text: str) -> None:
    assert list(estimates(read(text))) == []


@given(st.integers(1, 50_000), st.integers(1, 200))
def test_cores_are_enough_and_one_fewer_is_not(rate: int, cost: int) -> None:
    text = f"one request takes {cost} ms of CPU, peak is {rate} requests per second"
    cores = found(text)["cores to order"]
    work = rate * cost / 1000
    assert cores * 0.6 >= work * (1 - 1e-9)
    assert (cores - 1) * 0.6 < work


@given(st.floats(0.5, 10), st.floats(1.2, 3))
def test_a_larger_difference_needs_no_larger_sample(share: float, factor: float) -> None:
    def need(times: float) -> float:
        text = f"canary: notice when failures go from {share:.2f} % to {share * times:.2f} %"
        return found(text).get("cases each arm needs", math.inf)

    assert need(factor) >= need(factor + 0.5)
