"""Every estimate can be redone by hand: workings, origins and a round trip through JSON."""

import pytest

from agent.decisions.costs import hosted, llm, rag, serving
from agent.decisions.costs.batch import plan
from agent.decisions.costs.job import Job
from agent.decisions.costs.sheet import Estimate

LLAMA = {"params": "8B", "layers": 32, "kv_heads": 8, "head_dim": 128}


def batch(**fields: object) -> Estimate:
    return plan(Job.model_validate({"rows": 1e8} | fields))


def served(**fields: object) -> Estimate:
    return serving.capacity(serving.Load.model_validate(fields))


def own(**fields: object) -> Estimate:
    return llm.fit(llm.Model.model_validate(LLAMA | fields))


def billed(**fields: object) -> Estimate:
    usage = {"requests": 1e4, "prompt": 1500, "answer": 300, "price_in": "2/MTok", "price_out": "10/MTok"}
    return hosted.bill(hosted.Usage.model_validate(usage | fields))


def indexed(**fields: object) -> Estimate:
    corpus = {"documents": 1000, "tokens": 2000, "chunk": 400, "overlap": 40, "dimensions": 1024}
    return rag.index(rag.Corpus.model_validate(corpus | fields))


@pytest.mark.parametrize(
    "found",
    [
        batch(window="8h", rate=60, price="0.3/h"),
        served(daily="10M", cpu_ms=5, price="0.2/h"),
        own(memory=24, context=8192, bandwidth=300, tflops=100, price="1/h", measured=10),
        billed(own_price="4/h", own_measured=100),
        indexed(embed_price="0.1/MTok"),
    ],
    ids=["batch", "serving", "own", "hosted", "rag"],
)
def test_every_figure_has_a_working_and_every_input_an_origin(found: Estimate) -> None:
    assert all(
        any(letter.isdigit() for letter in figure.working) for figure in found.figures if "again" not in figure.name
    )
    assert {item.origin for item in found.inputs} <= {"given", "assumed"}
    assert all(item.note for item in found.inputs if item.origin == "assumed")
    assert Estimate.model_validate_json(found.model_dump_json()) == found
