"""Health routes, metrics, histograms and logs: what is judged in a project that answers predictions."""

from collections.abc import Callable, Mapping

import pytest

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


def with_routes(*paths: str) -> str:
    return PREDICT + "".join(
        f'@app.get("{path}")\ndef route_{number}():\n    return 1\n' for number, path in enumerate(paths)
    )


HEALTH: dict[tuple[str, ...], str] = {
    (): "FAIL",
    ("/users",): "FAIL",
    ("/live",): "FAIL",
    ("/livez", "/readyz"): "PASS",
    ("/health", "/ready"): "PASS",
    ("/healthz/live", "/healthz/readiness"): "PASS",
    ("/v1/ping", "/v1/ready"): "PASS",
    ("/health",): "UNKNOWN",
    ("/ready",): "UNKNOWN",
}


@pytest.mark.parametrize("paths", HEALTH)
def test_health_needs_liveness_and_readiness(paths: tuple[str, ...], judged: Judged) -> None:
    score = judged("reliability.health", {"app.py": with_routes(*paths)})
    assert score.status == HEALTH[paths], score
    assert [(finding.path, finding.line) for finding in score.findings] == (
        [("app.py", 5)] if score.status == "FAIL" else []
    )


PREDICTION_SERVICES = {
    "Flask": """
        from flask import Flask
        app = Flask(__name__)
        @app.route("/predict", methods=["POST"])
        def answer(): ...
        """,
    "a Flask blueprint with a prefix": """
        from flask import Blueprint
        api = Blueprint("api", __name__, url_prefix="/infer")
        @api.route("/one", methods=["POST"])
        def answer(): ...
        """,
    "aiohttp": """
        from aiohttp import web
        routes = web.RouteTableDef()
        @routes.post("/v1/predict")
        async def answer(request): ...
        """,
    "a route added by a call": """
        from fastapi import FastAPI
        app = FastAPI()
        async def answer(): ...
        app.add_api_route("/score_predict/{version}", answer, methods=["POST"])
        """,
    "Starlette's list of routes": """
        from starlette.applications import Starlette
        from starlette.routing import Route
        app = Starlette(routes=[Route("/invocations", endpoint=answer)])
        """,
    "an ASGI application that compares the path": """
        from fastapi import FastAPI
        async def app(scope, receive, send):
            if scope["path"] == "/predict":
                await answer(scope, receive, send)
        """,
    "an app made in another file": """
        from fastapi import Depends
        from .main import app
        @app.post("/predict")
        def answer(x: float): ...
        """,
    "a handler that calls a model": """
        from fastapi import FastAPI
        app = FastAPI()
        @app.post("/fraud")
        def answer(x: float):
            return work(x)
        def work(x):
            return model.predict_proba(x)
        """,
    "a weaker name beside an ML library": """
        from fastapi import FastAPI
        import sklearn.svm
        app = FastAPI()
        @app.post("/score")
        def answer(x: float): ...
        """,
}

OTHER_PROGRAMS = {
    "a service of another kind": """
        from fastapi import FastAPI
        app = FastAPI()
        @app.post("/users")
        def create(): ...
        @app.post("/score")
        def score(): ...
        @app.get("/predictions/{key}")
        def look_up(key: str): ...
        """,
    "a client": """
        import requests
        requests.post("http://service/predict", timeout=3)
        """,
    "something with a get method": """
        cache = Cache()
        @cache.get("/predict")
        def answer(): ...
        """,
}


@pytest.mark.parametrize("name", PREDICTION_SERVICES)
def test_a_prediction_service_is_known_by(name: str, judged: Judged) -> None:
    assert judged("observability.metrics", {"app.py": PREDICTION_SERVICES[name]}).status == "FAIL"


@pytest.mark.parametrize("name", OTHER_PROGRAMS)
@pytest.mark.parametrize("checkpoint", ["reliability.health", "observability.metrics", "observability.logging"])
def test_not_judged(name: str, checkpoint: str, judged: Judged) -> None:
    assert judged(checkpoint, {"app.py": OTHER_PROGRAMS[name]}).status == "UNKNOWN"


@pytest.mark.parametrize("folder", ["tests", "examples", "docs_src"])
def test_a_service_in_tests_or_samples_is_none(folder: str, judged: Judged) -> None:
    assert judged("observability.metrics", {f"{folder}/app.py": PREDICT}).status == "UNKNOWN"


def test_health_routes_count_from_any_file(judged: Judged) -> None:
    health = "from fastapi import APIRouter\nrouter = APIRouter(prefix='/health')\n"
    health += "@router.get('/live')\ndef a(): ...\n@router.get('/ready')\ndef b(): ...\n"
    score = judged("reliability.health", {"app.py": PREDICT, "health.py": health})
    assert score.status == "PASS"
    assert "health.py" in score.evidence


def test_probes_in_a_manifest_count_as_health_routes(judged: Judged) -> None:
    manifest = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: api}
        spec:
          template:
            spec:
              containers:
                - name: api
                  image: api:1
                  livenessProbe: {httpGet: {path: /a, port: 80}}
                  readinessProbe: {httpGet: {path: /b, port: 80}}
        """
    assert judged("reliability.health", {"app.py": PREDICT, "deploy.yaml": manifest}).status == "PASS"


@pytest.mark.parametrize(
    "extra",
    ["app.add_api_route(settings.health_path, answer)\n", "from fastapi_health import health\n", "import bentoml\n"],
)
def test_health_out_of_sight_is_unknown(extra: str, judged: Judged) -> None:
    assert judged("reliability.health", {"app.py": PREDICT + extra}).status == "UNKNOWN"


@pytest.mark.parametrize(
    ("files", "status"),
    [
        ({}, "FAIL"),
        ({"metrics.py": "from prometheus_client import Counter\n"}, "PASS"),
        ({"metrics.py": "from opentelemetry import metrics\n"}, "PASS"),
        ({"metrics.py": "client.put_metric_data(Namespace='a')\n"}, "PASS"),
        ({"metrics.py": "from fastapi import FastAPI\napp = FastAPI()\n@app.get('/metrics')\ndef m(): ...\n"}, "PASS"),
        ({"Dockerfile": 'FROM python:3.12-slim\nCMD ["opentelemetry-instrument", "python", "app.py"]\n'}, "PASS"),
        ({"tests/test_metrics.py": "import prometheus_client\n"}, "FAIL"),
    ],
)
def test_metrics_come_from_any_file_of_the_product(files: dict[str, str], status: str, judged: Judged) -> None:
    score = judged("observability.metrics", {"app.py": PREDICT, **files})
    assert score.status == status
    assert [finding.line for finding in score.findings] == ([5] if status == "FAIL" else [])
