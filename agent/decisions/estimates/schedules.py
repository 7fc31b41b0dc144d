"""Schedules: time-outs that are multiples, the slack of a window, and hours of work by hand."""

import re
from collections.abc import Iterator

from agent.decisions.calculators import Number
from agent.decisions.estimates.jobs import DAY, HOUR, ITEMS
from agent.decisions.estimates.reading import Request, digits, sole

# A sample that small is no work to plan.
FEWEST = 20
HANDS = r"annotators?|labell?ers?|reviewers?|people|colleagues|students|interns|experts|agents|persons|doctors|lawyers|clerks|nurses|analysts|radiologists"
BY_HAND = r"label|annotat|review|by hand|manually|check|transcri|read|tag\b|tagged|look at"


USUAL = r"usual|normal|expected|runs?\b|takes|typical|duration|average|mean|median|needs|lasts"
STOPPED = r"time-?out|times? out|kill|abort|cancel|cut|give up|stops?\b|alert|alarm"
TIMES = rf"{STOPPED}|limit|page|that\b|of (?:it|that|the usual)"
PIECE = r"each|image|photo|document|ticket|item|label|page|row|case|text|piece|question|mail"


def _usual(request: Request) -> float | None:
    """Return how long a job usually takes, in seconds."""
    found = request.kind("time", USUAL)
    return sole([one for one in found if one.value <= 2 * DAY and not one.near(r"window|limit|contract")])


def time_out(request: Request) -> Iterator[Number]:
    """A time-out told as a multiple of the usual time: time x factor."""
    usual = _usual(request)
    factor = sole([one for one in request.kind("factor", TIMES) if one.value > 1])
    if usual is None or factor is None or request.says(r"as fast|faster|speed-?up") or not request.says(STOPPED):
        return
    value = usual * factor
    yield Number(
        name="time-out",
        value=value / 60,
        unit="min",
        working=f"{usual / 60:g} min x {factor:g} = {value / 60:g} min ({value / HOUR:.3g} h)",
    )


def slack(request: Request) -> Iterator[Number]:
    """What a window leaves of the time a job usually takes: window - time."""
    usual = _usual(request)
    opened = [item.seconds for item in request.brief.deadline if item.opens and item.seconds]
    window = sole(request.kind("time", r"window|\bslot")) or next(iter(opened), None)
    if usual is None or window is None or usual == window:
        return
    rest = window - usual
    yield Number(
        name="slack in the window",
        value=rest / 60,
        unit="min",
        working=f"{window / 60:g} min - {usual / 60:g} min = {rest / 60:g} min, {'not ' if rest < usual else ''}enough for a second run",
    )


def by_hand(request: Request) -> Iterator[Number]:
    """Hours of work by hand: things x time each, and per head."""
    takes = r"\b(?:each|per|one|it)\s(?:\w+\s)?(?:takes?|needs?|costs?)\s(?:\w+\s)?$"
    times = [one for one in request.kind("time") if re.fullmatch(PIECE, one.per) or one.follows(takes)]
    each = sole([one for one in times if one.value <= 2 * HOUR])
    things = [one for one in request.amounts if one.counts(ITEMS) and not one.per and not one.counts(HANDS)]
    count = sole([one for one in things if one.value > FEWEST])
    if each is None or count is None or each < 1 or not request.says(BY_HAND):
        return
    hours = count * each / HOUR
    heads = sole(request.plain(HANDS))
    share = "" if heads is None else f"; / {heads:g} = {digits(hours / heads)} h a head"
    yield Number(
        name="work by hand",
        value=hours,
        unit="h",
        working=f"{count:,.0f} x {each:g} s / 3,600 = {digits(hours)} h{share}",
    )
