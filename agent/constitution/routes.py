"""The HTTP routes of a Python file, and which of them answer predictions."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.constitution.module import Module
from agent.constitution.names import Scope
from agent.constitution.walk import Called, Function

VERBS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "route", "api_route", "websocket"})
ADDERS = frozenset(
    {
        "add_api_route",
        "add_route",
        "add_url_rule",
        "add_get",
        "add_post",
        "add_put",
        "add_view",
        "add_api_websocket_route",
        "mount",
    }
)
CONSTRUCTORS = frozenset(
    {
        "starlette.routing.Route",
        "starlette.routing.Mount",
        "fastapi.APIRoute",
        "aiohttp.web.get",
        "aiohttp.web.post",
        "aiohttp.web.put",
        "aiohttp.web.route",
    }
)
APPS = frozenset(
    f"{name}()"
    for name in (
        "fastapi.FastAPI", "fastapi.APIRouter", "starlette.Starlette", "starlette.routing.Router", "flask.Flask", "flask.Blueprint", "quart.Quart", "quart.Blueprint",
        "sanic.Sanic", "sanic.Blueprint", "aiohttp.web.Application", "aiohttp.web.RouteTableDef", "bottle.Bottle", "litestar.Router", "robyn.Robyn",
    )
)  # fmt: skip
THREADED = frozenset({"fastapi.FastAPI()", "fastapi.APIRouter()", "starlette.Starlette()"})
FRAMEWORKS = (
    "fastapi",
    "starlette",
    "flask",
    "quart",
    "sanic",
    "aiohttp.web",
    "bottle",
    "litestar",
    "robyn",
    "falcon",
    "tornado.web",
    "http.server",
    "blacksheep",
)
LEARNING = (
    "sklearn", "xgboost", "lightgbm", "catboost", "torch", "tensorflow", "keras", "jax", "onnxruntime", "transformers", "sentence_transformers", "joblib", "skops", "mlflow",
    "vllm", "spacy", "pickle", "cloudpickle", "ultralytics", "statsmodels", "prophet", "fasttext", "diffusers", "faiss", "tritonclient",
)  # fmt: skip

STRONG = frozenset({"predict", "prediction", "predictions", "predict_proba", "infer", "inference", "invocations"})
WEAK = frozenset(
    {
        "score",
        "scoring",
        "classify",
        "recommend",
        "recommendations",
        "forecast",
        "detect",
        "generate",
        "embed",
        "embeddings",
        "rerank",
        "completions",
        "transcribe",
    }
)
PREDICTS = frozenset(
    {
        "predict",
        "predict_proba",
        "predict_log_proba",
        "predict_on_batch",
        "predict_one",
        "predict_proba_one",
        "decision_function",
    }
)


@dataclass(frozen=True)
class Route:
    """A route: its full path, None where it is not a literal; its verb; and its handler where that is in this file."""

    path: str | None
    verb: str
    line: int
    handler: Function | None
    threaded: bool = False

    @property
    def segments(self) -> list[str]:
        """Return the path's parts, lower case, without its parameters."""
        return [
            part
            for part in re.split(r"[/:]", (self.path or "").lower().replace("-", "_"))
            if part and not part.startswith(("{", "<"))
        ]


def routes(module: Module) -> list[Route]:
    """Return the routes a file registers, by decorator, by call, or by comparing the request's path."""
    if module.role != "product":
        return []
    found = [*_decorated(module), *_registered(module)]
    if module.uses(*FRAMEWORKS):
        found += [
            Route(item.value, "any", item.lineno, None)
            for item in module.compared
            if isinstance(item.value, str) and item.value.startswith("/")
        ]
    return found


def predicting(module: Module, found: list[Route]) -> list[Route]:
    """Return the routes that answer predictions: by their path, or because their handler calls a model."""
    learned = module.uses(*LEARNING)
    return [
        route
        for route in found
        if _named(route, learned) or (route.handler is not None and calls_model(module, route.handler))
    ]


def calls_model(module: Module, function: Function) -> bool:
    """Whether a function, or one of this file that it calls, calls something's predict."""
    return any(predicts(called) for reached in module.reached(function) for called in reached.calls)


def predicts(called: Called) -> bool:
    """Whether a call has the name of a model's prediction."""
    return isinstance(called.node.func, ast.Attribute) and called.node.func.attr in PREDICTS


def keyword(call: ast.Call, *names: str) -> ast.expr | None:
    """Return the value of the first keyword argument with one of these names."""
    return next((item.value for item in call.keywords if item.arg in names), None)


def text(node: ast.expr | None) -> str | None:
    """Return a literal string's value."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _named(route: Route, learned: bool) -> bool:
    for part in route.segments:
        if part in STRONG or part.startswith("predict_") or part.endswith("_predict"):
            return route.verb != "get" or part not in {"prediction", "predictions"}
        if part in WEAK and learned and route.verb != "get":
            return True
    return False


def _decorated(module: Module) -> Iterator[Route]:
    for function in module.functions:
        for decorator in function.decorators:
            if isinstance(decorator, ast.Call) and (found := _decorator(module, decorator, function)):
                yield found


def _decorator(module: Module, call: ast.Call, function: Function) -> Route | None:
    scope = function.place.scope
    path = text(call.args[0] if call.args else keyword(call, "path", "rule", "uri"))
    match call.func:
        case ast.Attribute(value=receiver, attr=verb) if verb in VERBS:
            names = module.names(receiver, scope)
            known = module.is_a(names, APPS)
            # An app that another file makes: its decorators still read like routes.
            unseen = (
                path is not None
                and (path.startswith("/") or not path)
                and module.uses(*FRAMEWORKS)
                and all(name.startswith(".") for name in names)
            )
            if not known and not unseen:
                return None
            full = None if path is None else _prefix(module, receiver, scope) + path
            return Route(
                full,
                verb,
                function.node.lineno,
                function,
                module.is_a(names, THREADED) or (unseen and module.uses("fastapi")),
            )
        case _ if any(
            name in {"litestar.get", "litestar.post", "litestar.put"} for name in module.names(call.func, scope)
        ):
            return Route(path, "any", function.node.lineno, function)
        case _:
            return None


def _registered(module: Module) -> Iterator[Route]:
    for called in module.calls(ADDERS | {name.rpartition(".")[2] for name in CONSTRUCTORS}):
        call, scope = called.node, called.place.scope
        adds = isinstance(call.func, ast.Attribute) and call.func.attr in ADDERS and module.uses(*FRAMEWORKS)
        names = module.names(call.func, scope)
        if not adds and not (names and names <= CONSTRUCTORS):
            continue
        path = text(call.args[0] if call.args else keyword(call, "path", "rule"))
        target = keyword(call, "endpoint", "view_func", "handler") or next(iter(call.args[1:]), None)
        receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
        threaded = receiver is not None and module.is_a(module.names(receiver, scope), THREADED)
        if path is not None or adds:
            yield Route(
                path, _verb(call), call.lineno, module.function(target, scope) if target is not None else None, threaded
            )


def _verb(call: ast.Call) -> str:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    return {"add_get": "get", "get": "get"}.get(name, "any")


def _prefix(module: Module, receiver: ast.expr, scope: Scope) -> str:
    """Return the prefix that the router or blueprint was made with, when it was made in this file with a literal."""
    found = scope.find(receiver.id) if isinstance(receiver, ast.Name) else None
    values = [binding.value for binding in found[1]] if found else []
    match values:
        case [ast.Call() as made]:
            return text(keyword(made, "prefix", "url_prefix")) or ""
        case _:
            return ""
