"""One request through a compiled router: the ranking, the decision, and what goes with it."""

import math
import time
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from agent.encoder import Encoder
from agent.routing.artifact import ABOUT, FOLLOW_UP, Artifact
from agent.routing.conversation import REMEMBERED, answered, carried
from agent.routing.explanation import Explanation, Neighbour, Step, explain, heaviest, nearest, walk
from agent.routing.features import vector, words
from agent.routing.ownership import Owned, Scores, holds, owned, profile_of
from agent.routing.ridge import softmax
from agent.routing.tree import DEFAULT_PROFILE, OUT_OF_SCOPE, Tie

MAX_SECONDARY = 3
# How much likelier than anything else it must be that a request is out of scope: who is declined wrongly gets nothing, who
# is answered wrongly sees that at once. Chosen on requests of others: as many right in all, fewer declined wrongly.
DECLINING = 2.0
# Words of a request that is too short to say which side of a dispute is meant.
SHORT = 12
# What a rule of routing.yaml adds to the log odds of a helper; what a share of nought and a colleague who was never named
# count as. Chosen on the helpers of evals/routing-dev.yaml.
RULED = 2.0
LEAST = 1e-3
RARELY = 0.5


class Model(BaseModel):
    """A part of a decision: immutable."""

    model_config = ConfigDict(frozen=True)


class Ranked(Model):
    """A leaf and its probability."""

    persona: str
    score: float


class Claim(Model):
    """A subject that two personas claim, and who has it under the profile in force."""

    id: str
    subject: str
    profile: str
    owner: str
    otherwise: dict[str, str] = Field(description="the owner under each other profile")
    reason: str


class Route(Model):
    """Where a request goes and why. `question` is what to ask back, or what to say when declining."""

    decision: Literal["route", "ask", "decline"]
    primary: str
    secondary: tuple[str, ...]
    confidence: float
    margin: float
    ranking: tuple[Ranked, ...]
    path: tuple[Step, ...]
    examples: tuple[Neighbour, ...]
    question: str | None
    tier: str
    elapsed_ms: float
    between: tuple[str, str] | None = Field(
        default=None, description="when there is a question: whose it is if the answer is yes, and if it is no"
    )
    about: bool = Field(default=False, description="the request is about mlwright itself")
    claim: Claim | None = Field(default=None, description="the disputed subject the request falls under")
    profile: str = Field(default=DEFAULT_PROFILE, description="the profile of ownership in force")
    because: tuple[str, ...] = Field(default=(), description="the words that weighed most for the primary")
    explanation: Explanation | None = Field(default=None, description="only when it was asked for")
    pinned: bool = Field(default=False, description="the persona was named by the user")
    answered: bool = Field(default=False, description="it follows from the answer to the question asked before")

    @property
    def shares(self) -> dict[str, float]:
        """Return the probability of each leaf by name."""
        return {row.persona: row.score for row in self.ranking}


