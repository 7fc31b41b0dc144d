"""Diagnoses: a request that tells of a symptom gets its causes, and one that only mentions the words does not."""

from pathlib import Path

import pytest

from agent.brief.read import read
from agent.decisions.catalogue import load_catalogue
from agent.decisions.diagnoses import Diagnosis, diagnoses, load_symptoms
from agent.errors import ContentError
from agent.knowledge import documents
from agent.resources import Pack, builtin_pack

SYMPTOMS = load_symptoms([builtin_pack()])
CATALOGUE = load_catalogue([builtin_pack()])
# What people write, by the symptom it tells of.
SHOWN: dict[str, tuple[str, ...]] = {
    "accuracy-drop": (
        "Our fraud model's recall dropped from 0.81 to 0.64 since last month, nobody touched it",
        "churn model accuracy went down 3% last month in production, what could cause this?",
        "The recommender is getting worse week after week since the summer",
    ),
    "batch-overrun": (
        "The nightly scoring job used to take 3 hours and now it misses the window, why?",
        "Spark job is stuck at 99%, the last task runs for two hours",
        "our overnight batch did not finish by 6am again",
    ),
    "canary-looks-bad": (
        "Canary at 5% shows a higher error rate than stable, should we abort or is it noise?",
        "why is our canary slower than the old version at the same traffic",
    ),
    "cold-start": (
        "Cold start takes 40 s on Cloud Run and users get timeouts",
        "first request after idle is very slow, later ones take 20 ms",
        "the pod takes 3 minutes to become ready because it loads the model",
    ),
    "consumer-lag": (
        "Kafka consumer lag keeps growing since we added the model to the consumer",
        "our Flink scoring job cannot keep up, the backlog of events is at 4 million",
    ),
    "cost-rise": (
        "Our inference bill doubled this month and traffic is the same",
        "OpenAI costs went from 2k to 9k a month, no idea why",
    ),
    "drift-alarm-storm": (
        "Evidently flags drift on 18 of 20 features every day but accuracy is fine",
        "We get drift alerts every night from the KS test and nobody looks at them any more",
    ),
    "edge-device-differs": (
        "The int8 tflite model gives different predictions on the phone than in Python",
        "after converting LightGBM to ONNX the probabilities do not match the original",
        "Accuracy dropped from 91% to 78% after quantization of the CNN for the Jetson",
    ),
    "gpu-underused": (
        "GPU utilization is only 20% while training ResNet, CPU is at 100%",
        "nvidia-smi shows our A100 GPU usage bounces between 0 and 40 percent, why?",
    ),
    "http-422": (
        "curl -d '{\"x\": 1}' http://localhost:8000/predict returns 422",
        "FastAPI says 422 Unprocessable Entity since the client sends the new payload",
    ),
    "http-5xx-after-deploy": (
        "After the deploy this morning /predict returns 500 for about 5% of the requests",
        "We are getting 502 Bad Gateway from the model service since the new image",
        "503s jumped right after we rolled out v2",
    ),
    "import-errors": (
        "ImportError: numpy.core.multiarray failed to import after pip install of a new package",
        "evidently does not import since we upgraded to pandas 3",
        "ValueError: numpy.dtype size changed, may indicate binary incompatibility",
    ),
    "latency-rise": (
        "Inference latency went from 15ms to 150ms after the last release",
        "p99 of our scoring endpoint has gone up by a factor of 4 this week, how do I debug this?",
        "The prediction API got much slower since Monday",
    ),
    "llm-low-throughput": (
        "vLLM gives us only 200 tokens per second on an H100, throughput does not scale with users",
        "Llama 3 8B on Ollama is very slow, 3 tok/s",
    ),
    "llm-slow-first-token": (
        "Time to first token is 8 seconds under load with vLLM, why?",
        "our TTFT jumped to 4 s when prompts got longer",
    ),
    "model-file-does-not-load": (
        "_pickle.UnpicklingError: Weights only load failed when I torch.load the checkpoint",
        "joblib.load fails with No module named 'numpy._core' in the container",
        "UnpicklingError: invalid load key, 'v'.",
    ),
    "no-drift-but-worse": (
        "Precision fell by 10 points but no drift is reported on any feature, how can that be?",
        "The drift dashboard is green and yet the model is worse than in spring",
    ),
    "offline-online-gap": (
        "AUC is 0.93 offline but in production it is only 0.71",
        "Great validation results, no lift in the A/B test, why?",
        "The model works in my notebook but the predictions in production are garbage",
    ),
    "out-of-memory-gpu": (
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB",
        "fine-tuning Mistral 7B runs out of VRAM on a 24 GB card, how do I fix it?",
        "vLLM dies with No available memory for the cache blocks",
    ),
    "out-of-memory-serving": (
        "Our prediction service memory keeps growing until the pod is killed after 6 hours",
        "spark executors die with java heap space OutOfMemoryError in the scoring job",
        "gunicorn workers get killed by the OOM killer with 4 workers",
    ),
    "p99-only": (
        "p50 is fine at 8 ms but p99 is 900 ms",
        "median latency is stable, while the slowest requests take 3 seconds",
        "only the p99 is bad, the rest is fast",
    ),
    "pods-restarting": (
        "The inference pods are in CrashLoopBackOff after we increased the model size",
        "pods keep restarting with OOMKilled",
        "Liveness probe failed: HTTP probe failed with statuscode: 503, pod restarts every 5 minutes",
    ),
    "predictions-constant": (
        "In production the model always predicts the same class",
        "all predictions are NaN since yesterday",
        "the endpoint returns the same score for every request",
    ),
    "rag-slow": (
        "Our RAG answers take 12 seconds, which is too slow",
        "pgvector similarity search got slower with 5 million rows, now 2 s",
    ),
    "rag-wrong-answers": (
        "Our RAG bot hallucinates and cites wrong documents",
        "the retriever returns irrelevant chunks for part numbers",
        "chatbot over our docs often gives incorrect answers",
    ),
    "retraining-made-worse": (
        "After retraining on the new data the model is worse than the old one",
        "we retrain every week and recall drops each time, why?",
    ),
    "stale-features": (
        "Features in Redis are 6 hours old, the materialization job seems stuck",
        "online features do not match the training features for the same user",
        "ValueError: X has 29 features, but StandardScaler is expecting 30 features as input",
    ),
    "streaming-duplicates": (
        "We see duplicate predictions for the same Kafka event after every rebalance",
        "events arrive out of order from Kinesis and the windowed counts are wrong",
    ),
    "throughput-plateau": (
        "Throughput is stuck at 300 rps no matter how many users we add",
        "adding more pods doesn't help, the rps stays the same",
    ),
    "timeouts-under-load": (
        "At 500 rps the endpoint starts timing out, at 100 it is fine",
        "we get 504 gateway timeouts from the model API at peak traffic",
    ),
    "training-does-not-converge": (
        "training loss is stuck at 0.693 and does not decrease",
        "my LSTM is not learning anything, accuracy stays at chance level",
        "ConvergenceWarning: lbfgs failed to converge (status=1)",
    ),
    "training-hangs": (
        "DDP training hangs at the end of the first epoch on 8 GPUs",
        "NCCL watchdog timeout after 30 minutes on two nodes",
    ),
    "training-loss-nan": (
        "loss becomes NaN after 300 steps with fp16",
        "my training diverges, the gradient norm explodes at step 2k",
    ),
    "training-overfits": (
        "validation loss goes up while training loss keeps going down",
        "Training accuracy is 100% but test accuracy only 71%, it overfits",
    ),
}
# Questions of meaning, plans and choices that hold the same words.
SILENT = (
    "What is p99 latency?",
    "Explain the difference between data drift and concept drift",
    "Design a serving setup for our XGBoost model, p99 under 50 ms at 800 rps, with a canary and monitoring",
    "Set up alerts for error rate, latency and drift on our fraud model",
    "What does CrashLoopBackOff mean?",
    "How do I configure readiness and liveness probes for a model service?",
    "We plan a nightly batch job that scores 10 million rows in 4 hours",
    "Which GPU do I need to fine-tune a 7B model without running out of memory?",
    "Build a RAG assistant over 20,000 documents with citations and no hallucinations",
    "Design monitoring that alerts when accuracy drops or latency rises",
    "Should we use vLLM or TGI for Llama 3 at 20 concurrent users?",
    "Choose a streaming architecture with exactly-once semantics on Kafka for 5,000 events a second",
    "How should we split train and validation data for a churn model?",
    "Estimate the cost of serving 10 million predictions a day, budget 900 USD a month",
    "Convert our RandomForest to ONNX and serve it with FastAPI",
    "Define time to first token",
)


