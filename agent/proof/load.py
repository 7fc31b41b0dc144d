"""A short, bounded load on a loopback server, as an open model: requests start on schedule, whether answers come or not.

Latency is counted from the moment a request was due, not from when it could be sent, so a server that stalls cannot
slow the load down and hide its own queue (coordinated omission).
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from agent.proof.server import LOOPBACK

# A loopback load that could be aimed at a limit above this is a benchmark, which belongs elsewhere.
MAX_RATE = 2000
MAX_SECONDS = 30.0
MAX_CONNECTIONS = 256
SUCCESS = 2


@dataclass(frozen=True)
class LoadReport:
    """What a load found: requests due, those answered, statuses, and latency percentiles in milliseconds."""

    rate: int
    seconds: float
    due: int
    answered: int
    statuses: dict[int, int]
    p50_ms: float
    p95_ms: float
    p99_ms: float
    achieved_rate: float

    @property
    def error_rate(self) -> float:
        """Return the share of due requests that were not answered with a 2xx status."""
        good = sum(count for status, count in self.statuses.items() if status // 100 == SUCCESS)
        return 1 - good / self.due if self.due else 1.0


@dataclass
class _Tally:
    latencies: list[float] = field(default_factory=list[float])
    statuses: Counter[int] = field(default_factory=Counter[int])


def percentile(values: Sequence[float], share: float) -> float:
    """Return the nearest-rank percentile (`share` in 0..1) of `values`; NaN when there are none."""
    if not values:
        return float("nan")
    ordered = sorted(values)
    # Rounded first: 0.99 * 100 is 99.00000000000001 in binary, which would take the next rank.
    return ordered[max(0, math.ceil(round(share * len(ordered), 9)) - 1)]


def load(port: int, path: str, bodies: Sequence[bytes], rate: int, seconds: float, timeout: float = 5.0) -> LoadReport:
    """POST `bodies` in turn to a loopback port at `rate` requests a second for `seconds`, and report.

    Raises ValueError when the load is not within 2,000 requests a second and 30 seconds.
    """
    if not (0 < rate <= MAX_RATE and 0 < seconds <= MAX_SECONDS):
        raise ValueError(f"a load is at most {MAX_RATE} requests a second for {MAX_SECONDS:g} s")
    return asyncio.run(_load(port, path, bodies, rate, seconds, timeout))


async def _load(port: int, path: str, bodies: Sequence[bytes], rate: int, seconds: float, timeout: float) -> LoadReport:
    due = int(rate * seconds)
    requests = [_encode(path, body) for body in bodies]
    tally = _Tally()
    # Last in, first out: a load opens no more connections than it needs.
    pool: asyncio.LifoQueue[_Connection] = asyncio.LifoQueue()
    for _ in range(min(MAX_CONNECTIONS, due)):
        pool.put_nowait(_Connection(port))
    start = time.perf_counter()
    tasks: set[asyncio.Task[None]] = set()
    for index in range(due):
        moment = start + index / rate
        if (wait := moment - time.perf_counter()) > 0:
            await asyncio.sleep(wait)
        task = asyncio.create_task(_one(pool, requests[index % len(requests)], moment, timeout, tally))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
    if tasks:
        await asyncio.gather(*tasks)
    took = time.perf_counter() - start
    while not pool.empty():
        pool.get_nowait().close()
    ranks = (percentile(tally.latencies, share) * 1000 for share in (0.50, 0.95, 0.99))
    p50, p95, p99 = ranks
    answered = len(tally.latencies)
    return LoadReport(rate, seconds, due, answered, dict(tally.statuses), p50, p95, p99, answered / took)


async def _one(
    pool: "asyncio.LifoQueue[_Connection]", request: bytes, due: float, timeout: float, tally: _Tally
) -> None:
    connection = await pool.get()
    try:
        status = await asyncio.wait_for(connection.send(request), timeout)
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError):
        connection.close()
        tally.statuses[0] += 1
    else:
        tally.statuses[status] += 1
        tally.latencies.append(time.perf_counter() - due)
    finally:
        pool.put_nowait(connection)


def _encode(path: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: {LOOPBACK}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


class _Connection:
    """One keep-alive HTTP/1.1 connection, opened when first used."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, request: bytes) -> int:
        """Send a request and read its answer whole; returns the status."""
        if self.streams is None:
            self.streams = await asyncio.open_connection(LOOPBACK, self.port)
        reader, writer = self.streams
        writer.write(request)
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        await reader.readexactly(length)
        if b"connection: close" in head.lower():
            self.close()
        return int(head.split(b" ", 2)[1])

    def close(self) -> None:
        """Drop the connection; the next request opens a new one."""
        if self.streams is not None:
            self.streams[1].close()
            self.streams = None
