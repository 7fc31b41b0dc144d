"""Latencies: times that a request, an answer or a frame may take or takes. Other durations are left alone."""

import re
from collections.abc import Iterator

from agent.brief.model import Latency, Role
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.roles import cued, paired, readings, role, wished
from agent.brief.scene import Scene

UNIT = Pattern(
    r"[\s-]?(?P<unit>ms|msecs?|milliseconds?|millisecs?|millis|us|µs|usec|microseconds?|s|secs?|seconds?|minutes?|mins?)\b(?!')(?!\s?/\s?\w)",
    re.IGNORECASE,
)
MILLISECONDS = (("min", 60_000.0), ("mic", 1e-3), ("m", 1.0), ("u", 1e-3), ("µ", 1e-3), ("s", 1e3))
PERCENTILE = Pattern(
    r"\bp(?P<rank>50|75|90|95|98|99(?:\.9{1,3})?|999)\b(?!\s?/)|(?P<median>\bmedian\b)|(?P<nth>\b\d{2}(?:\.\d+)?)th[\s-]percentile"
    r"|(?P<share>\b\d{2}(?:\.\d+)?)\s?(?:%|percent|per cent) of (?:all |the |our )?(?:requests|calls|queries|responses|answers|replies|predictions|scores|searches|users|cases|times?|them)\b"
    r"|(?P<part>\b9\d)(?: out)? of (?:every |each |all )?(?:100|a hundred|hundred)\b",
    re.IGNORECASE,
)
# "250 ms for 99 percent of quotes": whatever is answered.
SHARE_BEHIND = Pattern(
    r"\s(?:for|in)\s(?:at least |about )?(?P<share>\d{2}(?:\.\d+)?)\s?(?:%|percent|per cent) of (?:all |the |our )?[a-z]+s\b",
    re.IGNORECASE,
)
RANK_BEHIND = Pattern(r"\s*(?:latency\s)?(?:at|@|\(|for|in|as)?\s*(?:the\s|our\s)?$", re.IGNORECASE)
# A length of time that is no latency says so right before or right behind it.
OTHER_BEFORE = Pattern(
    r"(?:\b(?:every|each|(?<!hoped )(?<!hoping )(?<!aim )(?<!aiming )(?<!asks )(?<!asked )(?<!ask )for|after|last|past|previous|timeout|timeouts|time-out|ttl|interval|window|retention|delay|queue delay|sleep|adds?|adding|overhead|jitter|step time|lasts?|lasting|older than|cuts (?:it )?at|(?:audio|clips?|videos?|recordings?|speech|history|data|samples?) of|cuts the connection at|drop after|grace period)"
    r"(?:\s+(?:of|is|are|was|to|at|set to|about|around|in|an?|the|only|extra|another|roughly|first|next|~|=))*[\s:=~]*|\b\d+\s?(?:ms|s)\s(?:vs\.?|or)\s*)$",
    re.IGNORECASE,
)
OTHER_BEHIND = Pattern(
    r"\s*(?:long\b|of\s(?!wait|latency|the (?:latency|budget))|timeouts?\b|ttl\b|windows?\b|intervals?\b|retention\b|old\b|ago\b|late[r]?\b|apart\b|delay\b|overhead\b|"
    r"(?:long )?(?:audio|videos?|clips?|segments?|chunks?|recordings?|sleep|pause|batch window|batching window|polling|between retries|scrape|cold starts?)\b|of (?:audio|video|speech|data|history))",
    re.IGNORECASE,
)
# Words of a sentence that is about something else that lasts.
OTHER_SENTENCE = Pattern(
    r"\b(?:train(?:s|ing)?|epochs?|load(?:s|ing)? (?:the )?(?:model|weights)|model loads?|weights? load\w*|startup|start-up|boot(?:s|ing)?|warm-?up|pods? (?:to )?start\w*|new nodes?|index build|build takes|"
    r"restart\w*|scrape|load test|soak test|retention|ttl|batching window|audio (?:file|clip)s? of|steps? take|step time|checkpoint\w*|deploys?|rollback|roll back|npm|storybook|drop(?:s)? after|wal|watch)\b",
    re.IGNORECASE,
)
SPEED = Pattern(
    r"\b(?:latenc\w*|response times?|respon[ds]\w*|time to first token|ttft|first (?:token|word)|tail|inference (?:time|takes?|is|call|at)|answer\w*|repl(?:y|ies)|per (?:request|call|frame|image|query|token|prediction|item|scan)|"
    r"end[- ]to[- ]end|round[- ]trip|real[- ]?time|slow\w*|fast\w*|quick\w*|cold start|serv\w+|predict\w*|scor(?:e|es|ing)|quer(?:y|ies)|lookups?|requests?|model (?:call|takes?)|calls?|checkout|endpoint|api|search\w*|results?|frames?|takes?|waits?|waiting)\b",
    re.IGNORECASE,
)
LIST = Pattern(
    r"\b(?P<ranks>p\d{2,3}(?:\.\d+)?(?:\s?[/,]\s?p\d{2,3}(?:\.\d+)?){1,5})(?:\s?(?:latency|latencies|of|is|are|at|under|below|:|=|<|<=|targets?)){0,4}\s*"
    r"(?P<values>\d+(?:\.\d+)?(?:\s?(?:ms|s))?(?:\s?[/,]\s?\d+(?:\.\d+)?(?:\s?(?:ms|s))?){1,5})\s?(?P<unit>ms|milliseconds|s|seconds)?\b",
    re.IGNORECASE,
)
SUBSECOND = Pattern(r"\bsub-?second\b", re.IGNORECASE)
PER = Pattern(r"\s?(?:/|per)\s?[a-z]", re.IGNORECASE)
# "3 seconds at most", said of nothing: of an answer, where answers are asked for at all.
CURT = Pattern(
    r"\s(?:at (?:the )?most|tops|max(?:imum)?\b|or less|is (?:fast |good )?enough|(?:is|are) (?:fine|ok|okay))",
    re.IGNORECASE,
)
ASKED = Pattern(
    r"\b(?:rps|qps|requests?|quer(?:y|ies)|calls?|answers?|endpoint|api|serv\w+|chat\w*|users?|predict\w*|latenc\w*|summar\w*|scor\w+)\b",
    re.IGNORECASE,
)
# Who has time for something is given it: "we have 120 ms", "the page has 10 ms for it".
GIVEN = Pattern(
    r"\b(?:we|you) (?:only |just )?(?:have|can wait|can spend|are given)(?: only| just)?(?: about| around| at most)?\s$|\b(?:leaves?|gives?)(?: us)? (?:only |about )?$|\bhas (?:only |about )?$",
    re.IGNORECASE,
)
NOW = Pattern(r"\s(?:now|today|currently|at the moment|at present|right now)\b", re.IGNORECASE)
FOR_IT = Pattern(
    r"\s(?:for (?:it|this|that|everything|all of (?:it|this)|(?:the|a|each|every|its|our) (?!shut|start|warm|boot|drain|train|load|test)[a-z]+)|to (?:score|answer|decide|respond|reply))\b",
    re.IGNORECASE,
)
IT = Pattern(r"\b(?:it|now|today|currently)\b", re.IGNORECASE)
MEAN = Pattern(r"\b(?:mean|average|avg|on average|averages)\b", re.IGNORECASE)
SURELY = Pattern(r"latenc|response|inference|answer", re.IGNORECASE)
LONGEST = 120_000.0
AROUND = 110
FIRST = 2000
HALF = 50


