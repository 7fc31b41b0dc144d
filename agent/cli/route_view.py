"""Why a request went where it did, as a terminal shows it."""

from collections.abc import Iterable

from agent.cli.output import say
from agent.cli.show import row, width
from agent.routing.artifact import Table
from agent.routing.decision import Route
from agent.routing.drawing import walked
from agent.routing.explanation import Explanation, Word


def show_reasons(route: Route, table: Table) -> None:
    """Print the walk, the ranking, the words that weighed, the nearest examples and what would have changed it."""
    say()
    for line in walked(table, route.path, route.primary, route.shares):
        say(_cut(line))
    say()
    for ranked in route.ranking:
        label = "Ranking" if ranked is route.ranking[0] else ""
        row(label, f"{ranked.score:5.3f} {bar(ranked.score)} {ranked.persona}")
    row("Margin", f"{route.margin:.3f}; below {table.ask_margin:.3f} the tree's question is asked back")
    if route.explanation is not None:
        _show_words(route.explanation)
    for near in route.examples:
        row("Like" if near is route.examples[0] else "", f"{near.similarity:.2f} {near.persona}: {near.text}")
    if route.claim is not None:
        claim = route.claim
        others = ", ".join(f"{owner} under {profile}" for profile, owner in claim.otherwise.items())
        row("Disputed", f"{claim.subject} ({claim.id}): {claim.owner} under {claim.profile}, {others}. {claim.reason}")
    row("Tier", f"{route.tier}, profile {route.profile}, {route.elapsed_ms:g} ms")


def _show_words(found: Explanation) -> None:
    row("For", f"{found.first}: {_weights(found.speaks_for) or 'no single word'}")
    if found.speaks_against:
        row("Against", f"{found.runner_up}: {_weights(found.speaks_against)}")
    removed = " and ".join(f"“{word}”" for word in found.without)
    row(
        "Changed by",
        f"without {removed} it would go to {found.then}"
        if found.then
        else "no three of its words: without them it would still go there",
    )


def _weights(words: Iterable[Word]) -> str:
    return ", ".join(f"{found.word} {abs(found.weight):.2f}" for found in words)


def _cut(line: str) -> str:
    return line if len(line) <= width() else f"{line[: width() - 1]}…"


def bar(share: float, length: int = 20) -> str:
    """Return a bar for a share of 1."""
    return ("█" * round(share * length)).ljust(length, "·")
