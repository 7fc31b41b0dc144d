"""The local responder: an answer composed from rules, figures and cited passages, without a model or a network."""

from collections.abc import AsyncIterator, Iterator

from agent.events import Event, Text, Usage
from agent.responders import passages, prose
from agent.responders.context import Context


class Local:
    """Writes an answer from what the engine worked out; what comes first depends on the kind of question."""

    name = "local"

    async def respond(self, context: Context) -> AsyncIterator[Event]:
        """Yield the answer, a paragraph at a time."""
        for paragraph in paragraphs(context):
            yield Text(text=paragraph + "\n\n")
        yield Usage(backend=self.name)


def paragraphs(context: Context) -> Iterator[str]:
    """Return the answer's paragraphs in order."""
    if context.route.decision == "decline" and context.route.question:
        yield context.route.question
        return
    if context.route.decision == "decline" and not passages.answers(context):
        yield from _declined(context)
        return
    yield from prose.corrections(context)
    yield from prose.flags(context)
    yield from prose.contradictions(context)
    yield from prose.profile(context)
    if context.plan.figures_first:
        yield from prose.figures(context)
    if any(item.unknown for item in context.plan.corrections):
        # Whoever asks what only their own systems, or tomorrow, can tell wants no design instead.
        yield from prose.later_figures(context)
        yield from prose.following(context)
        return
    yield from _body(context)
    yield from prose.who(context)
    yield from prose.following(context)


def _body(context: Context) -> Iterator[str]:
    match context.plan.kind:
        case "definition" | "how-to":
            yield from _told(context)
        case "diagnosis":
            yield from _diagnosed(context)
        case "review":
            yield from _reviewed(context)
        case "comparison":
            yield from prose.compared(context)
            yield from _designed(context)
        case "design":
            yield from _designed(context)


def _told(context: Context) -> Iterator[str]:
    """A definition or a step: the passage that holds it, its code, and where more stands."""
    if not passages.answers(context):
        if not context.plan.corrections and not context.plan.red_flags:
            yield passages.nothing(context)
        return
    yield from passages.leading(context)
    yield from prose.tools(context)
    yield from prose.later_figures(context)
    yield from passages.more(context)


def _diagnosed(context: Context) -> Iterator[str]:
    if context.plan.suspects:
        yield prose.suspected(context)
        yield from prose.later_figures(context)
        yield from prose.tools(context)
        yield from passages.quoted(context)
        return
    if not context.plan.diagnoses:
        yield from _designed(context)
        return
    for diagnosis in context.plan.diagnoses[:2]:
        yield from prose.diagnosed(context, diagnosis)
    yield from prose.later_figures(context)
    yield from prose.tools(context)
    yield from passages.quoted(context)


def _reviewed(context: Context) -> Iterator[str]:
    yield from prose.reviewed(context)
    if context.route.pinned or not context.plan.decisions:
        yield from prose.by_contract(context)
    yield from prose.decided(context)
    yield from prose.later_figures(context)
    yield from prose.tools(context)
    yield from passages.quoted(context)
    yield from prose.open_points(context)


def _designed(context: Context) -> Iterator[str]:
    plan = context.plan
    if plan.figures_first and not plan.decisions:
        yield from prose.tools(context)
        yield from passages.quoted(context)
        return
    if not plan.decisions and not plan.diagnoses:
        yield from _undecided(context)
        return
    yield from prose.decided(context)
    yield from prose.later_figures(context)
    yield from prose.tools(context)
    yield from prose.steps(context)
    yield from prose.risks(context)
    yield from prose.open_points(context)
    yield from passages.quoted(context)


def _undecided(context: Context) -> Iterator[str]:
    """No rule covers it: what the reference holds, else that nothing is recommended, and what would have to be known."""
    if passages.answers(context):
        yield from passages.leading(context)
        yield from prose.later_figures(context)
        yield from passages.more(context)
    else:
        yield passages.nothing(context) if context.plan.kind in {"definition", "how-to"} else NO_RULE
        yield from prose.later_figures(context)
        yield from passages.quoted(context)
    yield from prose.tools(context)
    yield from prose.by_contract(context)


NO_RULE = "I don't know which way is right here: no rule of mine covers this, so I recommend nothing. What stands nearest is below."


def _declined(context: Context) -> Iterator[str]:
    helpers = context.route.secondary
    who = helpers[0] if helpers else "somebody who works in that field"
    yield f"This is outside what mlwright does: it does not look like machine-learning engineering. Who would help: {who}."
    nearest = next((row for row in context.route.ranking if row.persona != context.route.primary), None)
    if nearest is not None:
        yield f"If it does concern a machine-learning system, say so in the request, or name the persona: `--persona {nearest.persona}`."
