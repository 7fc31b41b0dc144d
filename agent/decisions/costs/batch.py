"""A batch job: whether it ends in time, with how much slack, and what a run, a month and a million rows cost."""

import math

from agent.decisions.calculators import window_rate
from agent.decisions.costs.job import Job
from agent.decisions.costs.sheet import Estimate, Sheet, need, span
from agent.decisions.costs.spot import stretch
from agent.decisions.costs.units import TIMES, Money, Rate, figure
from agent.errors import BadRequest

DAYS_A_MONTH = 30
# Less room than this and a retried stage or a slow node makes the run late; told, never judged.
THIN = 0.1
HALF = 0.5
NEED_A_PRICE = ("budget", "storage", "network", "other", "stored_gb", "storage_price", "moved_gb", "network_price")
WHOLE = 100


def plan(job: Job) -> Estimate:
    """Work a batch job out; raises BadRequest that names the option when something it needs is missing."""
    sheet = Sheet("batch", job)
    _contradictions(job)
    if job.window is not None:
        sheet.figures.extend(window_rate(job.rows, job.window)[:1])
    _share(job, sheet)
    workers, hours = _duration(job, sheet)
    slowed = _spot(job, sheet, hours)
    _slack(job, sheet, slowed if job.spot_price else hours)
    _safety(job, sheet)
    if job.price is not None or job.spot_price is not None:
        nodes = job.nodes or float(math.ceil(workers / job.workers_per_node))
        _bill(job, sheet, nodes, hours, slowed)
    elif given := [name for name in NEED_A_PRICE if getattr(job, name) is not None]:
        raise BadRequest(
            f"the cost is asked for with --{given[0].replace('_', '-')}, and the price of a node is missing",
            "give --price, for example '0.30 USD/hour'",
        )
    return sheet.estimate()


def _contradictions(job: Job) -> None:
    if job.nodes and job.workers and job.nodes * job.workers_per_node < job.workers:
        raise BadRequest(
            f"{job.nodes:g} nodes with {job.workers_per_node:g} workers each do not hold {job.workers:g} workers",
            "change --nodes, --workers or --workers-per-node: one plan has one number",
        )
    if job.rate and job.duration:
        raise BadRequest(
            "both a rate and a duration are given", "give --rate or --duration: one follows from the other"
        )


def _share(job: Job, sheet: Sheet) -> None:
    """Add what each worker must do in the window."""
    if job.window is None or job.workers is None:
        return
    value = job.rows / job.window / job.workers
    working = f"{job.rows:,.0f} rows / {job.window:,.0f} s / {job.workers:g} workers = {value:,.4g} rows/s"
    sheet.number("rate a worker needs", value, "rows/s", working)


def _duration(job: Job, sheet: Sheet) -> tuple[float, float]:
    """Return the workers and the hours a run takes undisturbed."""
    if job.duration is not None:
        workers = need(_count(job), "--workers", "how many workers took that time")
        rate = job.rows / job.duration / workers
        working = f"{job.rows:,.0f} rows / {job.duration:,.0f} s / {workers:g} workers = {rate:,.4g} rows/s"
        sheet.number("measured rate of a worker", rate, "rows/s", working)
    elif job.rate is not None:
        rate = job.rate
        workers = _count(job) or _needed(job, sheet, rate)
    else:
        window = need(job.window, "--rate (measured rows a second of a worker), --duration or --window", "the pace")
        workers = need(_count(job), "--workers, or --rate to work them out", "the number of workers")
        assumption = "a run takes the whole window: no rate was measured"
        sheet.number("duration", window / 3600, "h", f"the window of {span(window)}", assumption)
        sheet.judge("unknown", "no rate was measured: run a sample and give --rate")
        return workers, window / 3600
    hours = job.rows / rate / workers / 3600
    working = f"{job.rows:,.0f} rows / ({workers:g} workers x {rate:,.4g} rows/s) = {span(hours * 3600)}"
    sheet.number("duration", hours, "h", working, "the rate holds for every worker and all rows")
    if job.window is not None:
        _needed(job, sheet, rate)
    return workers, hours


