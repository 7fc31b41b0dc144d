"""The decision frameworks: every leaf is reached, what it names exists, and what the request does not say is told."""

import re
import time
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import agent.brief
from agent.brief.model import Brief, Latency, Mention, Quantity, Task, Unit
from agent.brief.read import read
from agent.decisions.catalogue import CHANGED, Catalogue, load_catalogue
from agent.decisions.framework import TASKS, Framework, case_of, decide, load_frameworks
from agent.resources import builtin_pack

KNOWLEDGE = builtin_pack().folder("knowledge")


def applicable(frameworks: Mapping[str, Framework], brief: Brief, catalogue: Catalogue) -> tuple[Framework, ...]:
    """Return the frameworks for a brief: its task's own first, then those whose `also` it fulfils, each by rank."""
    case = case_of(brief, catalogue)
    own = [framework for framework in frameworks.values() if brief.task in framework.tasks]
    other = [
        framework
        for framework in frameworks.values()
        if framework not in own and framework.also is not None and framework.also.holds(case) is True
    ]
    return tuple(framework for group in (own, other) for framework in sorted(group, key=lambda item: item.order))


@cache
def catalogue() -> Catalogue:
    return load_catalogue([builtin_pack()])


@cache
def frameworks() -> dict[str, Framework]:
    return load_frameworks([builtin_pack()], catalogue())


def brief(text: str, task: Task, *counts: tuple[float, Unit], **groups: str) -> Brief:
    """Return a request as read, with its task set and counts and named things added by hand."""
    found = read(text)
    update: dict[str, object] = {"task": task}
    update["counts"] = (*found.counts, *(Quantity(value=value, unit=unit, words=text) for value, unit in counts))
    update["memory"] = tuple(
        Quantity(value=value, unit=unit, words=text) for value, unit in counts if unit.startswith("GB")
    )
    for group, name in groups.items():
        update[group] = (Mention(name=name, words=name),)
    return found.model_copy(update=update)


