"""Who owns a subject that two personas claim: the ties of routing.yaml, settled by the profile in force."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from agent.routing.tree import DEFAULT_PROFILE, PROFILES, Tie

Scores = Mapping[str, float]


@dataclass(frozen=True)
class Owned:
    """Scores after the profile had its say, and the tie that the request falls under, if any."""

    scores: Scores
    tie: Tie | None


def profile_of(setting: str) -> str:
    """Return the profile of ownership that goes with the `profile` of the settings: itself, or the default."""
    return setting if setting in PROFILES else DEFAULT_PROFILE


def owned(text: str, scores: Scores, ties: Sequence[Tie], profile: str) -> Owned:
    """Give what a tie takes from the default profile's owner to the owner under `profile`.

    The scores were learnt with the default profile's owners. A tie applies when its owner there ranks first and the
    request holds one of its words; under another profile the whole share moves, since it is the same work by another name.
    """
    first = max(scores, key=lambda name: scores[name])
    lowered = text.lower()
    tie = next(
        (tie for tie in ties if first in tie.between and tie.words and holds(lowered, tie.words)),
        None,
    )
    if tie is None or tie.winner[DEFAULT_PROFILE] != first or tie.winner[profile] == first:
        return Owned(scores, tie)
    moved = dict(scores)
    moved[tie.winner[profile]] += moved[first]
    moved[first] = 0.0
    return Owned(moved, tie)


def holds(lowered: str, stems: Sequence[str]) -> bool:
    """Whether a lower-case text holds a word that begins with one of `stems`."""
    return _beginning(tuple(stems)).search(lowered) is not None


@cache
def _beginning(stems: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z0-9])(?:{'|'.join(re.escape(stem.lower()) for stem in stems)})")
