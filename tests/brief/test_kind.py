"""What kind of answer is asked for."""

import pytest

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Deploy our churn model behind an API", "design"),
        ("Which vector database for 30M embeddings?", "design"),
        ("How would you set up the canary?", "design"),
        ("What should the recommender return when the model times out", "design"),
        ("Please design a serving platform. Some jobs fail today.", "design"),
        ("how do I deploy a model to EKS", "how-to"),
        ("How to warm up the model?", "how-to"),
        ("steps to move from Seldon to KServe", "how-to"),
        ("RuntimeError: CUDA out of memory\nhow can I fit it?", "how-to"),
        ("why is my p99 so slow?", "diagnosis"),
        ("p95 went from 35 to 140 ms", "diagnosis"),
        ("accuracy suddenly low since the deploy", "diagnosis"),
        ("the pod keeps crashing", "diagnosis"),
        ("ValueError: x and y must have same first dimension", "diagnosis"),
        ("training fails silently", "diagnosis"),
        ("vLLM vs TGI for a 7B model", "comparison"),
        ("BentoML or Ray Serve for three models?", "comparison"),
        ("should I use Feast or Tecton", "comparison"),
        ("which is better for tabular data, XGBoost or LightGBM", "comparison"),
        ("what is the difference between vLLM and TGI", "comparison"),
        ("Could you review our Dockerfile and settings?", "review"),
        ("is this ok?", "review"),
        ("what's wrong with this plan", "review"),
        ("audit our pipeline for gaps", "review"),
        ("what is drift?", "definition"),
        ("what does p99 mean", "definition"),
        ("explain canary to me", "definition"),
        ("difference between SLO and SLA", "definition"),
    ],
)
def test_the_kind_of_a_request(text: str, kind: str) -> None:
    found = read(text)
    assert found.kind == kind
    assert found.kind_words in text
    # A design is what is wanted where nothing else is said; only an order says it in words.
    assert kind == "design" or found.kind_words


@pytest.mark.parametrize(
    "text",
    [
        "what is the best way to serve it?",
        "whats the sane setup?",
        "our auditor reviews it each year",
        "the error handling contract of an API",
        "alert us when a broken model is deployed",
    ],
)
def test_words_in_passing_do_not_change_the_kind(text: str) -> None:
    assert read(text).kind in {"design", "how-to"}
