"""A language model: what fits, the bounds on speed, and the bill of a hosted one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.decisions.costs import hosted, llm
from agent.decisions.costs.sheet import Estimate
from agent.errors import BadRequest

LLAMA = {"params": "8B", "layers": 32, "kv_heads": 8, "head_dim": 128}


def own(**fields: object) -> Estimate:
    return llm.fit(llm.Model.model_validate(LLAMA | fields))


def billed(**fields: object) -> Estimate:
    usage = {"requests": 1e4, "prompt": 1500, "answer": 300, "price_in": "2/MTok", "price_out": "10/MTok"}
    return hosted.bill(hosted.Usage.model_validate(usage | fields))


def test_the_cache_of_a_token_is_two_times_layers_heads_width_and_bytes() -> None:
    found = own(context=8192, memory=24)
    assert found.number("KV cache, a token") == 2 * 32 * 8 * 128 * 2
    assert found.number("left for the KV cache") == pytest.approx(24 * 0.9 - 16)
    assert found.number("sequences at once") == math.floor((24 * 0.9 - 16) / (131_072 * 8192 / 1e9))


@pytest.mark.parametrize(
    ("fields", "verdict"),
    [
        ({"memory": 16}, "does not fit"),
        ({"memory": 24}, "fits"),
        ({"memory": 16, "bits": 4}, "fits"),
        ({"memory": 24, "context": 8192, "concurrency": 5}, "fits"),
        ({"memory": 24, "context": 8192, "concurrency": 6}, "does not fit"),
        ({"memory": 24, "context": 8192, "concurrency": 6, "kv_bits": 8}, "fits"),
        ({"memory": 24, "bandwidth": 300, "speed": 20}, "cannot be done"),
        ({"memory": 24, "bandwidth": 300, "speed": 10}, "unknown"),
    ],
)
def test_what_fits_a_device_is_told(fields: dict[str, object], verdict: str) -> None:
    assert own(**fields).verdict == verdict


def test_speeds_are_called_bounds() -> None:
    found = own(bandwidth=300, tflops=100, prompt=2000, context=4096, concurrency=8)
    speeds = [figure for figure in found.figures if figure.unit == "tokens/s"]
    assert len(speeds) == 3
    assert all("upper bound" in figure.name for figure in speeds)
    assert found.number("upper bound, one sequence") == pytest.approx(300 / (16 + 131_072 * 4096 / 1e9))
    assert found.number("least time to the first token") == pytest.approx(1000 * 2000 * 2 * 8e9 / 100e12)


def test_arithmetic_limits_a_large_batch() -> None:
    found = own(bandwidth=3000, tflops=1, concurrency=1000, context=1)
    assert found.number("upper bound, all sequences") == pytest.approx(1e12 / 16e9)


def test_a_mixture_of_experts_reads_only_its_active_weights() -> None:
    assert own(bandwidth=300, active_params="1B").number("upper bound, one sequence") == pytest.approx(150)


@given(st.floats(1, 1e5), st.integers(1, 64), st.floats(1, 8))
def test_longer_contexts_and_more_sequences_never_leave_more_room(context: float, several: int, more: float) -> None:
    base = own(context=context, memory=80, bandwidth=2000, concurrency=several)
    longer = own(context=context * more, memory=80, bandwidth=2000, concurrency=several)
    assert longer.number("sequences at once") <= base.number("sequences at once")
    assert longer.number("upper bound, one sequence") <= base.number("upper bound, one sequence") * (1 + 1e-12)


def test_a_measurement_above_the_bound_is_told() -> None:
    assert any("above the bound" in text for text in own(bandwidth=300, measured=900).warnings)


def test_an_architecture_is_asked_for_and_never_guessed() -> None:
    with pytest.raises(BadRequest) as caught:
        llm.fit(llm.Model.model_validate({"params": "8B", "memory": 24, "context": 8192}))
    assert "config.json" in caught.value.hint


def test_a_hosted_model_is_billed_by_its_tokens() -> None:
    found = billed()
    assert found.number("a request") == pytest.approx(0.006)
    assert found.number("a month") == pytest.approx(1800)


def test_a_device_of_your_own_breaks_even_only_when_it_carries_the_load() -> None:
    found = billed(own_price="4/h", own_measured=1200)
    assert found.number("break-even") == pytest.approx(16_000)
    assert not any("never pay" in text for text in found.warnings)
    slow = billed(own_price="4/h", own_measured=10)
    assert any("never pay" in text for text in slow.warnings)


def test_a_price_of_something_else_is_refused() -> None:
    with pytest.raises(BadRequest, match="million tokens"):
        billed(price_in="2 USD/hour")
    with pytest.raises(BadRequest, match="currenc"):
        billed(price_in="2 EUR/MTok")
