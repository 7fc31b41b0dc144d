"""Typed amounts: what each number of a request measures - time, size, share, money, factor or things counted - and per what."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agent.brief.numbers import Figure
from agent.brief.scene import Scene
from agent.decisions.estimates.spelling import ADVERBS, NOUNS, RATIO, SHARES, STOPS

Kind = Literal["time", "size", "share", "money", "factor", "bits", "count"]
DAY = 86_400.0
SECONDS = {
    "ms": 1e-3,
    "s": 1.0,
    "min": 60.0,
    "hour": 3600.0,
    "day": DAY,
    "night": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "year": 365 * DAY,
}
BYTES = {"k": 1e3, "m": 1e6, "g": 1e9, "t": 1e12, "p": 1e15}
SIGNS = {"d": "$", "u": "$", "b": "$", "e": "€", "€": "€", "p": "£", "g": "£", "£": "£", "c": "$", "$": "$"}
UNIT = r"(?P<unit>milliseconds?|millis|ms|seconds?|secs?|sec|s|minutes?|mins?|min|hours?|hrs?|h|days?|nights?|weeks?|months?|years?|yrs?)"
PER = re.compile(
    r"\s?(?:/|(?:per|an?|each|every|in (?:an?|one)|for (?:each|every|an?|one))\s)\s?(?:(?:gpu|card|machine|node|instance|worker|core|single)[\s-])?"
    r"(?P<per>[a-z]+)\b(?:\s(?P<next>tokens|in|out|input|output)\b)?(?:\s(?P<last>in|out|input|output)\b)?"
)
APIECE = re.compile(r"\s(?:apiece|each)\b")
# "Three documents come in every second": words, but no further number, between a thing and its time.
LATER = re.compile(rf"(?:\s[a-z'-]+){{1,5}}?\s(?:per|an?|each|every)\s{UNIT}\b(?!-)")
SHORT = re.compile(r"\s?(?P<short>rps|qps|tps|req/s|fps|hz)\b")
CURRENCY = re.compile(r"\s?(?P<word>dollars?|usd|bucks|euros?|eur|€|pounds?|gbp|£|cents?|\$)(?![a-z])")
PERCENT = re.compile(r"\s?(?:%|percent\b|per cent\b|pct\b)(?!\s?points?)")
FACTOR = re.compile(r"\s?x(?![a-z\d]|\s\d)|\s(?:times|fold)\b(?!\s(?:an?|per|each)\s)")
SIZE = re.compile(r"\s?(?P<scale>[kmgtp])(?P<binary>i?)(?P<bits>b(?:it|ps)?|bits)?\b|\s(?P<bytes>bytes?)\b")
TIME = re.compile(rf"[\s-]?{UNIT}\b(?!\s?/)")
BITS = re.compile(r"[\s-]?bits?\b")
WORD = re.compile(r"[\s-]([a-z][\w'/-]*)")
ADVERB = re.compile(rf"\s(?P<adverb>{'|'.join(ADVERBS)})\b")
FILLED = re.compile(r"\sof\s(?:\w+\s){0,2}?\w+(?=\s?(?:/|per\b|an?\b|each\b|every\b))")
# "Pay-per-call at $0.01".
AHEAD = re.compile(r"\bper[\s-](?P<per>[a-z]+)\s(?:is\s|at\s|of\s|costs?\s|for\s|:\s)?(?:about\s|around\s)?[$€£]?\s?$")
MORE = re.compile(r"[^.]{0,12}?\b(?:per|an?|and|each)\s(month|year)\b")
# Words of a phrase that counts something.
MOST = 4
REACH = 70


@dataclass(frozen=True)
class Amount:
    """A number in its unit (seconds, bytes, a share of 1, money, bits or things), and the words around it in its sentence."""

    value: float
    kind: Kind
    noun: str
    per: str
    start: int
    end: int
    before: str
    after: str
    sign: str = ""
    of: float = 0.0

    def near(self, pattern: str) -> bool:
        """Whether a pattern stands close to it in its sentence."""
        return self.follows(pattern) or self.leads(pattern)

    def follows(self, pattern: str, reach: int = 40) -> bool:
        """Whether a pattern stands before it, in its clause."""
        return re.search(pattern, re.split(r"[,;:]\s", self.before[-reach:])[-1]) is not None

    def leads(self, pattern: str, reach: int = 40) -> bool:
        """Whether a pattern stands behind it, in its clause."""
        return re.search(pattern, re.split(r"[,;:]\s", self.after[:reach])[0]) is not None

    def counts(self, pattern: str) -> bool:
        """Whether it counts such things."""
        return self.kind == "count" and re.search(rf"\b(?:{pattern})\b", self.noun) is not None


def amounts(scene: Scene) -> tuple[Amount, ...]:
    """Return the amounts of a text in order; both ends of "from 45 to 63 ms" share the unit."""
    prose = scene.prose.lower()
    found = [amount for figure in scene.figures for amount in _read(scene, prose, figure)]
    found += _words(scene, prose)
    ratios = [match for match in found if match.of]
    kept = [one for one in found if one.of or not any(two.start <= one.start < two.end for two in ratios)]
    return tuple(sorted(kept, key=lambda one: one.start))


def _read(scene: Scene, prose: str, figure: Figure) -> Iterator[Amount]:
    last = _typed(scene, prose, figure, figure.value)
    if figure.joint == "to" and figure.low is not None:
        yield _typed(scene, prose, figure, figure.low)
    yield last


def _typed(scene: Scene, prose: str, figure: Figure, value: float) -> Amount:
    place = figure.end
    if money := _money(prose, figure):
        end, sign, part = money
        return _amount(scene, prose, figure, value * part, "money", end, sign=sign)
    if match := PERCENT.match(prose, place):
        return _amount(scene, prose, figure, round(value / 100, 10), "share", match.end())
    if match := FACTOR.match(prose, place):
        return _amount(scene, prose, figure, value, "factor", match.end())
    if match := BITS.match(prose, place):
        return _amount(scene, prose, figure, value, "bits", match.end())
    if (
        not figure.scale
        and (match := SIZE.match(prose, place))
        and (match["bytes"] or match["bits"] or match["binary"])
    ):
        return _amount(scene, prose, figure, value * _bytes(match), "size", match.end())
    if match := TIME.match(prose, place):
        return _amount(scene, prose, figure, value * seconds(match["unit"]), "time", match.end(), noun=match["unit"])
    return _count(scene, prose, figure, value)


def _money(prose: str, figure: Figure) -> tuple[int, str, float] | None:
    """Return where an amount of money ends, its sign, and what its unit is of a whole one."""
    if signed := re.search(r"([$€£])\s?$", prose[max(0, figure.start - 2) : figure.start]):
        return figure.end, signed[1], 1.0
    word = CURRENCY.match(prose, figure.end)
    return (
        None if word is None else (word.end(), SIGNS[word["word"][0]], 0.01 if word["word"].startswith("cent") else 1.0)
    )


def _bytes(match: re.Match[str]) -> float:
    if match["bytes"]:
        return 1.0
    power = "kmgtp".index(match["scale"]) + 1
    scale = 1024.0**power if match["binary"] else BYTES[match["scale"]]
    return scale / 8 if (match["bits"] or "").startswith(("bi", "bp")) else scale


def seconds(unit: str) -> float:
    """Return the seconds of a unit of time as it is written; a month has 30 days."""
    if unit.startswith(("ms", "milli")):
        return SECONDS["ms"]
    if unit.startswith("mo"):
        return SECONDS["month"]
    return next(length for name, length in SECONDS.items() if name[0] == unit[0] and name != "ms")


def _count(scene: Scene, prose: str, figure: Figure, value: float) -> Amount:
    if match := SHORT.match(prose, figure.end):
        noun = "frames" if match["short"] in {"fps", "hz"} else "requests"
        return _amount(scene, prose, figure, value, "count", match.end(), noun=noun, per="second")
    place, words = figure.end, list[str]()
    if them := re.compile(r"\sof (?:them|those|these|it)\b").match(prose, place):
        place = them.end()
    per = ""
    while (
        len(words) < MOST
        and (word := WORD.match(prose, place))
        and (word[1] not in STOPS or (not words and word[1] in NOUNS))
    ):
        words.append(word[1].split("/")[0])
        place = word.end() - (len(word[1]) - len(words[-1]))
    if words and words[0] in ADVERBS:
        per = ADVERBS[words.pop(0)]
    elif words and words[-1] in ADVERBS:
        per = ADVERBS[words.pop()]
    found = _amount(scene, prose, figure, value, "count", place, noun=" ".join(words), per=per)
    later = LATER.match(prose, place) if not found.per else None
    return (
        found
        if later is None
        else _amount(scene, prose, figure, value, "count", place, found.noun, _per(later["unit"]))
    )


def _amount(
    scene: Scene,
    prose: str,
    figure: Figure,
    value: float,
    kind: Kind,
    end: int,
    noun: str = "",
    per: str = "",
    sign: str = "",
) -> Amount:
    per = per or _told_per(prose, figure, kind, end)
    start = figure.start
    opens, closes = scene.sentence(start)
    before, after = prose[max(opens, start - REACH) : start], prose[end : min(max(closes, end), end + REACH)]
    return Amount(value, kind, noun, per, start, end, before, after, sign)


def _told_per(prose: str, figure: Figure, kind: Kind, end: int) -> str:
    """Return per what an amount is told: "hour", "gb month", "million in", "each"."""
    if match := PER.match(prose, end):
        if kind != "money":
            return _per(match["per"])
        per = " ".join(filter(None, (_per(match["per"]), match["next"], match["last"])))
        more = MORE.match(prose, match.end())
        return per if more is None else f"{per} {more[1]}"
    if match := ADVERB.match(prose, end):
        return ADVERBS[match["adverb"]]
    filled = FILLED.match(prose, end) if kind == "size" else None
    if filled and (match := PER.match(prose, filled.end())):
        return _per(match["per"])
    if kind == "money" and (ahead := AHEAD.search(prose[max(0, figure.start - REACH) : figure.start])):
        return _per(ahead["per"])
    return "each" if APIECE.match(prose, end) else ""


def _per(word: str) -> str:
    if re.fullmatch(UNIT, word):
        length = seconds(word)
        name = next(name for name, value in SECONDS.items() if value == length)
        return {"s": "second", "min": "minute"}.get(name, name)
    return word


def _words(scene: Scene, prose: str) -> Iterator[Amount]:
    """Shares that are no percentages: "a third", "half of them", "3 in 1,000"."""
    for pattern, value in SHARES:
        for match in re.finditer(pattern, prose):
            yield _share(scene, prose, match, value, 0.0)
    for match in RATIO.finditer(prose):
        part, whole = (float(re.sub(r"\D", "", match[name]) or 0) for name in ("part", "whole"))
        if 0 < part < whole:
            yield _share(scene, prose, match, part / whole, whole)


def _share(scene: Scene, prose: str, match: re.Match[str], value: float, whole: float) -> Amount:
    opens, closes = scene.sentence(match.start())
    before, after = prose[max(opens, match.start() - REACH) : match.start()], prose[match.end() : closes][:REACH]
    return Amount(value, "share", "", "", match.start(), match.end(), before, after, of=whole)
