"""A turn as a terminal shows it."""

from collections.abc import Callable

from agent.chat.gathered import Turn
from agent.cli.show import show_checks, show_citations, show_markdown, show_route, show_scorecard


def show(turn: Turn, say: Callable[[], None]) -> None:
    """Print a turn: who, the checks, the answer, its sources, the scorecard."""
    assert turn.route is not None
    show_route(turn.route)
    show_checks(turn.checks)
    say()
    show_markdown(turn.answer)
    say()
    show_citations(turn.citations, turn.answer)
    if any(line.status != "UNKNOWN" for line in turn.scorecard):
        show_scorecard(turn.scorecard)
