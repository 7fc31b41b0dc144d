"""Percentages: the availability asked for, and the quality and health figures a request states."""

import re
from collections.abc import Iterator

from agent.brief.model import Measure, Quantity
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.roles import readings, role, wished
from agent.brief.scene import Scene

PERCENT = Pattern(r"\s?(?:%|percent\b|per cent\b|pct\b)", re.IGNORECASE)
AVAILABLE_BEHIND = Pattern(
    r"\s?(?:of\s)?(?:monthly\s|yearly\s|service\s|api\s|the\s)?(?:availab\w*|uptime|slo\b|sla\b|of the time|reliab\w*)",
    re.IGNORECASE,
)
# What may stand between a percentage and its goal: nothing that could be measured itself.
PLAIN = Pattern(
    r"[\d.]+\s?(?:%|percent|per cent)(?:[\s,;:()-]*\b(?:(?P<it>now|it(?:'s| is)?|today)|of the time|in|before|after|since|the|our|a|an|this|last|release|deploy|deployment|production|prod|test|validation|training|launch|week|month|may|june|"
    r"summer|and|but|so|while|we|i|they|you|goal|target|contract|client|customer|customers|business|boss|slo|sla|says?|said|asks?|for|must|should|shall|have to|has to|need|needs|needed|want|wants|wanted|would|like|to|see|be|get|reach|"
    r"at|least|least is|is|was|were|are|hoped?|expect(?:ed)?|promised|required|agreed|above|over|about|more|than|again|back|up|us|them)\b)*[\s,;:()-]*",
    re.IGNORECASE,
)
# Behind a bare percentage, what makes it one of something else.
OF_ELSE = Pattern(r"\s(?:of|off|more|less|faster|cheaper|slower|discount|cpu|gpu|memory)\b", re.IGNORECASE)
AVAILABLE_BEFORE = Pattern(
    r"\b(?:availab\w*|uptime|slo|sla|(?:be|stay|remain|is|keep it|been) up)\b(?:\s(?:slo|sla|target|goal|of|is|must|be|should|at|least|to|for|the|api|service|needs?|has|above|over|about|was|requirement))*[\s:=>≥~]*$",
    re.IGNORECASE,
)
NINES = Pattern(
    r"\b(?P<count>two|three|four|five|six|2|3|4|5|6)[\s-](?:and a half[\s-])?(?:nines|9s|9's)\b", re.IGNORECASE
)
NINES_OF = {"two": 99.0, "2": 99.0, "three": 99.9, "3": 99.9, "four": 99.99, "4": 99.99, "five": 99.999, "5": 99.999, "six": 99.9999, "6": 99.9999}  # fmt: skip
LEAST = 90.0
WHOLE = 100.0
# Where a bare number after "accuracy" is a percentage rather than anything else.
PLAUSIBLE = 30.0
# How far a goal may stand behind what it is the goal of.
SOON = 90