def found(text: str) -> dict[str, Diagnosis]:
    return {diagnosis.id: diagnosis for diagnosis in diagnoses(SYMPTOMS, read(text), CATALOGUE)}


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in SHOWN.items() for text in texts])
def test_a_request_that_tells_of_a_symptom_gets_its_diagnosis(name: str, text: str) -> None:
    assert name in found(text)


@pytest.mark.parametrize("text", [text for texts in SHOWN.values() for text in texts])
def test_a_request_gets_no_more_than_two_diagnoses(text: str) -> None:
    assert len(found(text)) <= 2


@pytest.mark.parametrize("text", SILENT)
def test_a_request_that_only_mentions_the_words_gets_none(text: str) -> None:
    assert found(text) == {}


def test_every_symptom_has_its_texts() -> None:
    assert SHOWN.keys() == SYMPTOMS.keys()
    assert all(len(texts) >= 2 for texts in SHOWN.values())


def test_the_cause_that_a_request_speaks_of_comes_first() -> None:
    plain = found("Inference latency went from 15ms to 150ms")["latency-rise"]
    redis = found("Inference latency went from 15ms to 150ms, the Redis lookup takes most of it")["latency-rise"]
    assert not any(cause.named for cause in plain.causes)
    assert redis.causes[0].named
    assert "feature store" in redis.causes[0].cause
    assert {cause.cause for cause in redis.causes} == {cause.cause for cause in plain.causes}


