"""Rules about a service: its routes for health and predictions, its metrics, its logs."""

import ast
from collections.abc import Iterator

from agent.constitution.module import Module
from agent.constitution.names import only
from agent.constitution.observation import Observation, doubt, fault, good, note
from agent.constitution.routes import Route, predicting, routes, text
from agent.constitution.walk import Function

LIVE = frozenset({"live", "livez", "liveness", "alive", "livenessprobe"})
READY = frozenset({"ready", "readyz", "readiness", "readinessprobe"})
NEUTRAL = frozenset(
    {
        "health",
        "healthz",
        "healthcheck",
        "health_check",
        "ping",
        "status",
        "heartbeat",
        "up",
        "_health",
        "hc",
        "_status",
    }
)
# Packages that add health routes by themselves, or serve with routes of their own.
HEALTHY = (
    "fastapi_health",
    "fastapi_healthcheck",
    "fastapi_healthchecks",
    "healthcheck",
    "py_healthcheck",
    "grpc_health",
    "bentoml",
    "ray.serve",
    "litserve",
    "mlserver",
    "kserve",
    "sagemaker_inference",
)
METERED = (
    "prometheus_client", "prometheus_fastapi_instrumentator", "starlette_exporter", "starlette_prometheus", "prometheus_flask_exporter", "prometheus_async", "aioprometheus",
    "aiohttp_prometheus", "opentelemetry", "opencensus", "statsd", "aiostatsd", "datadog", "ddtrace", "newrelic", "elasticapm", "logfire", "sentry_sdk", "aws_embedded_metrics",
    "google.cloud.monitoring_v3", "azure.monitor", "applicationinsights", "influxdb", "influxdb_client", "whylogs", "evidently", "bentoml", "ray", "litserve", "mlserver", "kserve",
)  # fmt: skip
LOGGED = ("logging", "structlog", "loguru", "logfire", "logbook", "eliot", "absl.logging")
LOG_METHODS = frozenset(
    {"debug", "info", "warning", "error", "exception", "critical", "log", "getLogger", "get_logger"}
)
SLOW = frozenset({"latency", "latencies", "duration", "durations"})
TIMED = (
    "response_time",
    "request_time",
    "inference_time",
    "processing_time",
    "prediction_time",
    "request_seconds",
    "inference_seconds",
    "prediction_seconds",
)
# A gauge is right for a single value that is no sample of a distribution.
SINGLE = frozenset(
    {
        "last",
        "latest",
        "max",
        "min",
        "target",
        "slo",
        "threshold",
        "limit",
        "budget",
        "quantile",
        "p50",
        "p90",
        "p95",
        "p99",
        "config",
        "configured",
        "window",
        "total",
    }
)
INSTRUMENTS = frozenset({"prometheus_client.Gauge", "prometheus_client.Summary", "prometheus_client.Histogram"})
READY_HISTOGRAMS = ("prometheus_fastapi_instrumentator", "starlette_exporter", "prometheus_flask_exporter")


def serving(module: Module) -> Iterator[Observation]:
    """Note the routes for predictions and for health, what makes them uncertain, and where metrics come from."""
    found = routes(module)
    for route in predicting(module, found)[:1]:
        yield note("predict", route.line, route.path or "a route that calls a model")
    for route in found:
        yield from _health(route)
    if module.role == "product" and module.uses(*HEALTHY):
        yield note("health-elsewhere", 1, "a package that answers health checks")
    if module.role == "product":
        for package in METERED:
            if module.uses(package):
                yield note("metrics", 1, package)
        for called in module.calls({"put_metric_data"}):
            if isinstance(called.node.func, ast.Attribute) and called.node.func.attr == "put_metric_data":
                yield note("metrics", called.node.lineno, "put_metric_data")


def _health(route: Route) -> Iterator[Observation]:
    if route.path is None:
        yield note("health-elsewhere", route.line, "a route whose path is not a literal")
        return
    last = route.segments[-1] if route.segments else ""
    for tag, names in (("live", LIVE), ("ready", READY), ("health", NEUTRAL)):
        if last in names:
            yield note(tag, route.line, route.path)
    if last == "metrics":
        yield note("metrics", route.line, route.path)


def histogram(module: Module) -> Iterator[Observation]:
    """Latency in a Gauge or a Summary, of which no percentile can be computed; a Histogram is what it should be."""
    checkpoint = "observability.latency-histogram"
    if module.role != "product":
        return
    for package in READY_HISTOGRAMS:
        if module.uses(package):
            yield good(checkpoint, 1, f"{package} records a histogram")
    pushed = any(
        "prometheus_client.push_to_gateway" in module.meaning(called) for called in module.calls({"push_to_gateway"})
    )
    for called in module.calls({"Gauge", "Summary", "Histogram", "create_histogram"}):
        call, names = called.node, module.meaning(called)
        name = text(call.args[0]) if call.args else None
        if name is None or not _latency(name):
            continue
        otel = isinstance(call.func, ast.Attribute) and call.func.attr == "create_histogram"
        if otel or only(names) == "prometheus_client.Histogram":
            yield good(checkpoint, call.lineno, f"{name} is a histogram")
        elif names and names < INSTRUMENTS and not pushed:
            yield _not_histogram(checkpoint, call, name, min(names).rpartition(".")[2])


def _not_histogram(checkpoint: str, call: ast.Call, name: str, kind: str) -> Observation:
    what = (
        "holds only the last value"
        if kind == "Gauge"
        else "of the Python client holds a count and a sum: a mean, no percentile"
    )
    return fault(checkpoint, call.lineno, f"{name} is a {kind}, which {what}", last=call.end_lineno or 0)


def _latency(name: str) -> bool:
    words = set(name.lower().split("_"))
    return not words & SINGLE and (bool(words & SLOW) or any(part in name.lower() for part in TIMED))


def logging(module: Module) -> Iterator[Observation]:
    """print() in the functions of a module that answers predictions; a logger there is what it should be."""
    checkpoint = "observability.logging"
    found = predicting(module, routes(module))
    if not found:
        return
    reached: dict[Function, None] = {}
    for route in routes(module):
        if route.handler is not None:
            reached |= dict.fromkeys(module.reached(route.handler))
    for called in module.calls({"print"}):
        place, inside = called.place, called.place.function
        if (
            only(module.meaning(called)) == "builtins.print"
            and inside is not None
            and not place.main
            and (inside in reached or inside.name != "main")
        ):
            where = f"in {inside.name}()" if inside.name else "in a lambda"
            yield fault(
                checkpoint,
                called.node.lineno,
                f"print() {where} of the module that answers {found[0].path or 'predictions'}",
                last=called.node.end_lineno or 0,
            )
    if module.uses(*LOGGED):
        methods = (called.node for called in module.calls(LOG_METHODS))
        lines = [call.lineno for call in methods if isinstance(call.func, ast.Attribute)]
        yield (
            good(checkpoint, min(lines), "the serving module logs")
            if lines
            else doubt(checkpoint, 1, "a logger is imported and not used")
        )