NAMES: tuple[tuple[str, str], ...] = (
    ("false positive rate", r"false[- ]positive(?: rate)?s?|fpr"),
    ("false negative rate", r"false[- ]negative(?: rate)?s?|fnr"),
    ("accuracy", r"accuracy|accurate"),
    ("precision", r"precision(?:@\d+)?"),
    ("recall", r"recall(?:@\d+)?"),
    ("f1", r"(?:macro |micro )?f1(?:[- ]score)?"),
    ("auc", r"(?:pr[- ]|roc[- ])?auc(?:[- ]roc|[- ]pr)?|auroc|auprc"),
    ("map", r"mAP(?:@[\d.]+)?"),
    ("ndcg", r"ndcg(?:@\d+)?"),
    ("word error rate", r"word error rate|wer"),
    ("error rate", r"error rate|errors?(?= rate)|failure rate|5xx(?: rate| errors)?"),
    ("gpu utilisation", r"gpus?(?: is| are)? (?:util\w*|usage|load|busy)|gpus?(?= at)"),
    ("cpu utilisation", r"cpus?(?: is| are)? (?:util\w*|usage|load|busy)|cpus?(?= at)"),
    ("memory use", r"(?:memory|ram) (?:usage|use|util\w*)"),
    ("utilisation", r"utili[sz]ation"),
    ("conversion", r"conversion(?: rate)?"),
    ("click-through", r"click[- ]through(?: rate)?|ctr"),
    ("hit rate", r"(?:cache )?hit rate"),
    ("missing values", r"null rate|missing (?:values|rate)|nulls"),
    ("match rate", r"match rate"),
    ("success rate", r"success rate|success"),
    ("agreement", r"agreement"),
    ("positives", r"positives|positive (?:rate|class)|churners|fraud rate|base rate"),
)  # fmt: skip
_NAME = "|".join(f"(?P<g{index}>\\b(?:{pattern})\\b)" for index, (_, pattern) in enumerate(NAMES))
_LINK = r"(?:\s(?:dropp?\w*|drops|fell|falls|rose|went|goes|jumped|improved|is|was|are|were|of|at|from|to|must|be|should|has|needs?|least|under|below|above|over|only|stays?|stuck|sits?|currently|now|about|around|on|down|up|target|in|production|prod|more|than|stay|reach\w*|for|the|test|set|holdout|validation|score|rate|kept|keep|just|gives|gets?|it|still|went|reached|degraded|decreased|increased|remain\w*|by default|hovers?|between|want\w*|we|have|a|an|and|i|got|goal|most|[`\w]*`))*[\s:=<>≤≥~(`]*"
BEFORE = Pattern(rf"(?:{_NAME})(?P<link>{_LINK})$", re.IGNORECASE)
SECOND = Pattern(
    rf"(?:{_NAME}){_LINK}\d[\d.]*\s?(?:%|percent|per cent)?\s(?:down |up )?(?:to|→|->)\s(?:about\s)?$", re.IGNORECASE
)
BEHIND = Pattern(
    rf"(?:\s(?:of|in|for|the|test|top-1|overall|validation|training|train))*[\s-](?:{_NAME})", re.IGNORECASE
)
TO = Pattern(r"(?:to|→|->)\s(?:about\s)?$", re.IGNORECASE)
RELATIVE = Pattern(
    r"\b(?:by|within|another|extra|further|gain(?:s|ed)?|los(?:es?|t)|costs?|up|down|wins by)\s(?:about\s|around\s|~|only\s)?$",
    re.IGNORECASE,
)
TRAFFIC = Pattern(
    r"\s(?:of\s)?(?:the\s|our\s|all\s|live\s|production\s|scoring\s|incoming\s|real\s|mobile\s)*(?:users|traffic|requests|calls|customers|sessions)\b",
    re.IGNORECASE,
)
TO_TRAFFIC = Pattern(
    r"\b(?:to|on|for|with|at|in front of|first|canary|share|start(?:ing)? (?:with|at)|serve|send|shift|route|ramp|get[s]?|raise it to|than)\s(?:only\s|about\s|the first\s)?$",
    re.IGNORECASE,
)
# "2 s for 95% of requests" is a percentile.
WITHIN = Pattern(r"\d\s?(?:ms|s|secs?|seconds?|milliseconds?)\s(?:for|in|at)\s$", re.IGNORECASE)
UNITLESS = ("auc", "f1", "accuracy", "precision", "recall", "map", "ndcg", "word error rate")
SIGNLESS = Pattern(r"accura|precision|recall|f1|au(?:ro|pr)?c|map|ndcg|word error|wer", re.IGNORECASE)
UNIT_BEHIND = Pattern(
    r"\s?(?:ms|s|sec\w*|x|[kmgt]i?b|hours?|days?|rps|qps|points?|pp|times|[a-z]*rows|epochs?|minutes?|changes|threshold)\b|\s?%|\.\d|:\d|@",
    re.IGNORECASE,
)


def availability(scene: Scene) -> tuple[Quantity, ...]:
    """Return the availabilities in percent, "three nines" among them."""
    found: list[tuple[int, Quantity]] = []
    last = -1
    for figure in scene.figures:
        unit = PERCENT.match(scene.prose, figure.end)
        if not unit or not LEAST <= figure.value < WHOLE:
            continue
        if _available(scene, figure, unit.end()) or _goal(scene, figure, unit.end(), last):
            last = figure.start
            found += [
                (figure.start, _percent(scene, figure.start, unit.end(), reading.value, reading.role == "target"))
                for reading in readings(scene, figure, unit.end())
            ]
    for match in NINES.finditer(scene.prose):
        if "half" not in match[0].lower():
            wished = role(scene, match.start(), match.end()) == "target"
            found.append(
                (match.start(), _percent(scene, match.start(), match.end(), NINES_OF[match["count"].lower()], wished))
            )
    return tuple(quantity for _, quantity in sorted(found, key=lambda pair: pair[0]))


