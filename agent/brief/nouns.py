"""The noun behind a number: what is counted, by day or by second, with the adjectives before it."""

import re
from dataclasses import dataclass

from agent.brief.pattern import Pattern

# Words that start another thought: between a number and its noun there are only adjectives.
_STOPS = """
per a an the each every and or in at with on over is are was for of to by from as vs than but that which if we our my x hour hours day days minute
minutes second seconds week weeks month months year years times percent ms use uses using used need needs take takes took get gets has have run runs
make makes goes doe does did can could will should must when while where because since so then also too not no only it they he she this these those
their its your all any some both workers jobs upsert i double enough into after before under until without within via through between how what who why
"""
STOPS = frozenset(_STOPS.split())
STOP_SHAPE = Pattern(r"x\d+|\d+x|\d+|[kmgtp]i?b|per-\w+", re.IGNORECASE)
# What is counted per time is any plural but these, and some words that stand in the singular or are no plural.
_NO_ITEMS = """
times trainings fine-tunings finetunings retrainings releases deployments deploys rollouts incidents alarms alerts outages meetings sprints hours days
minutes mins seconds secs weeks months years nights hrs quarters dollars euros bucks cents pounds points tokens steps iterations epochs bytes bits bps
gbs mbs ms rps qps tps fps gpus cpus cores vcpus threads machines nodes servers instances pods replicas workers features columns classes models
dimensions dims layers engineers developers people teams regions versions stages levels is was has does as its this us yes always perhaps plus minus
less sometimes besides towards unless across kubernetes aws redis pandas apis gigs gigabytes terabytes megabytes percents degrees metres meters
kilometers km lines parameters params weights billions millions thousands hundreds
"""
NO_ITEMS = frozenset(_NO_ITEMS.split())
_KNOWN = """
row record prediction request req user transaction txn event query queries call document doc image customer item inference infer hit message
conversation chat ticket e-mail email mail order payment click impression bid visit visitor session search searches summary summaries page file video
photo picture claim invoice article product sku score scoring job question prompt post comment tweet review account merchant device sensor reading
sample scan slide vector embedding chunk translation transcript recommendation swipe log entries point datapoint example generation subscriber player
member shipment package ride trip loan application read write lookup frame answer profile household policies access accesses patient transfer booking
ad card
"""
KNOWN = frozenset(_KNOWN.split())
WORD = Pattern(r"[\s-]?([\w'-]+)")
PLURAL = Pattern(r"[a-z][\w'-]*[a-rt-z]s", re.IGNORECASE)
# A noun and up to two words before it.
MOST = 3


@dataclass(frozen=True)
class Noun:
    """What a number counts, in lower case, and where the word ends."""

    item: str
    end: int


def stopped(word: str) -> bool:
    """Return whether a word starts another thought."""
    return word.lower() in STOPS or STOP_SHAPE.fullmatch(word) is not None


def noun(text: str, place: int) -> Noun | None:
    """Return the first noun behind `place` that can be counted per time: a plural, or one that is known."""
    return _first(text, place, known=False)


def known(text: str, place: int) -> Noun | None:
    """Return the first noun behind `place` that models are surely asked about."""
    return _first(text, place, known=True)


def _first(text: str, place: int, known: bool) -> Noun | None:
    for index in range(MOST):
        match = WORD.match(text, place)
        if match is None or (index and not text[place].isspace()):
            return None
        word = match[1].lower()
        if _known(word) if known else _item(word):
            return Noun(word, match.end())
        if stopped(word):
            return None
        place = match.end()
    return None


def _known(word: str) -> bool:
    return word in KNOWN or (word.endswith("s") and word[:-1] in KNOWN)


def _item(word: str) -> bool:
    return word in KNOWN or word == "tokens" or (word not in NO_ITEMS and PLURAL.fullmatch(word) is not None)
