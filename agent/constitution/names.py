"""What a name in a Python file means, by the language's own scoping rules: aliases, shadowing, `self`, instances.

A meaning is a dotted name such as `requests.get`; `()` marks the result of a call (`requests.Session().get`), and a
leading dot what the project itself defines or imports from itself. Whatever cannot be told has no meaning at all.
"""

import ast
import builtins
from dataclasses import dataclass, field
from typing import Literal

Names = frozenset[str]
NONE: Names = frozenset()
MAX_DEPTH = 12
BUILTINS = frozenset(dir(builtins))

# The same object under the module that defines it, and under the one that documents it.
SAME = (
    ("requests.sessions.", "requests."),
    ("requests.api.", "requests."),
    ("redis.client.", "redis."),
    ("redis.asyncio.client.", "redis.asyncio."),
    ("aioredis.", "redis.asyncio."),
    ("aiohttp.client.", "aiohttp."),
    ("httpx._client.", "httpx."),
    ("fastapi.applications.", "fastapi."),
    ("fastapi.routing.", "fastapi."),
    ("starlette.applications.", "starlette."),
    ("flask.app.", "flask."),
    ("flask.blueprints.", "flask."),
    ("prometheus_client.metrics.", "prometheus_client."),
    ("tensorflow.keras.", "keras."),
    ("tf.keras.", "keras."),
    ("_pickle.", "pickle."),
    ("cPickle.", "pickle."),
    ("six.moves.cPickle.", "pickle."),
    ("six.moves.urllib.", "urllib."),
    ("sklearn.externals.joblib.", "joblib."),
)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Binding:
    """One way a name gets its meaning; one with nothing set cannot be told."""

    imported: str = ""
    value: ast.expr | None = None
    annotation: ast.expr | None = None
    defined: Definition | None = None


OPAQUE = Binding()


