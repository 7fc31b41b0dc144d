"""One Python file, read once: its functions, its calls with where they stand, and a resolver for its names."""

import ast
import warnings
from collections.abc import Iterable, Iterator
from itertools import accumulate

from agent.constitution.names import Names, Resolver, Scope
from agent.constitution.sources import Source
from agent.constitution.walk import Called, Function, Walk


class Module(Resolver):
    """A parsed file. Raises SyntaxError, ValueError, RecursionError or MemoryError for one that cannot be parsed."""

    def __init__(self, source: Source, local: frozenset[str] = frozenset()) -> None:
        super().__init__(local)
        self.path = source.path
        self.role = source.role
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.tree = ast.parse(source.content)
        walk = Walk(self, self.tree)
        self.functions = walk.functions
        self.tries = walk.tries
        self.compared = walk.compared
        self._imports = frozenset(
            prefix for name in walk.imports for prefix in accumulate(name.split("."), "{}.{}".format)
        )
        self._calls = walk.calls
        self._by_node: dict[ast.AST, Function] = {function.node: function for function in walk.functions}

    def uses(self, *packages: str) -> bool:
        """Whether one of these packages, or something below it, is imported."""
        return not self._imports.isdisjoint(packages)

    def calls(self, attributes: Iterable[str]) -> Iterator[Called]:
        """Yield the calls that may have a meaning ending in one of `attributes`: a bare name may be an alias of any."""
        for attribute in ("", *sorted(attributes)):
            yield from self._calls.get(attribute, [])

    def meaning(self, called: Called) -> Names:
        """Return what a call may call."""
        return self.names(called.node.func, called.place.scope)

    def function(self, node: ast.expr, scope: Scope) -> Function | None:
        """Return the function of this module that `node` names."""
        found = self.definition(node, scope)
        return self._by_node.get(found) if found is not None else None

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