REACHED: list[tuple[str, str, Brief]] = [
    ("serving-strategy", "stream-consumer", brief("score events from Kafka", "streaming")),
    ("serving-strategy", "gpu-batching-server", brief("Deploy a ResNet on GPU for real-time inference", "serving")),
    ("serving-strategy", "in-process", brief("serve the model, p99 under 5 ms at 100 rps", "serving")),
    ("serving-strategy", "model-platform", brief("serve our 40 models", "serving", (40, "models"))),
    ("serving-strategy", "replicas", brief("serve it at 9000 rps, p99 under 50 ms", "serving")),
    ("serving-strategy", "kubernetes-deployment", brief("deploy it on kubernetes, p99 under 50 ms", "serving")),
    ("serving-strategy", "managed-endpoint", brief("deploy it as a SageMaker endpoint, we are two", "serving")),
    ("serving-strategy", "serverless", brief("deploy it to AWS Lambda, p99 under 500 ms at 1 rps", "serving")),
    ("serving-strategy", "own-service", brief("deploy the model, p99 under 50 ms at 100 rps", "serving")),
    ("batch-scoring", "precompute-and-lookup", brief("score nightly and look up the result in the app", "batch")),
    ("batch-scoring", "scheduled-with-orchestrator", brief("nightly scoring that depends on the ETL", "batch")),
    ("batch-scoring", "distributed", brief("score 3 TB nightly", "batch")),
    ("batch-scoring", "one-process", brief("score 2M rows nightly", "batch")),
    ("edge", "microcontroller", brief("keyword spotting on an ESP32", "edge")),
    ("edge", "browser", brief("run the model in the browser", "edge")),
    ("edge", "mobile", brief("run the model on Android phones", "edge")),
    ("edge", "device", brief("detect defects on a Jetson beside the line", "edge")),
    ("training-infrastructure", "sharded", brief("train a 13B model, it does not fit on one GPU", "training")),
    ("training-infrastructure", "data-parallel", brief("train with DDP on our machines", "training")),
    ("training-infrastructure", "orchestrated", brief("train it every week with Airflow", "training")),
    ("training-infrastructure", "managed", brief("train it on SageMaker", "training")),
    ("training-infrastructure", "notebook", brief("train a first model in a Jupyter notebook", "training")),
    ("training-infrastructure", "one-machine", brief("train a churn model on last year's data", "training")),
    ("feature-store", "managed-platform", brief("a feature store with governance and lineage", "features")),
    ("feature-store", "cloud-native", brief("feature store, everything runs on AWS", "features")),
    ("feature-store", "feast", brief("a feature store for three teams", "features", (3, "teams"))),
    ("feature-store", "none", brief("do I need a feature store for my first model", "features")),
    ("deployment-strategy", "staged-devices", brief("update the model on our devices", "edge")),
    ("deployment-strategy", "shadow", brief("release it in shadow mode", "serving")),
    ("deployment-strategy", "ab-test", brief("release it and show that conversion rises", "serving")),
    ("deployment-strategy", "canary", brief("release it with a canary", "serving")),
    ("deployment-strategy", "blue-green", brief("release the new model", "serving")),
    ("batching", "continuous", brief("serve a llama with batching", "llm-serving")),
    ("batching", "none", brief("serve it at 5 rps", "serving")),
    ("batching", "window", brief("serve the CNN on a GPU at 500 rps", "serving")),
    ("batching", "natural", brief("serve it at 800 rps", "serving")),
    ("quantisation", "not-for-trees", brief("serve an XGBoost model", "serving")),
    ("quantisation", "weight-only-4bit", brief("serve a llama in 4-bit with AWQ", "llm-serving")),
    ("quantisation", "fp8", brief("serve it on an H100 in fp8", "serving")),
    ("quantisation", "static-int8", brief("run a CNN on an NPU", "edge")),
    ("quantisation", "dynamic-int8", brief("serve a BERT classifier on CPU", "serving")),
    ("quantisation", "measure-first", brief("serve the model", "serving")),
    ("vector-store", "existing-search-engine", brief("RAG, we run Elasticsearch", "rag")),
    ("vector-store", "managed", brief("RAG with Pinecone", "rag")),
    ("vector-store", "distributed", brief("RAG over 300M vectors", "rag", (3e8, "vectors"))),
    ("vector-store", "postgres-pgvector", brief("RAG, our data is in Postgres", "rag")),
    ("vector-store", "in-memory-exact", brief("RAG over 50k vectors", "rag", (5e4, "vectors"))),
    ("vector-store", "server", brief("RAG with multiple writers", "rag")),
    ("vector-store", "embedded", brief("RAG on my laptop", "rag")),
    ("retrieval", "lexical-first", brief("RAG over manuals, users ask for error codes", "rag")),
    ("retrieval", "rerank", brief("RAG: the right document but too far down, should I rerank", "rag")),
    ("retrieval", "hybrid", brief("RAG over our wiki", "rag")),
    ("hpo", "baseline-first", brief("tune the hyperparameters, we have no baseline", "tuning")),
    ("hpo", "all-combinations", brief("tune 8 combinations", "tuning", (8, "trials"))),
    ("hpo", "early-stopping", brief("tune a network, each trial takes 6 hours", "tuning")),
    ("hpo", "bayesian", brief("tune it with Optuna", "tuning")),
    ("hpo", "random-first", brief("tune the hyperparameters of my model", "tuning")),
    ("llm-serving", "hosted-api", brief("deploy a chat LLM for support", "llm-serving")),
    ("llm-serving", "vllm-one-gpu", brief("serve a 7B llama on our A100 GPU", "llm-serving")),
    ("llm-serving", "vllm-many-gpus", brief("serve a 70B llama on our A100 GPUs", "llm-serving")),
    ("llm-serving", "cpu-small", brief("serve a 3B llama on CPU only", "llm-serving")),
    ("llm-serving", "not-on-cpu", brief("serve a 70B llama on CPU only", "llm-serving")),
    ("fine-tuning", "prompt-first", brief("fine-tune a model on our documents", "finetuning")),
    ("fine-tuning", "lora", brief("fine-tune it with LoRA", "finetuning")),
    ("fine-tuning", "qlora", brief("fine-tune a 7B model on one 16 GB card", "finetuning", (16, "GB GPU memory"))),
    ("fine-tuning", "full", brief("full fine-tuning for a new language", "finetuning")),
    ("monitoring", "four-channels", brief("monitor our model", "monitoring")),
    ("monitoring", "proxies-first", brief("monitor fraud, chargebacks come weeks later", "monitoring")),
    ("monitoring", "dead-class", brief("our model always predicts the same class", "monitoring")),
    ("monitoring", "performance-first", brief("monitor it, labels arrive within minutes", "monitoring")),
    ("orchestration", "cron", brief("a pipeline that loads a table", "pipeline")),
    ("orchestration", "orchestrator", brief("a pipeline in Airflow with five jobs", "pipeline")),
    ("orchestration", "event-driven", brief("a pipeline that runs when a file arrives", "pipeline")),
    ("orchestration", "retrain-gated", brief("a pipeline that retrains the model", "pipeline")),
    ("experiment-tracking", "mlflow-local", brief("track my experiments", "experiment-tracking")),
    ("experiment-tracking", "mlflow-server", brief("track experiments of our team", "experiment-tracking")),
    ("experiment-tracking", "hosted", brief("track experiments with wandb", "experiment-tracking")),
    ("evaluation", "offline-gate", brief("evaluate my model", "evaluation")),
    ("evaluation", "ab-test", brief("evaluate it by conversion", "evaluation")),
    ("evaluation", "imbalanced", brief("evaluate a fraud model", "evaluation")),
    ("evaluation", "champion-challenger", brief("is the challenger better than the champion", "evaluation")),
]


