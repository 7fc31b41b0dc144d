"""reliability.fallback: failures that are answered as if nothing had happened, and handlers that can never run."""

import ast
import builtins
from collections.abc import Iterator

from agent.constitution.module import Module
from agent.constitution.observation import Observation, fault, good
from agent.constitution.routes import FRAMEWORKS, PREDICTS
from agent.constitution.walk import Place

CHECKPOINT = "reliability.fallback"
BROAD = frozenset({"builtins.Exception", "builtins.BaseException"})
UNAVAILABLE = 503
# A text that says that there is no prediction is a label.
LABELS = (
    "error",
    "fail",
    "unavail",
    "unknown",
    "fallback",
    "default",
    "none",
    "n/a",
    "degrad",
    "retry",
    "skip",
    "source",
    "status",
    "missing",
)


def fallback(module: Module) -> Iterator[Observation]:
    """Judge every try of a file, and look for the honest ways out: 503, or a fallback called one."""
    if module.role != "product":
        return
    for node, place in module.tries:
        yield from _dead_handlers(module, node, place)
        yield from _swallowed(module, node, place)
    if module.uses(*FRAMEWORKS):
        yield from _honest(module)


def _dead_handlers(module: Module, node: ast.Try | ast.TryStar, place: Place) -> Iterator[Observation]:
    """Yield the handlers all of whose classes an earlier handler of the same try already takes."""
    earlier: list[str] = []
    for handler in node.handlers:
        classes = _classes(module, handler, place)
        if (
            isinstance(node, ast.Try)
            and classes
            and all(any(_takes(taken, name) for taken in earlier) for name in classes)
        ):
            said = ast.unparse(handler.type) if handler.type else "this"
            yield fault(
                CHECKPOINT,
                handler.lineno,
                f"except {said} never runs: an earlier except of the same try takes it",
                "Remove it, or put it first.",
                handler.lineno,
            )
        earlier += classes


def _classes(module: Module, handler: ast.ExceptHandler, place: Place) -> list[str]:
    """Return the classes of a handler by their meaning, or by their spelling where that is a plain dotted name."""
    match handler.type:
        case ast.Tuple(elts=items):
            parts = items
        case None:
            parts = []
        case single:
            parts = [single]
    names: list[str] = []
    for part in parts:
        meanings = module.names(part, place.scope)
        spelled = ast.unparse(part) if isinstance(part, ast.Name | ast.Attribute) else ""
        names.append(next(iter(meanings)) if len(meanings) == 1 else f"={spelled}" if spelled and not meanings else "?")
    return names


def _takes(taken: str, name: str) -> bool:
    if name == "?" or taken == "?":
        return False
    if taken == name:
        return True
    first, second = (
        getattr(builtins, item.removeprefix("builtins."), None) if item.startswith("builtins.") else None
        for item in (taken, name)
    )
    return isinstance(first, type) and isinstance(second, type) and issubclass(second, first)


def _swallowed(module: Module, node: ast.Try | ast.TryStar, place: Place) -> Iterator[Observation]:
    """Yield the broad handlers around a prediction that neither log, raise, count nor label."""
    calls = [child for child in _own(node.body) if isinstance(child, ast.Call)]
    said = next(
        (item.func for item in calls if isinstance(item.func, ast.Attribute) and item.func.attr in PREDICTS), None
    )
    if said is None:
        return
    for handler in node.handlers:
        broad = handler.type is None or any(name in BROAD for name in _classes(module, handler, place))
        if broad and all(_silent(statement) for statement in handler.body):
            message = f"a failed {ast.unparse(said)}() is swallowed and answered as if nothing had happened"
            yield fault(CHECKPOINT, handler.lineno, message, last=handler.end_lineno or 0)


def _own(body: list[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the nodes that run in a body: not those of functions that are only defined there, nor of inner tries."""
    stack: list[ast.AST] = [*body]
    while stack:
        node = stack.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef | ast.Try):
            stack += ast.iter_child_nodes(node)


def _silent(statement: ast.stmt) -> bool:
    """Whether a statement of a handler hides the failure; returning None leaves it to the caller to see."""
    match statement:
        case ast.Pass() | ast.Continue():
            return True
        case ast.Return(value=ast.expr() as value):
            return _unlabelled(value)
        case ast.Assign(value=value):
            return _unlabelled(value)
        case ast.Expr(value=ast.Constant()):
            return True
        case _:
            return False


def _unlabelled(value: ast.expr) -> bool:
    """Whether a value is made of constants only, is not None, and no text in it says what happened."""
    constants: list[object] = []
    for node in ast.walk(value):
        match node:
            case ast.Constant(value=constant):
                constants.append(constant)
            case ast.Dict() | ast.List() | ast.Tuple() | ast.Set() | ast.UnaryOp() | ast.expr_context() | ast.unaryop():
                pass
            case _:
                return False
    texts = [item.lower() for item in constants if isinstance(item, str)]
    return any(item is not None for item in constants) and not any(label in item for item in texts for label in LABELS)


def _honest(module: Module) -> Iterator[Observation]:
    """Yield the places where a failure is answered with 503 or with something called a fallback."""
    for node, _ in module.tries:
        for handler in node.handlers:
            for child in (item for statement in handler.body for item in ast.walk(statement)):
                if what := _honesty(child):
                    yield good(CHECKPOINT, handler.lineno, f"a failure is answered with {what}")
                    break


def _honesty(node: ast.AST) -> str:
    match node:
        case ast.Constant(value=int(number)) if number == UNAVAILABLE:
            return "503"
        case ast.Attribute(attr="HTTP_503_SERVICE_UNAVAILABLE" | "SERVICE_UNAVAILABLE"):
            return "503"
        case (
            ast.Name(id=name) | ast.Attribute(attr=name) | ast.keyword(arg=str(name)) | ast.Constant(value=str(name))
        ) if "fallback" in name.lower():
            return "a labelled fallback"
        case _:
            return ""
