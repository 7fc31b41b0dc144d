"""Bills: machines by the hour, tokens, requests, and where one way becomes cheaper than another."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.decisions.calculators import Number
from agent.decisions.estimates.machines import hourly, machines_count
from agent.decisions.estimates.reading import Request, sole

DAYS = 30.0
DAY, HOUR = 86_400.0, 3600.0
PRICE = r"(?P<sign>[$€£])?\s?(?P<amount>\d+(?:[.,]\d+)?)\s?(?P<word>dollars?|usd|euros?|eur|pounds?|gbp|cents?)?\s?(?:/|per\s|an?\s|each\s)\s?"
SIGNS = {"d": "$", "u": "$", "e": "€", "p": "£", "g": "£", "c": "$"}
MONTHLY = re.compile(
    r"(?P<sign>[$€£])?\s?(?P<amount>\d+(?:[.,]\d+)?)\s?(?P<word>dollars?|usd|euros?|eur)?\s(?:of|for)\s(?P<what>storage|network|egress|traffic|disk|transfer)"
)
CALLS = r"(?:request|call|query|prediction|message|conversation|chat|image|document|answer|page|classification)"
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
    price = hourly(request)
    hours = _hours(request)
    if price is None or hours is None:
        return
    count, sign, amount = machines_count(request), price.sign, price.value
    day = count * hours * amount
    yield Number(
        name="machines a day",
        value=day,
        unit=f"{sign}/day",
        working=f"{count:g} x {hours:g} h x {sign}{amount:g} = {sign}{day:,.2f} a day",
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


ALWAYS = r"around the clock|24/7|always on|all day|day and night|24 hours|permanently|non-?stop|all month|whole month|month round|never (?:off|stops)"
DAILY = r"(?:each|every|a|per)\s(?:day|night|morning|evening)|nightly|daily"


def _hours(request: Request) -> float | None:
    """Return the hours a day that machines are paid for; None when it is not said, or when it is one run that is paid for."""
    if request.says(ALWAYS):
        return 24.0
    found = [
        one
        for one in request.kind("time")
        if one.noun.startswith("h")
        and one.value <= DAY
        and not one.near(r"\boff\b|ago|old|switch|shut|idle")
        and (one.per == "day" or request.says(DAILY))
    ]
    hours = sole(found)
    if hours is not None:
        return hours / HOUR
    return (
        24.0
        if not request.kind("time") and request.says(r"month|a day|per day") and not request.says(r"of useful work")
        else None
    )


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
    found = [one for one in request.kind("money") if re.fullmatch(CALLS, one.per)]
    if sole(found) is None:
        return
    each = found[0].value
    if daily is not None:
        hosted = daily * DAYS * each
        yield Number(
            name="paid by the request",
            value=hosted,
            unit=f"{sign}/month",
            working=f"{daily:,.0f} a day x {DAYS:g} x {sign}{each:g} = {sign}{hosted:,.0f} a month",
        )
    even = month / DAYS / each
    yield Number(
        name="break-even",
        value=even,
        unit="requests/day",
        working=f"{sign}{month / DAYS:,.2f} a day / {sign}{each:g} = {even:,.0f} requests a day; above it the machine is cheaper",
    )


def tokens(request: Request) -> Iterator[Number]:
    """The bill of a hosted model: requests x (tokens in x price in + tokens out x price out)."""
    daily = request.brief.daily()
    sent = request.brief.count("prompt tokens") or sole(
        request.plain(r"(?:prompt|input|context) tokens|tokens in(?:put)?")
    )
    received = request.brief.count("answer tokens") or sole(
        request.plain(r"(?:answer|output|completion|response|generated) tokens|tokens out(?:put)?")
    )
    price_in, price_out = _token_prices(request.text)
    if (
        daily is None
        or price_in is None
        or (sent is None and received is None)
        or (price_out is not None and None in {sent, received})
    ):
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


def _of(match: re.Match[str]) -> Price:
    amount = float(match["amount"].replace(",", "."))
    word = match["word"] or ""
    return Price(amount / 100 if word.startswith("cent") else amount, match["sign"] or SIGNS.get(word[:1], "$"))
