"""A service: workers, replicas and their cost, from a peak rate and what one request costs."""

import math

from pydantic import Field

from agent.decisions.calculators import HOURS_A_MONTH, PEAK, SECONDS_A_DAY, STEADY, UTILISATION, cores, mean_rate
from agent.decisions.costs.sheet import (
    Estimate,
    Maybe,
    MaybeMoney,
    Naught,
    Request,
    Seconds,
    Share,
    Sheet,
    Whole,
    span,
)
from agent.decisions.costs.units import Rate
from agent.errors import BadRequest


class Load(Request):
    """A service under load; give --rps or --daily, and --cpu-ms or --rps-per-worker."""

    rps: Maybe = Field(None, description="Requests a second at peak.")
    daily: Maybe = Field(None, description="Requests a day; with --rps, only the cost of a million rests on it.")
    peak_factor: Maybe = Field(None, description="Peak over the daily mean, when only --daily is given.")
    cpu_ms: Maybe = Field(None, description="Measured CPU milliseconds of one request on one core.")
    rps_per_worker: Maybe = Field(None, description="Measured requests a second at which one worker saturates.")
    utilisation: Share = Field(
        UTILISATION, description="Share of a worker kept busy at peak; a queue grows fast beyond it."
    )
    workers_per_replica: Whole = Field(1.0, description="Workers (cores) in one replica.")
    spare: Naught = Field(1.0, description="Replicas beyond what the load needs, so that one may fail (N+1).")
    price: MaybeMoney = Field(
        None, description="Price of a replica, such as '0.17 USD/hour', or an id of the price table."
    )
    spot_share: Share = Field(0.0, description="Share of the replicas on spot.")
    spot_price: MaybeMoney = Field(None, description="Price of a spot replica.")
    budget: MaybeMoney = Field(None, description="Budget with its period, such as '500 USD/month'.")
    latency: Seconds = Field(None, description="Latency target, such as 50ms.")
    percentile: Maybe = Field(None, description="Percentile the target is for, such as 99.")
    service_time: Seconds = Field(None, description="Measured time of one request alone; without it, its CPU time.")


def capacity(load: Load) -> Estimate:
    """Work a service out; raises BadRequest that names the option when something it needs is missing."""
    sheet = Sheet("serving", load)
    peak = _peak(load, sheet)
    workers = _workers(load, sheet, peak)
    per = load.workers_per_replica
    base = math.ceil(workers / per)
    spare = math.ceil(load.spare)
    working = f"{workers:,} workers / {per:g} a replica, rounded up, + {spare} spare = {base + spare:,}"
    sheet.number(
        "replicas", float(base + spare), "replicas", working, "the spare carries the load when a replica fails"
    )
    if not spare:
        sheet.warnings.append("no spare replica: losing one at peak overloads the rest")
    _latency(load, sheet)
    if load.price is not None:
        _bill(load, sheet, base, base + spare, peak)
    elif load.budget is not None or load.spot_price is not None:
        raise BadRequest("the price of a replica is missing", "give --price, for example '0.17 USD/hour'")
    return sheet.estimate()


def _peak(load: Load, sheet: Sheet) -> float:
    if load.rps is not None:
        return load.rps
    if load.daily is None:
        raise BadRequest("the load is missing", "give --rps (requests a second at peak) or --daily")
    mean = load.daily / SECONDS_A_DAY
    sheet.figures.append(mean_rate(load.daily))
    factor = load.peak_factor or PEAK
    assumed = (
        "" if load.peak_factor else f"the peak is {PEAK:g} times the mean; give --peak-factor from your own traffic"
    )
    return sheet.number(
        "peak rate", mean * factor, "requests/s", f"{mean:,.4g}/s x {factor:g} = {mean * factor:,.4g}/s", assumed
    )


