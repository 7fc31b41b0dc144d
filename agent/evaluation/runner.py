"""Running suites: so many cases at a time, each within its time, everything kept that was done."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Sequence
from dataclasses import dataclass

from agent.errors import BackendError, MlwrightError
from agent.evaluation.cases import Case
from agent.evaluation.judges import Judged, told
from agent.evaluation.record import Outcome
from agent.evaluation.suites import Suite

Judge = Callable[[Case], Awaitable[Judged]]
Keep = Callable[[Outcome], None]
Key = tuple[str, str, int]

# Only what went wrong on the way to a model is tried again, after so many seconds; a wrong answer never is.
WAITS = (0.5, 2.0)


@dataclass(frozen=True)
class Limits:
    """How much at once, and how long: seconds for a case, and for the whole run (None: as long as it takes)."""

    at_once: int = 1
    case_seconds: float = 120.0
    total_seconds: float | None = None


def planned(suites: Iterable[Suite], repeats: int, done: Collection[Key] = ()) -> list[tuple[Suite, Case, int]]:
    """Return what is to be run, in order, less what was done before."""
    return [
        (suite, case, repeat)
        for suite in suites
        for repeat in range(repeats)
        for case in suite.cases
        if (suite.name, case.id, repeat) not in done
    ]


async def run(work: Sequence[tuple[Suite, Case, int]], judge: Judge, limits: Limits, keep: Keep) -> bool:
    """Run the cases and hand each outcome to `keep` as it comes; returns whether all were run in time.

    When it is cancelled, what was kept stays kept, and nothing is kept of the cases that were under way.
    """
    free = [Worker() for _ in range(limits.at_once)]
    gate = asyncio.Semaphore(limits.at_once)

    async def one(suite: Suite, case: Case, repeat: int) -> None:
        async with gate:
            worker = free.pop()
            outcome = await _outcome(suite, case, repeat, lambda: worker.do(_tried(case, judge)), limits.case_seconds)
            keep(outcome)
            # One that did not come back in time may never do.
            free.append(Worker() if outcome.status == "timeout" else worker)

    try:
        async with asyncio.timeout(limits.total_seconds), asyncio.TaskGroup() as group:
            for suite, case, repeat in work:
                group.create_task(one(suite, case, repeat))
    except TimeoutError:
        return False
    return True


class Worker:
    """A thread with an event loop of its own: a case that never gives way cannot keep the run from its time limits."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        # It dies with the process, whatever it is doing.
        threading.Thread(target=self.loop.run_forever, daemon=True, name="case").start()

    async def do(self, work: Coroutine[None, None, Judged]) -> Judged:
        """Do the work in the thread and wait for it here."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))


async def _outcome(
    suite: Suite, case: Case, repeat: int, put: Callable[[], Awaitable[Judged]], seconds: float
) -> Outcome:
    started = time.perf_counter()

    def outcome(**found: object) -> Outcome:
        taken = round(time.perf_counter() - started, 4)
        common = {"suite": suite.name, "case": case.id, "repeat": repeat, "text": case.text, "labels": case.labels}
        return Outcome.model_validate(common | found | {"seconds": taken})

    # Whatever a case brings to light, the others are still run; it is an error and never a score.
    (found,) = await asyncio.gather(asyncio.wait_for(put(), seconds), return_exceptions=True)
    match found:
        case Judged():
            passed = all(verdict.met for verdict in found.verdicts)
            status = "pass" if passed else "fail"
            return outcome(status=status, verdicts=found.verdicts, expected=found.expected, trace=found.trace)
        case TimeoutError():
            return outcome(status="timeout", error=f"not done within {seconds:g} s")
        case MlwrightError():
            return outcome(status="error", error=told(found))
        case _:
            return outcome(status="error", error=f"{type(found).__name__}: {found}")


async def _tried(case: Case, judge: Judge) -> Judged:
    for wait in WAITS:
        try:
            return await judge(case)
        except BackendError:
            await asyncio.sleep(wait)
    return await judge(case)
