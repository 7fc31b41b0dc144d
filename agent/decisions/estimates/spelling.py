"""Numbers in words, as figures: what the readers of numbers leave out because it rarely matters elsewhere."""

import re

ONES = {
    word: value
    for value, word in enumerate(["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"], 1)
}
TEENS = {
    word: value
    for value, word in enumerate(
        ["thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"], 13
    )
}
TENS = {
    word: value
    for value, word in zip(
        range(20, 100, 10), ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], strict=True
    )
}
COMPOUND = re.compile(rf"\b({'|'.join(TENS)})[\s-]({'|'.join(ONES)})\b", re.IGNORECASE)
TEEN = re.compile(rf"\b({'|'.join(TEENS)})\b", re.IGNORECASE)
FIXED = (
    (re.compile(r"\bhalf a dozen\b", re.IGNORECASE), "6"),
    (re.compile(r"\b(?:two|2) dozen\b", re.IGNORECASE), "24"),
    (re.compile(r"\ba dozen\b", re.IGNORECASE), "12"),
    (re.compile(r"\bhalf an? (?=(?:cent|second|minute|hour|day)\b)", re.IGNORECASE), "0.5 "),
    (re.compile(r"\ban? (?=(?:cent|percent)\b)", re.IGNORECASE), "1 "),
    (re.compile(r"\ba quarter of an? (?=(?:hour|second)\b)", re.IGNORECASE), "0.25 "),
    (re.compile(r"\bzero point (?:one|1)\b", re.IGNORECASE), "0.1"),
    (re.compile(r"\btwice(?= as| that| the| what| its)", re.IGNORECASE), "2 times"),
    (re.compile(r"\bthrice\b", re.IGNORECASE), "3 times"),
)
IN = r"\s(?:in|out of|of|from|per)\s(?:an?\s|every\s|the\s)?"
COUNTED = re.compile(rf"\b({'|'.join(ONES)})(?={IN}(?:\d|hundred|thousand))", re.IGNORECASE)
WHOLES = (("ten thousand", "10000"), ("hundred thousand", "100000"), ("thousand", "1000"), ("hundred", "100"))
# "3 in 1,000" and "12 out of 150"; "5 of 12 teams" too, which those who ask decide on.
RATIO = re.compile(
    r"(?<![\d.,])(?P<part>\d{1,6})\s(?:in|out of|of)\s(?:an?\s|every\s|the\s)?(?P<whole>\d{1,3}(?:,\d{3})+|\d{2,7})(?![\d.,]*\d|\s?(?:%|k\b|m\b|million|gb|tb|ms|h\b|hours|days|seconds|minutes))"
)
HALF = (
    r"\bhalf\b(?=\s(?:of\b|in (?:each|the|one|either)|the\s(?:traffic|users|visitors|requests|calls|people)|see\b|get\b|goes\b|go\b|busy|full|load))"
    r"|(?<=than )half\b|\bsplit (?:evenly|in half|50[/:-]50|equally|down the middle)|(?<![\d/])50\s?[/:]\s?50\b"
)
# What a share is called in words, where it is one of a whole: "busier than half", "half see the new one".
SHARES = (
    (
        HALF,
        0.5,
    ),
    (r"\ba third(?=\s(?:of\b|busy|full|loaded))", 1 / 3),
    (r"\btwo[ -]thirds\b", 2 / 3),
    (r"\ba quarter(?=\s(?:of (?!an?\b)|busy|full|loaded))", 0.25),
    (r"\bthree[ -]quarters\b", 0.75),
    (r"\ba fifth of\b", 0.2),
    (r"\ba tenth of\b", 0.1),
    (r"\bfive nines\b", 0.99999),
    (r"\bfour nines\b", 0.9999),
    (r"\bthree nines\b", 0.999),
    (r"\btwo nines\b", 0.99),
)


# Where the name of what is counted ends.
_STOPS = """
a an the times per each every and or but in at with on over is are was were for of to by from as vs than that which if we our my their your they it he she come
comes have has had take takes took get gets cost costs need needs want so then when while between into through will would can could must should may go goes
hit hits arrive arrives spread split before after during there us this these those how what should until within without up out plus not do does did be been
ran run runs make makes made be being now today then
"""
STOPS = frozenset(_STOPS.split())
# Verbs that are nouns right behind a number: "150 runs of 20 minutes".
NOUNS = frozenset({"runs", "hits"})
# "A monthly bill", "10,000 tickets daily", "50 GB of logs per day".
ADVERBS = {
    "daily": "day",
    "nightly": "day",
    "hourly": "hour",
    "weekly": "week",
    "monthly": "month",
    "yearly": "year",
    "annual": "year",
    "annually": "year",
}


def figures_for_words(text: str) -> str:
    """Return a text with compound numerals, dozens and ratios of words written as figures."""
    text = COMPOUND.sub(lambda match: str(TENS[match[1].lower()] + ONES[match[2].lower()]), text)
    text = TEEN.sub(lambda match: str(TEENS[match[1].lower()]), text)
    for pattern, figure in FIXED:
        text = pattern.sub(figure, text)
    text = COUNTED.sub(lambda match: str(ONES[match[1].lower()]), text)
    for word, figure in WHOLES:
        text = re.sub(rf"(\d{IN}){word}\b", rf"\g<1>{figure}", text, flags=re.IGNORECASE)
    return text
