"""One Python file, read once: its functions, its calls with where they stand, and a resolver for its names."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from agent.constitution.names import OPAQUE, Binding, FunctionNode, Names, Resolver, Scope
from agent.constitution.sources import Source

# What holds neither calls nor bindings; not visiting it halves the time.
LEAVES = (
    ast.expr_context,
    ast.operator,
    ast.unaryop,
    ast.cmpop,
    ast.boolop,
    ast.Name,
    ast.Constant,
    ast.Pass,
    ast.alias,
)
BINDING = (
    ast.Import,
    ast.ImportFrom,
    ast.Assign,
    ast.AnnAssign,
    ast.NamedExpr,
    ast.AugAssign,
    ast.For,
    ast.comprehension,
    ast.With,
    ast.ExceptHandler,
    ast.Global,
)


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


class Module(Resolver):
    """A parsed file. Raises SyntaxError, ValueError, RecursionError or MemoryError for one that cannot be parsed."""

    def __init__(self, source: Source, local: frozenset[str] = frozenset()) -> None:
        super().__init__(local)
        self.path = source.path
        self.role = source.role
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(source.content)
        self.functions: list[Function] = []
        self._calls: dict[str, list[Called]] = {}
        self.tries: list[tuple[ast.Try | ast.TryStar, Place]] = []
        self.compared: list[ast.Constant] = []
        self.imports: set[str] = set()
        self.scope = Scope("module")
        self._by_node: dict[ast.AST, Function] = {}
        _Walk(self).run(Place(self.scope))

    def uses(self, *packages: str) -> bool:
        """Whether one of these packages, or something below it, is imported."""
        return any(name == package or name.startswith(package + ".") for name in self.imports for package in packages)

    def record(self, called: Called) -> None:
        """Record a call under its attribute's name, or under nothing when it has none, and in its function."""
        function = called.node.func
        self._calls.setdefault(function.attr if isinstance(function, ast.Attribute) else "", []).append(called)
        if called.place.function is not None:
            called.place.function.calls.append(called)

    def calls(self, attributes: Iterable[str]) -> Iterator[Called]:
        """Yield the calls that may have a meaning ending in one of `attributes`: a bare name may be an alias of any."""
        for attribute in ("", *attributes):
            yield from self._calls.get(attribute, [])

    def meaning(self, called: Called) -> Names:
        """Return what a call may call."""
        return self.names(called.node.func, called.place.scope)

    def function(self, node: ast.expr, scope: Scope) -> Function | None:
        """Return the function of this module that `node` names."""
        found = self.definition(node, scope)
        return self._by_node.get(found) if found is not None else None

    def add(self, function: Function) -> None:
        """Record a function."""
        self.functions.append(function)
        self._by_node[function.node] = function

    def reached(self, start: Function) -> list[Function]:
        """Return `start` and the functions of this module that it calls, directly or through one another."""
        found: dict[Function, None] = {start: None}
        queue = [start]
        while queue:
            for called in queue.pop().calls:
                callee = self.function(called.node.func, called.place.scope)
                if callee is not None and callee not in found:
                    found[callee] = None
                    queue.append(callee)
        return list(found)


