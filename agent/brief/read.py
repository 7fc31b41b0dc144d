"""Reading a request into a Brief: numbers with their units, names, wishes and exclusions."""

import re
from collections.abc import Iterator, Mapping
from typing import Literal, cast, get_args

from agent.brief.model import Brief, Latency, Mention, Money, Quantity, Role, Task, Unit
from agent.brief.words import ENVIRONMENTS, FRAMEWORKS, MODELS, PRACTICES, TASKS

MAX_TEXT = 20_000
SHORT = 4
NUMBER = r"(?<![\w.])(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s?(?P<scale>k|K|M|[mM]illions?|mn|[bB]illions?|bn|thousand)?(?![\d.,]\d)"
SCALES = {
    "": 1.0,
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mn": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
}

TIME = r"\s?(?P<unit>ms|msec|milliseconds?|millis|us|µs|microseconds?|s|secs?|seconds?)\b"
MILLISECONDS = {"m": 1.0, "u": 1e-3, "µ": 1e-3, "s": 1e3}
PERCENTILE = re.compile(
    r"\bp(?P<rank>50|75|90|95|99(?:\.9{1,2})?|999)\b|(?P<word>\bmedian\b)|(?P<nth>\d{2}(?:\.\d)?)th percentile",
    re.IGNORECASE,
)
OBSERVED = re.compile(
    r"(?:currently|now|today|went|jumped|rose|spikes?|spiking|is at|sits at|from|takes|taking|latency is|is about)\s+(?:\w+\s+){0,2}$",
    re.IGNORECASE,
)
WISH = re.compile(
    r"(?:target|goal|need|must|should|want|under|below|less than|within|at most|<=?|≤|down to|\bto)\s*(?:\w+\s+){0,3}$",
    re.IGNORECASE,
)

PERIODS = {
    "second": 1 / 86_400,
    "sec": 1 / 86_400,
    "s": 1 / 86_400,
    "minute": 1 / 1440,
    "min": 1 / 1440,
    "hour": 1 / 24,
    "hr": 1 / 24,
    "h": 1 / 24,
    "day": 1.0,
    "night": 1.0,
    "week": 7.0,
    "month": 30.0,
    "year": 365.0,
}
PER = r"\s?(?:/|per|a|an|each|every)\s?"
ITEMS = r"(?P<item>rows?|records?|predictions?|requests?|reqs?|users?|transactions?|events?|queries|calls?|documents?|docs|images?|customers?|items?|inferences?|hits|messages|tokens)"
RATE = re.compile(NUMBER + rf"\s?(?:rps|qps|tps|{ITEMS[:-1]}|req)\s?(?:/|per|a)\s?s(?:ec(?:ond)?)?)\b", re.IGNORECASE)
SHORT_RATE = re.compile(NUMBER + r"\s?(?:rps|qps|tps)\b", re.IGNORECASE)
VOLUME = re.compile(
    NUMBER + rf"\s?(?:\w+\s){{0,2}}?{ITEMS}{PER}(?P<period>minute|min|hour|hr|day|night|week|month|year)\b",
    re.IGNORECASE,
)
DAILY = re.compile(
    r"(?P<period>daily|nightly|hourly|weekly|monthly)\s(?:\w+\s){0,3}?"
    + NUMBER
    + rf"\s?(?:\w+\s)?{ITEMS}|"
    + NUMBER.replace("number", "n2").replace("scale", "s2")
    + rf"\s?(?:\w+\s){{0,2}}?(?:{ITEMS.replace('item', 'i2')})\s(?P<p2>daily|nightly|hourly|weekly|monthly)",
    re.IGNORECASE,
)
MONEY = re.compile(
    r"(?P<currency>[$€£]|USD|EUR|GBP)\s?"
    + NUMBER
    + rf"(?:{PER}(?P<period>hour|hr|day|week|month|mo|year|yr)\b|\s?(?P<adverb>daily|monthly|yearly|annually))?",
    re.IGNORECASE,
)
CURRENCIES = {"$": "$", "USD": "$", "€": "€", "EUR": "€", "£": "£", "GBP": "£"}
MONEY_PERIODS: Mapping[str, Literal["", "hour", "day", "week", "month", "year"]] = {
    "": "",
    "hour": "hour",
    "hr": "hour",
    "day": "day",
    "daily": "day",
    "week": "week",
    "month": "month",
    "mo": "month",
    "monthly": "month",
    "year": "year",
    "yr": "year",
    "yearly": "year",
    "annually": "year",
}
AVAILABILITY = re.compile(r"(?<![\d.])(?P<number>9\d(?:\.\d+)?)\s?%")
SIZE = re.compile(NUMBER + r"\s?(?P<unit>[MGTP]i?B)\b")
PARAMETERS = re.compile(
    r"(?<![\w.$€£])(?P<number>\d+(?:\.\d+)?)\s?[bB](?:\s?(?:params?|parameters?|model|llm))?(?![\w])"
)
FILE = re.compile(
    r"(?<![\w/.~-])[\w./~-]*[\w-]\.(?:skops|joblib|pkl|pickle|onnx|ubj|safetensors|pt|pth|json|csv|parquet)\b"
)
NEGATION = re.compile(
    r"\b(?:no|not|without|don'?t (?:want|use|have|need)|do not (?:want|use|have|need)|avoid|instead of|can'?t use|cannot use|never)\s+(?:\w+\s+){0,2}?$",
    re.IGNORECASE,
)


