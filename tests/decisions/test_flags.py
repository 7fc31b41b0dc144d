"""Red flags: told when the words are there, and never beside what looks like them."""

from functools import cache

import pytest

from agent.brief.model import Brief, Deadline, Measure, Quantity
from agent.brief.read import read
from agent.decisions.catalogue import Catalogue, load_catalogue
from agent.decisions.flags import Rule, flags, load_flags
from agent.resources import builtin_pack

HOUR = 3600.0


@cache
def content() -> tuple[dict[str, Rule], Catalogue]:
    return load_flags([builtin_pack()]), load_catalogue([builtin_pack()])


def raised(request_: Brief) -> set[str]:
    rules, catalogue = content()
    return {flag.id for flag in flags(rules, request_, catalogue)}


def window(text: str, hours: float) -> Brief:
    """Return a request with the time there is, in hours."""
    return read(text).model_copy(update={"deadline": (Deadline(words=text, seconds=hours * HOUR),)})


def accurate(text: str, percent: float) -> Brief:
    """Return a request whose accuracy target was read."""
    measure = Measure(name="accuracy", percent=percent, role="target", words=text)
    return read(text).model_copy(update={"measures": (measure,)})


def available(text: str, percent: float) -> Brief:
    """Return a request whose availability was read."""
    quantity = Quantity(value=percent, unit="percent", words=text)
    return read(text).model_copy(update={"availability": (quantity,)})


RAISED: list[tuple[str, str | Brief]] = [
    ("large-llm-on-cpu", "serve a 13B llama on CPU only"),
    ("large-llm-on-cpu", "Can we host Llama-3 70B without a GPU?"),
    ("large-llm-on-cpu", "deploy a 7B LLM on our CPU server"),
    ("large-llm-on-cpu", "We have no GPU and want a 32B llama behind an API"),
    ("personal-data", "deploy a model trained on patient data (PHI)"),
    ("personal-data", "train a churn model; the table holds PII such as names and addresses"),
    ("personal-data", "RAG over medical records for our doctors"),
    ("personal-data", "serve a credit model, we fall under GDPR"),
    ("online-learning", "we want online learning in production for serving"),
    ("online-learning", "a recommender that learns from every click, on one VM"),
    ("online-learning", "real-time training on the event stream for fraud"),
    ("online-learning", "the service should update its model; update the weights after every request"),
    ("no-feedback", "deploy the model; we have no ground truth"),
    ("no-feedback", "put it live next week, there is no validation set"),
    ("no-feedback", "we trained without labels from production and have no test set"),
    ("no-feedback", "the model ranks leads and we have no way to tell whether it is right"),
    ("untrusted-pickle", "Deploy models/fraud.pkl behind an API"),
    ("untrusted-pickle", "serve forest.joblib at 50 rps"),
    ("untrusted-pickle", "a partner sent us weights.pt, put it into production"),
    ("untrusted-pickle", "our models are stored with pickle and loaded at start"),
    ("accuracy-on-imbalance", "a fraud model with 99% accuracy"),
    ("accuracy-on-imbalance", accurate("train a fraud detector, accuracy at least 95 percent", 95)),
    ("accuracy-on-imbalance", "the classes are imbalanced and the accuracy must be above 98"),
    ("accuracy-on-imbalance", "detect anomalies in logs with high accuracy"),
    ("drift-triggers-retraining", "retrain automatically when drift is detected"),
    ("drift-triggers-retraining", "a pipeline where data drift triggers a training job"),
    ("drift-triggers-retraining", "kick off retraining as soon as the drift score passes 0.05"),
    ("drift-triggers-retraining", "every time drift shows up, re-train and deploy the model"),
    ("p-value-alarms", "alert when the KS test gives p < 0.05"),
    ("p-value-alarms", "drift alarm per feature if the p-value is below 0.05"),
    ("p-value-alarms", "monitor 40 features, page us on p<0.05"),
    ("p-value-alarms", "we use the p-value of a KS-test to notify the team of drift"),
    ("impossible-slo", "serve it with 100% availability"),
    ("impossible-slo", "the endpoint needs 100 % uptime"),
    ("impossible-slo", "our scoring service must never go down"),
    ("impossible-slo", available("serve it, availability a hundred percent", 100)),
    ("batch-without-slack", window("nightly scoring, takes 8 hours, from 10 PM to 6 AM", 8)),
    ("batch-without-slack", window("the job runs for 5 hours and must be done in 4 hours", 4)),
    ("batch-without-slack", window("expected runtime 120 minutes, deadline within 2 hours", 2)),
    ("batch-without-slack", window("scoring takes about 7h in a 6h window", 6)),
    ("sla-for-slo", "our SLA is p99 under 50 ms"),
    ("sla-for-slo", "deploy it with an SLA of 99.9%"),
    ("sla-for-slo", "what serving stack meets a 100 ms SLA?"),
    ("sla-for-slo", "keep the internal SLAs for the scoring job"),
]

