"""Unit prices: discounts, spot with rework, storage and traffic by the month, what one or a million costs, tokens of a job."""

import re
from collections.abc import Iterator

from agent.decisions.calculators import Number
from agent.decisions.estimates.reading import Request, digits, sole

GIGA = 1e9
MONTHS = 12
# From how many things on a bill or a job is told; tokens of the longest text; letters between a share and what it is of.
MANY, FEW, LONGEST, NEXT = 1000, 100, 1e6, 20
THINGS = r"label|image|ticket|document|call|request|prediction|page|mail|conversation|chat|question|query|item|review|annotation|photo|case|message|claim|minute|row|search|alarm|alert|transaction|mistake|error|miss|fraud"


def _off(request: Request) -> float | None:
    """Return the share by which something is cheaper."""
    down = sole(
        [
            one
            for one in request.kind("share", r"\boff\b|cheaper|discount|less\b|reserv|commit|saves?\b|below")
            if 0 < one.value < 1
            and not one.near(r"of the (?:work|time|job)|again|redo|redone|rework|repeat|lost|traffic|requests")
        ]
    )
    cost = sole(
        [one for one in request.kind("share", r"of the (?:on-demand )?price|of on-demand|of what") if 0 < one.value < 1]
    )
    return down if down is not None else None if cost is None else 1 - cost


def discount(request: Request) -> Iterator[Number]:
    """A price less a share of it; for a bill by the month also what a year saves; for spot what rework adds."""
    share = _off(request)
    found = [one for one in request.kind("money") if one.per in {"hour", "month", "year", "day"}]
    if (
        share is None
        or sole(found) is None
        or not request.says(r"reserv|commit|spot|pre-?empt|discount|cheaper|\boff\b|savings plan")
    ):
        return
    one = found[0]
    value = one.value * (1 - share)
    rest = ""
    if one.per == "month":
        rest = f"; {one.sign}{digits(one.value)} x {share:g} x {MONTHS} = {one.sign}{digits(one.value * share * MONTHS)} saved a year"
    yield Number(
        name="price after the discount",
        value=value,
        unit=f"{one.sign}/{one.per}",
        working=f"{one.sign}{digits(one.value)} x (1 - {share:g}) = {one.sign}{digits(value)} a {one.per}{rest}",
    )
    again = sole(
        [
            two
            for two in request.kind(
                "share", r"again|redo|redone|rework|repeat|lost|twice|interrupt|wasted|restart|rerun|re-run|thrown away"
            )
            if 0 < two.value < 1 and two.value != share
        ]
    )
    if again is not None and request.says(r"spot|pre-?empt"):
        real = value * (1 + again)
        yield Number(
            name="price with the rework",
            value=real,
            unit=f"{one.sign}/{one.per}",
            working=f"{one.sign}{digits(value)} x (1 + {again:g}) = {one.sign}{digits(real)} for an {one.per} of useful work; still {'cheaper' if real < one.value else 'dearer'} than {one.sign}{one.value:g}",
        )


def by_the_gigabyte(request: Request) -> Iterator[Number]:
    """Storage and traffic by the month: gigabytes x price of one, and the sum."""
    prices = [
        one for one in request.kind("money") if one.per.split(" ")[0] in {"gb", "tb", "gib", "gigabyte", "terabyte"}
    ]
    sizes = [one for one in request.kind("size") if one.value >= GIGA and one.per != "second"]
    total, said, sign = 0.0, list[str](), "$"
    for price in prices:
        before = [one for one in sizes if one.start < price.start]
        size = before[-1] if before else next((one for one in sizes if one.start > price.end), None)
        if size is None:
            return
        sizes.remove(size)
        unit = 1e12 if price.per.startswith("t") else GIGA
        cost, sign = size.value / unit * price.value, price.sign
        total += cost
        said.append(f"{sign}{digits(cost)}")
        what = "TB" if unit > GIGA else "GB"
        yield Number(
            name=f"{digits(size.value / GIGA)} GB",
            value=cost,
            unit=f"{sign}/month",
            working=f"{digits(size.value / unit)} {what} x {sign}{price.value:g} = {sign}{digits(cost)}",
        )
    if len(said) > 1:
        yield Number(
            name="storage and traffic",
            value=total,
            unit=f"{sign}/month",
            working=f"{' + '.join(said)} = {sign}{digits(total)}",
        )


