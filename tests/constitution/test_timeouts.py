"""reliability.timeouts: an outbound call is a fault exactly when nothing bounds it."""

from collections.abc import Callable, Mapping

import pytest

from agent.constitution.model import Score

Marked = Callable[[str, str], Score]
Judged = Callable[[str, Mapping[str, str]], Score]
CHECKPOINT = "reliability.timeouts"

FAULTS = {
    "the functions of requests": """
        import requests
        requests.get("https://a.b/c") #!
        requests.post("https://a.b/c", json={}) #!
        requests.request("GET", "https://a.b/c", timeout=None) #!
        """,
    "requests under another name": """
        import requests as r
        from requests import get as fetch, Session
        r.get("https://a.b/c") #!
        fetch("https://a.b/c") #!
        Session().get("https://a.b/c") #!
        """,
    "a session in a variable, a with and an attribute": """
        import requests
        from requests.sessions import Session
        session = requests.Session()
        session.get("https://a.b/c") #!
        with requests.Session() as other:
            other.put("https://a.b/c") #!
        class Client:
            def __init__(self):
                self.session = Session()
            def ask(self):
                return self.session.get("https://a.b/c") #!
        def ask(session: requests.Session | None):
            return session.post("https://a.b/c") #!
        """,
    "an import inside a function, or one that may fail": """
        try:
            import requests
        except ImportError:
            requests = None
        def ask():
            import urllib.request as web
            web.urlopen("https://a.b/c") #!
            requests.head("https://a.b/c") #!
        """,
    "the standard library": """
        import http.client, socket
        from urllib.request import urlopen
        urlopen("https://a.b/c") #!
        http.client.HTTPConnection("a.b", 80) #!
        http.client.HTTPSConnection("a.b") #!
        socket.create_connection(("a.b", 80)) #!
        """,
    "httpx, which has a default, told to wait for ever": """
        import httpx
        httpx.get("https://a.b/c", timeout=None) #!
        httpx.AsyncClient(timeout=None) #!
        httpx.Client(timeout=httpx.Timeout(None)) #!
        """,
    "aiohttp told to wait for ever": """
        import aiohttp
        aiohttp.ClientTimeout(total=None) #!
        aiohttp.ClientTimeout(connect=3) #!
        """,
    "redis told to wait for ever": """
        from redis import Redis
        Redis(host="a", socket_timeout=None) #!
        """,
    "a call over several lines": """
        import requests
        x = requests.get( #!
            "https://a.b/c",
        )
        """,
}

