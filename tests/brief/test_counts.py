"""What is counted, and what only looks so."""

import pytest

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("50M rows of history", 50e6, "rows"),
        ("a 9-billion-row table", 9e9, "rows"),
        ("6,000 labelled examples", 6000, "rows"),
        ("400 support agents", 400, "users"),
        ("8 million daily users", 8e6, "users"),
        ("2 lakh users", 2e5, "users"),
        ("200 thousand scanned invoice", 2e5, "documents"),
        ("70k pages", 70_000, "pages"),
        ("30M embeddings", 30e6, "vectors"),
        ("10 million document embeddings", 10e6, "vectors"),
        ("768-dim", 768, "dimensions"),
        ("512 dim", 512, "dimensions"),
        ("340 columns", 340, "features"),
        ("12 classes", 12, "classes"),
        ("60 small CPU models", 60, "models"),
        ("200 trials", 200, "trials"),
        ("2x A100", 2, "GPUs"),
        ("4 H100s", 4, "GPUs"),
        ("eight A100", 8, "GPUs"),
        ("four L4 cards", 4, "GPUs"),
        ("16 vCPU", 16, "cores"),
        ("3 nodes", 3, "machines"),
        ("two GPU pods", 2, "replicas"),
        ("six product teams", 6, "teams"),
        ("a team of three", 3, "people"),
        ("40 concurrent users", 40, "concurrent users"),
        ("300 parallel calls", 300, "concurrent users"),
        ("4k prompt tokens", 4000, "prompt tokens"),
        ("300 output tokens", 300, "answer tokens"),
        ("a 32k context", 32_000, "context tokens"),
        ("sequence length 8k", 8000, "context tokens"),
        ("eleven billion tokens", 11e9, "tokens"),
        ("for 3 epochs", 3, "epochs"),
        ("batch size of 64", 64, "batch size"),
    ],
)
def test_a_count_has_its_unit(text: str, value: float, unit: str) -> None:
    assert [(found.value, found.unit) for found in read(text).counts] == [(value, unit)]


@pytest.mark.parametrize(
    "text",
    [
        "Python 3 models",
        "epoch 3",
        "p99",
        "model v12",
        "1 in 500 claims",
        "2,000 A100 hours",
        "an error 404 page",
        "a 3D printer",
        "80k cards per bank",
        "in step 2 rows are dropped",
        "3.5 nodes",
        "the last 24h",
    ],
)
def test_an_index_or_a_name_is_no_count(text: str) -> None:
    assert read(text).counts == ()