def unit_price(request: Request) -> Iterator[Number]:
    """What a million, a thousand and one cost: bill / volume of the same period."""
    bills = [
        one
        for one in request.kind("money")
        if (
            one.per in {"month", "day", "year"}
            or (not one.per and one.near(r"bill|invoice|last month|a month|monthly|pays?\b|paid|cost|\bfor\b"))
        )
        and not one.near(r"budget|goal|target")
    ]
    volumes = [
        one
        for one in request.amounts
        if one.kind == "count"
        and one.value >= MANY
        and one.noun
        and not one.counts("tokens?")
        and (one.per in {"month", "day", "year"} or one.follows(r"\bfor\s$"))
    ]
    if sole(bills) is None or sole(volumes) is None or not request.says(r"bill|invoice|paid|pay\b|cost|price|spend"):
        return
    bill, volume = bills[0], volumes[0]
    period, other = bill.per or volume.per or "month", volume.per or bill.per or "month"
    days = {"day": 1.0, "month": 30.0, "year": 365.0}
    count = volume.value * days[period] / days[other]
    each = bill.value / count
    yield Number(
        name="budget per million",
        value=each * 1e6,
        unit=f"{bill.sign} per million",
        working=f"{bill.sign}{digits(bill.value)} / {digits(count)} = {bill.sign}{each:,.3g} each, {bill.sign}{digits(each * 1000)} a thousand, {bill.sign}{digits(each * 1e6)} a million",
    )


def apiece(request: Request) -> Iterator[Number]:
    """A number of things at a price each; of a share of them, when one is told."""
    prices = [one for one in request.kind("money") if one.per == "each" or re.fullmatch(THINGS, one.per)]
    if sole(prices) is None or request.kind("money", r"per hour|an hour|/h"):
        return
    price = prices[0]
    same = rf"(?:{price.per})(?:s|es)?" if price.per != "each" else rf"(?:{THINGS})s?"
    counts = [
        one
        for one in request.amounts
        if one.counts(same) and one.value > 1 and one.per in {"", "day", "month", "year", "week"}
    ]
    if sole(counts) is None or request.says(r"break-?even|cheaper|same price"):
        return
    count = counts[0]
    share = sole(
        [
            one
            for one in request.kind("share")
            if 0 < count.start - one.end <= NEXT and "of" in request.text[one.end : count.start].split()
        ]
    )
    number = count.value * (share or 1)
    per = f" a {count.per}" if count.per else ""
    value = number * price.value
    month = f", {price.sign}{digits(value * 30)} in 30 days" if count.per == "day" else ""
    yield Number(
        name="all of them",
        value=value,
        unit=price.sign,
        working=f"{f'{share:g} x ' if share else ''}{digits(count.value)} x {price.sign}{price.value:g} = {price.sign}{digits(value)}{per}{month}",
    )


TEXTS = r"chunks|documents|docs|texts|articles|pages|messages|mails|paragraphs|reviews|tickets|products|examples|passages|conversations|abstracts|papers"


def token_job(request: Request) -> Iterator[Number]:
    """The tokens of a job and their price: texts x tokens each x price of a million."""
    lengths = [one for one in request.amounts if one.counts("tokens?") and one.value < LONGEST]
    each = sole([one for one in lengths if not one.per.startswith(("second", "minute", "day"))])
    texts = sole([one for one in request.amounts if one.counts(TEXTS) and one.value >= FEW and not one.per])
    asked = request.says(r"price|cost|bill|budget|how many tokens|\$|dollar|euro|come to|per million")
    if each is None or texts is None or not asked:
        return
    total = each * texts
    yield Number(
        name="tokens of the job",
        value=total / 1e6,
        unit="million tokens",
        working=f"{digits(texts)} x {each:g} tokens = {digits(total / 1e6)} million tokens",
    )
    prices = [one for one in request.kind("money") if one.per.startswith(("million", "m ", "1m"))]
    if sole(prices) is not None:
        price = prices[0]
        yield Number(
            name="price of the job",
            value=total / 1e6 * price.value,
            unit=price.sign,
            working=f"{digits(total / 1e6)} million x {price.sign}{price.value:g} = {price.sign}{digits(total / 1e6 * price.value)}",
        )
