"""reliability.timeouts: outbound calls that would wait for ever."""

import ast
from collections.abc import Iterator

from agent.constitution.module import Module
from agent.constitution.names import Names, only
from agent.constitution.observation import Observation, doubt, fault, good, note
from agent.constitution.routes import keyword, text
from agent.constitution.walk import Called

CHECKPOINT = "reliability.timeouts"
METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
REQUESTS = frozenset(f"requests.{method}" for method in METHODS)
SESSIONS = frozenset(f"requests.{made}().{method}" for made in ("Session", "session") for method in METHODS)
HTTPX = frozenset({"httpx.Client", "httpx.AsyncClient", "httpx.stream", *(f"httpx.{method}" for method in METHODS)})
# Where `timeout` stands among the positional arguments.
SOCKETS = {
    "urllib.request.urlopen": 2,
    "http.client.HTTPConnection": 2,
    "http.client.HTTPSConnection": 4,
    "socket.create_connection": 1,
}
REDIS = frozenset(
    f"redis{flavour}.{name}"
    for flavour in ("", ".asyncio")
    for name in (
        "Redis",
        "StrictRedis",
        "from_url",
        "Redis.from_url",
        "StrictRedis.from_url",
        "ConnectionPool",
        "ConnectionPool.from_url",
    )
)
# redis-py 8.0 gave its sockets a default of 5 s; before, they had none.
REDIS_FIX = "Pass socket_timeout and socket_connect_timeout, or move to redis-py 8, whose default is 5 s."
DEADLINES = frozenset(
    {"asyncio.timeout", "asyncio.timeout_at", "asyncio.wait_for", "async_timeout.timeout", "anyio.fail_after"}
)
ENDINGS = (
    METHODS
    | {name.rpartition(".")[2] for name in DEADLINES}
    | {
        "Client",
        "AsyncClient",
        "stream",
        "urlopen",
        "HTTPConnection",
        "HTTPSConnection",
        "create_connection",
        "Redis",
        "StrictRedis",
        "from_url",
        "ConnectionPool",
        "ClientTimeout",
        "ClientSession",
    }
)


def timeouts(module: Module) -> Iterator[Observation]:
    """Judge every outbound call of a file by whether something bounds it."""
    if module.role != "product":
        return
    for called in module.calls({"setdefaulttimeout"}):
        if only(module.meaning(called)) == "socket.setdefaulttimeout":
            yield note("socket default", called.node.lineno, "socket.setdefaulttimeout")
    sessions_bounded = module.uses("requests") and _sessions_bounded(module)
    for called in module.calls(ENDINGS):
        names = module.meaning(called)
        if not names:
            continue
        if sessions_bounded and names <= SESSIONS:
            yield doubt(CHECKPOINT, called.node.lineno, "a session whose adapter or request method may set a timeout")
        else:
            yield from _judge(module, called, names)


def _judge(module: Module, called: Called, names: Names) -> Iterator[Observation]:
    call = called.node
    if names <= REQUESTS | SESSIONS:
        request = all(name.endswith(".request") for name in names) and names <= SESSIONS
        yield _bounded(call, "timeout", 8 if request else None, f"{_said(call)} has no timeout")
    elif (position := SOCKETS.get(only(names))) is not None:
        if not _local_resource(call, names):
            yield _bounded(call, "timeout", position, f"{_said(call)} has no timeout", tag="socket")
    elif names <= REDIS:
        yield from _redis(call)
    elif names <= HTTPX:
        value = keyword(call, "timeout")
        yield _default(
            call, "httpx waits for ever with timeout=None", _none(value) or _httpx_never(module, called, value)
        )
    elif only(names) in DEADLINES and not any(_none(item) for item in call.args):
        yield good(CHECKPOINT, call.lineno, f"{only(names)}() bounds what it waits for")
    elif only(names) == "aiohttp.ClientTimeout":
        yield from _client_timeout(call)
    elif only(names) == "aiohttp.ClientSession":
        yield good(CHECKPOINT, call.lineno, "an aiohttp session has a total of 5 minutes unless told otherwise")


def _bounded(
    call: ast.Call, name: str, position: int | None, message: str, fix: str = "", tag: str = ""
) -> Observation:
    """Return what a call shows that waits for ever without the argument `name`."""
    value = keyword(call, name)
    if value is None and position is not None and len(call.args) > position:
        value = call.args[position]
    if value is not None and not _none(value):
        return good(CHECKPOINT, call.lineno, f"{_said(call)} has a timeout")
    if value is None and _open_ended(call):
        return doubt(CHECKPOINT, call.lineno, f"{_said(call)} takes arguments that cannot be seen")
    return fault(CHECKPOINT, call.lineno, message, fix, call.end_lineno or 0, tag)


def _default(call: ast.Call, message: str, wrong: bool) -> Observation:
    if wrong:
        return fault(CHECKPOINT, call.lineno, message, last=call.end_lineno or 0)
    return good(CHECKPOINT, call.lineno, f"{_said(call)} has the library's own timeout")


def _redis(call: ast.Call) -> Iterator[Observation]:
    address = text(call.args[0]) if call.args else None
    if keyword(call, "connection_pool") is not None or (address is not None and "socket_timeout=" in address):
        return
    explicit = _none(keyword(call, "socket_timeout"))
    message = (
        f"{_said(call)} with socket_timeout=None waits for ever"
        if explicit
        else f"{_said(call)} has no socket_timeout, and redis-py before 8 has no default"
    )
    yield _bounded(call, "socket_timeout", None, message, REDIS_FIX, "" if explicit else "redis")


def _httpx_never(module: Module, called: Called, value: ast.expr | None) -> bool:
    """Whether a timeout is httpx.Timeout(None), with nothing else given."""
    match value:
        case ast.Call(args=[argument], keywords=[]) if _none(argument):
            return only(module.names(value.func, called.place.scope)) == "httpx.Timeout"
        case _:
            return False


def _client_timeout(call: ast.Call) -> Iterator[Observation]:
    if _open_ended(call):
        return
    total = keyword(call, "total") or next(iter(call.args), None)
    read = keyword(call, "sock_read") or next(iter(call.args[2:]), None)
    unbounded = all(value is None or _none(value) for value in (total, read))
    yield _default(call, "aiohttp.ClientTimeout without total and sock_read waits for ever", unbounded)


def _sessions_bounded(module: Module) -> bool:
    """Whether the file gives sessions an adapter of its own, or replaces their request method: either may set a timeout."""
    mounts = (
        called
        for called in module.calls({"mount"})
        if isinstance(called.node.func, ast.Attribute) and len(called.node.args) > 1
    )
    plain = "requests.adapters.HTTPAdapter()"
    if any(only(module.names(called.node.args[1], called.place.scope)) != plain for called in mounts):
        return True
    return any(
        isinstance(target, ast.Attribute) and target.attr in {"request", "send"}
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
    )


def _local_resource(call: ast.Call, names: Names) -> bool:
    """Whether urlopen is given a file or data URL, which no peer can hold up."""
    address = text(call.args[0]) if call.args else None
    return only(names) == "urllib.request.urlopen" and address is not None and address.startswith(("file:", "data:"))


def _open_ended(call: ast.Call) -> bool:
    return any(item.arg is None for item in call.keywords) or any(isinstance(item, ast.Starred) for item in call.args)


def _none(value: ast.expr | None) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _said(call: ast.Call) -> str:
    parts: list[str] = []
    node: ast.expr = call.func
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        parts.append(node.id)
    return ".".join(reversed(parts[:3])) + "()"
