"""Running things: commands, servers, load."""

import http.server
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.errors import Refused
from agent.proof.command import run
from agent.proof.load import MAX_RATE, load, percentile
from agent.proof.server import free_port, serve

HELLO = """
import http.server, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200); self.send_header("Content-Length", "2"); self.end_headers(); self.wfile.write(b"ok")
    do_GET = do_POST = answer
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def test_a_command_is_run_with_what_it_printed_and_its_code(tmp_path: Path) -> None:
    done = run(
        [sys.executable, "-c", "import sys; print('out'); print('err', file=sys.stderr); sys.exit(3)"], tmp_path, 20
    )
    assert done.exit_code == 3
    assert set(done.output.split()) == {"out", "err"}
    assert not done.timed_out


def test_a_command_past_its_time_is_stopped_and_says_so(tmp_path: Path) -> None:
    started = time.monotonic()
    done = run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, 0.5)
    assert done.timed_out
    assert time.monotonic() - started < 10


def test_a_command_sees_none_of_the_callers_secrets(tmp_path: Path) -> None:
    os.environ["SOME_API_KEY"] = "hush"
    try:
        done = run([sys.executable, "-c", "import os; print(sorted(os.environ))"], tmp_path, 20)
    finally:
        del os.environ["SOME_API_KEY"]
    assert "SOME_API_KEY" not in done.output
    assert "PATH" in done.output


def test_a_server_is_started_waited_for_and_stopped(tmp_path: Path) -> None:
    (tmp_path / "hello.py").write_text(HELLO, encoding="utf-8")
    with serve(lambda port: [sys.executable, "hello.py", str(port)], tmp_path, tmp_path / "log", "/", 20) as server:
        assert server.request("GET", "/").body == b"ok"
        port = server.port
    with pytest.raises(OSError, match="refused"), socket.create_connection(("127.0.0.1", port), timeout=2):
        pass


def test_a_server_that_ends_early_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "raise SystemExit('no model here')"]
    with (
        pytest.raises(Refused, match="no model here"),
        serve(lambda _: command, tmp_path, tmp_path / "log", "/", 20),
    ):
        pass


def test_a_server_that_never_answers_is_given_up(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import time; time.sleep(60)"]
    with pytest.raises(Refused, match="not ready"), serve(lambda _: command, tmp_path, tmp_path / "log", "/", 0.5):
        pass


class Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    pause = 0.0
    status = 200

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(self.pause)
        self.send_response(self.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@pytest.fixture
def answering() -> Iterator[tuple[int, type[Answering]]]:
    handler = type("Handler", (Answering,), {})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1], handler
    server.shutdown()
    server.server_close()
    thread.join()


def test_every_due_request_of_a_load_is_accounted_for(answering: tuple[int, type[Answering]]) -> None:
    found = load(answering[0], "/", [b"{}"], rate=50, seconds=1)
    assert (found.due, sum(found.statuses.values())) == (50, 50)
    assert found.error_rate == 0


def test_errors_are_counted_as_errors(answering: tuple[int, type[Answering]]) -> None:
    answering[1].status = 503
    assert load(answering[0], "/", [b"{}"], rate=20, seconds=0.5).error_rate == 1


def test_nobody_listening_is_an_error_rate_of_one() -> None:
    found = load(free_port(), "/", [b"{}"], rate=20, seconds=0.5, timeout=1)
    assert (found.error_rate, found.answered) == (1, 0)
    assert math.isnan(found.p99_ms)


def test_a_server_that_stalls_cannot_slow_the_load_down(answering: tuple[int, type[Answering]]) -> None:
    # Each answer takes 0.2 s on any number of threads: an open load still starts all of its requests on time.
    answering[1].pause = 0.2
    found = load(answering[0], "/", [b"{}"], rate=40, seconds=1)
    assert found.due == 40
    assert found.p50_ms >= 190


@pytest.mark.parametrize(("rate", "seconds"), [(0, 1), (MAX_RATE + 1, 1), (10, 0), (10, 31)])
def test_a_load_is_bounded(rate: int, seconds: float) -> None:
    with pytest.raises(ValueError, match="at most"):
        load(1, "/", [b""], rate, seconds)


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=200), st.floats(0.01, 1.0))
def test_a_percentile_is_a_value_with_that_share_at_or_below_it(values: list[float], share: float) -> None:
    found = percentile(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6


def test_a_machine_without_a_free_port_is_one_error() -> None:
    # No descriptor left is how a loopback socket is refused without touching the machine's ports.
    code = (
        "import resource; from agent.proof.server import free_port; from agent.errors import ConfigurationError\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\n"
        "try: free_port()\n"
        "except ConfigurationError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "no free port" in done.stdout
