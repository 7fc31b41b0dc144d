"""The paragraphs of an answer: each says one part of the plan, and nothing when the plan has none."""

from collections.abc import Iterator

from agent.decisions.catalogue import ToolStatus
from agent.decisions.diagnoses import Cause, Diagnosis
from agent.decisions.framework import Decision
from agent.responders.context import Context
from agent.responders.passages import marks

STATES = {
    "acquired": "now belongs to somebody else",
    "archived": "archived, no more fixes",
    "relicensed": "under another licence now",
    "renamed": "renamed",
    "unmaintained": "no longer maintained",
}


# Questions that were not answered: the first ones decide most.
UNSAID = 3


def corrections(context: Context) -> Iterator[str]:
    """Yield what the request takes for granted and is not so."""
    for item in context.plan.corrections:
        if item.unknown:
            yield f"**{_sentence(item.wrong)}** {_sentence(item.right)}"
            continue
        yield f"**Put right first:** {_sentence(item.wrong)} {_sentence(item.right)}{marks(context, item.read)}"


def flags(context: Context) -> Iterator[str]:
    """Yield the red flags, each with the way out and whom to ask; then the notes."""
    for flag in context.plan.red_flags:
        if flag.level == "flag":
            yield f"**Red flag: {_sentence(flag.flag)}** Way out: {_sentence(flag.way_out)} Ask: {flag.ask}."
        else:
            yield f"**Note:** {_sentence(flag.flag)} {_sentence(flag.way_out)}"


def contradictions(context: Context) -> Iterator[str]:
    """Yield what the request contradicts itself in, and which of the two is taken."""
    for conflict in context.plan.conflicts:
        yield f"**Contradiction:** {_sentence(conflict.detail)} {conflict.question} Until you say: {capital(conflict.assumption)}"


def profile(context: Context) -> Iterator[str]:
    """Yield where the request and the chosen profile of targets disagree; the request's own targets hold."""
    for item in context.plan.differing:
        name = f"p{item.percentile:g}" if item.percentile is not None else item.metric
        said = ", ".join(f"{who} says {limit:g}" for who, limit in item.limits.items())
        yield f"**Targets differ:** {name}: {said}. The request's holds."


def decided(context: Context) -> Iterator[str]:
    """Yield the decisions: the first in full, the others in short."""
    for place, decision in enumerate(context.plan.decisions):
        yield _decision(context, decision, full=place == 0)


def _decision(context: Context, decision: Decision, full: bool) -> str:
    said = f"**{capital(decision.title)}: {capital(decision.choice).rstrip('.')}.** {_sentence(decision.reason)}{marks(context, decision.read)}"
    if full and decision.tools:
        said += f" Tools: {'; '.join(_tool(tool) for tool in decision.tools)}."
    if full and (left_out := [tool for tool in decision.instead if tool.name not in _named(context)]):
        said += f" Left out: {', '.join(f'{tool.name} ({STATES.get(tool.status, tool.status)})' for tool in left_out)}."
    if decision.changes:
        said += f" It would change with: {'; '.join(change.rstrip('.') for change in decision.changes)}."
    guessed = [step.question for step in decision.walk if not step.known and step.answer]
    if guessed and full:
        said += f" Taken as yes, as in requests like yours, though you do not say: {' '.join(guessed)}"
    unsaid = [step.question for step in decision.walk if not step.known and not step.answer]
    if unsaid and full:
        said += f" Taken as no, as you do not say otherwise: {' '.join(unsaid[:UNSAID])}"
    return said


def _named(context: Context) -> set[str]:
    return {tool.name for tool in context.plan.tools}


def _tool(tool: ToolStatus) -> str:
    known = [part for part in (tool.version, tool.licence, STATES.get(tool.status)) if part]
    return f"{tool.name} ({', '.join([*known, f'checked {tool.checked}'])})"


def _changed(tool: ToolStatus) -> str:
    state = STATES.get(tool.status)
    return f"{tool.name} ({state}, checked {tool.checked}): {tool.note}" if state else f"{tool.name}: {tool.note}"


def tools(context: Context) -> Iterator[str]:
    """Yield what must be said of tools that the request names."""
    if context.plan.kind != "comparison":
        for tool in context.plan.tools:
            yield f"**{tool.name}:** {_sentence(_changed(tool))}"


def compared(context: Context) -> Iterator[str]:
    """Yield the tools that are compared, side by side, with those left that nothing speaks against."""
    named = context.plan.tools
    if not named:
        return
    lines = [
        f"| {tool.name} | {tool.version or '?'} | {tool.licence or '?'} | {tool.status} ({tool.checked}) | {tool.note} |"
        for tool in named
    ]
    gone = [tool for tool in named if tool.status in {"archived", "unmaintained", "relicensed"}]
    left = [tool for tool in named if tool not in gone]
    if gone and left:
        yield f"**{_listed([tool.name for tool in left])}, not {_listed([tool.name for tool in gone])}:** {' '.join(_sentence(_changed(tool)) for tool in gone)}"
    fitting = [
        tool.name
        for decision in context.plan.decisions
        for tool in decision.tools
        if tool.name in {t.name for t in left}
    ]
    if fitting and not gone:
        yield f"**For what you describe: {_listed(list(dict.fromkeys(fitting)))}**, because the decision below leads there."
    yield "\n".join(("| Tool | Version | Licence | State | What to know |", "|---|---|---|---|---|", *lines))


