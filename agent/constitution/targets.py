"""What the targets of assignments, loops and patterns bind."""

import ast

from agent.constitution.names import OPAQUE, Binding, Scope


def bind(target: ast.expr, binding: Binding, scope: Scope) -> None:
    """Bind a target of an assignment: a name, an attribute of `self`, or several at once, which cannot be told."""
    match target:
        case ast.Name(id=name):
            scope.bind(name, binding)
        case ast.Attribute(value=ast.Name(id=name), attr=attribute) if (owner := scope.owner(name)) is not None:
            owner.attributes.setdefault(attribute, []).append((binding, scope))
        case _:
            bind_all(target, scope)


def bind_all(target: ast.AST, scope: Scope) -> None:
    """Bind every name in a pattern or target to something that cannot be told."""
    for node in ast.walk(target):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.MatchMapping(rest=str(name)):
                scope.bind(name, OPAQUE)
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                scope.bind(name, OPAQUE)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute, ctx=ast.Store()):
                if (owner := scope.owner(name)) is not None:
                    owner.attributes.setdefault(attribute, []).append((OPAQUE, scope))
            case _:
                pass
