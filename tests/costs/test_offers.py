"""The cost commands that answers offer: they run as they stand once the words in capitals are filled in."""

import shlex

import pytest
from click.testing import CliRunner

from agent.brief.read import read
from agent.cli.cost import cost
from agent.decisions.cost_offers import cost_offers

FILLED = {
    "ROWS_A_SECOND": "50",
    "TOKENS_A_DOCUMENT": "800",
    "TOKENS_A_CHUNK": "200",
    "CPU_MS": "4",
    "PRICE USD/hour": "0.20 USD/hour",
    "LAYERS": "32",
    "KV_HEADS": "8",
    "HEAD_DIM": "128",
    "CONTEXT_TOKENS": "4000",
}


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("score 100M users nightly between 22:00 and 06:00 with 100 workers", "batch"),
        ("serve an 8B llama with vLLM on 2 GPUs of 24 GB VRAM, 30 concurrent users, 4k context", "llm"),
        ("RAG over 200k documents, 768 dimensions, 5,000 queries a day", "rag"),
        ("deploy the model at 300 rps, what does it cost?", "serving"),
    ],
)
def test_an_offered_command_runs(text: str, command: str) -> None:
    (offer,) = cost_offers(read(text))
    words = [FILLED.get(word, word) for word in shlex.split(offer.command)]
    assert words[:3] == ["mlwright", "cost", command]
    done = CliRunner().invoke(cost, words[2:], standalone_mode=False)
    assert done.exception is None, done.output
    assert done.return_value in {0, 1}


@pytest.mark.parametrize("text", ["deploy our model", "serve an LLM", "nightly scoring job", "train a model on 8 GPUs"])
def test_without_figures_nothing_is_offered(text: str) -> None:
    assert list(cost_offers(read(text))) == []
