"""Money: budgets and bills, with the period they are for. A price of one item is left alone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agent.brief.model import Money
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.roles import cued, readings
from agent.brief.scene import Scene

Period = Literal["", "hour", "day", "week", "month", "year", "run"]

SIGN_BEFORE = Pattern(r"(?P<currency>[$€£]|USD|EUR|GBP)\s?$", re.IGNORECASE)
SIGN_BEHIND = Pattern(
    r"\s?(?P<scale>m\b(?=\s?(?:dollars|usd|euros?|€|\$)))?\s?(?P<currency>dollars?|usd|bucks|euros?|eur\b|€|£|pounds?|gbp|\$)",
    re.IGNORECASE,
)
CURRENCIES: dict[str, str] = {"$": "$", "u": "$", "d": "$", "b": "$", "€": "€", "e": "€", "£": "£", "g": "£", "p": "£"}
MILLION = Pattern(r"m\b", re.IGNORECASE)
PERIOD = Pattern(
    r"(?:\s(?:in )?(?:total|all in|all-in|of budget|budget|max|tops))?\s?(?:(?:/|per\s|an?\s|each\s|every\s|for (?:the|each|a)\s)\s?(?P<period>hour|hr|h|day|night|week|wk|month|mo|year|yr|annum|(?:training |batch |single )?(?:run|job)|time)\b|(?P<adverb>hourly|daily|nightly|weekly|monthly|yearly|annually|p\.a\.|a time))",
    re.IGNORECASE,
)
# "$0.002 per prediction" and "$3 per GPU hour" are prices, not what may be spent.
PRICE = Pattern(
    r"\s?(?:/|per\s|an?\s|each\s|for\s(?:each|every)\s|for\s(?=\d))\s?(?:\d|k\b|m\b|gpu|core|vcpu|node|instance|hour of|seat|user|token|prediction|request|call|image|document|item|thousand|(?:1k |1m |1,000 |thousand |million )?(?:tokens?|calls?|requests?|images?|answers?|pages?)|million|query|gb|tb|minute|summary|customer|conversation|page|month per)",
    re.IGNORECASE,
)
OTHER = Pattern(
    r"\s?(?:(?:in|of)\s)?(?:(?:yearly|annual|lost|daily|monthly)\s)?(?:revenue|sales|profit|turnover|fraud|losses|transactions?|purchases?|orders?|deals?|claims?|loans?|payments?|fines?|prizes?|house|arr\b|mrr\b)",
    re.IGNORECASE,
)
OTHER_BEFORE = Pattern(
    r"\b(?:sav(?:e|es|ed|ing)|worth|revenue (?:of|is)|los(?:e|es|ing|t)|earn\w*|sells?|sold|fine of|transactions? (?:over|above|of|under)|payments? (?:over|above|of)|orders? (?:over|above|of)|purchases? (?:over|above|of)|insured (?:for|up to|with)|insurance of|cover(?:s|ed|age)?(?: of| for)?|liable for|salary of|loans? of"
    # Goods, not spending: "gifts under 30 euro".
    r"|(?:products?|items?|gifts?|presents?|shoes|clothes|articles?|goods|offers?|books?|wines?|phones?|laptops?|toys?|deals|listings|flats?|apartments?|hotels?|restaurants|baskets?|carts?|dresses|everything|something|anything) (?:for )?(?:under|below|over|above|between|less than|up to|cheaper than))\s+(?:us\s|about\s|around\s|up to\s|~)?(?:[$€£]\s?)?$",
    re.IGNORECASE,
)
SPENDING = Pattern(r"\b(?:spend(?:ing)?|bill|costs?|budget|invoice|afford|pay|money|finance|grant)\b", re.IGNORECASE)
BUDGET_BEHIND = Pattern(
    r"\s(?:a|per|each) (?:month|year|week|day) (?:is|are|as) (?:the|our|my|all the)\s(?:\w+\s)?(?:budget|money|limit|cap)\b",
    re.IGNORECASE,
)
PAID = Pattern(r"\b(?:pay|paying|spend|spending|spent)$", re.IGNORECASE)
LOOSE_END = Pattern(
    r"\s*(?:$|[.,;:!?)]|(?:per|a)\s(?:month|day|week|year)|and\b|but\b|at\b|with\b|max\b)", re.IGNORECASE
)
PERIODS: dict[str, Period] = {
    "hr": "hour",
    "h": "hour",
    "hourly": "hour",
    "daily": "day",
    "night": "day",
    "nightly": "day",
    "wk": "week",
    "weekly": "week",
    "mo": "month",
    "monthly": "month",
    "yr": "year",
    "annum": "year",
    "yearly": "year",
    "annually": "year",
    "p.a.": "year",
    "hour": "hour",
    "day": "day",
    "week": "week",
    "month": "month",
    "year": "year",
}


@dataclass(frozen=True)
class Amount:
    """A figure that is money: its currency, factor, and where its words start and end."""

    figure: Figure
    currency: str
    factor: float
    start: int
    end: int
    period: Period


def budgets(scene: Scene) -> tuple[Money, ...]:
    """Return the amounts of money that may be or are spent, in order."""
    found: list[Amount] = []
    for figure in scene.figures:
        amount = _amount(scene, figure) or _loose(scene, figure, found)
        if amount is not None:
            found.append(amount)
    shared = _shared(scene, found)
    return tuple(money for amount, period in zip(found, shared, strict=True) for money in _money(scene, amount, period))


def _amount(scene: Scene, figure: Figure) -> Amount | None:
    sign = SIGN_BEFORE.search(scene.prose[max(0, figure.start - 5) : figure.start])
    start, end, factor = figure.start, figure.end, 1.0
    if sign:
        start -= len(sign[0])
        if not figure.scale and (million := MILLION.match(scene.prose, end)):
            end, factor = million.end(), 1e6
    elif sign := SIGN_BEHIND.match(scene.prose, figure.end):
        end, factor = sign.end(), 1e6 if sign["scale"] else 1.0
    elif figure.scale.lower() == "grand":
        return _period(scene, Amount(figure, _currency_said(scene, figure.start), 1.0, start, end, ""))
    else:
        return None
    before = scene.before(start, 50)
    if PRICE.match(scene.prose, end) or OTHER.match(scene.prose, end) or OTHER_BEFORE.search(before):
        return None
    return _period(scene, Amount(figure, CURRENCIES[sign["currency"][0].lower()], factor, start, end, ""))


def _period(scene: Scene, amount: Amount) -> Amount | None:
    match = PERIOD.match(scene.prose, amount.end)
    if match is None:
        return amount
    if PRICE.match(scene.prose, match.end()):
        return None
    said = (match["period"] or match["adverb"]).lower()
    period: Period = "run" if said.endswith(("run", "job", "time")) else PERIODS[said]
    return Amount(amount.figure, amount.currency, amount.factor, amount.start, match.end(), period)


def _currency_said(scene: Scene, place: int) -> str:
    """The one currency the sentence names; a "grand" is of dollars or of pounds, so without one it is left open."""
    said = set(re.findall(r"[$€£]", scene.prose[slice(*scene.sentence(place))]))
    return said.pop() if len(said) == 1 else ""


def _loose(scene: Scene, figure: Figure, found: list[Amount]) -> Amount | None:
    """An amount without a sign: "we pay $4k a month, must be under 2k", or "spend went from 60 to 410 thousand a month"."""
    before = scene.before(figure.start, 60)
    bare = Amount(figure, "", 1.0, figure.start, figure.end, "")
    said = SPENDING.search(before) or BUDGET_BEHIND.match(scene.after(figure.end, 50))
    if said and (period := PERIOD.match(scene.prose, figure.end)) and period["period"]:
        return _period(scene, bare) if not found or found[-1].end < scene.sentence(figure.start)[0] else None
    if not found or not LOOSE_END.match(scene.prose, figure.end):
        return None
    last = found[-1]
    cue = cued(before)
    nearby = scene.sentence(last.start) == scene.sentence(figure.start) and figure.start - last.end < REACH
    told = cue is not None and (cue["wish"] is not None or PAID.search(cue[0]) is not None)
    if nearby and cue and told and re.fullmatch(r"\s*(?:about |around |~)?", before[cue.end() :]):
        return _period(scene, Amount(figure, last.currency, 1.0, figure.start, figure.end, last.period))
    return None


REACH = 50
OWNED = Pattern(r"(?:we|i|they) (?:have|get)|got|gets?", re.IGNORECASE)


def _shared(scene: Scene, found: list[Amount]) -> list[Period]:
    """The first of "from $4k to $2k a month" is a month's too."""
    periods: list[Period] = [amount.period for amount in found]
    for index in range(len(found) - 1):
        between = scene.prose[found[index].end : found[index + 1].start]
        if not periods[index] and re.fullmatch(
            r"\s*(?:down |up )?to\s*(?:under|below|about|~)?\s*", between, re.IGNORECASE
        ):
            periods[index] = periods[index + 1]
    return periods


def _money(scene: Scene, amount: Amount, period: Period) -> Iterator[Money]:
    # Whose words are "we have" or "I got" tells what may be spent, not what is.
    cue = cued(scene.before(amount.start))
    owned = cue is not None and bool(OWNED.fullmatch(cue[0]))
    for reading in readings(scene, amount.figure, amount.end):
        yield Money(
            value=reading.value * amount.factor,
            currency=amount.currency,
            period=period,
            words=scene.words(amount.start, amount.end),
            low=None if reading.low is None else reading.low * amount.factor,
            role="target" if owned and reading.role == "observed" else reading.role,
        )
