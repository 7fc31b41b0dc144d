"""Counts, money, percentages, names and tasks in other words, and what only looks like them."""

import pytest

from agent.brief.read import read


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("prompt 900 tokens, answer 60 tokens", [(900, "prompt tokens"), (60, "answer tokens")]),
        ("Prompt 1,200 tokens, answer 30", [(1200, "prompt tokens"), (30, "answer tokens")]),
        ("800 tokens in and 250 out", [(800, "prompt tokens"), (250, "answer tokens")]),
        ("conversations of 6,000 tokens", [(6000, "context tokens")]),
        ("40,000 passages", [(40_000, "documents")]),
        ("3 million photos, embeddings of 512 float32 each", [(3e6, "vectors"), (512, "dimensions")]),
        ("9k texts, 256 numbers each", [(9000, "documents"), (256, "dimensions")]),
        ("2 million rows by 40 columns", [(2e6, "rows"), (40, "features")]),
        ("a single card with 24 GB", [(1, "GPUs")]),
        ("4 cards of 24 GB", [(4, "GPUs")]),
        ("80 agents work on it at the same time", [(80, "concurrent users")]),
    ],
)
def test_a_count_is_read_in_other_words(text: str, expected: list[tuple[float, str]]) -> None:
    assert [(found.value, found.unit) for found in read(text).counts] == expected


@pytest.mark.parametrize(
    "text",
    ["a single payment card", "slower than single GPU", "it must answer 20", "38 patients", "400 tokens per second"],
)
def test_what_is_not_counted_has_no_count(text: str) -> None:
    assert read(text).counts == ()


def test_a_span_of_replicas_has_a_low_end() -> None:
    (found,) = read("we want somewhere from 2 to 5 replicas").counts
    assert (found.low, found.value, found.role) == (2, 5, "target")


@pytest.mark.parametrize(
    ("text", "billions"),
    [
        ("a 34B chat model for the desk", [34]),
        ("Llama 70B and Gemma 9B.", [70, 9]),
        ("a 3B answers 50 questions", [3]),
        ("70B model on cards of 80 GB", [70]),
        ("8B in 16 bits", [8]),
        ("it has 20 billion weights", [20]),
        ("REST with 200 B payloads", []),
        ("90,000 float weights", []),
    ],
)
def test_parameters_are_read_without_their_word(text: str, billions: list[float]) -> None:
    assert [found.value for found in read(text).parameters] == billions


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("the box may cost $2 per hour", "target"),
        ("we'll pay $900 a month, not more", "target"),
        ("the nodes cost $900 a month", "observed"),
        ("a small model, cost between $20 and $40 per run", "target"),
    ],
)
def test_what_may_be_spent_is_told_from_what_is(text: str, role: str) -> None:
    assert [found.role for found in read(text).budget] == [role]


@pytest.mark.parametrize(
    "text", ["4 dollars per million tokens", "gifts under 25 euro", "people insured for $900,000", "$0.003 per request"]
)
def test_a_price_of_goods_is_no_budget(text: str) -> None:
    assert read(text).budget == ()


def test_an_amount_a_year_without_a_sign_has_no_currency() -> None:
    (found,) = read("30k a year is the budget").budget
    assert (found.value, found.currency, found.period) == (30_000, "", "year")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("recall is 70 %, 85 % was promised", [("recall", 70, "observed"), ("recall", 85, "target")]),
        (
            "Error rate was 0.2 % before the launch, now it's 3 %",
            [("error rate", 0.2, "before"), ("error rate", 3, "observed")],
        ),
        ("abort if the error rate goes over 2 %", [("error rate", 2, "target")]),
        ("accuracy 91 %, CPU should stay below 70 %", [("accuracy", 91, "observed")]),
    ],
)
def test_a_goal_goes_with_the_measure_before_it(text: str, expected: list[tuple[str, float, str]]) -> None:
    assert [(found.name, found.percent, found.role) for found in read(text).measures] == expected


def test_the_goal_of_an_availability_is_one_too() -> None:
    found = read("Last month it was up 98.7 % of the time, and the goal is 99.5 %").availability
    assert [(one.value, one.role) for one in found] == [(98.7, "observed"), (99.5, "target")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("anything but Dask", {"dask"}),
        ("Dagster: please leave it out", {"dagster"}),
        ("the plan says Feast. Leave Feast out", {"feast"}),
        ("we tried Milvus and never want to see it again", {"milvus"}),
        ("we use neither Dask nor Redis", {"dask", "redis"}),
        ("We can't use Pinecone, Weaviate or Milvus", {"pinecone", "weaviate", "milvus"}),
        ("canary is impossible, shadow neither", {"canary", "shadow"}),
        ("no automatic rollback", {"rollback"}),
        ("neither a GPU nor the money for one", {"gpu"}),
        ("no canary has ever worked here", set[str]()),
        ("no cloud budget to speak of", set[str]()),
        ("not only Flink but Dask too", set[str]()),
        ("tests were done with 4-bit weights", set[str]()),
    ],
)
def test_what_is_left_out_is_excluded(text: str, expected: set[str]) -> None:
    assert {mention.name for mention in read(text).excluded} == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("torch.cuda.OutOfMemoryError: CUDA out of memory", {"pytorch"}),
        ("we run Ray and Ollama", {"ray", "ollama"}),
        ("monitor it with evidently", {"evidently"}),
        ("LitServe, Chroma and Postgres", {"litserve", "chroma", "postgres"}),
        ("an x-ray of chromatin, evidently slow, in a prefecture", set[str]()),
    ],
)
def test_frameworks_are_told_from_words(text: str, expected: set[str]) -> None:
    assert {mention.name for mention in read(text).frameworks} == expected


@pytest.mark.parametrize(
    ("text", "task"),
    [
        ("Answers to questions about our manuals, 3,000 PDFs", "rag"),
        ("A hosted GPT for our service desk", "llm-serving"),
        ("Can a 7B answer 90 questions a day on an ordinary server?", "llm-serving"),
        ("is the scorecard still accurate after a year", "monitoring"),
        ("recognise plants on the phone", "edge"),
        ("200 trials on two GPUs", "tuning"),
        ("fraud model, 300 requests a second", "serving"),
        ("Translate everything once, it can take a week", "batch"),
        ("200 patients in clinical trials", "unknown"),
        ("which run produced the model", "unknown"),
        ("threat model for an LLM bot", "unknown"),
    ],
)
def test_a_task_that_is_not_named_is_read_from_what_is_spoken_of(text: str, task: str) -> None:
    assert read(text).task == task


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Please go through the proposal in docs/plan.md", "review"),
        ("The export used to take 1 hour and now takes 5 hours", "diagnosis"),
        ("It answers 502 after the release", "diagnosis"),
        ("The API returns a strange error for long texts", "diagnosis"),
        ("We can't use Spark or Dask", "design"),
        ("a 3B model, prompts 12k, answers 500", "design"),
    ],
)
def test_the_kind_is_read_in_other_words(text: str, kind: str) -> None:
    assert read(text).kind == kind


def test_prose_that_begins_with_error_is_read() -> None:
    assert read("Error rate is 2 %").measures != ()
    assert read("Error: 2 % of requests").measures == ()
