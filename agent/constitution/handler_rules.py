"""Rules about the functions that answer requests: what blocks the event loop, and what is loaded for each request."""

import ast
import re
from collections.abc import Iterator

from agent.constitution.module import Module
from agent.constitution.names import Names, only
from agent.constitution.observation import Observation, fault, good
from agent.constitution.routes import PREDICTS, Route, calls_model, keyword, predicting, predicts, routes
from agent.constitution.timeout_rule import METHODS, REQUESTS, SESSIONS
from agent.constitution.walk import Called, Function

BLOCKING = (
    REQUESTS
    | SESSIONS
    | {
        "time.sleep",
        "urllib.request.urlopen",
        "subprocess.run",
        "subprocess.check_output",
        "subprocess.check_call",
        "subprocess.call",
        "os.system",
    }
)
BLOCKING_ENDINGS = METHODS | PREDICTS | {"sleep", "urlopen", "run", "check_output", "check_call", "call", "system"}
MODEL_WORDS = frozenset(
    {
        "model",
        "models",
        "clf",
        "classifier",
        "regressor",
        "estimator",
        "pipeline",
        "pipe",
        "booster",
        "xgb",
        "lgbm",
        "forest",
    }
)
OFFLOADING = {
    "asyncio.to_thread": 0, "starlette.concurrency.run_in_threadpool": 0, "fastapi.concurrency.run_in_threadpool": 0, "anyio.to_thread.run_sync": 0,
    "asgiref.sync.sync_to_async": 0,
}  # fmt: skip
GATHERING = frozenset(
    f"asyncio.{name}"
    for name in ("gather", "wait", "wait_for", "as_completed", "create_task", "ensure_future", "shield")
)
LOADERS = frozenset(
    {
        "joblib.load", "pickle.load", "cloudpickle.load", "dill.load", "torch.load", "torch.jit.load", "skops.io.load",
        "skops.io.loads", "onnxruntime.InferenceSession",
        "xgboost.Booster().load_model", "xgboost.XGBClassifier().load_model", "xgboost.XGBRegressor().load_model", "keras.models.load_model", "keras.saving.load_model",
        "mlflow.pyfunc.load_model", "mlflow.sklearn.load_model", "mlflow.pytorch.load_model", "mlflow.xgboost.load_model", "tensorflow.saved_model.load",
        "transformers.pipeline", "transformers.AutoModel.from_pretrained", "transformers.AutoModelForSequenceClassification.from_pretrained",
        "transformers.AutoModelForCausalLM.from_pretrained", "transformers.AutoTokenizer.from_pretrained", "sentence_transformers.SentenceTransformer",
        "sentence_transformers.CrossEncoder", "spacy.load", "lightgbm.Booster", "ultralytics.YOLO",
    }
)  # fmt: skip
LOADER_ENDINGS = frozenset(name.rpartition(".")[2] for name in LOADERS)
# A route that is there to load is the place to load.
LOADING_WORDS = frozenset(
    {"load", "reload", "refresh", "train", "retrain", "warmup", "warm", "admin", "swap", "update", "switch"}
)


def blocking(module: Module) -> Iterator[Observation]:
    """Calls that stop the event loop inside async route handlers, and the ways models are kept off it."""
    checkpoint = "performance.non-blocking"
    found = routes(module)
    for function in dict.fromkeys(route.handler for route in found if route.handler is not None):
        if isinstance(function.node, ast.AsyncFunctionDef):
            for called in function.calls:
                if (what := _blocks(module, function, called)) and not called.place.awaited:
                    message = f"{what} blocks the event loop in async {function.name}()"
                    yield fault(checkpoint, called.node.lineno, message, last=called.node.end_lineno or 0)
    for route in predicting(module, found):
        if (
            route.threaded
            and route.handler is not None
            and isinstance(route.handler.node, ast.FunctionDef)
            and calls_model(module, route.handler)
        ):
            yield good(
                checkpoint, route.line, f"{route.handler.name}() is a plain def, which the framework runs on a thread"
            )
    if module.role == "product":
        for called in module.calls(
            {name.rpartition(".")[2] for name in OFFLOADING} | {"Thread", "run_in_executor", "submit"}
        ):
            if (offloaded := _offloaded(module, called)) and _predicts(module, offloaded, called):
                yield good(checkpoint, called.node.lineno, "the model is called on a thread")


def _blocks(module: Module, function: Function, called: Called) -> str:
    """Return what a call is when it is known to block; empty when it is not."""
    if not isinstance(called.node.func, ast.Attribute):
        names = module.meaning(called)
        return f"{min(names)}()" if names and names <= BLOCKING else ""
    if called.node.func.attr not in BLOCKING_ENDINGS:
        return ""
    if predicts(called):
        model = called.node.func.value
        is_model = _loaded(module.names(model, called.place.scope)) or _looks_like_model(model)
        return f"{ast.unparse(called.node.func)}()" if is_model and not _awaited_later(module, function, called) else ""
    names = module.meaning(called)
    return f"{ast.unparse(called.node.func)}()" if names and names <= BLOCKING else ""


def _loaded(names: Names) -> bool:
    return bool(names) and all(name.removesuffix("()") in LOADERS for name in names)