def latencies(scene: Scene) -> tuple[Latency, ...]:
    """Return the latencies of a request in order."""
    listed = list(LIST.finditer(scene.prose))
    found = [(match.start(), latency) for match in listed for latency in _listed(scene, match)]
    taken = [(match.start(), match.end()) for match in listed]
    for match in SUBSECOND.finditer(scene.prose):
        where = role(scene, match.start(), match.end())
        words = scene.words(*match.span())
        found.append((match.start(), Latency(milliseconds=1000, percentile=None, role=where, words=words)))
    found += _singles(scene, [figure for figure in scene.figures if not _inside(figure, taken)])
    return tuple(latency for _, latency in sorted(found, key=lambda pair: pair[0]))


def _inside(figure: Figure, spans: list[tuple[int, int]]) -> bool:
    return any(start <= figure.start < end for start, end in spans)


def _singles(scene: Scene, figures: list[Figure]) -> Iterator[tuple[int, Latency]]:
    previous, rank, used = 0, None, -1
    told: tuple[float | None, Role, int] = (None, "target", -1)
    for figure in figures:
        unit = UNIT.match(scene.prose, figure.end)
        if unit is None or figure.scale in {"B", "M"}:
            continue
        factor = _factor(unit["unit"])
        own, used = _percentile(scene, max(previous, scene.sentence(figure.start)[0]), figure, unit.end(), used)
        rank = own if own is not None or not paired(scene.before(figure.start)) else rank
        # "p99 is 240 ms, the contract says 100": what is asked for is the percentile that is spoken of.
        if rank is None and _answered(scene, figure, unit.end(), told):
            rank = told[0]
        previous = unit.end()
        if not _is_latency(scene, figure, unit, rank):
            continue
        words = scene.words(figure.start, unit.end())
        for reading in readings(scene, figure, unit.end()):
            low = None if reading.low is None else reading.low * factor
            value = reading.value * factor
            where = "target" if _given(scene, figure, unit.end()) else reading.role
            told = (rank, where, figure.start)
            latency = Latency(milliseconds=value, percentile=rank, role=where, words=words, low=low)
            yield figure.start, latency


