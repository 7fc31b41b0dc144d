"""Sizes of data, memory and models."""

import pytest

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "gigabytes"),
    [("2 TB of parquet", 2000), ("a 400 MB model", 0.4), ("300GB in S3", 300), ("1.5 PB of video", 1.5e6)],
)
def test_a_size_of_data_is_in_gigabytes(text: str, gigabytes: float) -> None:
    (found,) = read(text).data_size
    assert found.value == pytest.approx(gigabytes)
    assert read(text).memory == ()


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("16 GB RAM", 16, "GB RAM"),
        ("32GB of memory", 32, "GB RAM"),
        ("a box with 64 GB of RAM", 64, "GB RAM"),
        ("256 GB machines", 256, "GB RAM"),
        ("24GB GPU", 24, "GB GPU memory"),
        ("80 GB VRAM", 80, "GB GPU memory"),
        ("A100 80GB", 80, "GB GPU memory"),
        ("one T4 16gb", 16, "GB GPU memory"),
        ("two 24 GB cards", 24, "GB GPU memory"),
    ],
)
def test_memory_says_of_what(text: str, value: float, unit: str) -> None:
    (found,) = read(text).memory
    assert (found.value, found.unit) == (value, unit)
    assert read(text).data_size == ()


@pytest.mark.parametrize("text", ["10 GB/s", "the app eats 600 MB", "100 Gbps", "a 5 m cable"])
def test_a_bandwidth_and_an_unknown_use_are_no_size(text: str) -> None:
    found = read(text)
    assert (found.data_size, found.memory) == ((), ())


@pytest.mark.parametrize(
    ("text", "billions"),
    [
        ("a 7B model", [7]),
        ("70b on 4 H100", [70]),
        ("13 billion parameters", [13]),
        ("Llama-3-8B", [8]),
        ("Qwen2.5-0.5B", [0.5]),
        ("350M parameters", [0.35]),
        ("a 560M encoder", [0.56]),
        ("about 900k params", [0.0009]),
        ("distil a 70B teacher to a 3B student", [70, 3]),
        ("a 7-13B model", [13]),
    ],
)
def test_parameters_are_in_billions(text: str, billions: list[float]) -> None:
    assert [found.value for found in read(text).parameters] == [pytest.approx(value) for value in billions]


@pytest.mark.parametrize(
    "text",
    ["100M users", "5B rows", "2B events a day", "Mixtral 8x7B", "$2B", "1B image vectors", "eleven billion tokens"],
)
def test_a_product_or_another_count_is_no_number_of_parameters(text: str) -> None:
    assert read(text).parameters == ()
