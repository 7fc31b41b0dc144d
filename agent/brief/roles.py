"""Whether a figure is wished for, how it is, or how it was."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.brief.model import Role
from agent.brief.numbers import Figure
from agent.brief.scene import Scene

_ABOUT = r"(?:\s?(?:about|around|roughly|approx\.?|only|just|even|over|more than|almost|nearly|some|~|[$€£]))*\s*$"
_GAIN = r"(?:\s+(?:is|are|was|of|at|be|to|would be|:|=))*"
CUE = re.compile(
    r"(?P<wish>\b(?:targets?|goals?|budget|limit|slo|sla|requirements?|objective|cap|ceiling|maximum|minimum|max\.?|min\.?|threshold)"
    rf"(?:\s+(?:latency|response time|p\d\d))?{_GAIN}"
    r"|\b(?:must|should|shall|needs?|needed|wants?|wanted|would like|expect(?:s|ed|ing)?|requires?|aim(?:ing)?(?: for| at)?|has to|have to|supposed to|wish|hope)\b"
    r"(?:\s+(?:it|us|them|to|be|stay|remain|get|go|run|answer|respond|return|a|an|the|for|is)\b){0,4}"
    r"|\b(?:under|below|less than|at most|within|no more than|not more than|at least|up to|keep|reduce|bring|cut|lower|faster than|down to|handle|sustain|support|cope with|planned|plan for|afford|will be)\b"
    r"|<=?|≤|>=|≥)"
    r"|(?P<observed>\b(?:model|call|request|query|inference|it|endpoint|service|lookup|job|run)\s(?:\w+\s)?needs?\s(?:about |around |up to |~)?$|\b(?:currently|now|nowadays|right now|at present|today|at the moment)(?:\s+(?:is|are|at|around|about))?"
    r"|\b(?:takes?|took|taking|needs up to|takes? up to)(?:\s+(?:up to|about|around|between))?\b"
    r"|\b(?:is|are|gets?|got|getting|runs? at|running at|sits? at|stands? at|stuck at|seeing|see|measured?|reach(?:es|ed)?|hits?|shows?|does|do|went|goes|jumped|rose|spik\w+|dropp?ed|drops|fell|grew|grown|climbed|increased|returns?|answers in|finish\w* in|waits?|waiting|hovers?|averages?|jitters?|varies|fluctuates?|observed)\b"
    r"|\b(?:we|i|they) (?:have|pay|spend|get|see|serve|use|run)\b|\b(?:paying|pay|costs?(?: us)?|spend(?:ing)?|spent|bill(?: is| of| was)?|invoice|charged)\b|\b(?:'s|it's|its) (?=[\d~]|$))"
    r"|(?P<before>\b(?:was|were|used to (?:be|take|run|cost|pay)|previously|formerly|originally|earlier|before (?:that|it)|last (?:week|month|year|quarter))\b)",
    re.IGNORECASE,
)
BEHIND = re.compile(
    r"(?!\s?from now)\s*(?:[\w./%]+\s){0,2}?\(?(?:(?P<wish>(?:is|are|as|would be)?\s?(?:the |our |a |my )?(?:(?:target|goal|limit|max(?:imum)?|budget|slo)\b(?!\s?(?:latency\s)?(?:is|of|:|=|are|was|for|under|below|\d))|to (?:add|answer|respond|decide|reply|return|work with)\b|tops|at most|or less|or better|or faster|required|needed|wanted|is what we need))"
    r"|(?P<observed>(?:right )?now\b|today\b|currently\b|at the moment|at present|these days|so far|gone\b|wasted\b|burn(?:t|ed)\b|(?:cloud |gpu |aws |gcp |azure |monthly )?(?:bill|invoice)\b)"
    r"|(?P<before>before\b(?! (?:the|we|it|a|they|\d))|previously\b|last (?:week|month|year)\b|originally\b|earlier\b))",
    re.IGNORECASE,
)
HAVING = re.compile(r"(?:we|i|they) \w+", re.IGNORECASE)
_FIRST = re.compile(r"\bfrom\b" + _ABOUT, re.IGNORECASE)
_SECOND = re.compile(
    r"\bfrom\b[^?!;]{1,30}\s(?:down to|up to|to|→|->)(?:\s?(?:under|below|less than|at most|about|around|roughly|only|over|nearly|~|<|[$€£]))*\s*$",
    re.IGNORECASE,
)
_VERB = re.compile(
    r"(?P<moved>\b(?:went|goes|gone|jump(?:s|ed)|rose|risen|rises|rising|grew|grown|grows|climb(?:s|ed)|degrad(?:es|ed)|increased|increases|drops|dropped|dropping|fell|falls|fallen|moved|changed|slipped|spiked|spikes|worsened|improved|declined|shot|shrank|slid|came|reduced|lowered|decreased|got|is down|is up|are down|are up)\b)"
    r"|(?P<wanted>\b(?:reduce|cut|bring|get|lower|improve|decrease|shrink|push|go|need|want|wants|must|should|goal|target|like|aim|trim|speed|raise|increase|scale|take|drop|move)\b)",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*(?:[\w/]+\s){0,3}?(?:down to|up to|to|→|->)\s", re.IGNORECASE)
_SINCE = re.compile(r"\b(?:since|after|yesterday|overnight|suddenly|last)\b", re.IGNORECASE)
_PASSIVE = re.compile(r"\b(?:be|get|to have)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """A value of a figure with its role; `low` is the low end of a range."""

    value: float
    low: float | None
    role: Role


def role(scene: Scene, start: int, end: int, default: Role = "target") -> Role:
    """Return the role that the words around a figure give it: those right behind it, else the last before it."""
    behind = BEHIND.match(scene.after(end, 40))
    if behind:
        return _named(behind)
    before = scene.before(start)
    last = cued(before)
    # "We have 50 GPUs, latency 20 ms": what is said of one figure is not said of the next.
    if last is None or (HAVING.fullmatch(last[0]) and re.search(r",|\d", before[last.end() :])):
        return default
    return _named(last)


def cued(before: str) -> re.Match[str] | None:
    """Return the last cue in what stands before a figure."""
    return _last(CUE, before)


def readings(scene: Scene, figure: Figure, end: int, default: Role = "target") -> Iterator[Reading]:
    """Read a figure whose unit ends at `end`: one reading, or two where it went from one value to another."""
    before = scene.before(figure.start)
    if (
        figure.joint == "to"
        and figure.low is not None
        and (pair := _move(before, "" if figure.floor is not None else " to "))
    ):
        yield Reading(figure.low, None, pair[0])
        yield Reading(figure.value, None, pair[1])
        return
    if _SECOND.search(before) and (pair := _move(before)):
        yield Reading(figure.value, figure.floor, pair[1])
    elif _FIRST.search(before) and (pair := _move(before, scene.after(end, 60))):
        yield Reading(figure.value, figure.floor, pair[0])
    else:
        yield Reading(figure.value, figure.floor, role(scene, figure.start, end, default))


def paired(before: str) -> bool:
    """Whether a figure is the second of "from .. to .."."""
    return bool(_SECOND.search(before))


def _move(before: str, after: str = "") -> tuple[Role, Role] | None:
    """What a "from .. to .." says: a verb of change tells what happened, a verb of wishing what shall."""
    first, second = _FIRST.search(before), _SECOND.search(before)
    place = first or second
    if place is None:
        return None
    verb = _last(_VERB, before[: place.start()])
    if verb is None:
        if first and not _TO.match(after):
            return None
        happened = bool(_SINCE.search(before + after))
    else:
        happened = verb["moved"] is not None and not _PASSIVE.search(before[: verb.start()])
    return ("before", "observed") if happened else ("observed", "target")


def _named(match: re.Match[str]) -> Role:
    if match["wish"] is not None:
        return "target"
    return "observed" if match["observed"] is not None else "before"


def _last(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return found[-1] if found else None