def _given(scene: Scene, figure: Figure, end: int) -> bool:
    """Whether a time is what there is for something: "we have 120 ms", "the page has 10 ms for it"."""
    have, after = GIVEN.search(scene.before(figure.start)), scene.after(end, 40)
    if have is None or NOW.match(after):
        return False
    return bool(FOR_IT.match(after)) or not (have[0].startswith("has") or re.match(r"\s(?:p\d|lat|resp|av)", after))


def _answered(scene: Scene, figure: Figure, end: int, told: tuple[float | None, Role, int]) -> bool:
    """Whether a time is the wish that goes with the percentile told of before it in the sentence."""
    rank, where, place = told
    if rank is None or where == "target" or place < scene.sentence(figure.start)[0]:
        return False
    renamed = where == "before" and IT.search(scene.prose, place, figure.start)
    return (bool(renamed) or wished(scene, figure.start, end)) and not MEAN.search(scene.prose, place, end)


def _factor(unit: str) -> float:
    return next(factor for stem, factor in MILLISECONDS if unit.lower().startswith(stem))


def _is_latency(scene: Scene, figure: Figure, unit: re.Match[str], rank: float | None) -> bool:
    before, after = scene.before(figure.start), scene.after(unit.end(), 60)
    other_rate = rank is None and PER.match(after) and not SPEED.match(after.strip())
    if OTHER_BEFORE.search(before) or OTHER_BEHIND.match(after) or other_rate:
        return False
    if rank is not None:
        return True
    if unit["unit"].lower().startswith("min") or figure.value * _factor(unit["unit"]) > LONGEST:
        return False
    sentence = before[-AROUND:] + scene.prose[figure.start : unit.end()] + scene.after(unit.end(), AROUND)
    if OTHER_SENTENCE.search(sentence) and not SURELY.search(sentence):
        return False
    if SPEED.search(sentence) or cued(before) or _given(scene, figure, unit.end()) or before.endswith("sub-"):
        return True
    return not before.strip() and bool(CURT.match(after) and ASKED.search(scene.prose[:FIRST]))


def _percentile(scene: Scene, start: int, figure: Figure, end: int, used: int) -> tuple[float | None, int]:
    """The percentile of a time: the last one between it and the time before it, else one right behind it.

    Returns it with the place of the last percentile that is spoken for.
    """
    begin = max(start, figure.start - 80)
    last = None
    for match in PERCENTILE.finditer(scene.prose, begin, figure.start):
        if match.start() > used:
            last = match
    if last is not None and re.search(
        r",\s(?:but |and )?(?:we|i|the (?:target|goal)|it|must|need|target)\b",
        scene.prose[last.end() : figure.start],
        re.IGNORECASE,
    ):
        last = None
    if last is None:
        behind = PERCENTILE.search(scene.prose, end, min(len(scene.prose), end + 40))
        share = SHARE_BEHIND.match(scene.prose, end)
        if share and float(share["share"]) >= HALF:
            return float(share["share"]), share.start()
        if behind and RANK_BEHIND.fullmatch(scene.prose[end : behind.start()]):
            last = behind
    return (None, used) if last is None else (_rank(last), last.start())


def _rank(match: re.Match[str]) -> float:
    if match["median"]:
        return 50.0
    digits = match["rank"] or match["nth"] or match["share"] or match["part"]
    return 99.9 if digits == "999" else float(digits)


def _listed(scene: Scene, match: re.Match[str]) -> Iterator[Latency]:
    """Read "p50/p95/p99 20/50/100 ms": as many values as percentiles, else nothing."""
    ranks = re.findall(r"\d+(?:\.\d+)?", match["ranks"])
    values = re.findall(r"(\d+(?:\.\d+)?)\s?(ms|s)?", match["values"], re.IGNORECASE)
    last = match["unit"] or values[-1][1]
    if len(ranks) != len(values) or not last:
        return
    where = role(scene, match.start(), match.end())
    for rank, (value, unit) in zip(ranks, values, strict=True):
        factor = 1000.0 if (unit or last).lower().startswith("s") else 1.0
        percentile = 99.9 if rank == "999" else float(rank)
        yield Latency(
            milliseconds=float(value) * factor, percentile=percentile, role=where, words=scene.words(*match.span())
        )
