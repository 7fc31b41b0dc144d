"""Numbers as people write them: 2,000, 2 000, 1.5k, 10 million, two hundred, 5-10M, 1.000.000."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from agent.brief.pattern import Pattern

SCALES = {
    "": 1.0,
    "k": 1e3,
    "thousand": 1e3,
    "grand": 1e3,
    "lakh": 1e5,
    "m": 1e6,
    "mn": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "crore": 1e7,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "trillion": 1e12,
}
WORDS = {
    "half a": 0.5,
    "half an": 0.5,
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
_LOUD = "|".join(word for word in WORDS if not word.startswith(("a", "half")))
# "a" is a number only in "a million", and before a unit of time after a word that asks for a length of time; else it
# is the article of "500 requests a second".
_SPELT = (
    rf"half\san?(?=\s(?:second|minute|hour|million|billion)\b)|\b(?:{_LOUD})(?![\w-])|an?(?=\s(?:hundred|thousand|million|billion)\b)"
    r"|(?:(?<=within\s)|(?<=under\s)|(?<=below\s)|(?<=about\s)|(?<=than\s)|(?<=around\s)|(?<=max\s)|(?<=takes\s)|(?<=nearly\s))an?(?=\s(?:second|minute|hour)\b)"
)
NUMBER = Pattern(
    r"(?:(?<![\w.])(?:(?<![A-Za-z]-)|(?<=\d[kKmMbB]-))(?<!\d/)|(?<=sub-)|(?<=USD)|(?<=EUR)|(?<=GBP))"
    r"(?P<number>\d{1,2}(?:,\d\d)+,\d{3}(?![\d,])|\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3}){2,}"
    r"|\d{1,3}(?: \d{3})+(?![\w.,]\d)(?!\d)"
    r"|0,\d+|\d{1,3},\d{1,2}(?=\s?(?:ms|s|secs?|seconds?|GB|TB|%|M|k|million|€|EUR)\b)|\d+(?:\.\d+)?"
    rf"|{_SPELT})(?P<hundred>\shundred\b)?"
    r"(?![.,]?\d)"
    r"(?:[ -]?(?P<scale>k|(?-i:M)|b|bn|mn|mio|grand|(?:thousand|lakh|crore|million|billion|trillion)(?=s?\b)|"
    r"m(?=\s(?:\w+\s)?(?:rows|users|records|customers|events|vectors|embeddings|predictions|requests|items|images|documents|docs)\b))(?:(?<=\w{4})s)?(?!\w))?",
    re.IGNORECASE,
)
# The longest that joins two numbers: " up to around ".
FARTHEST = 16
NEAR = 2.5
# More numbers than a request has: a bound on what a hostile one costs.
MOST = 400
_JOINT = Pattern(r"\s?[-]\s?[$€£]?|\s(?:to|till|up to)\s(?:about\s|around\s|~)?[$€£]?|\s(?:and|or)\s[$€£]?")
_BETWEEN = Pattern(r"\bbetween\s(?:about\s|around\s)?[$€£]?$", re.IGNORECASE)


@dataclass(frozen=True)
class Figure:
    """A number and its place. A range or a pair ("5 to 10 million") has `low`, its first number, and what joins both."""

    start: int
    end: int
    value: float
    scale: str = ""
    low: float | None = None
    joint: str = ""

    @property
    def floor(self) -> float | None:
        """The low end, when it is one."""
        return self.low if self.low is not None and self.low < self.value else None


def figures(text: str) -> tuple[Figure, ...]:
    """Return the first 400 numbers of a text in order, ranges joined."""
    found: list[Figure] = []
    for figure in islice(_singles(text), MOST):
        if found and (joined := _joined(text, found[-1], figure)):
            found[-1] = joined
        else:
            found.append(figure)
    return tuple(found)


# A number beyond this says nothing of any system: it is read as no number.
LARGEST = 1e18


def _singles(text: str) -> Iterator[Figure]:
    for match in NUMBER.finditer(text):
        scale = (match["scale"] or "").lower()
        value = plain(match["number"]) * (100 if match["hundred"] else 1) * SCALES[scale]
        if value < LARGEST:
            yield Figure(start=match.start(), end=match.end(), value=value, scale=match["scale"] or "")


def plain(digits: str) -> float:
    """Return the value of a numeral without its scale, in any of the spellings the grammar takes."""
    spelt = WORDS.get(" ".join(digits.lower().split()))
    if spelt is not None:
        return float(spelt)
    digits = re.sub(r"\s", "", digits)
    if re.fullmatch(r"0,\d+|\d{1,3},\d{1,2}", digits):
        return float(digits.replace(",", "."))
    if digits.count(".") > 1:
        digits = digits.replace(".", "")
    return float(digits.replace(",", ""))


def _joined(text: str, first: Figure, second: Figure) -> Figure | None:
    between = text[first.end : second.start]
    if first.joint or len(between) > FARTHEST or not _JOINT.fullmatch(between):
        return None
    joint = between.strip(" $€£~").split(" ")[0]
    if joint == "and":
        if not _BETWEEN.search(text[max(0, first.start - 20) : first.start]):
            return None
        joint = "-"
    # "Two or three seconds" is a range, "7 or 100" is a choice.
    if joint == "or":
        if not first.value < second.value <= NEAR * first.value or first.scale:
            return None
        joint = "-"
    low = first.value
    # The first number of "5 to 10 million" is in millions too; that of "900 to 1.2k" is not.
    if not first.scale and low * SCALES[second.scale.lower()] <= second.value:
        low *= SCALES[second.scale.lower()]
    return replace(second, start=first.start, low=low, joint="to" if joint in {"to", "till", "up"} else "-")
