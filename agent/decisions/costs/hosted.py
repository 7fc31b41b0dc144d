"""A language model behind somebody's API: the bill, and from how many requests a day a device of your own is cheaper."""

from pydantic import Field

from agent.decisions.costs.sheet import Estimate, Maybe, MaybeMoney, Request, Sheet, Whole, need
from agent.decisions.costs.units import Money, Rate
from agent.errors import BadRequest

TOKENS = "million tokens"


class Usage(Request):
    """Requests a day, the tokens of each, and the prices of a million tokens in and out."""

    requests: Maybe = Field(None, description="Requests a day.")
    prompt: Maybe = Field(None, description="Tokens a request sends.")
    answer: Maybe = Field(None, description="Tokens a request gets back.")
    price_in: MaybeMoney = Field(
        None, description="Price of tokens in, such as '2 USD/million tokens', or an id of the table."
    )
    price_out: MaybeMoney = Field(None, description="Price of tokens out, such as '10 USD/million tokens', or an id.")
    budget: MaybeMoney = Field(None, description="Budget with its period, such as '500 USD/month'.")
    own_price: MaybeMoney = Field(None, description="Price of a device of your own, to compare with.")
    own_devices: Whole = Field(1.0, description="Devices of your own.")
    own_measured: Maybe = Field(
        None, description="Measured answer tokens a second of your devices at this mix, together."
    )


def bill(usage: Usage) -> Estimate:
    """Work out the bill of an API; raises BadRequest that names the option when something it needs is missing."""
    sheet = Sheet("llm", usage)
    requests = Rate(need(usage.requests, "--requests", "the number of requests a day"), "request", "day")
    prompt = need(usage.prompt, "--prompt", "the tokens a request sends")
    answer = need(usage.answer, "--answer", "the tokens a request gets back")
    each = cost_of_request(prompt, answer, usage.price_in, usage.price_out)
    sheet.money("a request", each, f"{prompt:,.6g} x {usage.price_in} + {answer:,.6g} x {usage.price_out}")
    sheet.number(
        "tokens",
        requests.value * (prompt + answer) / 1e6,
        "million a day",
        f"{requests.value:,.0f} x ({prompt:g} + {answer:g})",
    )
    day = sheet.money("a day", each * requests, f"{each} x {requests.value:,.0f} requests")
    sheet.money("a month", day.per("month"), f"{day} x 30")
    sheet.budget(usage.budget, day, each)
    sheet.changes += [
        "a shorter prompt or answer",
        "cached prompt tokens and batch requests, where the provider sells them for less",
    ]
    _own(usage, sheet, each, requests, answer)
    return sheet.estimate()


def cost_of_request(prompt: float, answer: float, price_in: Money | None, price_out: Money | None) -> Money:
    """Return what one request costs; raises BadRequest when a price is missing or not per million tokens."""
    parts: list[Money] = []
    for price, count, option in ((price_in, prompt, "--price-in"), (price_out, answer, "--price-out")):
        if price is None:
            raise BadRequest(f"the price for {option} is missing", f"give {option}, for example '2 USD/million tokens'")
        if price.period != TOKENS:
            raise BadRequest(
                f"{option} {price} is not a price of a million tokens", f"for example: {option} '2 USD/million tokens'"
            )
        parts.append(price * Rate(count / 1e6, TOKENS, "request"))
    return parts[0] + parts[1]


def _own(usage: Usage, sheet: Sheet, each: Money, requests: Rate, answer: float) -> None:
    if usage.own_price is None:
        return
    own = usage.own_price.per("day") * usage.own_devices
    sheet.money("your own, a day", own, f"{usage.own_devices:g} x {usage.own_price} x 24 h, always on")
    if own.currency != each.currency:
        raise BadRequest(f"{own} and {each} cannot be compared", "give both prices in one currency")
    if not each.amount:
        sheet.warnings.append("the API costs nothing at this price: nothing breaks even with it")
        return
    even = own.amount / each.amount
    sheet.number(
        "break-even", even, "requests a day", f"{own} / {each} = {even:,.0f}", "the work of running it is not counted"
    )
    if usage.own_measured is None:
        sheet.warnings.append("whether your devices carry that many is unknown: measure, then give --own-measured")
        return
    most = usage.own_measured * 86_400 / answer
    sheet.number(
        "your own carries at most",
        most,
        "requests a day",
        f"{usage.own_measured:g} tokens/s x 86,400 s / {answer:g} = {most:,.0f}",
    )
    if even > most:
        sheet.warnings.append("your devices never pay: they cannot carry the requests from which they would be cheaper")
    elif requests.value > most:
        sheet.warnings.append(
            "your devices do not carry this many requests even when they never rest: plan more of them"
        )
    sheet.changes.append(
        f"at {requests.value:,.0f} requests a day the {'API' if requests.value < even else 'own device'} is the cheaper of the two"
    )
