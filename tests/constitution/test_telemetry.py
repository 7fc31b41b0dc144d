"""Histograms and logs of a service."""

from collections.abc import Callable, Mapping

from agent.constitution.model import Score

Marked = Callable[[str, str], Score]
Judged = Callable[[str, Mapping[str, str]], Score]

PREDICT = """
from fastapi import FastAPI
import joblib
app = FastAPI()
@app.post("/predict")
def answer(x: float):
    return model.predict([[x]])
"""


def test_latency_in_a_gauge_or_a_summary(marked: Marked) -> None:
    text = """
        import prometheus_client as prom
        from prometheus_client import Gauge as G, Summary
        a = G("prediction_latency_seconds", "help") #!
        b = Summary("request_duration_ms", "help", ["path"]) #!
        c = prom.Gauge("inference_time", "help") #!
        d = prom.Gauge("queue_length", "help")
        e = G("last_run_duration_seconds", "help")
        f = G("latency_target_seconds", "help")
        g = Summary("batch_rows", "help")
        """
    marked("observability.latency-histogram", text)


def test_latency_in_a_histogram_passes(marked: Marked) -> None:
    text = "from prometheus_client import Histogram\nh = Histogram('latency_seconds', 'help')\n"
    score = marked("observability.latency-histogram", text)
    assert (score.status, "service/app.py:2" in score.evidence) == ("PASS", True)
    other = "h = meter.create_histogram('request.duration_seconds')\n"
    assert marked("observability.latency-histogram", other.replace(".d", "_d")).status == "PASS"


def test_a_gauge_is_right_for_a_batch_job_that_pushes(marked: Marked) -> None:
    text = """
        from prometheus_client import CollectorRegistry, Gauge, push_to_gateway
        g = Gauge("job_duration_seconds", "help", registry=r)
        push_to_gateway("gateway:9091", "job", r)
        """
    assert marked("observability.latency-histogram", text).status == "UNKNOWN"


def test_a_local_class_called_gauge_is_another(marked: Marked) -> None:
    marked("observability.latency-histogram", "from dials import Gauge\ng = Gauge('latency_seconds')\n")


def test_print_in_a_serving_module(marked: Marked) -> None:
    text = """
        from fastapi import FastAPI
        app = FastAPI()
        print("starting")
        @app.post("/predict")
        def answer(x: float):
            print("got", x) #!
            return work(x)
        def work(x):
            print(x) #!
            return 1
        def main():
            print("usage: ...")
        if __name__ == "__main__":
            print("bye")
        """
    marked("observability.logging", text)


def test_a_function_called_print_is_another(marked: Marked) -> None:
    text = PREDICT + "from rich import print\ndef show():\n    print('x')\n"
    assert marked("observability.logging", text).status == "UNKNOWN"


def test_a_serving_module_that_logs_passes(marked: Marked) -> None:
    text = "import logging\nlog = logging.getLogger('api')\n" + PREDICT
    assert marked("observability.logging", text).status == "PASS"


def test_print_elsewhere_is_no_matter(judged: Judged) -> None:
    files = {
        "app.py": "import logging\nlog = logging.getLogger('api')\n" + PREDICT,
        "train.py": "def f():\n    print(1)\n",
    }
    assert judged("observability.logging", files).status == "PASS"