@pytest.mark.parametrize("name", SYMPTOMS)
def test_a_diagnosis_has_four_to_seven_causes_each_with_its_own_check(name: str) -> None:
    causes = SYMPTOMS[name].diagnosis.causes
    assert 4 <= len(causes) <= 7
    assert len({cause.look for cause in causes}) == len(causes)
    assert all(text.endswith(".") for cause in causes for text in (cause.look, cause.sign, cause.mend))


@pytest.mark.parametrize("name", SYMPTOMS)
def test_every_heading_that_a_diagnosis_names_exists(name: str) -> None:
    for place in (place for cause in SYMPTOMS[name].diagnosis.causes for place in cause.read):
        file, _, heading = place.partition("#")
        pack = builtin_pack()
        assert heading in {
            part for passage in documents.read(pack, pack.folder("knowledge") / file) for part in passage.headings
        }


def test_a_file_is_named_after_its_symptom() -> None:
    folder = builtin_pack().folder("knowledge") / "diagnoses"
    assert {path.stem for path in folder.glob("*.yaml")} == SYMPTOMS.keys()


def test_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge" / "diagnoses"
    folder.mkdir(parents=True)
    text = (
        "id: slow\ntitle: Slow\nwhen: {says: [slow]}\nfirst: Wait.\ncauses:\n  - cause: it\n    look: there\nafter: x\n"
    )
    (folder / "slow.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_symptoms([Pack("bad", tmp_path)])
    assert {problem.line for problem in caught.value.problems} == {6}