@pytest.mark.parametrize(("name", "leaf", "request_"), REACHED, ids=[f"{name}/{leaf}" for name, leaf, _ in REACHED])
def test_a_request_reaches_its_leaf(name: str, leaf: str, request_: Brief) -> None:
    framework = frameworks()[name]
    assert framework in applicable(frameworks(), request_, catalogue())
    found = decide(framework, request_, catalogue())
    assert found.leaf == leaf, found.walk
    assert found.id == name


def test_the_table_above_covers_every_leaf() -> None:
    every = {(name, leaf.id) for name, framework in frameworks().items() for leaf in framework.leaves()}
    assert {(name, leaf) for name, leaf, _ in REACHED} == every


def test_every_task_has_a_framework() -> None:
    assert {task for framework in frameworks().values() for task in framework.tasks} == TASKS


def test_what_a_leaf_reads_is_a_heading_of_the_knowledge() -> None:
    headings = {
        f"{path.name}#{heading}"
        for path in KNOWLEDGE.glob("*.md")
        for heading in re.findall(r"^## (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    read_by = {link for framework in frameworks().values() for leaf in framework.leaves() for link in leaf.read}
    assert read_by - headings == set()


def test_no_leaf_recommends_a_tool_that_was_dropped_without_saying_so() -> None:
    for framework in frameworks().values():
        for leaf in framework.leaves():
            text = " ".join((leaf.choose, leaf.reason, *leaf.risks, *leaf.steps))
            for name in leaf.tools:
                assert catalogue().get(name).status not in CHANGED or name in text, (framework.id, leaf.id, name)
            assert set(leaf.tools).isdisjoint(leaf.instead), (framework.id, leaf.id)


def test_every_leaf_can_be_acted_on() -> None:
    for framework in frameworks().values():
        for leaf in framework.leaves():
            assert 2 <= len(leaf.steps) <= 5, (framework.id, leaf.id)
            assert 1 <= len(leaf.risks) <= 3, (framework.id, leaf.id)
            assert leaf.changes, (framework.id, leaf.id)
            assert not leaf.choose.endswith("."), (framework.id, leaf.id)
            assert leaf.reason.endswith("."), (framework.id, leaf.id)


def test_names_that_conditions_mention_are_names_the_reader_gives() -> None:
    modules = [import_module(f"agent.brief.{module.name}") for module in iter_modules(agent.brief.__path__)]
    for path in [*(KNOWLEDGE / "frameworks").glob("*.yaml"), KNOWLEDGE / "red-flags.yaml"]:
        text = path.read_text(encoding="utf-8")
        for group in ("environment", "frameworks", "models"):
            tables = [table for module in modules if (table := getattr(module, TABLES[group], None)) is not None]
            known = {name for table in tables for name in table}
            for names in re.findall(rf"mentions: {group}, any_of: \[([^\]]*)\]", text):
                assert set(names.split(", ")) <= known, path.name


TABLES = {"environment": "ENVIRONMENTS", "frameworks": "FRAMEWORKS", "models": "MODELS"}


def test_what_the_request_does_not_say_is_told() -> None:
    found = decide(frameworks()["llm-serving"], brief("deploy a chat LLM", "llm-serving"), catalogue())
    assert [(step.answer, step.known) for step in found.walk] == [(False, False)]


def test_a_decision_tells_of_its_tools_what_the_catalogue_knows() -> None:
    found = decide(frameworks()["llm-serving"], brief("serve a 7B llama on our GPU", "llm-serving"), catalogue())
    assert [(tool.name, tool.status, tool.licence) for tool in found.tools] == [("vLLM", "active", "Apache-2.0")]
    assert {tool.name: tool.status for tool in found.instead}["TorchServe"] == "archived"
    assert all(tool.note for tool in found.instead)


@pytest.mark.parametrize(
    ("request_", "expected"),
    [
        (brief("deploy an XGBoost model", "serving"), ["serving-strategy", "deployment-strategy"]),
        (brief("RAG over our wiki", "rag"), ["retrieval", "vector-store"]),
        (brief("serve a llama", "llm-serving"), ["llm-serving", "deployment-strategy"]),
        (brief("a pipeline that fills our vector database", "pipeline"), ["orchestration", "vector-store"]),
    ],
)
def test_the_most_central_framework_comes_first(request_: Brief, expected: list[str]) -> None:
    found = [framework.id for framework in applicable(frameworks(), request_, catalogue())]
    assert found[: len(expected)] == expected


def test_quantisation_is_offered_for_a_language_model_only_when_it_is_asked_or_needed() -> None:
    def offered(text: str) -> bool:
        found = applicable(frameworks(), brief(text, "llm-serving"), catalogue())
        return "quantisation" in {framework.id for framework in found}

    assert not offered("serve a 7B llama on our GPU")
    assert offered("serve a 7B llama in int8 on our GPU")
    assert offered("serve a 70B llama on our GPU")


def test_figures_of_a_volume_count_as_a_peak_unless_the_work_is_a_batch() -> None:
    text = "score 100M requests a day"
    assert decide(frameworks()["serving-strategy"], brief(text, "serving"), catalogue()).leaf == "replicas"
    assert decide(frameworks()["batching"], brief("score 100k requests a day", "serving"), catalogue()).leaf == "none"


def test_loading_everything_is_cheap() -> None:
    def spent() -> float:
        started = time.process_time()
        load_frameworks([builtin_pack()], load_catalogue([builtin_pack()]))
        return time.process_time() - started

    assert min(spent() for _ in range(5)) < 0.04


UNITS: list[Unit] = ["GPUs", "models", "vectors", "documents", "trials", "teams", "machines", "dimensions"]
NAMES = ["gpu", "cpu", "kubernetes", "browser", "mobile", "neural network", "bert", "pytorch", "canary", "shadow"]


@st.composite
def briefs(draw: st.DrawFn) -> Brief:
    positive = st.floats(0, 1e12)
    quantities = st.builds(Quantity, value=positive, unit=st.sampled_from(UNITS), words=st.just("x"))
    mentions = st.lists(st.builds(Mention, name=st.sampled_from(NAMES), words=st.just("x")), max_size=4).map(tuple)
    return Brief(
        text=draw(st.text(max_size=60) | st.sampled_from([text.text for _, _, text in REACHED])),
        task=draw(st.sampled_from(get_args(Task))),
        latency=draw(
            st.lists(
                st.builds(
                    Latency, milliseconds=positive, percentile=st.none(), role=st.just("target"), words=st.just("x")
                ),
                max_size=2,
            ).map(tuple)
        ),
        counts=draw(st.lists(quantities, max_size=4).map(tuple)),
        throughput=draw(st.lists(quantities, max_size=2).map(tuple)),
        parameters=draw(st.lists(quantities, max_size=2).map(tuple)),
        environment=draw(mentions),
        models=draw(mentions),
        frameworks=draw(mentions),
        practices=draw(mentions),
        excluded=draw(mentions),
    )


@settings(max_examples=80, deadline=None)
@given(briefs())
def test_any_brief_walks_every_tree_to_a_leaf(request_: Brief) -> None:
    for framework in frameworks().values():
        found = decide(framework, request_, catalogue())
        assert found.leaf in {leaf.id for leaf in framework.leaves()}
    assert all(framework.id for framework in applicable(frameworks(), request_, catalogue()))


def test_the_built_in_frameworks_are_packed_with_the_knowledge() -> None:
    assert {path.stem for path in Path(KNOWLEDGE, "frameworks").glob("*.yaml")} == frameworks().keys()