NOT_RAISED: list[tuple[str, str | Brief]] = [
    ("large-llm-on-cpu", "serve a 13B llama on an H100"),
    ("large-llm-on-cpu", "fine-tune a 7B model, cpu offload"),
    ("large-llm-on-cpu", "serve a 3B llama on CPU only"),
    ("large-llm-on-cpu", "a 70B model on 4 GPUs, the CPU only does tokenisation on the GPU hosts"),
    ("personal-data", "train on de-identified patient data"),
    ("personal-data", "serve a churn model, PII is removed before training"),
    ("personal-data", "deploy our churn model"),
    ("personal-data", "What is PII?"),
    ("online-learning", "What is online learning?"),
    ("online-learning", "retrain weekly in batches, no online learning"),
    ("online-learning", "online learning; the platform is in place and the budget is approved"),
    ("online-learning", "serve an online shop's model in real time"),
    ("no-feedback", "no labels yet for this week, labels arrive after 30 days"),
    ("no-feedback", "the chart has no labels on its axis"),
    ("no-feedback", "we hold out a validation set and have ground truth"),
    ("no-feedback", "customer clustering, unsupervised, no labels"),
    ("untrusted-pickle", "Deploy models/fraud.onnx behind an API"),
    ("untrusted-pickle", "serve model.pkl, signed by our own build and loaded in a sandbox"),
    ("untrusted-pickle", "we store models as skops instead of pickle"),
    ("untrusted-pickle", "forecast demand at our pickleball courts"),
    ("accuracy-on-imbalance", "a fraud model with recall 90% at a fixed false positive rate"),
    ("accuracy-on-imbalance", "classify cats and dogs with 99% accuracy"),
    ("accuracy-on-imbalance", "monitor our fraud model in production"),
    ("accuracy-on-imbalance", accurate("a digit classifier, accuracy at least 95 percent", 95)),
    ("drift-triggers-retraining", "Should drift trigger retraining?"),
    ("drift-triggers-retraining", "monitor drift and retrain when measured performance falls"),
    ("drift-triggers-retraining", "retrain every Monday. Drift goes to a dashboard"),
    ("drift-triggers-retraining", "set up drift monitoring for 40 features"),
    ("p-value-alarms", "alert on drift by PSI and a corrected p-value"),
    ("p-value-alarms", "our A/B test ended with p < 0.05"),
    ("p-value-alarms", "what is a p-value in drift detection?"),
    ("p-value-alarms", "monitor drift with an effect size"),
    ("impossible-slo", "serve it with 99.99% availability"),
    ("impossible-slo", "log 100% of requests"),
    ("impossible-slo", "the CPU sits at 100% utilisation"),
    ("impossible-slo", available("three nines", 99.9)),
    ("batch-without-slack", window("nightly scoring, takes 2 hours, from 10 PM to 6 AM", 8)),
    ("batch-without-slack", window("must be done within 4 hours", 4)),
    ("batch-without-slack", read("training takes 8 hours")),
    ("batch-without-slack", window("expected runtime 30 minutes, due within 2 hours", 2)),
    ("sla-for-slo", "the SLA in the customer contract says 99.9%"),
    ("sla-for-slo", "our SLO is p99 under 50 ms"),
    ("sla-for-slo", "what is the difference between an SLA and an SLO?"),
    ("sla-for-slo", "translate Slavic text"),
]


def as_brief(request_: str | Brief) -> Brief:
    return read(request_) if isinstance(request_, str) else request_


@pytest.mark.parametrize(("flag", "request_"), RAISED)
def test_a_flag_is_raised(flag: str, request_: str | Brief) -> None:
    assert flag in raised(as_brief(request_))


@pytest.mark.parametrize(("flag", "request_"), NOT_RAISED)
def test_a_near_miss_raises_nothing(flag: str, request_: str | Brief) -> None:
    assert flag not in raised(as_brief(request_))


def test_each_flag_has_four_texts_of_each_kind() -> None:
    for name in load_flags([builtin_pack()]):
        assert [flag for flag, _ in RAISED].count(name) == 4, name
        assert [flag for flag, _ in NOT_RAISED].count(name) == 4, name


def test_a_flag_says_why_what_to_do_and_whom_to_ask() -> None:
    for rule in load_flags([builtin_pack()]).values():
        assert rule.flag.flag.endswith(".")
        assert rule.flag.way_out.endswith(".")
        assert rule.flag.ask


def test_notes_come_after_flags() -> None:
    packs = [builtin_pack()]
    request_ = read("deploy models/fraud.pkl with an SLA of 99.9%")
    found = flags(load_flags(packs), request_, load_catalogue(packs))
    assert [(flag.id, flag.level) for flag in found] == [("untrusted-pickle", "flag"), ("sla-for-slo", "note")]


@pytest.mark.parametrize("text", ["deploy our churn model", "", "train a model on last year's data", "hello"])
def test_an_ordinary_request_raises_nothing(text: str) -> None:
    assert raised(read(text)) == set()
