"""Requests that follow others: what was talked about stays in mind, and an answer to our question goes by the question."""

import re
from collections.abc import Mapping, Sequence

from agent.routing.artifact import FOLLOW_UP

# How many earlier turns are read again.
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


def carried(turns: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the shares of the last turn: what in it is a mere follow-up goes to whoever the turn before went to.

    Each turn has a share a label, `FOLLOW_UP` among them. That of the first turn has nobody to go to and stays.
    """
    shares = dict(turns[0])
    for turn in turns[1:]:
        following = turn[FOLLOW_UP]
        before = 1 - shares[FOLLOW_UP]
        passed = {name: following * share / before if before else 0.0 for name, share in shares.items()}
        shares = {name: share + passed[name] for name, share in turn.items()}
        shares[FOLLOW_UP] = 0.0 if before else following
    return shares


def answered(text: str, between: tuple[str, str] | None) -> str | None:
    """Return which of the two an answer to our question names; None when it is no such answer."""
    if between is None or len(text.split()) > LONGEST_ANSWER:
        return None
    if YES.match(text):
        return between[0]
    return between[1] if NO.match(text) else None
