"""A run as one page that opens anywhere, and as a few lines for a terminal."""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agent.evaluation.record import Outcome, Run, Status, SuiteRecord
from agent.evaluation.report_parts import (
    ROUTING,
    Asked,
    Bin,
    Confusion,
    asked,
    calibration,
    calibration_error,
    confusion,
    embedded,
    expected_leaf,
    key,
    walked,
    worst_first,
)
from agent.evaluation.scores import RATES, Metric, primary_of, within
from agent.evaluation.scores import metrics as scored
from agent.routing.tree import Tree

TEMPLATE = "report.html.jinja"
WIDTH = 100
LISTED = 10
NAMED, WHAT = 16, 40
STATUSES: tuple[Status, ...] = ("pass", "fail", "error", "timeout")
TEN, THOUSAND = 10, 1000
MINUTE = 60
LONG = 120

# By what cases are grouped, then by the group.
Slices = Mapping[str, Mapping[str, Metric]]


@dataclass(frozen=True)
class Section:
    """What the page shows of one suite; the last four are empty for a suite that does not route."""

    name: str
    record: SuiteRecord
    counts: Mapping[Status, int]
    metrics: Mapping[str, Metric]
    slices: Slices
    confusion: Confusion | None
    bins: tuple[Bin, ...]
    error: float
    asked: tuple[Asked, ...]


def html(
    run: Run, metrics: Mapping[str, Metric], slices: Callable[[Run, str], Slices], tree: Tree | None = None
) -> str:
    """Return a run as one HTML file: no network, nothing beside it, and every text of a case escaped.

    `metrics` are those of `scores.metrics`, `slices` is `scores.slices`; with the `tree` the walks show where they left
    the way to the expected leaf.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"figure": figure, "percent": percent, "duration": duration, "key": key}
    return environment.get_template(TEMPLATE).render(
        run=run,
        counts=_counts(run, None),
        planned=sum(record.cases for record in run.suites.values()) * run.repeats,
        sections=[_section(run, name, metrics, slices, tree) for name in run.suites],
        whole=_routing(metrics) if _routes(run) > 1 else {},
        cases=worst_first(run),
        statuses=STATUSES,
        data=embedded(run, tree),
    )


def _section(
    run: Run, name: str, metrics: Mapping[str, Metric], slices: Callable[[Run, str], Slices], tree: Tree | None
) -> Section:
    rows = walked(run, name)
    bins = calibration(rows)
    passed = f"{name}.pass"
    return Section(
        name=name,
        record=run.suites[name],
        counts=_counts(run, name),
        metrics=_of_suite(run, metrics, name),
        slices=_largest_first(slices(within(run, name), passed)) if passed in metrics else {},
        confusion=confusion(rows, tree) if rows else None,
        bins=bins,
        error=calibration_error(bins),
        asked=asked(rows, tree),
    )


def _largest_first(slices: Slices) -> Slices:
    return {label: slices[label] for label in sorted(slices, key=lambda label: -len(slices[label]))}


def _counts(run: Run, suite: str | None) -> dict[Status, int]:
    found = Counter(outcome.status for outcome in run.outcomes if suite in {None, outcome.suite})
    return {status: found[status] for status in STATUSES}


def _of_suite(run: Run, metrics: Mapping[str, Metric], suite: str) -> dict[str, Metric]:
    own = {f"{suite}.{name}": name for name in ("pass", "errors")}
    own |= {name: name.removeprefix(f"{suite}.") for name in metrics if name.startswith(f"{suite}.")}
    found = {short: metrics[name] for name, short in own.items() if name in metrics}
    if run.suites[suite].kind != ROUTING:
        return found
    # `routing.*` is over all routing suites together; of several, each has its own.
    return found | _routing(metrics if _routes(run) == 1 else scored(within(run, suite)))


def _routes(run: Run) -> int:
    return sum(record.kind == ROUTING for record in run.suites.values())


def _routing(metrics: Mapping[str, Metric]) -> dict[str, Metric]:
    # By their names: a suite may be called so too.
    names = [f"{ROUTING}.{name}" for name in (*RATES, "ece")]
    return {name: metrics[name] for name in names if name in metrics}


def figure(value: float) -> str:
    """Return a figure with three decimals, or with three digits where it is ten or more."""
    return f"{value:.3f}" if abs(value) < TEN else f"{value:.3g}" if abs(value) < THOUSAND else f"{value:,.0f}"


def percent(share: float) -> str:
    """Return a share as a length in CSS, held to what a bar has room for."""
    return f"{min(1.0, max(0.0, share)) * 100:.1f}%"


def duration(seconds: float) -> str:
    """Return seconds as a reader would say them."""
    if seconds < LONG:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), MINUTE)
    return f"{minutes} min {rest:02d} s"


def table(run: Run, metrics: Mapping[str, Metric]) -> Iterator[str]:
    """Yield the summary of a run in lines of at most 100 columns: the suites, their metrics, and ten cases that failed."""
    if not run.complete:
        yield "stopped before its last case"
    for suite in run.suites:
        counts, passed = _counts(run, suite), metrics.get(f"{suite}.pass")
        rest = "  ".join(f"{counts[status]} {status}" for status in STATUSES[1:])
        yield fitted(f"{suite:<32}  {_told(passed) if passed else 'nothing was judged':<30}  {rest}")
    for name, metric in _routing(metrics).items():
        yield fitted(f"  {name:<30}  {_told(metric)}")
    failed: dict[tuple[str, str], Outcome] = {}
    for outcome in worst_first(run):
        if outcome.status != "pass":
            failed.setdefault((outcome.suite, outcome.case), outcome)
    if failed:
        yield f"not passed, {min(LISTED, len(failed))} of {len(failed)}:"
        yield from (fitted(_failed(outcome)) for outcome in list(failed.values())[:LISTED])


def _told(metric: Metric) -> str:
    return f"{figure(metric.value)} [{figure(metric.low)}, {figure(metric.high)}] of {metric.of}"


def _failed(outcome: Outcome) -> str:
    chosen, expected = primary_of(outcome), expected_leaf(outcome)
    if outcome.error:
        what = f"{outcome.status}: {outcome.error}"
    elif chosen and expected and chosen != expected:
        what = f"{expected} -> {chosen}"
    else:
        what = f"not met: {', '.join(verdict.criterion for verdict in outcome.verdicts if not verdict.met)}"
    return f"  {fitted(outcome.case, NAMED):<10}  {fitted(what, WHAT):<{WHAT}}  {outcome.text}"


def fitted(text: str, width: int = WIDTH) -> str:
    """Return a text on one line of at most `width` columns, without what steers a terminal."""
    from rich.cells import cell_len, set_cell_size

    line = "".join(" " if unicodedata.category(mark)[0] == "C" else mark for mark in text)
    return line if cell_len(line) <= width else f"{set_cell_size(line, width - 3).rstrip()}..."
