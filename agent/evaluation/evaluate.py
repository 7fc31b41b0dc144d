"""One evaluation from its suites to its record."""

import asyncio
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from agent.evaluation.cases import RoutingCase
from agent.evaluation.journal import Journal, latest, recorded
from agent.evaluation.judges import Subject, judged
from agent.evaluation.record import Outcome, Run
from agent.evaluation.runner import Limits, planned, run
from agent.evaluation.suites import Suite

LIBRARIES = ("mlwright", "numpy", "scipy", "tokenizers", "onnxruntime", "pystemmer", "pydantic")
Told = Callable[[Outcome, int, int], None]
"""Is told of each outcome, how many there are now, and how many there will be."""


@dataclass(frozen=True)
class Product:
    """What the record says of what was evaluated."""

    tier: str
    profile: str
    content: Mapping[str, str]


@dataclass(frozen=True)
class Wanted:
    """How an evaluation is to be run."""

    repeats: int = 1
    seed: int = 0
    limits: Limits = field(default_factory=Limits)


def evaluate(
    suites: Sequence[Suite], subject: Subject, product: Product, wanted: Wanted, journal: Journal, tell: Told
) -> Run:
    """Run what is not in the journal yet and return the record; Ctrl-C returns it too, marked as not complete."""
    started, clock, cpu = datetime.now(UTC), time.perf_counter(), time.process_time()
    work = planned(suites, wanted.repeats, journal.done)
    total = sum(len(suite.cases) for suite in suites) * wanted.repeats
    begun = total - len(work)
    _prepare(suites, subject)

    def keep(outcome: Outcome) -> None:
        nonlocal begun
        begun += 1
        journal.add(outcome)
        tell(outcome, begun, total)

    try:
        complete = asyncio.run(run(work, lambda case: judged(case, subject), wanted.limits, keep))
    except KeyboardInterrupt:
        complete = False
    return Run(
        id=f"{started:%Y%m%dT%H%M%S}-{os.getpid()}",
        started=started,
        seconds=round(time.perf_counter() - clock, 3),
        cpu_seconds=round(time.process_time() - cpu, 3),
        complete=complete,
        seed=wanted.seed,
        repeats=wanted.repeats,
        suites=recorded(suites),
        versions=versions(),
        tier=product.tier,
        profile=product.profile,
        content=dict(product.content),
        commit=commit(Path(__file__).parent),
        outcomes=latest(journal.outcomes),
    )


def _prepare(suites: Sequence[Suite], subject: Subject) -> None:
    texts = [
        text
        for suite in suites
        for case in suite.cases
        if isinstance(case, RoutingCase)
        for text in (*case.after, case.text)
    ]
    if texts:
        subject.prepare(texts)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that decide."""
    found = {"python": platform.python_version(), "platform": sys.platform}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def commit(folder: Path) -> str | None:
    """Return the commit of the checkout a folder is in, with a + when files differ from it; None outside one."""
    asked = ["git", "-C", str(folder), "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*"]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None
