"""What a request contradicts itself in is told, with the question that settles it and what holds until then."""

import pytest

from agent.brief.read import read
from agent.decisions.conflicts import conflicts


def told(text: str) -> list[str]:
    return [conflict.id for conflict in conflicts(read(text))]


@pytest.mark.parametrize(
    ("text", "conflict"),
    [
        ("serve it: p50 under 80 ms and p99 under 40 ms", "percentiles"),
        ("deploy it, p99 under 50 ms. The API gateway team says p99 must be under 200 ms.", "latency-targets"),
        ("serve llama with vLLM, no GPU is available", "excluded"),
        ("the tablet is offline and answers have to come from the OpenAI API", "offline"),
        ("serve the model at 99.99 % availability on a single VM", "one-machine"),
    ],
)
def test_a_contradiction_is_told(text: str, conflict: str) -> None:
    assert conflict in told(text)


@pytest.mark.parametrize(
    "text",
    [
        "serve it: p50 under 20 ms and p99 under 80 ms at 50 rps",
        "latency is 200 ms now, must be under 50 ms at p99",
        "serve llama with vLLM on our A100",
        "the OpenAI API is down when the network is slow",
        "99.99 % availability on three machines",
        "offline evaluation of our ranker",
    ],
)
def test_what_holds_together_is_no_contradiction(text: str) -> None:
    assert told(text) == []


def test_every_contradiction_has_a_question_and_says_what_is_taken() -> None:
    for conflict in conflicts(read("p50 under 80 ms and p99 under 40 ms on one VM at 99.99 % availability")):
        assert conflict.question.endswith("?")
        assert conflict.assumption.endswith(".")