def read(text: str) -> Brief:
    """Read a request. Only its first 20,000 characters are read; nothing is ever filled in."""
    text = text[:MAX_TEXT]
    practices, no_practices = _mentions(text, PRACTICES)
    environment, no_environment = _mentions(text, ENVIRONMENTS)
    frameworks, no_frameworks = _mentions(text, FRAMEWORKS)
    models, _ = _mentions(text, MODELS)
    parameters = tuple(_quantity(match, "billion parameters") for match in PARAMETERS.finditer(text))
    task, words = _task(text, models)
    return Brief(
        text=text,
        task=task,
        task_words=words,
        latency=tuple(_latencies(text)),
        throughput=tuple(_rates(text)),
        volume=tuple(_volumes(text)),
        availability=tuple(
            Quantity(value=float(m["number"]), unit="percent", words=m[0])
            for m in AVAILABILITY.finditer(text)
            if _available(text, m)
        ),
        budget=tuple(_budgets(text)),
        data_size=tuple(_sizes(text)),
        parameters=parameters,
        models=models,
        frameworks=frameworks,
        environment=environment,
        practices=practices,
        excluded=(*no_practices, *no_environment, *no_frameworks),
        files=tuple(dict.fromkeys(FILE.findall(text))),
    )


def _number(match: re.Match[str], number: str = "number", scale: str = "scale") -> float:
    groups = match.groupdict()
    return float(groups[number].replace(",", "")) * SCALES[(groups.get(scale) or "").lower()]


def _quantity(match: re.Match[str], unit: Unit) -> Quantity:
    return Quantity(value=_number(match), unit=unit, words=match[0].strip())


def _latencies(text: str) -> Iterator[Latency]:
    for match in re.finditer(NUMBER + TIME, text):
        unit = match["unit"].lower()
        if unit == "s" and re.match(r"\s*(?:/|per)", text[match.end() :]):
            continue
        before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() : match.end() + 24]
        rank = _percentile(before, after)
        wished, seen = WISH.search(before), OBSERVED.search(before)
        if (
            rank is None
            and wished is None
            and seen is None
            and "latency" not in before.lower()
            and "latency" not in after.lower()
        ):
            continue
        moved = re.search(
            r"\b(?:went|jumped|rose|grew|climbed|degraded|increased|dropped|fell)\b[^.;]*$", before, re.IGNORECASE
        )
        observed = moved or (seen and (not wished or seen.start() > wished.start()))
        role: Role = "observed" if observed else "target"
        yield Latency(
            milliseconds=_number(match) * MILLISECONDS[unit[0]], percentile=rank, role=role, words=match[0].strip()
        )


def _percentile(before: str, after: str) -> float | None:
    """The percentile that goes with a time: the last one before it in its clause, else one right behind it."""
    clause = re.split(r"[,;.]\s|\band\b|\bbut\b", before)[-1]
    found = [*PERCENTILE.finditer(clause)] or [
        match
        for match in [
            re.match(
                r"\s*(?:at|@|\(|for)?\s*(?:the\s)?(p\d+(?:\.\d+)?|median|\d{2}th percentile)", after, re.IGNORECASE
            )
        ]
        if match
    ]
    if not found:
        return None
    digits = re.search(r"\d+(?:\.\d+)?", found[-1][0])
    if digits is None:
        return 50.0
    return 99.9 if digits[0] == "999" else float(digits[0])