@dataclass(eq=False)
class Scope:
    """A namespace: of the module, a class or a function. A class also keeps what its methods assign to `self`."""

    kind: Literal["module", "class", "function"]
    parent: "Scope | None" = None
    bindings: dict[str, list[Binding]] = field(default_factory=dict[str, list[Binding]])
    attributes: dict[str, list[tuple[Binding, "Scope"]]] = field(
        default_factory=dict[str, list[tuple[Binding, "Scope"]]]
    )
    receiver: str = ""
    outer: set[str] = field(default_factory=set[str])

    def bind(self, name: str, binding: Binding) -> None:
        """Record a binding, in the module when the name was declared global here."""
        scope: Scope = self
        while name in self.outer and scope.parent is not None:
            scope = scope.parent
        scope.bindings.setdefault(name, []).append(binding)

    def find(self, name: str) -> "tuple[Scope, list[Binding]] | None":
        """Return the scope that binds `name` as seen from here, and its bindings."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.bindings and (scope.kind != "class" or scope is self):
                return scope, scope.bindings[name]
            scope = scope.parent
        return None

    def owner(self, receiver: str) -> "Scope | None":
        """Return the class whose method calls its instance `receiver`, as seen from here."""
        scope: Scope | None = self
        while scope is not None:
            if scope.receiver == receiver:
                return scope.parent
            if receiver in scope.bindings:
                return None
            scope = scope.parent
        return None


class Resolver:
    """Resolves expressions of one module; `local` are the project's own import names."""

    def __init__(self, local: frozenset[str]) -> None:
        self._local = local
        self.starred = False
        self.classes: dict[str, tuple[ast.ClassDef, Scope]] = {}

    def imported(self, dotted: str) -> Binding:
        """Return the binding of an absolute import."""
        if dotted.partition(".")[0] in self._local:
            return Binding(imported="." + dotted)
        return Binding(imported=canonical(dotted))

    def names(self, node: ast.expr | None, scope: Scope, depth: int = 0) -> Names:
        """Return every meaning `node` may have in `scope`; empty when one of them cannot be told."""
        if depth > MAX_DEPTH:
            return NONE
        match node:
            case ast.Name(id=name):
                return self._name(name, scope, depth)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (owner := scope.owner(name)) is not None:
                return self._attribute(owner, attribute, depth)
            case ast.Attribute(value=value, attr=attribute):
                return frozenset(canonical(f"{name}.{attribute}") for name in self.names(value, scope, depth + 1))
            case ast.Call(func=function):
                return frozenset(f"{name}()" for name in self.names(function, scope, depth + 1))
            case ast.Await(value=value) | ast.NamedExpr(value=value):
                return self.names(value, scope, depth + 1)
            case _:
                return NONE

    def definition(self, node: ast.expr, scope: Scope) -> Definition | None:
        """Return the one function or class of this module that `node` names, be it bare or a method of `self`."""
        match node:
            case ast.Name(id=name):
                found = scope.find(name)
                bindings = found[1] if found else []
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (owner := scope.owner(name)) is not None:
                bindings = owner.bindings.get(attribute, [])
            case _:
                bindings = []
        return bindings[0].defined if len(bindings) == 1 else None

    def bases(self, name: str) -> Names:
        """Return the meanings of the bases of a class of this module, given as its meaning (`.Name`)."""
        if name not in self.classes:
            return NONE
        node, scope = self.classes[name]
        return frozenset(base for item in node.bases for base in self.names(item, scope))

    def is_a(self, names: Names, wanted: frozenset[str]) -> bool:
        """Whether every meaning is one of `wanted`, or an instance of a class of this module that derives from one."""
        if not names:
            return False
        return all(
            name in wanted or any(f"{base}()" in wanted for base in self.bases(name.removesuffix("()")))
            for name in names
        )

    def _name(self, name: str, scope: Scope, depth: int) -> Names:
        found = scope.find(name)
        if found is None:
            return frozenset({f"builtins.{name}"}) if name in BUILTINS and not self.starred else NONE
        where, bindings = found
        return self._union([(binding, where) for binding in bindings], depth)

    def _attribute(self, owner: Scope, attribute: str, depth: int) -> Names:
        bindings = [(binding, owner) for binding in owner.bindings.get(attribute, [])]
        return self._union(bindings + owner.attributes.get(attribute, []), depth)

    def _union(self, bindings: list[tuple[Binding, Scope]], depth: int) -> Names:
        known: set[str] = set()
        for binding, scope in bindings:
            if isinstance(binding.value, ast.Constant) and binding.value.value is None and binding.annotation is None:
                continue  # `except ImportError: module = None`, and attributes that are filled later
            meaning = self._binding(binding, scope, depth)
            if not meaning:
                return NONE
            known |= meaning
        return frozenset(known)

    def _binding(self, binding: Binding, scope: Scope, depth: int) -> Names:
        if binding.imported:
            return frozenset({binding.imported})
        if binding.defined is not None:
            return frozenset({f".{binding.defined.name}"})
        if binding.value is not None and (meaning := self.names(binding.value, scope, depth + 1)):
            return meaning
        if binding.annotation is not None:
            return frozenset(f"{name}()" for name in self.names(plain(binding.annotation), scope, depth + 1))
        return NONE


def only(names: Names) -> str:
    """Return the meaning when there is exactly one, else nothing."""
    return next(iter(names)) if len(names) == 1 else ""


def plain(annotation: ast.expr) -> ast.expr:
    """Return what remains of an annotation without `| None`, `Optional[...]` and `Annotated[...]`."""
    match annotation:
        case ast.BinOp(left=left, op=ast.BitOr(), right=ast.Constant(value=None)):
            return left
        case ast.Subscript(value=ast.Name(id="Optional") | ast.Attribute(attr="Optional"), slice=inner):
            return inner
        case ast.Subscript(
            value=ast.Name(id="Annotated") | ast.Attribute(attr="Annotated"), slice=ast.Tuple(elts=[first, *_])
        ):
            return first
        case _:
            return annotation


def canonical(dotted: str) -> str:
    """Return the documented name of what has several."""
    for defining, documented in SAME:
        if dotted.startswith(defining):
            return documented + dotted[len(defining) :]
    return {
        "aioredis": "redis.asyncio",
        "cPickle": "pickle",
        "_pickle": "pickle",
        "sklearn.externals.joblib": "joblib",
    }.get(dotted, dotted)
