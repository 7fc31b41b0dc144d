"""Time on cards: epochs, trials, GPU hours, retraining by the month, and reading the data."""

import re
from collections.abc import Iterator
from math import ceil

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import Request, digits, sole

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
# Cards that scale worse than that are no cluster; fewer bytes than that are a file.
LEAST_EFFICIENT, LEAST_DATA = 0.1, 1e8
CARDS = r"gpus?|cards|a100s?|h100s?|l4s?|a10s?|t4s?|v100s?|l40s?|h200s?|accelerators|tpus?"
RUNS = r"trials|experiments|configurations|configs|combinations|fits|runs|candidates"
JOINED = re.compile(r"(?:\s[a-z\d-]+){0,2}\s(?:on|with|using|across|over|for|x)\s(?:\w+\s){0,2}|\sx\s")
# Seconds: what is over sooner is no training run.
SHORTEST = 5
LONGEST = 200 * DAY
ELSE = r"ago|old|last (?:week|month)|every (?:\d|other)|down|outage|start|late"
AT_ONCE = (
    r"^\s?(?:of them\s)?(?:\w+\s)?(?:in parallel|at (?:a|the same) time|at once|side by side|concurrently)|^ of them"
)


def epochs(request: Request) -> Iterator[Number]:
    """Time for all epochs: epochs x time of one."""
    one = [two for two in request.kind("time") if two.near(r"\bepochs?\b|\bpass\b") or two.per == "epoch"]
    count = sole(request.plain(r"epochs|passes"))
    if count is None and one:
        # "An epoch takes 47 minutes and I want 30".
        count = sole(
            [
                two
                for two in request.amounts
                if two.kind == "count"
                and not two.noun
                and two.per in {"", "of"}
                and two.value > 1
                and two.follows(r"want|need|plan|run|do\b|for|about")
            ]
        )
    each = sole(one)
    if each is None or count is None:
        return
    value = each * count
    yield Number(
        name="time for all epochs",
        value=value / HOUR,
        unit="h",
        working=f"{count:g} x {each / 60:.4g} min = {digits(value / HOUR)} h"
        + (f" ({value / DAY:.3g} days)" if value > 2 * DAY else ""),
    )


def trials(request: Request) -> Iterator[Number]:
    """Time for a search of a fixed number of trials: trials x time each / those at once."""
    count = sole(request.plain(RUNS)) or request.brief.count("trials")
    if count is None or request.says(r"learning rates|depths|grid|\d\s?x\s?\d+ (?:\w+ )?comb"):
        return
    times = [
        one
        for one in request.kind("time")
        if one.value <= 2 * DAY
        and (one.near(r"\beach\b|takes?|trial|per\b|at\b|\bof\b|of\b|one\b|run\b|fit\b") or one.per)
    ]
    each = sole(times)
    if each is None or each < SHORTEST:
        return
    parallel = (
        sole(
            [
                one
                for one in request.amounts
                if one.kind == "count"
                and one.value > 1
                and (
                    one.leads(AT_ONCE, 30)
                    or one.counts(r"machines|workers|gpus|cards|nodes|parallel")
                    or one.follows(r"in parallel on\s$")
                )
            ]
        )
        or 1
    )
    value = each * ceil(count / parallel)
    yield Number(
        name="time for all trials",
        value=value / HOUR,
        unit="h",
        working=f"{count:g} x {each / 60:.4g} min{f' / {parallel:g} at once' if parallel > 1 else ''} = {digits(value / HOUR)} h"
        + (f" ({value / DAY:.3g} days)" if value > 2 * DAY else ""),
    )


def _cards(request: Request) -> float | None:
    return sole([one for one in request.plain(CARDS) if not one.counts(r"hours?|days?")]) or None


def gpu_hours(request: Request) -> Iterator[Number]:
    """GPU hours: cards x hours, their price, or the days that a number of them takes at an efficiency."""
    told = sole([one for one in request.amounts if one.counts(r"(?:gpu|card|a100|h100)[\s-]?(?:hours?|days?)")])
    cards = _cards(request)
    if told is not None and cards is not None:
        yield _on_cards(request, told, cards)
        return
    repeated = _repeats(request)
    total, time = told, _spent(request)
    if total is None:
        if time is None or cards is None:
            return
        total = time / HOUR * cards
        month = f", x {repeated[0]:.4g} = {digits(total * repeated[0])} a month" if repeated else ""
        yield Number(
            name="GPU hours",
            value=total,
            unit="GPU hours",
            working=f"{cards:g} x {digits(time / HOUR)} h = {digits(total)} GPU hours{month}",
        )
    price = _hourly(request)
    if price is not None:
        runs = repeated[0] if repeated else 1
        value = total * price.value * runs
        yield Number(
            name="price of the GPU hours",
            value=value,
            unit=price.sign,
            working=f"{digits(total)} GPU hours{f' x {runs:.4g} runs a month' if repeated else ''} x {price.sign}{price.value:g} = {price.sign}{value:,.2f}",
        )


