"""By when something must be done: times of day, windows, dates, and lengths of time."""

import re
from collections.abc import Iterator

from agent.brief.freshness import UNIT, factor, is_fresh
from agent.brief.model import Deadline
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.scene import Scene

HOURS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
TIME = (
    r"(?:(?:(?P<{0}h>[01]?\d|2[0-4])(?::(?P<{0}m>[0-5]\d))?|(?P<{0}s>"
    + "|".join(HOURS)
    + r")\b)\s?(?P<{0}x>am\b|pm\b|a\.m\.|p\.m\.|o'clock\b|(?<=\d)h\b|utc\b|in the (?:early )?(?:morning|evening|afternoon)\b|at night\b)?|(?P<{0}w>noon|midnight))"
)
CLOCK = Pattern(
    rf"\b(?:by|before|until|till|not later than|no later than|latest)\s(?:the\s)?{TIME.format('a')}(?![\w%:,-]*\d)(?!\.\d)(?!\w)",
    re.IGNORECASE,
)
WINDOW = Pattern(
    rf"(?<![\w:.])(?:between\s|from\s)?{TIME.format('a')}\s?(?:-|to|and|until|till)\s?{TIME.format('b')}(?![\w:%])",
    re.IGNORECASE,
)
# "May start at 23:00 and everything has to be there by 06:30", "start 10 PM, ready by 6 AM".
OPENS = Pattern(
    rf"\b(?:starts?|begins?|beginning|starting|opens?|kicks? off|available|free|run|from|after)\s(?:running\s)?(?:at\s|from\s|after\s)?{TIME.format('a')}(?!\w)",
    re.IGNORECASE,
)
CLOSES = Pattern(
    rf"\b(?:by|before|until|till|(?:starts?|opens?|begins?|ends?|done|ready|finished|closes?) (?:at|by|before)|no later than)\s(?:the\s)?{TIME.format('b')}(?!\w|[:.]\d)(?!\s(?:of|%|(?!is\b|this\b|as\b)[a-z]+s\b))",
    re.IGNORECASE,
)
WEEKDAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
DATE = Pattern(
    rf"\b(?:by|before|until|till|due)\s(?:the\s)?(?:next\s|this\s|coming\s)?(?:{WEEKDAY}|tomorrow|tonight|(?:month|quarter|year|week)[- ]end|next (?:week|month|quarter|year)|end of (?:the |this |next )?(?:day|week|month|quarter|year)|eod|eow|(?:q[1-4])\b|spring|summer|autumn|winter|christmas|january|february|march|april|june|july|august|september|october|november|december)\b",
    re.IGNORECASE,
)
DONE = Pattern(
    r"\b(?:(?:finish\w*|complete[ds]?|done|ready|end|run|must|should|needs? to|has to|have to|want|need|restor\w*|recover\w*)\b[^.;!?]{0,40}?\b(?:within|in|in under|under|in less than|less than|below|at most|max)|within)\s(?:about\s|around\s|~|the\s|an\s)?(?:next\s)?$",
    re.IGNORECASE,
)
# "The run may take 5 hours"; "12 hours of training would be fine".
ALLOWED = Pattern(
    r"\b(?:may|is allowed to|are allowed to|must not|should not|mustn't|shouldn't) (?:take|last|run)(?: for)?(?: up to| at most| longer than| more than)?\s(?:about\s|around\s|~)?$",
    re.IGNORECASE,
)
SPENT = Pattern(
    r"(?:\s(?:of (?:training|scoring|run ?time|work|compute|processing)|per run|a night|for (?:it|that|training|the run|the job|a run)))?\s(?:is|are|would be|will be) (?:perfectly |absolutely |still |quite )?(?:fine|ok|okay|alright|all right|acceptable|good enough|enough)\b",
    re.IGNORECASE,
)
WRONG = Pattern(
    r"\b(?:by|late|later|wrong|off|older|delay\w*|lag\w*|of|than|every)\s(?:about\s|up to\s)?$", re.IGNORECASE
)
# When it is busy is no window for work; and "from 14:00 it grows, by 20:00 it is gone" none either.
BUSY = Pattern(r"\b(?:busy|busiest|peak\w*|rush|spik\w+|grow\w*|most traffic|lag)\b[^.;!?]{0,50}$", re.IGNORECASE)
GONE = Pattern(r"\b(?:gone|over|normal|recovers?|recovered|ended|calm)\s$", re.IGNORECASE)
WORK = Pattern(r"\b(?:done|ready|must|has to|have to|finish\w*|complete\w*|should|needs?|through)\b", re.IGNORECASE)
NOT_DONE = Pattern(
    r"\s(?:of (?:history|data|audio|video|logs)|ago\b|old\b|late\b|window\b|after\b|timeout)|\s?(?:later)\b|'",
    re.IGNORECASE,
)
GROWS = Pattern(r"\b(?:go(?:es)?|went|up|grow\w*|rises?|spikes?|doubl\w*|tripl\w*|\d+x)\s$", re.IGNORECASE)
LONG = 60.0
NOON = 12
# "Nine at night" is 21:00, "two at night" 02:00.
DUSK = 6
# A window opens and closes in one sentence, near each other; one that opens in the evening closes in the morning.
WIDEST = 100
EVENING = 18 * 60


