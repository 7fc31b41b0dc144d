"""What a name means, by Python's own scoping rules."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.constitution.module import Module
from agent.constitution.sources import Source


def module(text: str, local: frozenset[str] = frozenset()) -> Module:
    return Module(Source("a.py", "python", "product", dedent(text).encode()), local)


def meaning(text: str) -> set[str]:
    """Return the meanings of the call to `.target(...)` or `target(...)` in a text."""
    parsed = module(text)
    found = [
        called for called in parsed.calls({"target"}) if "target" in called.node.__dict__["func"].__dict__.values()
    ]
    assert len(found) == 1
    return set(parsed.meaning(found[0]))


MEANINGS: dict[str, tuple[str, set[str]]] = {
    "an import": ("import a.b\na.b.target()", {"a.b.target"}),
    "an alias": ("import a.b as c\nc.target()", {"a.b.target"}),
    "a name from a module": ("from a.b import target\ntarget()", {"a.b.target"}),
    "an instance": ("import a\nx = a.B()\nx.target()", {"a.B().target"}),
    "an instance of an instance": ("import a\na.B().c().target()", {"a.B().c().target"}),
    "an annotation": ("import a\ndef f(x: a.B | None): x.target()", {"a.B().target"}),
    "Optional": ("import a\nfrom typing import Optional\ndef f(x: Optional[a.B]): x.target()", {"a.B().target"}),
    "a with": ("import a\nwith a.b() as x:\n    x.target()", {"a.b().target"}),
    "an await": ("import a\nasync def f():\n    x = await a.b()\n    x.target()", {"a.b().target"}),
    "an attribute": (
        "import a\nclass C:\n    def __init__(self):\n        self.x = a.B()\n    def f(self):\n        self.x.target()",
        {"a.B().target"},
    ),
    "an attribute of the class": ("import a\nclass C:\n    x = a.B()\n    def f(me):\n        me.x.target()", {"a.B().target"}),
    "an attribute of two kinds": (
        "import a\nclass C:\n    def f(self):\n        self.x = a.B()\n        self.x = g()\n        self.x.target()",
        set(),
    ),
    "an enclosing function": ("def f():\n    import a\n    def g():\n        a.target()", {"a.target"}),
    "a class body, which methods do not see": ("class C:\n    import a\n    def f(self):\n        a.target()", set()),
    "a parameter in the way": ("import a\ndef f(a):\n    a.target()", set()),
    "a loop variable in the way": ("import a\nfor a in b:\n    a.target()", set()),
    "an unpacked name in the way": ("import a\na, b = c\na.target()", set()),
    "a pattern in the way": ("import a\nmatch x:\n    case [a]:\n        a.target()", set()),
    "a global": ("import a\ndef f():\n    global x\n    x = a.B()\ndef g():\n    x.target()", {"a.B().target"}),
    "two imports": ("try:\n    import a as x\nexcept ImportError:\n    import b as x\nx.target()", {"a.target", "b.target"}),
    "an import or None": ("try:\n    import a\nexcept ImportError:\n    a = None\na.target()", {"a.target"}),
    "a relative import": ("from .a import target\ntarget()", {".a.target"}),
    "a definition": ("def target(): ...\ntarget()", {".target"}),
    "an unbound name": ("target()", set()),
    "the place that documents it": ("from requests.sessions import Session\nSession().target()", {"requests.Session().target"}),
    "a name that stands for itself": ("x = x\nx.target()", set()),
    "two that stand for each other": ("x = y\ny = x\nx.target()", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", MEANINGS)
def test_the_meaning_of(name: str) -> None:
    text, expected = MEANINGS[name]
    assert meaning(text) == expected


def test_a_builtin_is_itself_until_anything_may_have_replaced_it() -> None:
    plain, starred = module("print(1)"), module("from a import *\nprint(1)")
    assert [plain.meaning(called) for called in plain.calls(())] == [{"builtins.print"}]
    assert [starred.meaning(called) for called in starred.calls(())] == [frozenset()]


def test_the_projects_own_names_are_marked() -> None:
    parsed = module("import redis\nredis.Redis()", frozenset({"redis"}))
    assert [parsed.meaning(called) for called in parsed.calls({"Redis"})] == [{".redis.Redis"}]
    assert not parsed.uses("redis")


def test_uses_knows_packages_and_what_is_below_them() -> None:
    parsed = module("from prometheus_client.metrics import Gauge")
    assert parsed.uses("prometheus_client")
    assert not parsed.uses("prometheus")


def test_reached_follows_calls_within_the_file_and_ends() -> None:
    parsed = module("""
        def a(): b()
        def b(): c(); a()
        def c(): ...
        def d(): ...
        """)
    assert [function.name for function in parsed.reached(parsed.functions[0])] == ["a", "b", "c"]


@pytest.mark.parametrize(
    "text",
    ["x" + ".y" * 20_000, "f" + "()" * 5_000, "+".join("1" * 20_000), "not " * 5_000 + "x", "lambda: " * 500 + "0"],
)
def test_deep_sources_are_read_or_refused_by_the_parser(text: str) -> None:
    try:
        parsed = module(text)
    except (RecursionError, MemoryError, SyntaxError):
        return
    for called in parsed.calls({"y"}):
        parsed.meaning(called)


PARTS = st.sampled_from(
    [
        "import a",
        "x = a.b()",
        "x.c()",
        "def f(x): x.d()",
        "class C:",
        "    y = x",
        "    def g(self): self.y.h()",
        "global x",
        "x, y = y, x",
        "with x as y: y.z()",
        "for x in y: x.k()",
        "match x:",
        "    case {'a': y, **z}: z.m()",
        "del x",
    ]
)


@given(st.lists(PARTS, max_size=12))
def test_whatever_parses_is_resolved_without_an_error(lines: list[str]) -> None:
    try:
        parsed = module("\n".join(lines))
    except SyntaxError:
        return
    for called in parsed.calls({"b", "c", "d", "h", "k", "m", "z"}):
        assert all(isinstance(name, str) for name in parsed.meaning(called))