def _on_cards(request: Request, told: float, cards: float) -> Number:
    """Hours that a number of GPU hours takes on so many cards."""
    total = told * (24 if request.says(r"(?:gpu|card|a100|h100)[\s-]days?") else 1)
    found = request.kind("share", r"scal|efficien|utili|busy|of (?:the )?(?:ideal|linear)")
    share = sole([one for one in found if LEAST_EFFICIENT <= one.value < 1])
    hours = total / (cards * (share or 1))
    return Number(
        name="time on the cards",
        value=hours,
        unit="h",
        working=f"{digits(total)} GPU hours / ({cards:g} cards{f' x {share:g}' if share else ''}) = {digits(hours)} h ({hours / 24:.3g} days)",
        assumption="" if share else "they scale without loss",
    )


def _spent(request: Request) -> float | None:
    """Return how long the cards run, when it is said of them."""
    found = [one for one in request.kind("time") if HOUR / 2 <= one.value <= LONGEST and not one.near(ELSE)]
    return sole(found) if _together(request) and request.says(r"train|fine-?tun|gpu[\s-]hours|ran|run\b|job") else None


def _together(request: Request) -> bool:
    """Whether a length of time and a number of cards are said in one breath: "12 days on 64 GPUs"."""
    return any(
        JOINED.fullmatch(request.text[min(one.end, two.end) : max(one.start, two.start)].removeprefix(f" {two.noun}"))
        for one in request.kind("time")
        for two in request.plain(CARDS)
    )


def _hourly(request: Request) -> Amount | None:
    found = [one for one in request.kind("money") if one.per == "hour"]
    return found[0] if sole(found) is not None else None


EVERY = (
    (
        r"every (?:day|night|morning|evening)|each (?:day|night|morning|evening)|nightly|daily|once a (?:day|night)|a night",
        30.0,
        "30 a month",
    ),
    (r"every hour|hourly|each hour", 720.0, "720 a month"),
    (r"every week|weekly|each week|once a week", 30 / 7, "30 / 7 a month"),
)


def _repeats(request: Request) -> tuple[float, str] | None:
    if not request.says(
        r"retrain|train\w* (?:again|it|the model|each|every|nightly|daily)|each (?:night|day)|every (?:night|day|week|hour)|daily|nightly|weekly|hourly"
    ):
        return None
    return next(((count, words) for pattern, count, words in EVERY if request.says(pattern)), None)


def retraining(request: Request) -> Iterator[Number]:
    """Hours a month that retraining takes: hours x times a month."""
    often = _repeats(request)
    if often is None or not request.says(r"retrain|re-train|trains? (?:again|it|every|each)|training (?:runs|job)"):
        return
    each = sole(
        [one for one in request.kind("time") if MINUTE <= one.value <= 3 * DAY and not one.near(r"ago|old|window|late")]
    )
    if each is None:
        return
    hours = each / HOUR * often[0]
    yield Number(
        name="retraining a month",
        value=hours,
        unit="h",
        working=f"{each / HOUR:.4g} h x {often[1]} = {digits(hours)} h a month",
    )


def reading(request: Request) -> Iterator[Number]:
    """Time to read or move data: bytes / bytes a second."""
    speed = [one for one in request.kind("size") if one.per in {"second", "s", "sec"} or one.leads(r"^ps\b|^/s")]
    data = [
        one
        for one in request.kind("size")
        if one not in speed
        and one.value >= LEAST_DATA
        and not one.near(r"\bram\b|memory|vram|\bgpu\b|card|weights|model")
    ]
    rate, size = sole(speed), sole(data)
    if rate is None or size is None or request.brief.billions() is not None:
        return
    value = size / rate
    yield Number(
        name="time to move the data",
        value=value / 60,
        unit="min",
        working=f"{digits(size / 1e9)} GB / {rate / 1e9:.4g} GB/s = {digits(value)} s = {digits(value / 60)} min ({value / HOUR:.3g} h), at best",
    )