NO_FAULTS = {
    "a timeout, by name or by place": """
        import requests, socket, http.client
        from urllib.request import urlopen
        requests.get("https://a.b/c", timeout=3)
        requests.Session().request("GET", "u", None, None, None, None, None, None, 3)
        urlopen("https://a.b/c", None, 3)
        socket.create_connection(("a.b", 80), 3)
        http.client.HTTPConnection("a.b", 80, 3)
        """,
    "defaults of the library": """
        import httpx, aiohttp
        httpx.get("https://a.b/c")
        aiohttp.ClientSession()
        aiohttp.ClientTimeout(total=None, sock_read=10)
        """,
    "something else of the same name": """
        class requests:
            @staticmethod
            def get(url): ...
        requests.get("https://a.b/c")
        def ask(redis, urlopen):
            redis.Redis()
            urlopen("x")
        """,
    "a name bound twice": """
        import requests
        if True:
            requests = object()
        requests.get("https://a.b/c")
        """,
    "the project's own module": """
        from .requests import get
        from . import requests
        get("https://a.b/c")
        requests.get("https://a.b/c")
        """,
    "arguments that cannot be seen": """
        import requests
        def ask(**options):
            requests.get("https://a.b/c", **options)
        """,
    "a session whose adapter sets the timeout": """
        import requests
        from http_adapters import TimeoutAdapter
        session = requests.Session()
        session.mount("https://", TimeoutAdapter(3))
        session.get("https://a.b/c")
        """,
    "files and data": """
        from urllib.request import urlopen
        urlopen("file:///etc/hosts")
        urlopen("data:text/plain,hello")
        """,
    "a default for all sockets": """
        import socket, urllib.request
        socket.setdefaulttimeout(10)
        urllib.request.urlopen("https://a.b/c")
        """,
    "a word in a string or a comment": """
        # requests.get("https://a.b/c")
        text = 'requests.get("https://a.b/c")'
        """,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_call_without_a_timeout_is_found_where_it_stands(name: str, marked: Marked) -> None:
    marked(CHECKPOINT, FAULTS[name])


@pytest.mark.parametrize("name", NO_FAULTS)
def test_no_finding_for(name: str, marked: Marked) -> None:
    marked(CHECKPOINT, NO_FAULTS[name])


def test_a_pass_names_the_call_that_has_a_timeout(marked: Marked) -> None:
    score = marked(CHECKPOINT, "import requests\nrequests.get('https://a.b/c', timeout=3)\n")
    assert score.status == "PASS"
    assert "service/app.py:2" in score.evidence
    assert not score.fix


def test_without_an_outbound_call_nothing_is_known(marked: Marked) -> None:
    assert marked(CHECKPOINT, "x = 1\n").status == "UNKNOWN"


def test_one_call_that_cannot_be_judged_keeps_the_rest_from_passing(marked: Marked) -> None:
    text = "import requests\nrequests.get('u', timeout=3)\nrequests.get('u', **options)\n"
    assert marked(CHECKPOINT, text).status == "UNKNOWN"


@pytest.mark.parametrize(
    ("file", "pin"),
    [
        ("requirements.txt", "redis==5.0.1"),
        ("requirements.txt", "redis[hiredis]>=4,<8"),
        ("requirements/base.txt", "redis~=7.1"),
        ("pyproject.toml", 'dependencies = ["redis<=7.4"]'),
        ("pyproject.toml", '[tool.poetry.dependencies]\nredis = "^5.0"'),
        ("poetry.lock", 'name = "redis"\nversion = "7.1.0"'),
    ],
)
def test_redis_without_a_timeout_is_a_fault_where_a_release_before_8_is_pinned(
    file: str, pin: str, judged: Judged
) -> None:
    app = "from redis import Redis\nimport redis.asyncio as aredis\ncache = Redis(host='a')\naredis.from_url('redis://a')\n"
    score = judged(CHECKPOINT, {"app.py": app, file: pin})
    assert [finding.line for finding in score.findings] == [3, 4]
    assert "redis-py 8" in score.fix


@pytest.mark.parametrize(
    "pin", ["redis", "redis>=8", "redis==8.1.0", "redis>=5", "redis<9", "redis~=8.0", "fakeredis==2.1", "redis-om==0.3"]
)
def test_redis_without_a_timeout_is_unknown_where_the_release_may_have_a_default(pin: str, judged: Judged) -> None:
    score = judged(
        CHECKPOINT, {"app.py": "from redis import Redis\ncache = Redis(host='a')\n", "requirements.txt": pin}
    )
    assert score.status == "UNKNOWN"
    assert "app.py:2" in score.evidence


def test_redis_with_a_timeout_passes(marked: Marked) -> None:
    text = """
        import redis
        redis.Redis(host="a", socket_timeout=1)
        redis.from_url("redis://a/0?socket_timeout=1")
        redis.Redis(connection_pool=pool)
        """
    assert marked(CHECKPOINT, text).status == "PASS"


def test_a_deadline_on_what_is_awaited_is_evidence(marked: Marked) -> None:
    text = "import asyncio\nasync def f():\n    async with asyncio.timeout(1):\n        await g()\n"
    assert marked(CHECKPOINT, text).status == "PASS"


def test_tests_and_samples_are_left_alone(judged: Judged) -> None:
    text = "import requests\nrequests.get('https://a.b/c')\n"
    files = {"tests/test_app.py": text, "examples/demo.py": text, "conftest.py": text}
    assert not judged(CHECKPOINT, files).findings


def test_a_package_of_the_project_with_a_public_name_is_its_own(judged: Judged) -> None:
    files = {"requests/__init__.py": "", "app.py": "import requests\nrequests.get('https://a.b/c')\n"}
    assert judged(CHECKPOINT, files).status == "UNKNOWN"
    script = {"jobs/redis.py": "", "jobs/run.py": "import redis\nredis.Redis(socket_timeout=None)\n"}
    assert judged(CHECKPOINT, script).status == "UNKNOWN"