def _count(job: Job) -> float | None:
    return job.workers or (job.nodes * job.workers_per_node if job.nodes else None)


def _needed(job: Job, sheet: Sheet, rate: float) -> float:
    window = need(job.window, "--workers, or --window to work them out", "the number of workers")
    for name, time in (("workers for the window", window), ("workers for half the window", window / 2)):
        if not any(item.name == name for item in sheet.figures):
            count = max(1, math.ceil(job.rows / (rate * time) - 1e-9))
            working = f"{job.rows:,.0f} / ({rate:,.4g} rows/s x {time:,.0f} s), rounded up = {count:,}"
            sheet.number(
                name, float(count), "workers", working, "half the window is left to run it again" * (time < window)
            )
    return next(item.value for item in sheet.figures if item.name == "workers for the window")


def _spot(job: Job, sheet: Sheet, hours: float) -> float:
    """Return the expected hours of a run on spot nodes."""
    if job.spot_price is None:
        return hours
    between = min(job.checkpoint or math.inf, hours * 3600) / 3600
    times = stretch(job.interruptions, between, (job.restart or 0.0) / 3600)
    if math.isinf(times):
        sheet.judge(
            "cannot be done",
            f"at {job.interruptions:g} interruptions an hour it hardly ever gets {span(between * 3600)} done",
        )
        sheet.changes.append("a shorter --checkpoint, or nodes that are not interrupted")
        return hours
    rate, restart = job.interruptions, (job.restart or 0.0) / 3600
    working = (
        f"(exp({rate:g} x {between:g} h) - 1) x (1/{rate:g} h + {restart:.4g} h) / {between:g} h = {times:.5g}"
        if rate
        else "no interruptions were given = 1"
    )
    sheet.number(
        "expected time with rework", times, "times as long", working,
        "interruptions are random, each worker goes on alone from its checkpoint, writing one is free (Young 1974, Daly 2006)",
    )  # fmt: skip
    if not rate:
        sheet.warnings.append(
            "spot without an interruption rate: give --interruptions, or the rework is taken as nothing"
        )
    else:
        sheet.warnings.append("a run ends with its slowest worker, and that is later than the expected time of one")
    sheet.number("duration on spot", hours * times, "h", f"{hours:.6g} h x {times:.5g} = {span(hours * times * 3600)}")
    return hours * times


def _slack(job: Job, sheet: Sheet, hours: float) -> None:
    if job.window is None:
        return
    left = job.window - hours * 3600
    if abs(left) < 1e-6 * job.window:
        sheet.warnings.append(
            "no slack: the expected duration is the deadline, so any retry or slow node makes it late"
        )
        if job.rate or job.duration:
            sheet.judge("does not fit", "the expected duration is the whole window: there is no slack")
        return
    share = left / job.window
    working = f"({span(job.window)} - {span(hours * 3600)}) / {span(job.window)} = {share:.1%}"
    sheet.number("slack", 100 * share, "% of the window", working)
    if left < 0:
        sheet.judge("does not fit", f"{span(hours * 3600)} is longer than the window of {span(job.window)}")
        sheet.changes.append("more workers (see the figures), a faster worker, or a longer window")
        return
    sheet.judge("fits", f"{span(hours * 3600)} of {span(job.window)}, {share:.0%} slack")
    if share < THIN:
        sheet.warnings.append(f"only {share:.1%} slack: one repeated stage makes the run late")
    if share < HALF:
        sheet.changes.append("with half the window free, a failed run can be repeated inside it")


