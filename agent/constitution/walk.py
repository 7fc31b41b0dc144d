"""One pass over a syntax tree: what each name is bound to, and where every call, function and try stands."""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from agent.constitution.names import OPAQUE, Binding, FunctionNode, Resolver, Scope
from agent.constitution.targets import bind, bind_all

# What holds neither calls nor bindings; not visiting it halves the time.
LEAVES = (ast.expr_context, ast.operator, ast.unaryop, ast.cmpop, ast.boolop, ast.Name, ast.Constant, ast.alias)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a node stands: its scope and function; under an await; behind a condition; in the `__main__` block."""

    scope: Scope
    function: "Function | None" = None
    awaited: bool = False
    guarded: bool = False
    main: bool = False


@dataclass(frozen=True, slots=True)
class Called:
    """A call and where it stands."""

    node: ast.Call
    place: Place


@dataclass(eq=False)
class Function:
    """A function, method or lambda: where it is defined, its own scope, and the calls of its own body."""

    node: FunctionNode
    place: Place
    scope: Scope
    calls: list[Called] = field(default_factory=list[Called])

    @property
    def name(self) -> str:
        """Return its name; a lambda has none."""
        return "" if isinstance(self.node, ast.Lambda) else self.node.name

    @property
    def decorators(self) -> list[ast.expr]:
        """Return its decorators."""
        return [] if isinstance(self.node, ast.Lambda) else self.node.decorator_list


class Walk:
    """Goes through a tree without recursion, so that no nesting of the source can exhaust the stack.

    `resolver` learns what the names of the tree are bound to; the calls are kept under their attribute's name, those
    of bare names under nothing.
    """

    def __init__(self, resolver: Resolver, tree: ast.Module) -> None:
        self.functions: list[Function] = []
        self.calls: dict[str, list[Called]] = {}
        self.tries: list[tuple[ast.Try | ast.TryStar, Place]] = []
        self.compared: list[ast.Constant] = []
        self.imports: set[str] = set()
        self._resolver = resolver
        self._stack: list[tuple[ast.AST, Place]] = []
        self._visits: dict[type[ast.AST], Callable[..., None]] = {
            ast.Call: self._call,
            ast.FunctionDef: self._function,
            ast.AsyncFunctionDef: self._function,
            ast.Lambda: self._function,
            ast.ClassDef: self._class,
            ast.If: self._branch,
            ast.IfExp: self._branch,
            ast.BoolOp: self._or,
            ast.Try: self._try,
            ast.TryStar: self._try,
            ast.match_case: self._case,
            ast.Await: self._await,
            ast.AsyncFor: self._async_for,
            ast.AsyncWith: self._with,
            ast.With: self._with,
            ast.comprehension: self._comprehension,
            ast.Compare: self._compare,
            ast.Import: self._import,
            ast.ImportFrom: self._import_from,
            ast.Assign: self._assign,
            ast.AnnAssign: self._annotated,
            ast.NamedExpr: self._named,
            ast.AugAssign: self._loop,
            ast.For: self._loop,
            ast.ExceptHandler: self._handler,
            ast.Global: self._global,
        }
        self._push(tree.body, Place(Scope("module")))
        while self._stack:
            node, place = self._stack.pop()
            self._visits.get(type(node), self._children)(node, place)

    def _push(self, nodes: Iterable[ast.AST], place: Place) -> None:
        self._stack += [(node, place) for node in nodes if not isinstance(node, LEAVES)][::-1]

    def _children(self, node: ast.AST, place: Place) -> None:
        self._push(ast.iter_child_nodes(node), place)

    def _call(self, node: ast.Call, place: Place) -> None:
        called = Called(node, place)
        self.calls.setdefault(node.func.attr if isinstance(node.func, ast.Attribute) else "", []).append(called)
        if place.function is not None:
            place.function.calls.append(called)
        self._children(node, place)

    def _function(self, node: FunctionNode, place: Place) -> None:
        scope = Scope("function", place.scope)
        function = Function(node, place, scope)
        self.functions.append(function)
        self._parameters(node, place, scope)
        inner = Place(scope, function, main=place.main)
        if isinstance(node, ast.Lambda):
            self._push([node.body], inner)
        else:
            place.scope.bind(node.name, Binding(defined=node))
            self._push(node.decorator_list, place)
            self._push(node.body, inner)

    def _parameters(self, node: FunctionNode, place: Place, scope: Scope) -> None:
        parameters = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for parameter in parameters:
            scope.bind(parameter.arg, Binding(annotation=parameter.annotation))
        for parameter in (node.args.vararg, node.args.kwarg):
            if parameter is not None:
                scope.bind(parameter.arg, OPAQUE)
        self._push([*node.args.defaults, *(item for item in node.args.kw_defaults if item is not None)], place)
        decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
        static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in decorators)
        if place.scope.kind == "class" and parameters and not static:
            scope.receiver = parameters[0].arg

    def _class(self, node: ast.ClassDef, place: Place) -> None:
        place.scope.bind(node.name, Binding(defined=node))
        self._resolver.classes[f".{node.name}"] = (node, place.scope)
        self._push([*node.decorator_list, *node.bases, *(item.value for item in node.keywords)], place)
        self._push(node.body, replace(place, scope=Scope("class", place.scope)))

    def _branch(self, node: ast.If | ast.IfExp, place: Place) -> None:
        match node.test:
            case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__")]):
                inner = replace(place, guarded=True, main=True)
            case _:
                inner = replace(place, guarded=True)
        self._push([node.test], place)
        self._push([*node.body, *node.orelse] if isinstance(node, ast.If) else [node.body, node.orelse], inner)

    def _or(self, node: ast.BoolOp, place: Place) -> None:
        self._push(node.values[:1], place)
        self._push(node.values[1:], replace(place, guarded=True))

    def _try(self, node: ast.Try | ast.TryStar, place: Place) -> None:
        self.tries.append((node, place))
        self._push([*node.body, *node.orelse, *node.finalbody], place)
        self._push(node.handlers, replace(place, guarded=True))

    def _case(self, node: ast.match_case, place: Place) -> None:
        bind_all(node.pattern, place.scope)
        self._push(node.body, replace(place, guarded=True))

    def _await(self, node: ast.Await, place: Place) -> None:
        self._push([node.value], replace(place, awaited=True))

    def _async_for(self, node: ast.AsyncFor, place: Place) -> None:
        bind_all(node.target, place.scope)
        self._push([node.iter], replace(place, awaited=True))
        self._push([*node.body, *node.orelse], place)

    def _comprehension(self, node: ast.comprehension, place: Place) -> None:
        bind_all(node.target, place.scope)
        self._push([node.iter], replace(place, awaited=True) if node.is_async else place)
        self._push(node.ifs, place)

    def _with(self, node: ast.With | ast.AsyncWith, place: Place) -> None:
        for item in node.items:
            if isinstance(item.optional_vars, ast.Name):
                place.scope.bind(item.optional_vars.id, Binding(value=item.context_expr))
            elif item.optional_vars is not None:
                bind_all(item.optional_vars, place.scope)
            entered = replace(place, awaited=True) if isinstance(node, ast.AsyncWith) else place
            self._push([item.context_expr], entered)
        self._push(node.body, place)

    def _compare(self, node: ast.Compare, place: Place) -> None:
        operands = [node.left, *node.comparators]
        self.compared += [item for item in operands if isinstance(item, ast.Constant)]
        self._push(operands, place)

    def _import(self, node: ast.Import, place: Place) -> None:
        for alias in node.names:
            self.imports.add(self._resolver.imported(alias.name).imported)
            bound = alias.name if alias.asname else alias.name.partition(".")[0]
            place.scope.bind(alias.asname or bound, self._resolver.imported(bound))

    def _import_from(self, node: ast.ImportFrom, place: Place) -> None:
        for alias in node.names:
            origin = f"{node.module or ''}.{alias.name}"
            binding = Binding(imported=f".{origin}") if node.level else self._resolver.imported(origin)
            self.imports.add(binding.imported)
            self._resolver.starred |= alias.name == "*"
            place.scope.bind(alias.asname or alias.name, binding)

    def _assign(self, node: ast.Assign, place: Place) -> None:
        for target in node.targets:
            bind(target, Binding(value=node.value), place.scope)
        self._children(node, place)

    def _annotated(self, node: ast.AnnAssign, place: Place) -> None:
        bind(node.target, Binding(value=node.value, annotation=node.annotation), place.scope)
        self._children(node, place)

    def _named(self, node: ast.NamedExpr, place: Place) -> None:
        bind(node.target, Binding(value=node.value), place.scope)
        self._children(node, place)

    def _loop(self, node: ast.For | ast.AugAssign, place: Place) -> None:
        bind_all(node.target, place.scope)
        self._children(node, place)

    def _handler(self, node: ast.ExceptHandler, place: Place) -> None:
        if node.name is not None:
            place.scope.bind(node.name, OPAQUE)
        self._children(node, place)

    def _global(self, node: ast.Global, place: Place) -> None:
        place.scope.outer |= set(node.names)
