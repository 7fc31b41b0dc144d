"""Bills: machines by the hour, tokens, requests, and where one way becomes cheaper than another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.decisions.calculators import Number
from agent.decisions.estimates.reading import Request

DAYS = 30.0
PRICE = r"(?P<sign>[$€£])?\s?(?P<amount>\d+(?:[.,]\d+)?)\s?(?P<word>dollars?|usd|euros?|eur|pounds?|gbp|cents?)?\s?(?:/|per\s|an?\s|each\s)\s?"
SIGNS = {"d": "$", "u": "$", "e": "€", "p": "£", "g": "£", "c": "$"}
HOURLY = re.compile(PRICE + r"(?P<machine>\w+[\s-])?(?:hour|hr|h)\b")
MONTHLY = re.compile(
    r"(?P<sign>[$€£])?\s?(?P<amount>\d+(?:[.,]\d+)?)\s?(?P<word>dollars?|usd|euros?|eur)?\s(?:of|for)\s(?P<what>storage|network|egress|traffic|disk|transfer)"
)
PER_REQUEST = re.compile(PRICE + r"(?:request|call|query|prediction|message|conversation)\b")
TOKENS = re.compile(
    PRICE + r"(?:million|1m|m)\s(?:tokens\s)?(?P<way>in(?:put)?|out(?:put)?|tokens)\b(?:\s(?P<more>in|out))?"
)
TOKENS_OUT = re.compile(
    r"(?:and|,)\s(?P<sign>[$€£])?\s?(?P<amount>\d+(?:[.,]\d+)?)\s?(?:dollars?|usd)?\s?(?:/|per\s)?\s?(?:million\s)?(?:tokens\s)?(?:out|for output|output)"
)


@dataclass(frozen=True)
class Price:
    """An amount and its currency."""

    amount: float
    sign: str


def machines(request: Request) -> Iterator[Number]:
    """Workers x hours x price a day, x 30 a month, plus what is billed by the month."""
    price = _price(HOURLY, request.text)
    if price is None:
        return
    count = request.amount(r"\s(?:\w+\s)?(?:workers|nodes|machines|instances|gpus|vms|servers|replicas|pods)\b") or 1.0
    hours = request.amount(
        r"[\s-]hours?\b(?!\s(?:old|ago))(?:\s(?:each|every|a|per)\s(?:day|night))?", r"(?:for|x|runs?|\d|takes)\s"
    )
    always = request.says(r"around the clock|24/7|always on|all day|day and night|24 hours|permanently|non-?stop")
    if hours is None and not always and not request.says(r"month|a day|per day"):
        return
    hours = 24.0 if always or hours is None else hours
    day = count * hours * price.amount
    sign = price.sign
    yield Number(
        name="machines a day",
        value=day,
        unit=f"{sign}/day",
        working=f"{count:g} x {hours:g} h x {sign}{price.amount:g} = {sign}{day:,.2f} a day",
    )
    extras = [(match["what"], float(match["amount"].replace(",", "."))) for match in MONTHLY.finditer(request.text)]
    extras += _also_monthly(request.text, extras)
    month = day * DAYS + sum(amount for _, amount in extras)
    added = "".join(f" + {sign}{amount:g} {what}" for what, amount in extras)
    yield Number(
        name="the month",
        value=month,
        unit=f"{sign}/month",
        working=f"{DAYS:g} x {sign}{day:,.2f}{added} = {sign}{month:,.0f} a month, {sign}{month / DAYS:,.2f} a day",
    )
    daily = request.brief.daily()
    if daily is not None:
        million = month / DAYS / daily * 1e6
        yield Number(
            name="a million",
            value=million,
            unit=f"{sign}/million",
            working=f"{sign}{month / DAYS:,.2f} / {daily / 1e6:,.4g} million a day = {sign}{million:.2f} a million",
        )
    yield from _break_even(request, month, sign, daily)


def _also_monthly(text: str, extras: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Read second amounts that leave their currency out: the 30 of "6 dollars of storage and 30 of network"."""
    known = {what for what, _ in extras}
    return [
        (match[2], float(match[1]))
        for match in re.finditer(
            r"and\s(\d+(?:\.\d+)?)\s(?:of|for)\s(storage|network|egress|traffic|disk|transfer)", text
        )
        if match[2] not in known
    ]


def _break_even(request: Request, month: float, sign: str, daily: float | None) -> Iterator[Number]:
    each = _price(PER_REQUEST, request.text)
    if each is None:
        return
    if daily is not None:
        hosted = daily * DAYS * each.amount
        yield Number(
            name="paid by the request",
            value=hosted,
            unit=f"{sign}/month",
            working=f"{daily:,.0f} a day x {DAYS:g} x {sign}{each.amount:g} = {sign}{hosted:,.0f} a month",
        )
    even = month / DAYS / each.amount
    yield Number(
        name="break-even",
        value=even,
        unit="requests/day",
        working=f"{sign}{month / DAYS:,.2f} a day / {sign}{each.amount:g} = {even:,.0f} requests a day; above it the machine is cheaper",
    )


def tokens(request: Request) -> Iterator[Number]:
    """The bill of a hosted model: requests x (tokens in x price in + tokens out x price out)."""
    daily = request.brief.daily()
    sent, received = request.brief.count("prompt tokens"), request.brief.count("answer tokens")
    price_in, price_out = _token_prices(request.text)
    if daily is None or price_in is None or (sent is None and received is None):
        return
    into, out = daily * (sent or 0) / 1e6, daily * (received or 0) / 1e6
    sign, price = price_in.sign, (price_out or price_in).amount
    month = (into * price_in.amount + out * price) * DAYS
    yield Number(
        name="tokens a month",
        value=month,
        unit=f"{sign}/month",
        working=f"({into:,.4g} million in x {sign}{price_in.amount:g} + {out:,.4g} million out x {sign}{price:g}) a day x {DAYS:g} = {sign}{month:,.0f} a month",
    )
    share = request.amount(
        r"\s?(?:%|percent)\s(?:of\s)?(?:\w+\s){0,5}(?:cache|cached|repeat\w*|same|identical|duplicates?)"
    )
    if share is not None:
        yield Number(
            name="with a cache",
            value=month * (1 - share / 100),
            unit=f"{sign}/month",
            working=f"{sign}{month:,.0f} x (1 - {share / 100:g}) = {sign}{month * (1 - share / 100):,.0f} a month",
        )


def _token_prices(text: str) -> tuple[Price | None, Price | None]:
    prices: dict[str, Price] = {}
    for match in TOKENS.finditer(text):
        way = (match["more"] or match["way"])[:2]
        prices.setdefault("out" if way == "ou" else "in", _of(match))
    later = TOKENS_OUT.search(text)
    if later is not None and "out" not in prices:
        prices["out"] = Price(
            float(later["amount"].replace(",", ".")), later["sign"] or (prices["in"].sign if "in" in prices else "$")
        )
    return prices.get("in"), prices.get("out")


def _price(pattern: re.Pattern[str], text: str) -> Price | None:
    match = next((found for found in pattern.finditer(text) if found["sign"] or found["word"]), None)
    return _of(match) if match is not None else None


def _of(match: re.Match[str]) -> Price:
    amount = float(match["amount"].replace(",", "."))
    word = match["word"] or ""
    return Price(amount / 100 if word.startswith("cent") else amount, match["sign"] or SIGNS.get(word[:1], "$"))