def diagnosed(context: Context, diagnosis: Diagnosis) -> Iterator[str]:
    """Yield a diagnosis: what stops the damage, the causes with the check that tells each, and how to know it is mended."""
    yield f"**{capital(diagnosis.title)}. First: {capital(diagnosis.first)}**" + (
        f" {_sentence(diagnosis.because)}" if diagnosis.because else ""
    )
    causes = [f"{number}. {_cause(context, cause)}" for number, cause in enumerate(diagnosis.causes, 1)]
    yield "Look in this order; each check tells its cause from the others:\n\n" + "\n".join(causes)
    yield f"**Mended when:** {_sentence(diagnosis.after)}"


def suspected(context: Context) -> str:
    """Return the symptoms that come nearest when none is shown, each with the check that shows it."""
    lines = [
        f"- **{capital(item.title)}?** {_sentence(item.causes[0].look)} If so: {_sentence(item.first)}"
        for item in context.plan.suspects
    ]
    said = "**No rule here knows this symptom for certain.** Stop the loss first (the last version that was good, or the fallback), keep one bad instance as it is, and find out what changed between the last good and the first bad minute."
    return said + " What it resembles most, each with the check that shows it:\n\n" + "\n".join(lines)


def _cause(context: Context, cause: Cause) -> str:
    said = " (your request points here)" if cause.named else ""
    return (
        f"**{capital(cause.cause).rstrip('.')}**{said}. Look: {_sentence(cause.look)} Sign: {_sentence(cause.sign)} "
        f"Mend: {_sentence(cause.mend)}{marks(context, cause.read)}"
    )


def reviewed(context: Context) -> Iterator[str]:
    """Yield what stands against a plan: what is wrong in it, and what it does not say."""
    wrong = len(context.plan.corrections) + len(context.plan.conflicts)
    raised = sum(flag.level == "flag" for flag in context.plan.red_flags)
    missing = [check for check in context.checks if check.status in {"MISSING", "CONFLICT"}]
    counted = [f"{wrong} to put right" if wrong else "", f"{raised} red flags" if raised else ""]
    counted = [item for item in counted if item]
    verdict = (
        f"Not as it stands: {' and '.join(counted)}, above."
        if counted
        else "Nothing in its words is wrong by the rules here."
    )
    yield f"**Review.** {verdict}"
    if missing:
        yield "**What it does not say**\n\n" + "\n".join(f"- {check.detail} {check.question}" for check in missing)


def figures(context: Context) -> Iterator[str]:
    """Yield the arithmetic, with its working."""
    if context.plan.numbers:
        yield "**Worked out from your figures**\n\n" + "\n".join(
            f"- {capital(number.name)}: {number.working}" for number in context.plan.numbers
        )


def later_figures(context: Context) -> Iterator[str]:
    """Yield the arithmetic where it was not what was asked for first."""
    if not context.plan.figures_first:
        yield from figures(context)


def steps(context: Context) -> Iterator[str]:
    """Yield the next steps."""
    if context.plan.steps:
        yield "**Steps**\n\n" + "\n".join(f"{number}. {step.text}" for number, step in enumerate(context.plan.steps, 1))


def risks(context: Context) -> Iterator[str]:
    """Yield what can go wrong with the decision."""
    if context.plan.risks:
        yield "**Risks**\n\n" + "\n".join(f"- {_sentence(risk)}" for risk in context.plan.risks[:4])


def open_points(context: Context) -> Iterator[str]:
    """Yield what is not said, and what is assumed until it is."""
    if context.route.decision == "ask" and context.route.question:
        runner_up = next(row.persona for row in context.route.ranking if row.persona != context.route.primary)
        yield f"**One question first.** {context.route.question} Until you say, this is answered as {context.route.primary} would; {runner_up} is the other reading."
    missing = [check for check in context.checks if check.question and check.status == "MISSING"]
    if context.plan.kind != "review" and missing:
        lines = [f"- {check.question} Until then: {capital(check.assumption).rstrip('.')}." for check in missing]
        yield "**Open, and assumed until you say**\n\n" + "\n".join(lines)
    told = {check.assumption for check in missing} | {conflict.assumption for conflict in context.plan.conflicts}
    if rest := [item for item in context.plan.assumptions if item not in told]:
        yield "**Assumed**\n\n" + "\n".join(f"- {_sentence(item)}" for item in rest)


def who(context: Context) -> Iterator[str]:
    """Yield who else is needed."""
    wanted = context.plan.kind in {"design", "review"} and context.plan.decisions
    if context.route.secondary and context.route.decision != "decline" and wanted:
        yield f"**Also involved:** {', '.join(context.route.secondary)}."


def following(context: Context) -> Iterator[str]:
    """Yield the commands that do a part of it, or that nothing was run."""
    for offer in context.plan.next:
        about = f" {offer.does}" if offer.does else ""
        needs = f" ({offer.needs})" if offer.needs else ""
        yield f"**Next:**{about}{needs}\n\n```bash\n{offer.command}\n```"
    if context.plan.why_not:
        yield f"*{context.plan.why_not}*"


def by_contract(context: Context) -> Iterator[str]:
    """Yield what the persona must know before it recommends anything."""
    checks = "\n".join(f"- {check}" for check in context.persona.mlwright.checks)
    if checks:
        yield f"**{context.persona.name} takes this.** Before any recommendation these must be known:\n\n{checks}"


def capital(text: str) -> str:
    """Return a text with its first letter in upper case, unless its first word is a name that is written otherwise (vLLM, nr_throttled)."""
    first = text.split(" ", 1)[0]
    return text if "_" in first or any(letter.isupper() for letter in first[1:]) else text[:1].upper() + text[1:]


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return capital(text) + ("" if text.endswith((".", "!", "?", ":", "`")) else ".")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
