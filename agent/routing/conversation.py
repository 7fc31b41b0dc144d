"""Requests that follow others: what was talked about stays in mind, and an answer to our question goes by the question."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# How much of the scores before a turn is added to its own; chosen on the conversations of evals/routing-dev.yaml.
STAYING = 0.5
# Earlier turns that are read again; what lies further back has faded to STAYING ** 4.
REMEMBERED = 3
# A longer answer to our question says something of its own, and is read like any other request.
LONGEST_ANSWER = 12
YES = re.compile(
    r"\s*(?:yes|yeah|yep|yup|sure|right|correct|exactly|indeed|of course|it is|it does|we do|we can)\b", re.I
)
NO = re.compile(
    r"\s*(?:no(?! idea| problem| matter| clue)|nope|nah|not really|never|neither|it isn't|it is not|it doesn't|we don't|we can't|we cannot)\b",
    re.I,
)


def carried(turns: Sequence[NDArray[np.floating]]) -> NDArray[np.floating]:
    """Return the scores of the last turn with those before it still in mind; each turn back counts `STAYING` times less."""
    total = turns[0]
    for scores in turns[1:]:
        total = scores + STAYING * total
    return total


def answered(text: str, between: tuple[str, str] | None) -> str | None:
    """Return which of the two an answer to our question names; None when it is no such answer."""
    if between is None or len(text.split()) > LONGEST_ANSWER:
        return None
    if YES.match(text):
        return between[0]
    return between[1] if NO.match(text) else None