def deadlines(scene: Scene) -> tuple[Deadline, ...]:
    """Return the windows, times of day, dates and lengths of time in which something must be done, in order."""
    found = list(_windows(scene))
    taken = [(start, start + len(deadline.words)) for start, deadline in found]
    for match in CLOCK.finditer(scene.prose):
        clock = "" if GONE.search(scene.before(match.start(), 30)) else _clock(match, "a")
        if clock and (match["am"] or match["ax"] or match["aw"]) and not any(a <= match.start() < b for a, b in taken):
            found.append((match.start(), Deadline(words=scene.words(*match.span()), clock=clock)))
    found += [(match.start(), Deadline(words=scene.words(*match.span()))) for match in DATE.finditer(scene.prose)]
    found += [pair for figure in scene.figures for pair in _lengths(scene, figure)]
    return tuple(deadline for _, deadline in sorted(found, key=lambda pair: pair[0]))


def _windows(scene: Scene) -> Iterator[tuple[int, Deadline]]:
    taken: list[tuple[int, int]] = []
    for match in WINDOW.finditer(scene.prose):
        # Two bare numbers are no window, nor is "from 2 h to 9 h": they must say that they are times of day.
        hours = (match["bx"] or "").lower() == "h"
        both = (match["am"] and match["bm"]) or (match["bx"] and not hours) or match["bw"]
        linked = match[0].lower().startswith(("between", "from")) or not re.search(r"\sand\s", match[0])
        opens, clock = _clock(match, "a", match["bx"] or ""), _clock(match, "b")
        if both and linked and opens and clock and not BUSY.search(scene.before(match.start(), 60)):
            taken.append(match.span())
            yield match.start(), _window(scene, match.span(), opens, clock)
    for first in OPENS.finditer(scene.prose):
        second = CLOSES.search(scene.prose, first.end(), min(scene.sentence(first.start())[1], first.end() + WIDEST))
        sure = (first["am"] or first["ax"] or first["aw"]) and not BUSY.search(scene.before(first.start(), 60))
        if second and first[0].lower().startswith(("from", "after")):
            sure = sure and WORK.search(scene.prose, first.end(), second.end())
        if second and sure and not any(start < second.end() and first.start() < end for start, end in taken):
            opens, clock = _clock(first, "a"), _clock(second, "b")
            if opens and clock and (second["bm"] or second["bx"] or second["bw"] or _minutes(opens) >= EVENING):
                yield first.start(), _window(scene, (first.start(), second.end()), opens, clock)


def _window(scene: Scene, span: tuple[int, int], opens: str, clock: str) -> Deadline:
    seconds = (_minutes(clock) - _minutes(opens)) % 1440 * 60.0
    return Deadline(words=scene.words(*span), clock=clock, opens=opens, seconds=seconds)


def _lengths(scene: Scene, figure: Figure) -> Iterator[tuple[int, Deadline]]:
    unit = UNIT.match(scene.prose, figure.end)
    if unit is None or figure.scale:
        return
    scale = factor(unit["unit"])
    before, after = scene.before(figure.start, 70), scene.after(unit.end(), 20)
    match = DONE.search(before) or ALLOWED.search(before)
    spent = SPENT.match(scene.after(unit.end(), 60))
    if spent and match is None and scale >= LONG and not (WRONG.search(before) or is_fresh(scene, figure, unit.end())):
        yield figure.start, Deadline(words=scene.words(figure.start, unit.end()), seconds=figure.value * scale)
        return
    if (
        match is None
        or GROWS.search(before[: match.start()])
        or scale < LONG
        or NOT_DONE.match(after)
        or is_fresh(scene, figure, unit.end())
    ):
        return
    start = figure.start - (len(match[0]) - match[0].lower().rfind("within") if "within" in match[0].lower() else 0)
    yield start, Deadline(words=scene.words(start, unit.end()), seconds=figure.value * scale)


def _clock(match: re.Match[str], key: str, other: str = "") -> str:
    if word := match[f"{key}w"]:
        return "12:00" if word.lower() == "noon" else "00:00"
    spelt, half = match[f"{key}s"], (match[f"{key}x"] or other).lower()
    hour = HOURS.index(spelt.lower()) + 1 if spelt else int(match[f"{key}h"])
    if half.startswith(("in", "at")):
        late = "evening" in half or "afternoon" in half or ("night" in half and hour > DUSK)
        half = "p" if late else "a"
    if half.startswith(("a", "p")):
        if not 1 <= hour <= NOON:
            return ""
        hour = hour % 12 + (12 if half.startswith("p") else 0)
    return f"{hour % 24:02d}:{match[f'{key}m'] or '00'}"


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])