class Router:
    """A compiled router, the encoder it was compiled with, and the profile that settles disputed subjects."""

    def __init__(self, artifact: Artifact, encoder: Encoder | None, profile: str = "") -> None:
        self.artifact = artifact
        self.encoder = encoder
        self.profile = profile_of(profile)
        self._last: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def route(self, text: str, persona: str | None = None, after: Sequence[str] = (), explained: bool = False) -> Route:
        """Route a request; `after` holds the requests before it in the same conversation, the oldest first.

        A `persona` named by the user wins, and the scores are told all the same. With `explained` the words are tried
        out one by one, which takes as many passes of the encoder.
        """
        started = time.perf_counter()
        table = self.artifact.table
        shares = self._shares([*after[-REMEMBERED:], text])
        found = self._owned(text, shares)
        scores = found.scores
        order = sorted(scores, key=lambda name: -scores[name])
        margin = scores[order[0]] - scores[order[1]]
        about = order[0] == OUT_OF_SCOPE and shares[ABOUT] > shares[OUT_OF_SCOPE] / 2
        reply = self._reply(text, after)
        promised = self._promised(text) or reply
        primary = persona or promised or order[0]
        settled = persona is not None or promised is not None
        decision = self._decision(primary, margin, settled=settled)
        disputed = self._disputed(text, found.tie, primary) if decision == "route" and not settled else None
        decision = "ask" if disputed else decision
        # Declined, but not for certain: the question that would bring it back is told.
        unsure = decision == "decline" and not about and persona is None and margin < table.ask_margin
        between = disputed or (self._between(order[0], order[1]) if decision == "ask" or unsure else None)
        neighbours = nearest(self.artifact, text, self._cosines(text))
        return Route(
            decision=decision,
            primary=primary,
            secondary=self._outside(text, neighbours)
            if decision == "decline"
            else self._secondary(text, primary, found),
            confidence=round(scores.get(primary, 0.0), 4),
            margin=round(margin, 4),
            ranking=tuple(Ranked(persona=name, score=round(scores[name], 4)) for name in order),
            path=walk(table, primary, scores),
            examples=neighbours,
            question=self._question(between, about=about and decision == "decline"),
            tier=table.tier,
            elapsed_ms=round((time.perf_counter() - started) * 1000, 2),
            between=between[1:] if between else None,
            about=about,
            claim=self._claim(found.tie),
            profile=self.profile,
            because=heaviest(self.artifact, text, primary),
            explanation=explain(text, order[0], lambda part: self._owned(part, self._shares([part])).scores)
            if explained
            else None,
            pinned=persona is not None,
            answered=reply is not None and primary == reply,
        )

    def _cosines(self, text: str) -> NDArray[np.float32] | None:
        """Return how close a text is to each example, None without an encoder; asked for twice, worked out once."""
        if self.encoder is None or self.artifact.semantic is None:
            return None
        # The encoder gives back the same array for the same text as long as it knows nothing better.
        encoded = self.encoder.encode([text])
        last = self._last
        if last is None or last[0] is not encoded:
            last = self._last = encoded, self.artifact.semantic.cosines(encoded[0])
        return last[1]

    def _shares(self, turns: Sequence[str]) -> dict[str, float]:
        """Return the probability of each leaf, and of `ABOUT`, whose share is also in that of the leaf out of scope."""
        shares = carried([self._alone(turn) for turn in turns])
        outside = shares[OUT_OF_SCOPE] + shares[ABOUT] + shares.pop(FOLLOW_UP)
        shares[OUT_OF_SCOPE] = outside
        total = 1 - outside + outside / DECLINING
        return {
            name: share / (DECLINING if name in {OUT_OF_SCOPE, ABOUT} else 1) / total for name, share in shares.items()
        }

    def _alone(self, text: str) -> dict[str, float]:
        table = self.artifact.table
        # At the temperature that calibrated it on examples left out.
        found: list[float] = softmax(self._scores(text).astype(np.float64) / table.temperature).tolist()
        return dict(zip(table.columns, found, strict=True))

    def _scores(self, text: str) -> NDArray[np.floating]:
        buckets, weights = vector(text, self.artifact.idf)
        scores = weights @ self.artifact.lexical[buckets].astype(np.float32) + self.artifact.bias
        cosines = self._cosines(text)
        if cosines is not None and self.artifact.semantic is not None:
            scores = scores + self.artifact.semantic.scores(cosines)
        return scores

    def _owned(self, text: str, shares: dict[str, float]) -> Owned:
        leaves = {name: shares[name] for name in self.artifact.table.leaves}
        return owned(text, leaves, self.artifact.table.ties, self.profile)

    def _promised(self, text: str) -> str | None:
        """Return whose a trigger phrase is, whatever it scores; a dispute over it is settled like any other."""
        phrase = self.artifact.table.phrases.get(" ".join(words(text)))
        if phrase is None:
            return None
        scores = self._owned(text, self._certain(phrase)).scores
        return max(scores, key=lambda name: scores[name])

    def _reply(self, text: str, after: Sequence[str]) -> str | None:
        """Return whose it is by the answer to our own question, if the text is one; only then is the turn before routed."""
        if not after or answered(text, ("yes", "no")) is None:
            return None
        *before, last = after[-REMEMBERED:]
        return answered(text, self.route(last, after=before).between)

    def _certain(self, leaf: str) -> dict[str, float]:
        return {name: float(name == leaf) for name in self.artifact.table.leaves}

    def _decision(self, primary: str, margin: float, settled: bool) -> Literal["route", "ask", "decline"]:
        if primary == OUT_OF_SCOPE:
            return "decline"
        return "ask" if margin < self.artifact.table.ask_margin and not settled else "route"

    def _outside(self, text: str, neighbours: Sequence[Neighbour]) -> tuple[str, ...]:
        """Return who helps with what is out of scope, by the words of the request or else of the examples closest to it."""
        texts = [text, *(near.text for near in neighbours if near.persona == OUT_OF_SCOPE)]
        helpers = self.artifact.table.helpers
        return tuple(helper.who for part in texts for helper in helpers if holds(part.lower(), helper.words))[:1]

    def _secondary(self, text: str, primary: str, found: Owned) -> tuple[str, ...]:
        lowered = text.lower()
        # Who would own it under the default profile knows it best.
        given = [found.tie.winner[DEFAULT_PROFILE]] if found.tie and found.tie.winner[self.profile] == primary else []
        weights = self._helping(lowered, primary, found.scores)
        helpers = dict.fromkeys([*given, *sorted(weights, key=lambda name: -weights[name])])
        return tuple(name for name in helpers if name not in {primary, OUT_OF_SCOPE})[:MAX_SECONDARY]

    def _helping(self, lowered: str, primary: str, scores: Scores) -> dict[str, float]:
        """Return how likely each leaf helps, as a log odds: its share, how often it helps this primary, and the rules."""
        table = self.artifact.table
        often = table.colleagues.get(primary, {})
        total = sum(often.values()) + len(table.leaves) * RARELY
        ruled = {
            name
            for rule in table.company
            if rule.when == primary and (not rule.words or holds(lowered, rule.words))
            for name in rule.adds
        }
        return {
            name: math.log(share + LEAST) + math.log((often.get(name, 0) + RARELY) / total) + RULED * (name in ruled)
            for name, share in scores.items()
        }

    def _between(self, first: str, second: str) -> tuple[str, str, str] | None:
        """Return the question of the tree that separates two leaves, and whose it is on yes and on no."""
        table = self.artifact.table
        for (node, yes), (_, other) in zip(table.paths[first], table.paths[second], strict=False):
            if yes != other:
                left, right = (first, second) if yes else (second, first)
                return table.nodes[node].question, left, right
        return None

    def _disputed(self, text: str, tie: Tie | None, primary: str) -> tuple[str, str, str] | None:
        """Return the question of the tie that a short request falls under: its few words leave open which side is meant."""
        if tie is None or not tie.question or len(words(text)) > SHORT or primary not in tie.between:
            return None
        (other,) = (name for name in tie.between if name != tie.if_yes)
        return tie.question, tie.if_yes, other

    @staticmethod
    def _question(between: tuple[str, str, str] | None, about: bool) -> str | None:
        if about:
            return "This is about mlwright itself: `mlwright --help` says what it does."
        if between is None:
            return None
        question, left, right = between
        return f"{question} If yes, {left} takes it; if no, {right}."

    def _claim(self, tie: Tie | None) -> Claim | None:
        if tie is None:
            return None
        return Claim(
            id=tie.id,
            subject=tie.subject,
            profile=self.profile,
            owner=tie.winner[self.profile],
            otherwise={profile: owner for profile, owner in tie.winner.items() if profile != self.profile},
            reason=tie.reason,
        )