def _safety(job: Job, sheet: Sheet) -> None:
    if job.timeout and job.window and job.timeout > job.window:
        late = span(job.timeout - job.window)
        sheet.warnings.append(
            f"the timeout of {span(job.timeout)} fires {late} after the deadline: nobody is told in time"
        )
    if job.retention:
        # When a run fails, the results before it are served until the next run ends: two intervals.
        wanted = job.fallback or 2 * 86_400 / job.runs_per_day
        if job.retention < wanted:
            sheet.warnings.append(
                f"the retention deletes the fallback: results go after {span(job.retention)}, and standing in for a failed run"
                f" needs them for {span(wanted)}; keep the last good ones until the next are accepted"
            )
            if job.fallback:
                sheet.judge("does not fit", f"a retention of {span(job.retention)} leaves nothing to fall back on")
    if job.entities:
        share = 100 * job.rows / job.entities
        sheet.number("rows for each entity", share, "%", f"{job.rows:,.0f} rows / {job.entities:,.0f} = {share:,.4g} %")
        if share > WHOLE:
            sheet.warnings.append(
                f"a coverage of rows over entities reads {share:,.0f} %: such a gate can never fail; count distinct entities"
            )


def _bill(job: Job, sheet: Sheet, nodes: float, hours: float, slowed: float) -> None:
    spot = job.spot_price is not None
    hourly = job.spot_price or job.price
    assert hourly is not None
    hourly, paid = hourly.per("hour"), slowed if spot else hours
    run = Money(hourly.amount * nodes * paid, hourly.currency, "run")
    sheet.money("compute, a run", run, f"{nodes:g} nodes x {paid:.6g} h x {hourly}")
    if spot and job.price is not None:
        full = Money(job.price.per("hour").amount * nodes * hours, job.price.currency, "run")
        saved = full - run
        share = 100 * saved.amount / full.amount if full.amount else 0.0
        sheet.money("spot saves, a run", saved, f"{full} on demand - {run} with rework ({share:.3g} %)")
        if saved.amount < 0:
            sheet.warnings.append("spot costs more than on demand once the rework is paid for")
    runs = Rate(job.runs_per_day * DAYS_A_MONTH, "run", "month")
    month = sheet.money("compute, a month", run * runs, f"{run} x {runs.value:g} runs a month")
    total, parts = month, [str(month)]
    for name, part in _rest(job, runs).items():
        total, parts = total + part.per("month"), [*parts, f"{part.per('month')} {name}"]
    sheet.money("all, a month", total, " + ".join(parts))
    sheet.money("all, a day", total.per("day"), f"{total} / {DAYS_A_MONTH}")
    each = sheet.money("all, a run", total / runs, f"{total} / {runs.value:g} runs")
    rows = Rate(job.rows * runs.value, "row", "month")
    million = sheet.money(
        "all, a million rows", (total / rows).million(), f"{total} / {rows.value / 1e6:,.6g} million rows a month"
    )
    sheet.budget(job.budget, total, each, million)
    if job.budget is not None and job.budget.period in TIMES:
        room = job.budget.per("month").amount - (total.amount - month.amount)
        most = room / runs.value / paid / nodes
        if most > 0:
            sheet.changes.append(f"the budget allows up to {figure(most)} {hourly.unit} a node, all else as it is")


def _rest(job: Job, runs: Rate) -> dict[str, Money]:
    """Return what is paid beside the compute, each in its own period."""
    found = {
        name: part for name, part in (("storage", job.storage), ("network", job.network), ("other", job.other)) if part
    }
    if job.stored_gb is not None or job.storage_price is not None:
        stored = need(job.stored_gb, "--stored-gb", "how much is stored")
        price = _priced(job.storage_price, "--storage-price", "the price of storage")
        found["stored data"] = price * Rate(stored, "GB-month", "month")
    if job.moved_gb is not None or job.network_price is not None:
        moved = need(job.moved_gb, "--moved-gb", "how much a run moves")
        price = _priced(job.network_price, "--network-price", "the price of moving it")
        found["moved data"] = price * Rate(moved * runs.value, "GB", "month")
    return found


def _priced(price: Money | None, option: str, what: str) -> Money:
    if price is None:
        raise BadRequest(f"{what} is missing", f"give {option}")
    return price