class _Walk:
    """Goes through the tree without recursion, so that no nesting of the source can exhaust the stack."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.stack: list[tuple[ast.AST, Place]] = []

    def run(self, place: Place) -> None:
        self.push(self.module.tree.body, place)
        while self.stack:
            node, place = self.stack.pop()
            self.visit(node, place)

    def push(self, nodes: Iterable[ast.AST], place: Place) -> None:
        """Put nodes on the stack so that the first is taken next."""
        self.stack += [(node, place) for node in nodes if not isinstance(node, LEAVES)][::-1]

    def visit(self, node: ast.AST, place: Place) -> None:
        match node:
            case ast.Call():
                self.module.record(Called(node, place))
                self.push(node.args, place)
                self.push([item.value for item in node.keywords], place)
                self.push([node.func], place)
            case ast.Attribute(value=value):
                self.push([value], place)
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.Lambda():
                self.enter_function(node, place)
            case ast.ClassDef():
                self.enter_class(node, place)
            case ast.If() | ast.IfExp():
                self.branch(node, place)
            case ast.Try() | ast.TryStar():
                self.module.tries.append((node, place))
                self.push([*node.body, *node.orelse, *node.finalbody], place)
                self.push(node.handlers, replace(place, guarded=True))
            case ast.BoolOp(values=[first, *rest]):
                self.push([first], place)
                self.push(rest, replace(place, guarded=True))
            case ast.match_case(body=body):
                self.bind_all(node.pattern, place.scope)
                self.push(body, replace(place, guarded=True))
            case ast.Await(value=value):
                self.push([value], replace(place, awaited=True))
            case ast.AsyncFor() | ast.comprehension(is_async=1):
                self.bind_all(node.target, place.scope)
                self.push([node.iter], replace(place, awaited=True))
                self.push([*node.body, *node.orelse] if isinstance(node, ast.AsyncFor) else node.ifs, place)
            case ast.AsyncWith():
                for item in node.items:
                    self.bind_with(item, place)
                    self.push([item.context_expr], replace(place, awaited=True))
                self.push(node.body, place)
            case ast.Compare(left=left, comparators=comparators):
                self.module.compared += [item for item in (left, *comparators) if isinstance(item, ast.Constant)]
                self.push([left, *comparators], place)
            case _:
                if isinstance(node, BINDING):
                    bind(self.module, self, node, place)
                self.push(ast.iter_child_nodes(node), place)

    def branch(self, node: ast.If | ast.IfExp, place: Place) -> None:
        match node.test:
            case ast.Compare(left=ast.Name(id="__name__"), comparators=[ast.Constant(value="__main__")]):
                inner = replace(place, guarded=True, main=True)
            case _:
                inner = replace(place, guarded=True)
        self.push([node.test], place)
        if isinstance(node, ast.If):
            self.push([*node.body, *node.orelse], inner)
        else:
            self.push([node.body, node.orelse], inner)

    def enter_function(self, node: FunctionNode, place: Place) -> None:
        scope = Scope("function", place.scope)
        function = Function(node, place, scope)
        self.module.add(function)
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        for argument in arguments:
            scope.bind(argument.arg, Binding(annotation=argument.annotation))
        for argument in (node.args.vararg, node.args.kwarg):
            if argument is not None:
                scope.bind(argument.arg, OPAQUE)
        self.push([*node.args.defaults, *(item for item in node.args.kw_defaults if item is not None)], place)
        inner = Place(scope, function, main=place.main)
        if isinstance(node, ast.Lambda):
            self.push([node.body], inner)
            return
        place.scope.bind(node.name, Binding(defined=node))
        self.push(node.decorator_list, place)
        static = any(isinstance(item, ast.Name) and item.id == "staticmethod" for item in node.decorator_list)
        if place.scope.kind == "class" and arguments and not static:
            scope.receiver = arguments[0].arg
        self.push(node.body, inner)

    def enter_class(self, node: ast.ClassDef, place: Place) -> None:
        place.scope.bind(node.name, Binding(defined=node))
        self.module.classes[f".{node.name}"] = (node, place.scope)
        self.push([*node.decorator_list, *node.bases, *(item.value for item in node.keywords)], place)
        self.push(node.body, replace(place, scope=Scope("class", place.scope)))

    def bind_with(self, item: ast.withitem, place: Place) -> None:
        if isinstance(item.optional_vars, ast.Name):
            place.scope.bind(item.optional_vars.id, Binding(value=item.context_expr))
        elif item.optional_vars is not None:
            self.bind_all(item.optional_vars, place.scope)

    def bind_all(self, target: ast.AST, scope: Scope) -> None:
        """Bind every name in a pattern or target to something that cannot be told."""
        for node in ast.walk(target):
            match node:
                case (
                    ast.Name(id=name, ctx=ast.Store())
                    | ast.MatchAs(name=str(name))
                    | ast.MatchStar(name=str(name))
                    | ast.MatchMapping(rest=str(name))
                ):
                    scope.bind(name, OPAQUE)
                case ast.Attribute(value=ast.Name(id=name), attr=attribute, ctx=ast.Store()) if (
                    owner := scope.owner(name)
                ) is not None:
                    owner.attributes.setdefault(attribute, []).append((OPAQUE, scope))
                case _:
                    pass


def bind(module: Module, walk: _Walk, node: ast.AST, place: Place) -> None:
    """Record the names a statement binds."""
    scope = place.scope
    match node:
        case ast.Import(names=names):
            for alias in names:
                module.imports.add(module.imported(alias.name).imported)
                first = alias.name if alias.asname else alias.name.partition(".")[0]
                scope.bind(alias.asname or first, module.imported(first))
        case ast.ImportFrom(module=origin, names=names, level=level):
            for alias in names:
                binding = (
                    Binding(imported=f".{origin or ''}.{alias.name}")
                    if level
                    else module.imported(f"{origin}.{alias.name}")
                )
                module.imports.add(binding.imported)
                module.starred |= alias.name == "*"
                scope.bind(alias.asname or alias.name, binding)
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                assign(walk, target, Binding(value=value), scope)
        case ast.AnnAssign(target=target, value=value, annotation=annotation):
            assign(walk, target, Binding(value=value, annotation=annotation), scope)
        case ast.NamedExpr(target=target, value=value):
            assign(walk, target, Binding(value=value), scope)
        case ast.AugAssign(target=target) | ast.For(target=target) | ast.comprehension(target=target):
            walk.bind_all(target, scope)
        case ast.With(items=items):
            for item in items:
                walk.bind_with(item, place)
        case ast.ExceptHandler(name=str(name)):
            scope.bind(name, OPAQUE)
        case ast.Global(names=names):
            scope.outer |= set(names)
        case _:
            pass


def assign(walk: _Walk, target: ast.expr, binding: Binding, scope: Scope) -> None:
    """Bind a target of an assignment: a name, an attribute of `self`, or several at once, which cannot be told."""
    match target:
        case ast.Name(id=name):
            scope.bind(name, binding)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (owner := scope.owner(name)) is not None:
            owner.attributes.setdefault(attribute, []).append((binding, scope))
        case _:
            walk.bind_all(target, scope)