def _workers(load: Load, sheet: Sheet, peak: float) -> int:
    share = load.utilisation
    if not share:
        raise BadRequest("a worker kept 0 % busy does no work", "give --utilisation above 0, such as 0.6")
    assumption = f"kept {share:.0%} busy at peak: in an M/M/1 queue the wait is rho / (1 - rho) service times"
    if share < 1:
        assumption += f", here {share / (1 - share):.3g}"
    else:
        sheet.warnings.append("at 100 % utilisation a queue with random arrivals grows without end")
    if load.rps_per_worker is not None:
        count = max(1, math.ceil(peak / (load.rps_per_worker * share) - 1e-9))
        working = f"{peak:,.4g}/s / ({load.rps_per_worker:g}/s x {share:g}), rounded up = {count:,}"
    elif load.cpu_ms is not None:
        count = cores(peak, load.cpu_ms, share)
        working = f"{peak:,.4g}/s x {load.cpu_ms:g} ms / 1,000 / {share:g}, rounded up = {count:,}"
    else:
        raise BadRequest(
            "what one request costs is missing", "measure it, then give --cpu-ms or --rps-per-worker; no table has it"
        )
    sheet.number("workers", float(count), "workers", working, assumption)
    sheet.changes.append("a cheaper request: workers grow in step with its CPU time")
    return count


def _latency(load: Load, sheet: Sheet) -> None:
    alone = load.service_time or (load.cpu_ms or 0) / 1000 or (1 / load.rps_per_worker if load.rps_per_worker else 0)
    share = load.utilisation
    if share < 1:
        mean = 1000 * alone / (1 - share)
        working = f"{alone * 1000:.4g} ms / (1 - {share:g}) = {mean:.4g} ms"
        sheet.number("mean time in the service", mean, "ms", working, "each worker is an M/M/1 queue, busy as planned")
    if load.latency is None:
        return
    if load.latency < alone:
        sheet.judge(
            "cannot be done",
            f"one request alone takes {span(alone)}, more than the target of {span(load.latency)}: no number of replicas mends that",
        )
        sheet.changes.append("a faster model or runtime; more replicas shorten the queue, never the request")
        return
    if share < 1 and load.latency < alone / (1 - share):
        sheet.warnings.append(
            "at this utilisation the queue's mean alone is above the target: plan a lower --utilisation"
        )
    target = f"p{load.percentile:g}" if load.percentile else "tail"
    sheet.judge(
        "unknown",
        f"a {target} latency of {span(load.latency)} cannot be computed from a mean: run the load test at the peak rate",
    )


def _bill(load: Load, sheet: Sheet, base: int, replicas: int, peak: float) -> None:
    assert load.price is not None
    price = load.price.per("hour")
    spot = round(replicas * load.spot_share)
    hourly = price * (replicas - spot)
    working = f"{replicas - spot} x {price}"
    if spot:
        if load.spot_price is None:
            raise BadRequest("the spot price is missing", "give --spot-price, or leave out --spot-share")
        hourly, working = (
            hourly + load.spot_price.per("hour") * spot,
            f"{working} + {spot} x {load.spot_price.per('hour')}",
        )
        left = 100 * (replicas - spot) / base
        sheet.number(
            "left when all spot goes",
            left,
            "% of what the peak needs",
            f"({replicas} - {spot}) / {base} = {left:.3g} %",
        )
        if replicas - spot < base:
            sheet.warnings.append(
                "when spot capacity goes at once, what is left does not carry the peak: shed load or fall back"
            )
    sheet.money("an hour", hourly, working)
    sheet.money("a day", hourly.per("day"), f"{hourly} x 24 h")
    sheet.money("a month", hourly.per("month"), f"{hourly} x {HOURS_A_MONTH} h, always on")
    daily = load.daily or peak * SECONDS_A_DAY
    per = (hourly.per("day") / Rate(daily, "request", "day")).million()
    assumed = "" if load.daily else f"{STEADY} at the peak; give --daily for the true volume, and a million costs more"
    sheet.money("a million requests", per, f"{hourly.per('day')} / {daily / 1e6:,.6g} million a day", assumed)
    sheet.budget(load.budget, hourly, per)
