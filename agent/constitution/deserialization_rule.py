"""security.deserialization: loading that runs code from the file it loads."""

import ast
from collections.abc import Iterator

from agent.constitution.module import Module
from agent.constitution.names import only
from agent.constitution.observation import Observation, doubt, fault
from agent.constitution.routes import keyword
from agent.constitution.walk import Called

CHECKPOINT = "security.deserialization"
ALWAYS = {
    "pickle.load": "", "pickle.loads": "", "pickle.Unpickler": "", "cloudpickle.load": "", "cloudpickle.loads": "", "dill.load": "", "dill.loads": "", "joblib.load": "",
    "pandas.read_pickle": "", "yaml.unsafe_load": "Use yaml.safe_load.", "yaml.unsafe_load_all": "Use yaml.safe_load_all.",
}  # fmt: skip
ENDINGS = frozenset(name.rpartition(".")[2] for name in ALWAYS) | {"load_all"}
SAFE_LOADERS = frozenset({"yaml.SafeLoader", "yaml.CSafeLoader", "yaml.BaseLoader", "yaml.CBaseLoader"})
UNSAFE_LOADERS = frozenset({"yaml.Loader", "yaml.CLoader", "yaml.UnsafeLoader"})
DUMPS = frozenset({"pickle.dumps", "cloudpickle.dumps", "dill.dumps"})
# An inherited descriptor leads to the process that started this one.
OWN = frozenset({*(f"{name}()" for name in DUMPS), "os.fdopen()"})
# A class that says how it is pickled is not loading a file.
PROTOCOL = frozenset({"__setstate__", "__reduce__", "__reduce_ex__", "__getstate__", "__deepcopy__", "__copy__"})


def deserialization(module: Module) -> Iterator[Observation]:
    """Judge every call of a file that may unpickle."""
    if module.role == "test":
        return
    for called in module.calls(ENDINGS):
        name = only(module.meaning(called))
        if name in ALWAYS:
            yield from _unpickling(module, called, name)
        elif problem := _conditional(module, called, name):
            yield _fault(called, *problem)


def _unpickling(module: Module, called: Called, name: str) -> Iterator[Observation]:
    """Judge a call that always unpickles by where its data comes from, as far as the file shows."""
    package, _, loader = name.rpartition(".")
    if _round_trip(module, called):
        return
    if (loader == "loads" and _dumps(module, f"{package}.dumps")) or _written_here(module, called, f"{package}.dump"):
        yield doubt(CHECKPOINT, called.node.lineno, f"{name}() reads what this file also writes")
    else:
        yield _fault(called, f"{name}() runs whatever code the data says", ALWAYS[name])


def _dumps(module: Module, name: str) -> list[Called]:
    return [called for called in module.calls({name.rpartition(".")[2]}) if only(module.meaning(called)) == name]


def _written_here(module: Module, called: Called, dump: str) -> bool:
    """Whether the function that loads a file also writes it: a cache of its own."""
    return any(item.place.function is called.place.function for item in _dumps(module, dump))


def _conditional(module: Module, called: Called, name: str) -> tuple[str, str] | None:
    """Return what is wrong with a call that is dangerous with some arguments only, and what mends it."""
    call = called.node
    match name:
        case "torch.load" if _is(keyword(call, "weights_only"), False):
            return (
                "torch.load(weights_only=False) runs whatever code the file says",
                "Leave weights_only at True, and save state_dict() or safetensors.",
            )
        case "numpy.load" if _is(keyword(call, "allow_pickle") or next(iter(call.args[2:]), None), True):
            return (
                "numpy.load(allow_pickle=True) runs whatever code the file says",
                "Leave allow_pickle at False, and save arrays of numbers only.",
            )
        case "skops.io.load" | "skops.io.loads" if _is(keyword(call, "trusted"), True):
            return (
                f"{name}(trusted=True) trusts every type the file names",
                "List the types that get_untrusted_types() shows and that you have read.",
            )
        case "yaml.load" | "yaml.load_all":
            return _yaml(module, called, name)
        case _:
            return None


def _yaml(module: Module, called: Called, name: str) -> tuple[str, str] | None:
    call = called.node
    loader = keyword(call, "Loader") or next(iter(call.args[1:]), None)
    fix = f"Use {name.replace('load', 'safe_load', 1)}."
    if loader is None:
        open_ended = any(item.arg is None for item in call.keywords) or any(
            isinstance(item, ast.Starred) for item in call.args
        )
        return (
            None
            if open_ended
            else (f"{name}() without a Loader builds any Python object in old releases, and fails in new ones", fix)
        )
    names = module.names(loader, called.place.scope)
    return (
        (f"{name}() with {ast.unparse(loader)} builds any Python object the file names", fix)
        if names and names <= UNSAFE_LOADERS
        else None
    )


def _round_trip(module: Module, called: Called) -> bool:
    """Whether what is unpickled was pickled in the same place, or comes from the parent process: no file is read."""
    function = called.place.function
    if function is not None and function.name in PROTOCOL:
        return True
    argument = called.node.args[0] if called.node.args else None
    if argument is None:
        return False
    if isinstance(argument, ast.Constant) and isinstance(argument.value, bytes):
        return True
    if any(
        isinstance(node, ast.Call) and module.names(node.func, called.place.scope) & DUMPS
        for node in ast.walk(argument)
    ):
        return True
    return bool(module.names(argument, called.place.scope) & OWN)


def _is(node: ast.expr | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


def _fault(called: Called, message: str, fix: str) -> Observation:
    return fault(CHECKPOINT, called.node.lineno, message, fix, called.node.end_lineno or 0)
