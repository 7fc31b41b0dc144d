"""Shares and chances: a share of a number, k out of n, rare events, confusion counts, changes, growth, labels that come late."""

from collections.abc import Iterator
from math import ceil, log, sqrt

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.reading import Request, digits, sole

Z = 1.959964
FEWEST, MOST = 20, 1e6
HALF, RARE = 0.5, 0.1
# Letters between a share and what it is of.
NEXT = 24
MEASURED = r"right|correct|accura|precision|recall|wrong|error|fail|hit|agree|good|bad|match|pass|relevant|useful|faithful|hallucinat|win|prefer|positive|invent|contain|false|broke|useless|flag"
SAMPLED = (
    r"by hand|check|label|test|sample|through|look|review|measur|\bon\b|judg|grade|asked|over\b|from|\bhad\b|read|rate"
)
SURE = r"how (?:bad|far|sure|certain|exact|precise|much (?:can|should) (?:i|we) trust|reliable|confident)|interval|confiden|error bar|margin|trust|noise|\bluck|chance|significan|uncertain|plus or minus|\boff\b|believe|better|throw|gate|enough|really"


def part_of(request: Request) -> Iterator[Number]:
    """A share of a number that stands right behind it: "0.3 % of our 5 million requests a day"."""
    for share in request.kind("share"):
        whole = next(
            (
                one
                for one in request.amounts
                if one.kind == "count" and 0 <= one.start - share.end <= NEXT and one.value >= FEWEST
            ),
            None,
        )
        if share.of or whole is None or not 0 < share.value < 1:
            continue
        gap = request.text[share.end : whole.start].split()
        if (
            not gap
            or "." in " ".join(gap)
            or gap[0] not in {"of", "positives", "negatives", "fraud", "in", "defects"}
            or not {"of", "in"} & set(gap)
            or (gap[0] == "in" and len(gap) > 1)
        ):
            continue
        value = share.value * whole.value
        what = whole.noun.split(" ")[-1] if whole.noun else "of them"
        per = (
            f" a {whole.per}"
            if whole.per in {"second", "minute", "hour", "day", "night", "week", "month", "year"}
            else ""
        )
        yield Number(
            name=f"{100 * share.value:g} % of them",
            value=value,
            unit=f"{what}{per}",
            working=f"{share.value:g} x {digits(whole.value)} = {digits(value)} {what}{per}, {digits(whole.value - value)} are the rest",
        )


def counted(request: Request) -> Iterator[Number]:
    """A share that was counted, k of n, with its 95 % interval: 1.96 x sqrt(p (1 - p) / n) (Wald)."""
    found = [one for one in request.kind("share") if FEWEST <= one.of <= MOST and 0 < one.value < 1]
    if (
        len(found) != 1
        or found[0].of in {1000.0, 10_000.0, 100.0}
        or not (found[0].near(MEASURED) or request.says(SURE))
    ):
        return
    one = found[0]
    part, whole = round(one.value * one.of), one.of
    yield Number(
        name="the share that was counted",
        value=100 * one.value,
        unit="%",
        working=f"{part:g} / {whole:,.0f} = {100 * one.value:.4g} %",
    )
    yield _margin(one.value, whole)


def _margin(share: float, rows: float) -> Number:
    half = 100 * Z * sqrt(share * (1 - share) / rows)
    low, high = 100 * share - half, 100 * share + half
    return Number(
        name="uncertainty of the measured share",
        value=half,
        unit="points",
        working=f"1.96 x sqrt({share:.4g} x {1 - share:.4g} / {rows:,.0f}) = {half:.3g} points either way (95 % interval {max(0.0, low):.1f} to {min(100.0, high):.1f} %)",
    )


def measured(request: Request) -> Iterator[Number]:
    """The same for a share and a number of cases that are told apart."""
    shares = [
        one
        for one in request.kind("share", MEASURED)
        if not one.of
        and 0 < one.value < 1
        and not one.near(r"gate|target|at least|want|goal|must|need|threshold|confiden|promis|slo\b|traffic")
    ]
    counts = [
        one
        for one in request.amounts
        if one.kind == "count"
        and not one.per
        and FEWEST <= one.value <= MOST
        and one.noun
        and (one.near(SAMPLED) or one.counts(rf"(?:{SAMPLED})\w*"))
    ]
    rows = sole(counts)
    if rows is None or not request.says(SURE) or request.says(r"a/b|canary|lift|conver"):
        return
    for share in sorted({one.value for one in shares})[:2]:
        margin = _margin(share, rows)
        name = margin.name if len(shares) == 1 else f"{margin.name}: {100 * share:g} %"
        yield margin.model_copy(update={"name": name})


def rare(request: Request) -> Iterator[Number]:
    """Cases to look at before a rare one is met: ln(1 - confidence) / ln(1 - p); at 95 % nearly 3 / p, the rule of three (Hanley 1983)."""
    if not request.says(
        r"at least (?:once|one)|\bseen\b|observ|see (?:it|one|any|even one)|find (?:it|one|any)|catch (?:it|one)|meet one|come across|encounter|show up|spot (?:it|one)"
    ):
        return
    sure = sole(
        [one for one in request.kind("share", r"certain|sure|confiden|probab|chance|likel") if HALF < one.value < 1]
    )
    share = sole([one for one in request.kind("share") if 0 < one.value <= RARE])
    if share is None or not request.says(r"how many|how much|how long|sample size|enough"):
        return
    level = sure or 0.95
    need = ceil(log(1 - level) / log(1 - share))
    yield Number(
        name="cases until one is met",
        value=need,
        unit="cases",
        working=f"ln(1 - {level:g}) / ln(1 - {share:g}) = {need:,} cases to meet one with {100 * level:g} % certainty (about 3 / {share:g} for 95 %)",
        assumption="" if sure else "95 % certainty is enough",
    )


def confusion(request: Request) -> Iterator[Number]:
    """Precision, recall and F1 from counts: tp / (tp + fp), tp / (tp + fn), 2 p r / (p + r)."""
    right = sole(request.plain(r"true positives?|tp|correctly (?:flagged|found)|hits"))
    wrong = sole(request.plain(r"false positives?|fp|false alarms"))
    missed = sole([one for one in request.amounts if one.kind == "count" and _missed(one)])
    if right is None or (wrong is None and missed is None):
        return
    precision = right / (right + wrong) if wrong is not None else None
    recall = right / (right + missed) if missed is not None else None
    if precision is not None:
        yield Number(
            name="precision",
            value=100 * precision,
            unit="%",
            working=f"{right:g} / ({right:g} + {wrong:g}) = {100 * precision:.4g} % precision",
        )
    if recall is not None:
        yield Number(
            name="recall",
            value=100 * recall,
            unit="%",
            working=f"{right:g} / ({right:g} + {missed:g}) = {100 * recall:.4g} % recall",
        )
    if precision is not None and recall is not None:
        both = 2 * precision * recall / (precision + recall)
        yield Number(
            name="F1",
            value=100 * both,
            unit="%",
            working=f"2 x {precision:.4g} x {recall:.4g} / ({precision:.4g} + {recall:.4g}) = {both:.3g} ({100 * both:.4g} %)",
        )


def _missed(one: Amount) -> bool:
    """Whether a count is of those that were not found."""
    behind = one.leads(r"^\s?(?:that )?(?:we|it|were|the model)?\s?miss")
    return one.counts(r"false negatives?|fn|misses|missed") or behind or one.follows(r"miss(?:ed|es)?\s$")
