"""Start a server on a free loopback port, wait until it answers, and stop it."""

import http.client
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.errors import ConfigurationError, Refused
from agent.proof.command import clean_environment, stop

LOOPBACK = "127.0.0.1"
LOG_TAIL = 2000


def free_port() -> int:
    """Return a loopback port nobody listens on; raises ConfigurationError when the machine has none left."""
    try:
        with socket.socket() as probe:
            probe.bind((LOOPBACK, 0))
            port: int = probe.getsockname()[1]
            return port
    except OSError as problem:
        raise ConfigurationError(
            f"no free port on {LOOPBACK}: {problem}", "close some programs and try again"
        ) from problem


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: status, body, and wall seconds until the body was read."""

    status: int
    body: bytes
    seconds: float


@dataclass(frozen=True)
class Server:
    """A running server: where it listens, and how long it took until it was ready."""

    port: int
    pid: int
    log: Path
    ready_seconds: float

    def request(self, method: str, path: str, body: bytes | None = None, timeout: float = 10.0) -> Answer:
        """Send one request on a connection of its own; raises OSError when the server does not answer in time."""
        return request(self.port, method, path, body, timeout)

    def tail(self) -> str:
        """Return the end of what the server printed."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]


def request(port: int, method: str, path: str, body: bytes | None, timeout: float) -> Answer:
    """Send one HTTP request to a loopback port, with a JSON content type when there is a body."""
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=timeout)
    started = time.perf_counter()
    try:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body is not None else {})
        response = connection.getresponse()
        content = response.read()
        return Answer(response.status, content, time.perf_counter() - started)
    finally:
        connection.close()


@contextmanager
def serve(
    command: Callable[[int], list[str]],
    cwd: Path,
    log: Path,
    ready: str,
    timeout: float,
    environment: Mapping[str, str] | None = None,
) -> Generator[Server]:
    """Run a server while the block runs: `command` is given the port, and `ready` is the path that answers 200.

    The server stays in this process's group, so that it cannot outlive us. Raises Refused with the end of its log
    when it ends early or is not ready within `timeout` seconds.
    """
    port = free_port()
    started = time.monotonic()
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command(port),
            cwd=cwd,
            env=clean_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            text=True,
        )
        try:
            _wait(process, port, ready, started + timeout, log)
            yield Server(port, process.pid, log, time.monotonic() - started)
        finally:
            stop(process, grace=5.0)


def _wait(process: "subprocess.Popen[str]", port: int, path: str, deadline: float, log: Path) -> None:
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Refused(f"the service ended with exit code {process.returncode} before it was ready:\n{_tail(log)}")
        try:
            if request(port, "GET", path, None, timeout=1.0).status == http.HTTPStatus.OK:
                return
        except OSError:
            pass
        time.sleep(0.05)
    raise Refused(f"the service was not ready in time:\n{_tail(log)}")


def _tail(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")[-LOG_TAIL:]