def _looks_like_model(node: ast.expr) -> bool:
    """Whether the last name of an expression is one people give to models; `ml_models["fraud"]` counts by `ml_models`."""
    while isinstance(node, ast.Subscript | ast.Call):
        node = node.value if isinstance(node, ast.Subscript) else node.func
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    words = set(re.split(r"[_\d]+", name.lower()))
    return bool(words & MODEL_WORDS) and not words & {"client", "stub", "service", "server", "remote", "async", "proxy"}


def _awaited_later(module: Module, function: Function, called: Called) -> bool:
    """Whether what the call returns is awaited further down: then it was a coroutine, and nothing blocked."""
    kept = {name for node in ast.walk(function.node) if isinstance(node, ast.stmt) for name in _kept(node, called.node)}
    for node in ast.walk(function.node):
        match node:
            case ast.Await(value=ast.Name(id=name)) if name in kept:
                return True
            case ast.Call(args=arguments) if any(
                argument is called.node or _mentions(argument, kept) for argument in arguments
            ):
                if module.names(node.func, called.place.scope) & GATHERING or (
                    isinstance(node.func, ast.Attribute) and node.func.attr == "create_task"
                ):
                    return True
            case _:
                pass
    return False


def _kept(node: ast.stmt, call: ast.Call) -> list[str]:
    """Return the names that a simple statement puts the call's result under."""
    match node:
        case ast.Assign(targets=targets, value=value) if any(child is call for child in ast.walk(value)):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.Expr(
            value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append" | "add"), args=arguments)
        ) if call in arguments:
            return [name]
        case _:
            return []


def _mentions(node: ast.expr, names: set[str]) -> bool:
    inner = node.value if isinstance(node, ast.Starred) else node
    return isinstance(inner, ast.Name) and inner.id in names


def _offloaded(module: Module, called: Called) -> ast.expr | None:
    """Return the function that a call hands to a thread."""
    call, names = called.node, module.meaning(called)
    if names and (positions := [OFFLOADING[name] for name in names if name in OFFLOADING]):
        return call.args[positions[0]] if call.args else None
    if only(names) == "threading.Thread":
        return keyword(call, "target")
    match call.func:
        case ast.Attribute(attr="run_in_executor") if len(call.args) > 1:
            return call.args[1]
        case ast.Attribute(attr="submit") if call.args:
            return call.args[0]
        case _:
            return None


def _predicts(module: Module, node: ast.expr, called: Called) -> bool:
    """Whether a function handed to a thread is a model's prediction, or comes to one within this file."""
    match node:
        case ast.Attribute(attr=attribute) if attribute in PREDICTS:
            return True
        case ast.Lambda():
            return any(isinstance(item, ast.Attribute) and item.attr in PREDICTS for item in ast.walk(node))
        case _:
            function = module.function(node, called.place.scope)
            return function is not None and calls_model(module, function)


def load_once(module: Module) -> Iterator[Observation]:
    """Models loaded while a request waits; models loaded anywhere else are what it should be."""
    checkpoint = "performance.load-once"
    if module.role != "product":
        return
    per_request: dict[Function, str] = {}
    for route in predicting(module, routes(module)):
        if route.handler is not None and not LOADING_WORDS.intersection(
            word for part in route.segments for word in part.split("_")
        ):
            per_request |= {function: _path(route) for function in _each_time(module, route.handler)}
    for called in module.calls(LOADER_ENDINGS):
        names = module.meaning(called)
        if not names or not names <= LOADERS:
            continue
        function, said = called.place.function, ast.unparse(called.node.func)
        if function is None or function not in per_request:
            yield good(checkpoint, called.node.lineno, f"{said}() outside the request handlers")
        elif not called.place.guarded:
            message = f"{said}() runs at every request of {per_request[function]}"
            yield fault(checkpoint, called.node.lineno, message, last=called.node.end_lineno or 0)


def _path(route: Route) -> str:
    return route.path or (f"{route.handler.name}()" if route.handler else "the handler")


def _each_time(module: Module, handler: Function) -> list[Function]:
    """Return the handler and the functions of this file that run whenever it runs, its dependencies included.

    A decorated function may be cached, and one behind a condition or that keeps a global may run once: neither counts.
    """
    found: dict[Function, None] = {handler: None}
    queue = [handler]
    while queue:
        function = queue.pop()
        unguarded = [item for item in function.calls if not item.place.guarded]
        called = [module.function(item.node.func, item.place.scope) for item in unguarded]
        depended = _dependencies(module, function) if function is handler else []
        for callee in (*called, *depended):
            if callee is not None and callee not in found and not callee.decorators and not callee.scope.outer:
                found[callee] = None
                queue.append(callee)
    return list(found)


def _dependencies(module: Module, handler: Function) -> list[Function | None]:
    """Return the functions of this file that FastAPI calls before the handler."""
    scope, arguments = handler.place.scope, handler.node.args
    defaults = [item for item in (*arguments.defaults, *arguments.kw_defaults) if isinstance(item, ast.Call)]
    depends = [item for item in defaults if only(module.names(item.func, scope)).endswith(".Depends")]
    return [module.function(item.args[0], scope) for item in depends if item.args]
