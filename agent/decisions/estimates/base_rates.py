"""Rare things: what always saying no reaches, and how many alarms are right at a recall and a rate of false alarms."""

import re
from collections.abc import Iterator

from agent.decisions.calculators import Number
from agent.decisions.estimates.amounts import Amount
from agent.decisions.estimates.experiments import traffic_share
from agent.decisions.estimates.reading import Request, digits, sole

RARE = (
    r"fraud\w*|defect\w*|churn\w*|(?<!false )(?<!true )positives?|sick|ill|default\w*|spam\w*|phish\w*|anomal\w+|bad|faulty|broken|disease\w*|"
    r"tumou?rs?|cancer\w*|scrap|attack\w*|malware|bots?|abus\w+|toxic\w*|prevalence|base rate|infected|carriers?|malicious"
)
RECALL = r"recall\w*|catch\w*|caught|finds?|found|detect\w*|sensitiv\w*|true positive rate|tpr"
# A "spam classifier" is no spam.
THING = r"(?!\s(?:classifier|model|detect|scor|filter|service|team|system|pipeline|check|thing|engine))"
FALSE = r"false|wrongly|honest|legit\w*|innocent|good\b|intact|fpr|mistaken\w*|by mistake|healthy|clean|genuine|normal ones|falsely|harmless"
ROLES = (
    ("specificity", r"specific\w*|true negative rate"),
    ("fpr", FALSE),
    ("recall", RECALL),
    ("base", rf"(?:{RARE})\b{THING}"),
)
OTHER = r"accura|correct|right|precision|confiden|gate|auc|drop|fell|rose|cost|discount|traffic"
# A class more frequent than that is not rare.
MOST = 0.2
CUT = re.compile(r"[\d,;:.]|\band\b|\bbut\b")


def role(one: Amount) -> str:
    """Return what a share is of: "base", "recall", "fpr", or nothing; the words nearest before it decide, else those behind."""
    before = re.split(r"[\d;:.]|,\s", one.before[-45:])[-1]
    cues = [
        (match.start(), name)
        for name, words in ((*ROLES, ("", OTHER)))
        for match in re.finditer(rf"\b(?:{words})", before)
    ]
    if cues:
        return max(cues)[1]
    after = CUT.split(one.after[:44])[0]
    return next(
        (
            name
            for name, words in (("fpr", FALSE), ("", OTHER), ("base", rf"(?:{RARE})\b{THING}"), ("recall", RECALL))
            if re.search(rf"\b(?:{words})", after)
        ),
        "",
    )


def majority(request: Request) -> Iterator[Number]:
    """The accuracy of a model that always says no, 1 - base rate, and the precision by Bayes' rule: b r / (b r + (1 - b) f)."""
    shares = [one for one in request.kind("share") if 0 < one.value < 1 and one is not traffic_share(request)]
    roles = {name: sole([one for one in shares if role(one) == name]) for name, _ in ROLES}
    base, recall, false = roles["base"], roles["recall"], roles["fpr"]
    if false is None and (right := roles["specificity"]) is not None:
        false = round(1 - right, 6)
    if base is None or base >= MOST:
        return
    yield Number(
        name="accuracy of always saying no",
        value=100 * (1 - base),
        unit="%",
        working=f"100 - {100 * base:g} = {100 * (1 - base):g} %",
    )
    if recall is None:
        recall = next((item.percent / 100 for item in request.brief.measures if item.name == "recall"), None)
    if recall is not None and false is not None:
        yield from _alarms(request, base, recall, false)


def _alarms(request: Request, base: float, recall: float, false: float) -> Iterator[Number]:
    """How many alarms are right, and how many there are a day when the volume is told."""
    caught, wrong = base * recall, (1 - base) * false
    yield Number(
        name="precision",
        value=100 * caught / (caught + wrong),
        unit="%",
        working=f"{base:g} x {recall:g} / ({base:g} x {recall:g} + {1 - base:g} x {false:g}) = {100 * caught / (caught + wrong):.1f} % of what is flagged is right",
    )
    told = [one for one in request.amounts if one.kind == "count" and one.per == "day" and one.value > 1]
    daily = request.brief.daily() or sole(told)
    if daily is None:
        return
    found, alarms = daily * caught, daily * wrong
    yield Number(
        name="found a day",
        value=found,
        unit="a day",
        working=f"{daily:,.0f} x {base:g} x {recall:g} = {digits(found)} found a day, {digits(daily * base - found)} missed",
    )
    yield Number(
        name="false alarms a day",
        value=alarms,
        unit="a day",
        working=f"{daily:,.0f} x {1 - base:g} x {false:g} = {digits(alarms)} false alarms a day; {digits(found + alarms)} flagged in all",
    )
