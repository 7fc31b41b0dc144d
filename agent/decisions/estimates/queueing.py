"""Waiting and going round: requests in flight, queues, fan-out, caches, stages, retries and speed-ups."""

from collections.abc import Iterator
from math import isclose

from agent.decisions.calculators import Number
from agent.decisions.estimates.reading import Request, digits, sole
from agent.decisions.estimates.traffic import demand

MINUTE = 60.0
# Calls of one request; a share of slow ones above which slow is normal; a hit and a miss.
MOST_CALLS, MOST_SLOW, BOTH = 10_000, 0.2, 2
ASKS_FLIGHT = r"in flight|side by side|concurren|simultaneous|at (?:any|the same|once|one)\b|inside (?:the|our|at)|in parallel|open (?:requests|connections)|at a time|outstanding|under way"
OWN_TIME = r"\b(?:linger|takes?|took|spends?|lasts?|needs?|stays?|each|average|mean|latency|within|under|in|answer\w*|respon\w*|for|is|wants?|require\w*)\b"
NOT_OWN = r"window|gather|collect|batch|timeout|time-out|queue delay|cpu|processor|compute|\blog|retention|ttl|gives? up|deploy|restart|train|warm|boot|startup|audio|probe|grace|poll|refresh|cold start|ago|old"


def spoken(seconds: float) -> str:
    """Return a short time in milliseconds or seconds."""
    return f"{seconds * 1000:.4g} ms" if seconds < 1 else f"{seconds:.4g} s"


def flight(request: Request) -> Iterator[Number]:
    """Requests in flight: Little's law, L = rate x time in the system (Little 1961)."""
    rate = demand(request)
    asked = request.says(ASKS_FLIGHT)
    times = [
        one
        for one in request.kind("time")
        if one.value <= (600 if asked else MINUTE) and not one.near(NOT_OWN) and not one.follows(r"\bevery\s$")
    ]
    target = request.brief.target()
    seconds = sole([one for one in times if one.near(OWN_TIME)]) or (
        target.milliseconds / 1000 if target and not times else None
    )
    single = request.says(r"\b(?:one|1|a single) (?:worker|process|thread|core)\b")
    if target is not None and request.brief.rate() is not None and not asked:
        return
    if rate is None or seconds is None or len({one.value for one in times}) > 1 or rate * seconds < 1 or single:
        return
    value = rate * seconds
    yield Number(
        name="requests in flight",
        value=value,
        unit="requests",
        working=f"{digits(rate)}/s x {seconds:g} s = {digits(value)} at once if each takes that long (Little's law)",
    )


def queue(request: Request) -> Iterator[Number]:
    """Waiting before one server: M/M/1, rho / (1 - rho) service times (Kleinrock, Queueing Systems, volume 1, section 3.2)."""
    if not request.says(
        r"queue|stand in line|in line\b|wait(?:ing)? (?:time|in|for|before)|how long do(?:es)? (?:they|it|a request|each|requests) wait|backlog"
    ):
        return
    times = [
        one
        for one in request.kind("time")
        if one.value <= MINUTE and not one.near(r"window|gather|collect|timeout|queue delay|every")
    ]
    service = sole(times)
    rate = demand(request)
    said = sole([one for one in request.kind("share", r"busy|utili|load") if 0 < one.value < 1])
    single = request.says(
        r"\b(?:one|1|a single|single|each)\s(?:\w+\s)?(?:worker|process|thread|server|core|gpu|replica|instance|pod)\b"
    )
    rho = rate * service if rate is not None and service is not None and single else said
    if service is None or rho is None or (said is not None and not isclose(said, rho, rel_tol=0.02)):
        return
    if rho >= 1 and rate is not None:
        working = f"{digits(rate)}/s x {spoken(service)} = {rho:.3g}, which is more than 1: the queue grows without end"
        yield Number(name="load of the worker", value=rho, unit="busy", working=working)
        return
    if rho >= 1:
        return
    wait = rho / (1 - rho) * service
    how = f"{digits(rate)}/s x {spoken(service)} = {rho:.3g} busy; " if rate is not None and single else ""
    yield Number(
        name="waiting in the queue",
        value=wait * 1000,
        unit="ms",
        working=f"{how}{rho:.3g} / (1 - {rho:.3g}) x {spoken(service)} = {wait * 1000:.4g} ms in line on average, {(wait + service) * 1000:.4g} ms with the service itself (M/M/1)",
        assumption="requests come at random to one server and service times vary as much (M/M/1)",
    )


