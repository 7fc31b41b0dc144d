"""What a request names, what it rules out, and words that only look like either."""

import pytest

from agent.brief.read import read


def names(text: str, field: str) -> set[str]:
    return {mention.name for mention in getattr(read(text), field)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("no Kubernetes please", "kubernetes"),
        ("deploy it without GPUs", "gpu"),
        ("we don't have a GPU", "gpu"),
        ("we don\u2019t want Docker", "docker"),
        ("we can't use AWS", "aws"),
        ("we are not allowed to use the cloud", "cloud"),
        ("FastAPI instead of Seldon", "seldon"),
        ("plain Docker rather than Kubernetes", "kubernetes"),
        ("there is no monitoring yet", "monitoring"),
        ("No GPU possible", "gpu"),
        ("Retraining is off the table", "retraining"),
        ("without GPUs or Kubernetes", "kubernetes"),
        ("it runs on CPU only", "gpu"),
        ("a CPU-only edge box", "gpu"),
        ("we have no labels", "feedback"),
        ("there is no validation set", "feedback"),
        ("the labels never arrive", "feedback"),
        ("no feedback signal", "feedback"),
    ],
)
def test_what_is_ruled_out_is_excluded(text: str, name: str) -> None:
    assert name in names(text, "excluded")
    assert name not in names(text, "environment") | names(text, "frameworks") | names(text, "practices")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("not only Kubernetes", "kubernetes"),
        ("no problem with GPUs", "gpu"),
        ("I have no idea whether Kubernetes helps", "kubernetes"),
        ("throughput without new GPUs", "gpu"),
        ("Install KServe without Istio on EKS", "kubernetes"),
        ("replace my sagemaker endpoint", "aws"),
        ("cant get H100s in frankfurt", "gpu"),
        ("the exporter shows no pod labels", "feedback"),
    ],
)
def test_a_negation_of_something_else_excludes_nothing(text: str, name: str) -> None:
    assert name not in names(text, "excluded")


@pytest.mark.parametrize(
    ("text", "found", "not_found"),
    [
        ("torchserve", "torchserve", "pytorch"),
        ("PyTorch", "pytorch", "torchserve"),
        ("pyspark", "spark", "ray"),
        ("an array of frameworks", "", "ray"),
        ("W&B", "weights & biases", "ray"),
        ("evidently it is slow", "", "evidently"),
        ("a Triton kernel for RMSNorm", "", "triton"),
    ],
)
def test_a_framework_is_not_read_out_of_another_word(text: str, found: str, not_found: str) -> None:
    assert names(text, "frameworks") == ({found} if found else set())
    assert not_found not in names(text, "frameworks")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("two A100s", "NVIDIA A100"),
        ("an L4", "NVIDIA L4"),
        ("a Raspberry Pi", "Raspberry Pi"),
        ("Jetson Orin", "NVIDIA Jetson"),
        ("compile for Trainium", "AWS Trainium"),
    ],
)
def test_devices_are_named(text: str, name: str) -> None:
    assert names(text, "hardware") == {name}


@pytest.mark.parametrize(
    ("text", "practice"),
    [
        ("train it with differential privacy", "privacy protection"),
        ("pseudonymised logs", "privacy protection"),
        ("OTA updates for the fleet", "edge update"),
        ("per-tenant quotas", "multi-tenant"),
        ("on spot instances", "spot"),
        ("with Argo CD", "gitops"),
        ("SHAP for each decision", "explainability"),
        ("a cron job", "scheduled"),
        ("with early stopping", "early stopping"),
        ("bursty traffic", "idle traffic"),
        ("medical records of patients", "privacy"),
        ("roll back in a minute", "rollback"),
        ("int8 weights", "quantisation"),
    ],
)
def test_a_practice_is_recognised(text: str, practice: str) -> None:
    assert read(text).asks(practice)


@pytest.mark.parametrize(
    ("text", "practice"),
    [("please be patient", "privacy"), ("I spend my time on features", "cost"), ("predict house prices", "cost")],
)
def test_a_word_with_two_meanings_is_read_in_the_right_one(text: str, practice: str) -> None:
    assert not read(text).asks(practice)


def test_trainium_is_no_training() -> None:
    assert read("which Trainium instance").task == "unknown"


def test_a_language_model_server_serves_a_language_model() -> None:
    assert read("vLLM p99 explodes").task == "llm-serving"


def test_the_files_of_a_review_are_named() -> None:
    found = read("review deploy/values.yaml, train.py and the Dockerfile; llama.cpp is out, node.js too")
    assert found.files == ("deploy/values.yaml", "train.py", "Dockerfile")
