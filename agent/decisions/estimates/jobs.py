"""Jobs: what a window needs, how long a rate takes, processes, time-outs, slack, and work done by hand."""

from collections.abc import Iterator
from math import ceil

from agent.decisions.calculators import Number, window_rate
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import Request, digits, sole
from agent.decisions.estimates.traffic import copes

HOUR, DAY = 3600.0, 86_400.0
MANY = 1000.0
# Letters between a number and the time it took.
NEXT = 20
ITEMS = (
    r"rows|records|customers|users|members|accounts|documents|docs|pdfs|images|pictures|photos|items|products|events|transactions|payments|mails|e-?mails|"
    r"messages|tickets|pages|chunks|texts|articles|predictions|scores|policies|claims|invoices|vectors|embeddings|files|videos|listings|profiles|households|"
    r"subscribers|players|people|cases|reviews|comments|entries|examples|samples|patients|orders|requests|calls|lines|paragraphs|devices|meters|shoppers|clients|contracts|sentences|titles|letters|scans|forms|tyres|parts|boards|skus|clips|recordings|questions|passages"
)
ASKS_TIME = r"(?:days|hours|minutes)\?|how long|\bgone\b|when's|when (?:is|does|do|will|are|would)|\bfinish|\bthrough\b|\bdone\b|duration|how many (?:hours|minutes|days)|\btake|in time|make it|ready|wrong\?|last"
WINDOW = r"window|between|hours|night|until|from \d|by \d|at \d|o'clock|\bam\b|\bpm\b|ready|deadline|finish|start"
WORK = (
    r"score|scoring|predict|process|run|rows|per second|fast|done|finish|ready|through|embed|transform|batch|job|pass"
)
PERIODS = {"second": 1.0, "minute": 60.0, "hour": HOUR, "day": DAY, "night": DAY}


def spoken(seconds: float) -> str:
    """Return a length of time in the unit that is read most easily, and in hours."""
    if seconds < 90 * 60:
        return f"{digits(seconds)} s = {seconds / 60:.4g} min ({seconds / HOUR:.3g} h)"
    return f"{seconds:,.0f} s = {seconds / HOUR:.4g} h" + (f" ({seconds / DAY:.3g} days)" if seconds > 2 * DAY else "")


def items(request: Request) -> list[Amount]:
    """Return the large counts of things that a job goes through, the largest first."""
    found = [
        one
        for one in request.amounts
        if one.kind == "count" and one.per in {"", "the", "each", "night"} and one.value >= MANY
    ]
    return sorted((one for one in found if one.counts(ITEMS)), key=lambda one: -one.value)


def window_seconds(request: Request) -> float | None:
    """Return the length of the window a job has, when one is told."""
    told = {item.seconds for item in request.brief.deadline if item.seconds and item.opens}
    if len(told) == 1:
        return told.pop()
    times = [one for one in request.kind("time") if HOUR / 2 <= one.value <= 2 * DAY and one.per == ""]
    named = [
        one
        for one in times
        if one.near(r"window|within|we have|only have|at most|available|have\b")
        and not one.near(r"usually|normally|takes|timeout|kill")
    ]
    if sole(named) is not None:
        return named[0].value
    free = [
        one
        for one in times
        if not one.near(
            r"usually|normally|takes|took|timeout|kill|old|ago|late|every|retention|keep|last\b|down|each|a day|runs? for|costs?"
        )
    ]
    lone = sole([one for one in free if not one.follows(r"\bof\s$")])
    if lone is not None and len(times) == 1:
        return lone
    due = [item.seconds for item in request.brief.deadline if item.seconds and item.seconds >= HOUR / 2]
    return due[0] if len(request.brief.deadline) == len(due) == 1 and not times else None


def needed(request: Request) -> Iterator[Number]:
    """Rows a second that a window needs, and processes when one's rate is told."""
    found, seconds = items(request), window_seconds(request)
    if (
        not found
        or seconds is None
        or not request.says(WORK)
        or _past(request) is not None
        or request.brief.task in {"training", "finetuning", "tuning"}
    ):
        return
    if any(
        one.per == "second" and not copes(one) and not one.counts(r"rows|records")
        for one in request.amounts
        if one.kind == "count" and one.counts(r"requests|calls|queries")
    ):
        return
    rows = found[0].value
    if rows < seconds:
        return
    yield from window_rate(rows, seconds)
    able = _pace(request)
    if able is None or not copes(able):
        return
    each = able.value / PERIODS[able.per]
    exact = rows / (each * seconds)
    if exact > 1:
        yield Number(
            name="processes for the window",
            value=ceil(exact),
            unit="processes",
            working=f"{rows:,.0f} / ({digits(each)}/s x {seconds:,.0f} s) = {exact:.3g}, so {ceil(exact)} at once, with no slack; {ceil(2 * exact)} leave half the window",
        )


def _pace(request: Request) -> Amount | None:
    found = [
        one
        for one in request.amounts
        if one.kind == "count"
        and one.per in PERIODS
        and (not one.noun or one.counts(ITEMS))
        and one.value > 1
        and not one.counts("tokens?")
    ]
    return found[0] if sole(found) is not None else None


DOES = r"\b(?:makes?|does|do|manages?|scores?|process\w*|handles?|gets? through|at|rate|speed|copes? with|lets? us|allow\w*|limit\w*|only|took|embeds?|reads?|runs?|label\w*)\b"


def duration(request: Request) -> Iterator[Number]:
    """How long a number of things takes at a rate: things / rate."""
    found, pace = items(request), _pace(request)
    found = [one for one in found if one is not pace]
    if not found or pace is None or not (pace.follows(DOES, 60) or copes(pace)) or not request.says(ASKS_TIME):
        return
    rows, each = found[0].value, pace.value / PERIODS[pace.per]
    if rows < each or (pace.per == "day" and not request.says(r"how (?:long|many days)|backlog|when")):
        return
    seconds = rows / each
    yield Number(
        name="how long it takes",
        value=seconds / HOUR,
        unit="h",
        working=f"{rows:,.0f} / {digits(pace.value)} a {pace.per} = {spoken(seconds)}",
    )


def _past(request: Request) -> tuple[Amount, Amount] | None:
    """A count and the time it took: "18 million customers in 5 hours"."""
    times = request.kind("time")
    for one in items(request):
        for time in times:
            gap = request.text[one.end : time.start]
            if (
                0 <= time.start - one.end <= NEXT
                and gap.strip() in {"in", "took", "take", "takes", "within", "need", "needed"}
                and one.follows(
                    r"scored|did|process\w*|last night|yesterday|now|today|currently|took|handled|embedded|got through|test",
                    60,
                )
            ):
                return one, time
    return None


def grown(request: Request) -> Iterator[Number]:
    """How long more takes at the pace that was seen: time x new / old."""
    past = _past(request)
    if past is None:
        return
    one, time = past
    rate = one.value / time.value
    yield Number(
        name="pace", value=rate, unit="items/s", working=f"{one.value:,.0f} / {time.value:,.0f} s = {digits(rate)}/s"
    )
    later = [
        two
        for two in request.amounts
        if two.kind == "count"
        and two.value >= MANY
        and two is not one
        and not two.per
        and (not two.noun or two.counts(ITEMS))
    ]
    more = sole(later)
    if more is not None:
        seconds = more / rate
        yield Number(
            name="how long it takes",
            value=seconds / HOUR,
            unit="h",
            working=f"{more:,.0f} / {digits(rate)}/s = {spoken(seconds)}, if it grows in proportion",
        )