FAN = r"fans? out|sets? off|trigger\w*|makes?|causes?|fires?|leads? to|results? in|becomes?|into|spawns?|asks?|reads?|fetch\w*|calls?|goes? to|needs?|does|issues?|sends?|hits?|touches|queries|looks? up|talks to|means"
PARTS = r"calls|requests|lookups|queries|backends|services|shards|sub-?requests|reads|features|keys|partitions|models|gets|values|columns|round ?trips"


PER = frozenset({"click", "request", "page", "call", "each", "search", "view", "prediction"})
CAUSED = rf"(?<!per )\b(?:{FAN})\b(?:\s\w+){{0,2}}\s$|\b(?:per|each|every)\s\w+,?\s$"


def fan_out(request: Request) -> Iterator[Number]:
    """Calls a second when each request makes several, and the share that meets a slow one: 1 - (1 - p) ^ n (Dean and Barroso 2013)."""
    each = sole([one for one in request.plain(PARTS) if one.follows(CAUSED) or one.per in PER])
    if each is None or not 1 < each <= MOST_CALLS:
        return
    rate = demand(request)
    stored = any(one.counts(r"reads|gets|lookups|keys") for one in request.amounts if one.per == "second")
    if rate is not None and not stored and not request.says(r"features? (?:in|as input)"):
        value = rate * each
        yield Number(
            name="lookups",
            value=value,
            unit="calls/s",
            working=f"{digits(rate)}/s x {each:g} = {value:,.0f} calls a second; fetched together it is {digits(rate)} round trips",
        )
    slow = sole(
        [
            one
            for one in request.kind(
                "share", r"\b(?:slow|late\b|fail|error|lost|drop|stall|hang|outlier|tail|over\b|exceed)"
            )
            if 0 < one.value <= MOST_SLOW
        ]
    )
    if slow is not None and request.says(r"slow|late\b|fail|error|tail|stall|hang"):
        value = 100 * (1 - (1 - slow) ** each)
        yield Number(
            name="requests that meet one such call",
            value=value,
            unit="%",
            working=f"1 - (1 - {slow:g}) ^ {each:g} = {value:.1f} % of the requests, if the calls fail or lag independently",
        )


def cache(request: Request) -> Iterator[Number]:
    """What a cache does: the mean of hits and misses, and what still reaches the model."""
    if not request.says(r"\bcach|\bhits?\b"):
        return
    hit = sole(
        [one for one in request.kind("share", r"\bhits?\b|\bcach|served from|from redis|repeat") if 0 < one.value < 1]
    )
    miss = sole([one for one in request.kind("share", r"\bmiss") if 0 < one.value < 1])
    hit = 1 - miss if hit is None and miss is not None else hit
    if hit is None:
        return
    times = sorted(
        {
            one.value
            for one in request.kind("time")
            if one.value <= MINUTE and not one.near(r"ttl|expire|p\d\d|window|contract|target|limit")
        }
    )
    if len(times) == BOTH:
        fast, slow = times
        value = (hit * fast + (1 - hit) * slow) * 1000
        yield Number(
            name="mean latency with the cache",
            value=value,
            unit="ms",
            working=f"{hit:.3g} x {spoken(fast)} + {1 - hit:.3g} x {spoken(slow)} = {value:.4g} ms on average; the tail stays at {spoken(slow)}",
        )
    rate = demand(request)
    if rate is not None:
        value = rate * (1 - hit)
        yield Number(
            name="what misses the cache",
            value=value,
            unit="requests/s",
            working=f"{digits(rate)}/s x (1 - {hit:.3g}) = {digits(value)}/s still reach what lies behind it",
        )


def retries(request: Request) -> Iterator[Number]:
    """The longest wait with retries: time-out x attempts."""
    wait = sole(
        [
            one
            for one in request.kind("time")
            if one.near(r"time-?outs?|times out|waits?|gives up|tries|per (?:try|attempt)")
        ]
    )
    found = request.plain(r"retries|repeats")
    again = sole(found) if len(found) == 1 else None
    tries = sole(request.plain(r"attempts|tries"))
    if wait is None or (again is None) is (tries is None):
        return
    count = tries if tries is not None else 1 + (again or 0)
    value = wait * count
    yield Number(
        name="longest wait with the retries",
        value=value * 1000,
        unit="ms",
        working=f"{count:g} tries x {spoken(wait)} = {value * 1000:.5g} ms ({value:.4g} s), plus the pauses between them; and up to {count:g} times the load when all fail",
    )
