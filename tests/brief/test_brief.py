"""What is read out of a request, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "percentile", "milliseconds"),
    [
        ("p99 under 100 ms", 99, 100),
        ("p95 latency of 0.2 s please", 95, 200),
        ("keep it below 50ms at p99.9", 99.9, 50),
        ("median must be 5 ms", 50, 5),
        ("latency under 250 milliseconds", None, 250),
        ("p99 < 800us", 99, 0.8),
    ],
)
def test_a_latency_target_has_its_percentile_and_unit(text: str, percentile: float | None, milliseconds: float) -> None:
    (found,) = read(text).latency
    assert (found.percentile, found.role) == (percentile, "target")
    assert found.milliseconds == pytest.approx(milliseconds)


@pytest.mark.parametrize(
    ("text", "observed", "wanted"),
    [
        ("latency is 200ms, target is 50ms", 200, 50),
        ("p99 is at 900 ms, we need 100 ms", 900, 100),
        ("currently takes 2 s, must be under 300 ms", 2000, 300),
    ],
)
def test_a_fact_is_told_from_a_wish(text: str, observed: float, wanted: float) -> None:
    found = {latency.role: latency.milliseconds for latency in read(text).latency}
    assert found == {"observed": observed, "target": wanted}


def test_what_went_from_one_figure_to_another_is_no_wish() -> None:
    found = {latency.role: latency.milliseconds for latency in read("latency went from 15ms to 150ms").latency}
    assert found == {"before": 15, "observed": 150}


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("at 500 requests per second", 500),
        ("800 rps", 800),
        ("1.5k qps", 1500),
        ("2,000 req/s", 2000),
        ("40 requests/s", 40),
        ("10k predictions per second", 10_000),
    ],
)
def test_a_throughput_is_requests_a_second(text: str, rate: float) -> None:
    assert [quantity.value for quantity in read(text).throughput] == [rate]


@pytest.mark.parametrize(
    ("text", "daily"),
    [
        ("10 million predictions per day", 10e6),
        ("100M users nightly", 100e6),
        ("60k requests per hour", 1.44e6),
        ("daily 100M records", 100e6),
        ("3bn events a month", 1e8),
    ],
)
def test_a_volume_is_items_a_day(text: str, daily: float) -> None:
    assert [quantity.value for quantity in read(text).volume] == [pytest.approx(daily)]


@pytest.mark.parametrize(
    ("text", "value", "currency", "period"),
    [
        ("under $500/day", 500, "$", "day"),
        ("€12k per month", 12_000, "€", "month"),
        ("budget of $1.5M a year", 1.5e6, "$", "year"),
    ],
)
def test_a_budget_has_its_period(text: str, value: float, currency: str, period: str) -> None:
    (found,) = read(text).budget
    assert (found.value, found.currency, found.period) == (value, currency, period)


def test_availability_is_told_from_any_other_percentage() -> None:
    assert [quantity.value for quantity in read("99.9% availability").availability] == [99.9]
    assert read("accuracy is 99.9% on the test set").availability == ()


def test_model_size_file_and_frameworks_are_found() -> None:
    found = read("serve a 7B llama with vLLM; the old model is models/churn.onnx, no Kubernetes")
    assert found.parameters[0].value == 7
    assert found.files == ("models/churn.onnx",)
    assert [mention.name for mention in found.frameworks] == ["onnx", "vllm"]
    assert found.excludes("kubernetes")
    assert not found.runs_on("kubernetes")


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("Deploy our XGBoost model behind an API", "serving"),
        ("score 100M rows every night", "batch"),
        ("serve llama 3 with vLLM", "llm-serving"),
        ("run the model on Android phones", "edge"),
        ("fine-tune a 7B model with LoRA", "finetuning"),
        ("detect drift in our inputs", "monitoring"),
        ("hello there", "unknown"),
    ],
)
def test_the_task_is_what_is_asked(text: str, task: str) -> None:
    assert read(text).task == task


def test_an_empty_handed_request_yields_an_empty_brief() -> None:
    found = read("please help me with my project")
    assert found.model_dump(exclude_defaults=True) == {"text": "please help me with my project"}


@given(st.text(max_size=500))
def test_every_word_that_is_quoted_stands_in_the_request(text: str) -> None:
    found = read(text)
    quoted = [
        item.words
        for group in (found.latency, found.throughput, found.volume, found.budget, found.data_size)
        for item in group
    ]
    assert all(words in text for words in quoted)


NUMBERS = st.integers(1, 9_999)


@given(NUMBERS, NUMBERS)
def test_figures_come_back_as_they_were_written(milliseconds: int, rate: int) -> None:
    found = read(f"Deploy it, p99 under {milliseconds} ms at {rate} requests per second")
    assert [latency.milliseconds for latency in found.latency] == [milliseconds]
    assert [quantity.value for quantity in found.throughput] == [rate]