def _percent(scene: Scene, start: int, end: int, value: float, wished: bool) -> Quantity:
    return Quantity(value=value, unit="percent", words=scene.words(start, end), role="target" if wished else "observed")


def _available(scene: Scene, figure: Figure, end: int) -> bool:
    before, after = scene.before(figure.start, 60), scene.after(end, 40)
    if (
        BEHIND.match(after)
        or BEFORE.search(before)
        or re.match(r"\s?of (?:all |the )?(?:requests|calls|queries)", after)
    ):
        return False
    return bool(AVAILABLE_BEHIND.match(after) or AVAILABLE_BEFORE.search(before))


def measures(scene: Scene) -> tuple[Measure, ...]:
    """Return the measures in order; a value between 0 and 1 of a measure that is a share is given in percent."""
    found: list[Measure] = []
    last = -1
    for figure in scene.figures:
        read = tuple(_measure(scene, figure))
        unit = PERCENT.match(scene.prose, figure.end)
        # "Recall is 71 %, 90 % was promised": the second is of the recall too.
        if not read and unit and found and _goal(scene, figure, unit.end(), last):
            words, where = scene.words(figure.start, unit.end()), role(scene, figure.start, unit.end(), "observed")
            read = (Measure(name=found[-1].name, percent=figure.value, role=where, words=words),)
        last = figure.start if read else last
        found += read
    return tuple(found)


def _goal(scene: Scene, figure: Figure, end: int, last: int) -> bool:
    """Whether a bare percentage is the goal, or the state, of what the sentence told of at `last`."""
    if last < scene.sentence(figure.start)[0] or figure.start - last > SOON:
        return False
    bare = not (BEHIND.match(scene.prose, end) or OF_ELSE.match(scene.prose, end))
    plain = PLAIN.fullmatch(scene.prose, last, figure.start)
    return bare and bool(plain) and (plain["it"] is not None or wished(scene, figure.start, end))


def _measure(scene: Scene, figure: Figure) -> Iterator[Measure]:
    unit = PERCENT.match(scene.prose, figure.end)
    end = unit.end() if unit else figure.end
    before, after = scene.before(figure.start, 90), scene.after(end, 50)
    # Where no measure that may stand without a sign of percent is named, a bare number is none.
    if unit is None and not (figure.value <= WHOLE and (SIGNLESS.search(before) or SIGNLESS.search(after))):
        return
    if RELATIVE.search(before) or WITHIN.search(before) or figure.scale:
        return
    behind = BEHIND.match(after)
    known = BEFORE.search(before) or (SECOND.search(before) if TO.search(before) else None)
    # The name right behind the figure is its own, unless a name before it is linked to it: "recall 80%, precision 90%".
    match = known or behind
    name = _name(match) if match else ""
    if not name and unit and TRAFFIC.match(after) and TO_TRAFFIC.search(before):
        name, end = "traffic share", end + len((TRAFFIC.match(after) or [""])[0])
    if not name or (unit is None and not _shared(name, figure, scene, end, known)):
        return
    start = figure.start
    if behind and match is behind:
        end += len(behind[0])
    elif match and match.re is BEFORE.compiled:
        start -= len(match[0])
    for reading in readings(scene, figure, end, "target" if name == "traffic share" else "observed"):
        share = unit is None and reading.value <= 1
        percent = round(reading.value * 100, 6) if share else reading.value
        yield Measure(name=name, percent=percent, role=reading.role, words=scene.words(start, end))


def _name(match: re.Match[str]) -> str:
    return next(NAMES[index][0] for index in range(len(NAMES)) if match[f"g{index}"] is not None)


def _shared(name: str, figure: Figure, scene: Scene, end: int, known: re.Match[str] | None) -> bool:
    """Whether a bare number is a value of a measure: 0.87 of one that is a share, or 91 in "accuracy from 91 to 84"."""
    if name not in UNITLESS or UNIT_BEHIND.match(scene.prose, end):
        return False
    link = (known.groupdict().get("link") or "").lower() if known else ""
    if 0 < figure.value <= 1 and "." in scene.prose[figure.start : figure.end]:
        return not re.search(r"\bat\s*$", link)
    pair = figure.joint == "to" and "from" in link
    return pair and all(PLAUSIBLE <= value <= WHOLE for value in (figure.value, figure.low or 0))
