"""Whether a figure is wished for, how it is, or how it was."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.brief.model import Role
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.scene import Scene

_ABOUT = r"(?:\s?(?:about|around|roughly|approx\.?|only|just|even|over|more than|almost|nearly|some|~|[$€£]))*\s*$"
_GAIN = r"(?:\s+(?:is|are|was|of|at|be|to|would be|:|=))*"
CUE = Pattern(
    r"(?P<wish>\b(?:targets?|goals?|budget|limit|slo|sla|requirements?|objective|cap|ceiling|maximum|minimum|max\.?|min\.?|threshold|(?:contract|agreement|slo|sla|deal|spec\w*|client|customer|finance|boss) (?:says|said|states|asks for|demands|allows|promises))"
    rf"(?:\s+(?:latency|response time|p\d\d))?{_GAIN}"
    r"|\b(?:must|should|shall|needs?|needed|wants?|wanted|would like|expect(?:s|ed|ing)?|requires?|aim(?:ing)?(?: for| at)?|has to|have to|(?:has|have|'ve|'s) got to|got to|gotta|supposed to|wish|hope[ds]?|promis\w+|agreed|committed|allowed|willing|ready|prepared|due(?!\s+to\b)|'ll|told to)\b"
    r"(?:\s+(?:it|us|them|for|on|to|be|stay|remain|get|go|run|answer|respond|return|take|cost|pay|spend|have|see|a|an|the|is)\b){0,5}"
    r"|\bmay\s+(?:only\s+)?(?:take|cost|be|last|need|have|use|spend|pay)\b|\b(?:could|can) (?:be|cost|pay|spend|afford)\b|\bi(?: would|'d) like to see\b"
    r"|\b(?:nobody|no one|noone|none of us|not) (?:\w+\s)?(?:minds?|cares?|notices?|complains?|objects?)(?:[^.,;\d]{0,30}?\b(?:takes?|needs?|gets?|is|are|waits?|waiting|costs?|lasts?)\b|\s(?:about|if|when|that|it|they|this|for)\b){0,3}"
    r"|\b(?:if|when|once|whenever|unless|as soon as)\b[^.,;\d]{0,40}?\b(?:over|above|exceeds?|exceeded|beyond|past|more than)\b"
    r"|\b(?:under|below|less than|at most|within|no more than|not more than|at least|up to|keep|reduce|bring|cut|lower|faster than|down to|handle|sustain|support|cope with|planned|plan for|afford|will be|would be|(?:will|would) (?:pay|take|cost|have|get|see|need|spend))\b"
    r"|<=?|≤|>=|≥)"
    r"|(?P<observed>\b(?:model|call|request|query|inference|it|endpoint|service|lookup|job|run)\s(?:\w+\s)?needs?\s(?:about |around |up to |~)?$|\b(?:currently|now|nowadays|right now|at present|today|at the moment)(?:\s+(?:is|are|at|around|about)|,?\s(?:we|it|they|i|(?:our|the) \w+)\s(?:handle|sustain|support|serve|process|score|answer|run|keep|have|get|see)s?)?\b"
    r"|\b(?:takes?|took|taking|needs up to|takes? up to)(?:\s+(?:up to|about|around|between))?\b"
    r"|\b(?:is|are|gets?|got|getting|runs? at|running at|sits? at|stands? at|stuck at|seeing|see|measured?|reach(?:es|ed)?|hits?|shows?|does|do(?!\snot\b)|went|goes|jumped|rose|spik\w+|dropp?ed|drops|fell|grew|grown|climbed|increased|returns?|(?<!, )(?<!: )(?<!\bget )\banswers in|finish\w* in|waits?|waiting|hovers?|averages?|jitters?|varies|fluctuates?|observed)\b"
    r"|\b(?:we|i|they) (?:have(?! (?:got )?to\b)|pay|spend|get|see|serve|use|run)\b|\b(?:paying|pay|(?<!, )(?<!: )costs?(?: us)?|spend(?:ing)?|spent|bill(?: is| of| was)?|invoice|charged)\b|\b(?:'s|it's|its) (?=[\d~]|$))"
    r"|(?P<before>\b(?:was|were|used to (?:be|take|run|cost|pay)|previously|formerly|originally|earlier|before (?:that|it)|last (?:week|month|year|quarter))\b)",
    re.IGNORECASE,
)
BEHIND = Pattern(
    r"(?!\s?from now)\s*(?:[\w./%]+\s){0,2}?\(?(?:(?P<wish>(?:is|are|as|would be)?\s?(?:the |our |a |my )?(?:(?:target|goal|limit|max(?:imum)?|budget|slo)\b(?!\s?(?:latency\s)?(?:is|of|:|=|are|was|for|under|below|\d))|to (?:add|answer|respond|decide|reply|return|work with)\b|tops|at (?:the )?(?:very )?most|or less|or better|or faster|not more|no more|(?:is |are |was |were )?(?:required|needed|wanted|expected|promised|planned|agreed|allowed)|is what (?:we need|[\w ]{1,20} (?:wants?|signs?|will sign|will pay|allows?))))"
    r"|(?P<fine>(?:(?:is|are|would be|will be|be|sounds?)\s(?:perfectly |absolutely |still |fast |good |quite )?(?:fine|ok|okay|alright|all right|enough|acceptable|plenty|tolerable)|will do|would do|suffices?)\b)"
    r"|(?P<observed>(?:right )?now\b|today\b|currently\b|at the moment|at present|these days|so far|gone\b|wasted\b|burn(?:t|ed)\b|(?:cloud |gpu |aws |gcp |azure |monthly )?(?:bill|invoice)\b)"
    r"|(?P<before>before\b(?! (?:the|we|it|a|they|\d))|previously\b|last (?:week|month|year)\b|originally\b|earlier\b))",
    re.IGNORECASE,
)
HAVING = Pattern(r"(?:we|i|they) \w+", re.IGNORECASE)
_FIRST = Pattern(r"\bfrom\b" + _ABOUT, re.IGNORECASE)
_SECOND = Pattern(
    r"\bfrom\b[^?!;]{1,30}\s(?:down to|up to|to|→|->)(?:\s?(?:under|below|less than|at most|about|around|roughly|only|over|nearly|~|<|[$€£]))*\s*$",
    re.IGNORECASE,
)
_VERB = Pattern(
    r"(?P<moved>\b(?:went|goes|gone|jump(?:s|ed)|rose|risen|rises|rising|grew|grown|grows|climb(?:s|ed)|degrad(?:es|ed)|increased|increases|drops|dropped|dropping|fell|falls|fallen|moved|changed|slipped|spiked|spikes|worsened|improved|declined|shot|shrank|slid|came|reduced|lowered|decreased|got|is down|is up|are down|are up)\b)"
    r"|(?P<wanted>\b(?:reduce|cut|bring|get|lower|improve|decrease|shrink|push|go|need|want|wants|must|should|goal|target|like|aim|trim|speed|raise|increase|scale|take|drop|move)\b)",
    re.IGNORECASE,
)
_TO = Pattern(r"\s*(?:[\w/]+\s){0,3}?(?:down to|up to|to|→|->)\s", re.IGNORECASE)
# "Need from 3 to 6" is a span, "need it from 3 to 6" a change.
_SPAN = Pattern(
    r"\b(?:somewhere|anything|anywhere|something|ranging|ranges?|var(?:y|ies)|need|needs|want|wants|have|use|with|but|models)\s(?:somewhere\s)?from\s$",
    re.IGNORECASE,
)
_SINCE = Pattern(r"\b(?:since|after|yesterday|overnight|suddenly|last)\b", re.IGNORECASE)
_PASSIVE = Pattern(r"\b(?:be|get|to have)\s+$", re.IGNORECASE)


@dataclass(frozen=True)
class Reading:
    """A value of a figure with its role; `low` is the low end of a range."""

    value: float
    low: float | None
    role: Role


def role(scene: Scene, start: int, end: int, default: Role = "target") -> Role:
    """Return the role that the words around a figure give it: those right behind it, else the last before it."""
    behind = BEHIND.match(scene.after(end, 60))
    before = scene.before(start)
    last = cued(before)
    # "It takes 2 s, which is fine" tells how it is, "2 s is fine" what it may be.
    if behind and (behind["fine"] is None or last is None or last["observed"] is None):
        return _named(behind)
    # "We have 50 GPUs, latency 20 ms": what is said of one figure is not said of the next.
    if last is None or (_owning(before, last) and re.search(r",|\d", before[last.end() :])):
        return default
    # "It takes 35 ms where the old one took 22 ms".
    if last[0].lower() == "took" and re.search(r"\b(?:takes|needs)\b", before[: last.start()], re.IGNORECASE):
        return "before"
    return _named(last)


def _owning(before: str, cue: re.Match[str]) -> bool:
    return bool(HAVING.fullmatch(cue[0])) or before[: cue.start()].lower().endswith("there ")


def cued(before: str) -> re.Match[str] | None:
    """Return the last cue in what stands before a figure."""
    return _last(CUE, before)


def wished(scene: Scene, start: int, end: int) -> bool:
    """Return whether the words around a figure ask for it, rather than saying nothing."""
    behind, cue = BEHIND.match(scene.after(end, 60)), cued(scene.before(start))
    return role(scene, start, end, "observed") == "target" and bool(behind or cue)


def readings(scene: Scene, figure: Figure, end: int, default: Role = "target") -> Iterator[Reading]:
    """Read a figure whose unit ends at `end`: one reading, or two where it went from one value to another."""
    before = scene.before(figure.start)
    if figure.joint == "to" and figure.floor is not None and _SPAN.search(before):
        yield Reading(figure.value, figure.floor, role(scene, figure.start, end, default))
        return
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
    if match["wish"] is not None or match.groupdict().get("fine") is not None:
        return "target"
    return "observed" if match["observed"] is not None else "before"


def _last(pattern: Pattern, text: str) -> re.Match[str] | None:
    found = list(pattern.finditer(text))
    return found[-1] if found else None
