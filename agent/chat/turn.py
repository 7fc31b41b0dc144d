"""One turn: a request in, events out. Nothing here prints, writes or keeps anything."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass

from agent.brief.read import read as read_brief
from agent.constitution.plan_score import score_plan
from agent.decisions.checks import check
from agent.decisions.kinds import ASKING
from agent.decisions.plan import AnswerPlan, nothing
from agent.decisions.plan import plan as make_plan
from agent.decisions.rules import Rules
from agent.decisions.settled import Shares, settled
from agent.events import Briefed, Checked, Done, Event, Found, Planned, Routed, Scored, ScoreLine, Text
from agent.knowledge.citation import Citation
from agent.personas.model import Persona
from agent.resources import visible
from agent.responders.context import Context, Responder
from agent.routing.decision import Route
from agent.safeguards.redaction import redacted
from agent.skills.contract import Description


@dataclass(frozen=True)
class Tools:
    """What a turn works with; each is called when it is needed and not before."""

    route: Callable[[str, str | None], Route]
    search: Callable[[str, str, AnswerPlan], tuple[Citation, ...]]
    persona: Callable[[str], Persona]
    skills: Callable[[], Mapping[str, Description]]
    rules: Callable[[], Rules]
    likeness: Callable[[str], Shares]
    responder: Responder


async def turn(text: str, tools: Tools, persona: str | None = None) -> AsyncIterator[Event]:
    """Yield the events of one turn, in the order they come about."""
    started = time.perf_counter()
    text, removed = redacted(visible(text))
    route = tools.route(text, persona)
    yield Routed(route=route)
    shares = tools.likeness(text)
    brief = settled(read_brief(text), shares)
    yield Briefed(brief=brief)
    in_scope = route.decision != "decline"
    checks = check(brief) if in_scope else ()
    yield Checked(checks=checks)
    skills = tools.skills() if in_scope else dict[str, Description]()
    plan = make_plan(brief, checks, skills, tools.rules(), shares) if in_scope else nothing(brief)
    citations = tools.search(text, route.primary, plan)
    if not in_scope:
        # A question that the reference answers is answered, whosever field it is.
        citations = tuple(citation for citation in citations if citation.answers()) if plan.kind in ASKING else ()
    yield Found(citations=citations)
    yield Planned(plan=plan)
    provides = {
        checkpoint: place
        for step in plan.next
        if step.skill
        for checkpoint, place in skills[step.skill].provides.items()
    }
    scores = score_plan(plan, provides, brief.excluded) if in_scope else ()
    scorecard = tuple(
        ScoreLine(
            principle=score.principle,
            checkpoint=score.checkpoint,
            status=score.status,
            evidence=score.evidence,
            fix=score.fix,
        )
        for score in scores
    )
    yield Scored(scorecard=scorecard)
    context = Context(text, route, tools.persona(route.primary), brief, checks, citations, plan, scorecard)
    if removed:
        said = f"{' and '.join(removed)} stood in the request and was removed before anything read it; change it."
        yield Text(text=f"**{said[0].upper()}{said[1:]}**\n\n")
    async for event in tools.responder.respond(context):
        yield event
    yield Done(elapsed_ms=round((time.perf_counter() - started) * 1000, 1))
