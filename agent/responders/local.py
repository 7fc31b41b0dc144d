"""The local responder: an answer composed from rules, figures and cited passages, without a model or a network."""

from collections.abc import AsyncIterator, Iterator

from agent.decisions.framework import Decision
from agent.events import Event, Text, Usage
from agent.responders.context import Context


class Local:
    """Writes an answer from what the engine worked out: decision first, then figures, sources, steps, what is open."""

    name = "local"

    async def respond(self, context: Context) -> AsyncIterator[Event]:
        """Yield the answer, a paragraph at a time."""
        for paragraph in paragraphs(context):
            yield Text(text=paragraph + "\n\n")
        yield Usage(backend=self.name)


def paragraphs(context: Context) -> Iterator[str]:
    """Return the answer's paragraphs in order."""
    if context.route.decision == "decline":
        yield from _declined(context)
        return
    if context.plan.why_not:
        yield context.plan.why_not
    for flag in context.plan.red_flags:
        yield f"**First: {flag.flag}** {flag.way_out} Ask: {flag.ask}."
    for decision in context.plan.decisions:
        yield _decision(decision)
    if not context.plan.decisions:
        yield _by_contract(context)
    yield from _numbers(context)
    yield from _sources(context)
    yield from _steps(context)
    yield from _open(context)
    yield from _next(context)


def _declined(context: Context) -> Iterator[str]:
    if context.route.question:
        yield context.route.question
        return
    helpers = context.route.secondary
    who = helpers[0] if helpers else "somebody who works in that field"
    yield f"This is outside what mlwright does: it does not look like machine-learning engineering. Who would help: {who}."
    nearest = next((row for row in context.route.ranking if row.persona != context.route.primary), None)
    if nearest is not None:
        yield f"If it does concern a machine-learning system, say so in the request, or name the persona: `--persona {nearest.persona}`."


def _decision(decision: Decision) -> str:
    unknown = [step.question for step in decision.walk if not step.known]
    said = f"**{_capital(decision.framework)}: {_lower(decision.choice)}.** {decision.reason}"
    if decision.changes:
        said += f" It would change with: {'; '.join(decision.changes)}."
    if unknown:
        said += (
            f" Taken as no, because the request does not say: {' '.join(unknown)}"
            if len(unknown) > 1
            else f" Taken as no, because the request does not say: {unknown[0]}"
        )
    return said


def _by_contract(context: Context) -> str:
    """No framework covers the task: what the persona holds itself to is the most that can be said without inventing."""
    checks = "\n".join(f"- {check}" for check in context.persona.mlwright.checks)
    return f"**{context.persona.name} takes this: {_lower(context.persona.mlwright.role)}** Before any recommendation these must be known:\n\n{checks}"


def _numbers(context: Context) -> Iterator[str]:
    if context.plan.numbers:
        yield "**Worked out from your figures**\n\n" + "\n".join(
            f"- {_capital(number.name)}: {number.working}" for number in context.plan.numbers
        )


def _sources(context: Context) -> Iterator[str]:
    if context.citations:
        lines = "\n".join(
            f"- {_introduced(citation.heading)} “{' '.join(citation.quote.split())}” [{citation.id}]"
            for citation in context.citations
        )
        yield f"**What the reference says**\n\n{lines}"


def _introduced(heading: str) -> str:
    last = heading.rsplit(" > ", 1)[-1]
    return last if last.endswith("?") else f"{last}:"


def _steps(context: Context) -> Iterator[str]:
    if context.plan.steps:
        yield "**Steps**\n\n" + "\n".join(f"{number}. {step.text}" for number, step in enumerate(context.plan.steps, 1))


def _open(context: Context) -> Iterator[str]:
    questions = [check.question for check in context.checks if check.question]
    if context.route.decision == "ask" and context.route.question:
        runner_up = next(row.persona for row in context.route.ranking if row.persona != context.route.primary)
        yield f"**One question first.** {context.route.question} Until you say, this is answered as {context.route.primary} would; {runner_up} is the other reading."
    if questions:
        yield "**To settle**\n\n" + "\n".join(f"- {question}" for question in questions)
    if context.plan.assumptions:
        yield "**Assumed until then**\n\n" + "\n".join(
            f"- {_capital(assumption).rstrip('.')}." for assumption in context.plan.assumptions
        )
    if context.route.secondary:
        yield f"**Also involved:** {', '.join(context.route.secondary)}."


def _next(context: Context) -> Iterator[str]:
    for following in context.plan.next:
        needs = f" ({following.needs})" if following.needs else ""
        yield f"**Next**{needs}\n\n```bash\n{following.command}\n```"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """Lower the first letter unless the word is a name in capitals (vLLM, LLM, ONNX)."""
    first = text.split(" ", 1)[0]
    return text if sum(letter.isupper() for letter in first) > 1 or first in NAMES else text[:1].lower() + text[1:]


NAMES = frozenset({"Feast", "PyTorch"})