def _rates(text: str) -> Iterator[Quantity]:
    seen: set[int] = set()
    for pattern in (SHORT_RATE, RATE):
        for match in pattern.finditer(text):
            if match.start() not in seen:
                seen.add(match.start())
                yield _quantity(match, "requests/s")


def _volumes(text: str) -> Iterator[Quantity]:
    for match in VOLUME.finditer(text):
        yield Quantity(
            value=_number(match) / PERIODS[match["period"].lower()], unit="items/day", words=match[0].strip()
        )
    days = {"hourly": 1 / 24, "daily": 1.0, "nightly": 1.0, "weekly": 7.0, "monthly": 30.0}
    for match in DAILY.finditer(text):
        first = match["number"] is not None
        value = _number(match) if first else _number(match, "n2", "s2")
        yield Quantity(
            value=value / days[(match["period"] or match["p2"]).lower()], unit="items/day", words=match[0].strip()
        )


def _available(text: str, match: re.Match[str]) -> bool:
    around = text[max(0, match.start() - 40) : match.end() + 40].lower()
    return any(word in around for word in ("availab", "uptime", "slo", "sla"))


def _budgets(text: str) -> Iterator[Money]:
    for match in MONEY.finditer(text):
        named = match["period"] or match["adverb"] or ""
        yield Money(
            value=_number(match),
            currency=CURRENCIES[match["currency"].upper()],
            period=MONEY_PERIODS[named.lower()],
            words=match[0].strip(),
        )


def _sizes(text: str) -> Iterator[Quantity]:
    gigabytes = {"M": 1e-3, "G": 1.0, "T": 1e3, "P": 1e6}
    for match in SIZE.finditer(text):
        yield Quantity(value=_number(match) * gigabytes[match["unit"][0].upper()], unit="GB", words=match[0].strip())


def _mentions(text: str, table: Mapping[str, tuple[str, ...]]) -> tuple[tuple[Mention, ...], tuple[Mention, ...]]:
    """Return what of `table` is named, and what is named only to be ruled out."""
    named: list[Mention] = []
    excluded: list[Mention] = []
    for name, stems in table.items():
        hits = list(_hits(text, stems))
        wanted = [match for match in hits if not NEGATION.search(text[max(0, match.start() - 30) : match.start()])]
        if wanted:
            named.append(Mention(name=name, words=wanted[0][0]))
        elif hits:
            excluded.append(Mention(name=name, words=hits[0][0]))
    return tuple(named), tuple(excluded)


def _hits(text: str, stems: tuple[str, ...]) -> Iterator[re.Match[str]]:
    for stem in stems:
        # A short name is a whole word or its plural ("ray" is no "array"); a longer one may be a word's beginning, and
        # a star says so of a short one.
        whole = len(stem) <= SHORT and stem.isalnum()
        edge = r"s?(?!\w)" if whole else r"[\w-]*"
        start = r"(?:(?<!\w)|(?<=\dx))" if stem[0].isalnum() else ""
        yield from re.finditer(start + re.escape(stem.removesuffix("*")) + edge, text, re.IGNORECASE)


def _task(text: str, models: tuple[Mention, ...]) -> tuple[Task, str]:
    found = {name: list(_hits(text, stems)) for name, stems in TASKS.items()}
    present = {name: hits for name, hits in found.items() if hits}
    if not present:
        return "unknown", ""
    order = list(TASKS)
    # The earlier a task is named the more it is what is asked; a specific one wins over a general one beside it.
    name = min(present, key=lambda task: (order.index(task) >= order.index("serving"), present[task][0].start()))
    if name == "serving" and any(model.name == "large language model" for model in models):
        name = "llm-serving"
        return name, found["serving"][0][0]
    if (
        name == "monitoring"
        and "serving" in present
        and present["serving"][0].start() < present["monitoring"][0].start()
    ):
        name = "serving"
    assert name in get_args(Task)
    return cast("Task", name), present[name][0][0]
