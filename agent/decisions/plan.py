"""The plan an answer is written from: what is wrong, what is decided, the figures, the steps, and what would do the work."""

import re
from collections.abc import Collection
from types import MappingProxyType

from pydantic import BaseModel, ConfigDict, Field

from agent.brief.model import Brief, Kind
from agent.decisions.calculators import Number
from agent.decisions.catalogue import CHANGED, ToolStatus
from agent.decisions.checks import CheckResult
from agent.decisions.conditions import Case
from agent.decisions.conflicts import Conflict, conflicts
from agent.decisions.diagnoses import Diagnosis, diagnoses, diagnosis
from agent.decisions.figures import numbers
from agent.decisions.flags import RedFlag, flags
from agent.decisions.framework import Decision, Framework, case_of, decide
from agent.decisions.kinds import ASKING, kind_of
from agent.decisions.likes import PREFIX, SYMPTOM, WHICH
from agent.decisions.offer import Next
from agent.decisions.offers import offers
from agent.decisions.pitfalls import Correction, corrections
from agent.decisions.profiles import Difference, Profile, against
from agent.decisions.rules import Rules
from agent.decisions.settled import Shares

# A second and a third subject belong to an answer; a tenth buries the first.
MAX_DECISIONS = 3
# Who asks for a figure wants it before any advice.
HOW_MUCH = re.compile(
    r"\bhow (?:many|much|long|fast|big|large|often|soon|far)\b|\bwhat (?:does|do|would|will|is)\b[^?.]{0,60}\b(?:cost|come to|bill|memory|"
    r"size|rate|precision|sample)|\bwhen (?:does|will|is) it\b|\b(?:weeks?|days?|hours?) enough\b|\bdoes (?:it|that|this) (?:still )?fit\b|"
    r"\bworth it\b|\bmonthly bill\b|\bin (?:dollars|euros?|a month)\b",
    re.IGNORECASE,
)
MAX_STEPS = 8
# Every service's own steps say these; a decision need not say them again.
SAID_BY_ALL = ("deadline", "load it at")
COMPARED = 2
# What the task and the words add to the share of requests like it; from where on a subject is decided, and a second one.
OWN_TASK, OTHER_OF_TASK, NAMED = 0.3, 0.1, 0.3
CONCERNS, ALSO, PLAINLY = 0.3, 0.3, 0.45
# From this share of requests like it on, which ask why something broke, a symptom in its words is diagnosed.
BROKEN = 0.15
# Symptoms that the words do not show, told as suspicions: with at least this share, and so many at most.
SUSPECTED, MAX_SUSPECTS = 0.08, 3


class Step(BaseModel):
    """A step of the plan, and the checkpoint of the constitution it serves, if any."""

    model_config = ConfigDict(frozen=True)

    text: str
    checkpoint: str = ""


class AnswerPlan(BaseModel):
    """What the answer will say. `doable` is False when no skill does the work; `why_not` then says so."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    task: str
    doable: bool
    why_not: str
    corrections: tuple[Correction, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    differing: tuple[Difference, ...] = Field(
        default=(), description="where the request and the chosen profile disagree"
    )
    diagnoses: tuple[Diagnosis, ...] = ()
    suspects: tuple[Diagnosis, ...] = Field(default=(), description="symptoms it resembles, when its words show none")
    decisions: tuple[Decision, ...] = ()
    tools: tuple[ToolStatus, ...] = Field(
        default=(), description="tools the request names that the answer must speak of"
    )
    numbers: tuple[Number, ...] = ()
    figures_first: bool = Field(default=False, description="whether the request asks for a figure that was worked out")
    steps: tuple[Step, ...] = ()
    risks: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    next: tuple[Next, ...] = ()
    read: tuple[str, ...] = Field(default=(), description="sections that support it, as file.md#Heading")


def plan(
    brief: Brief,
    checks: tuple[CheckResult, ...],
    skills: Collection[str],
    rules: Rules,
    shares: Shares = MappingProxyType({}),
) -> AnswerPlan:
    """Plan the answer to a brief, offering only the installed `skills`; `shares` says what the request resembles."""
    kind = kind_of(brief)
    wrong = corrections(rules.pitfalls, brief, rules.catalogue)
    raised = flags(rules.flags, brief, rules.catalogue)
    contrary = conflicts(brief)
    found = _diagnosed(kind, brief, rules, shares)
    kind = "diagnosis" if found else kind
    figures = numbers(brief) if kind != "definition" else ()
    asked = bool(figures) and HOW_MUCH.search(brief.text) is not None
    decided = _decisions(kind, brief, rules, shares, asked) if not found else ()
    following, why_not = offers(brief, kind, skills, decided)
    differing = tuple(against(brief, rules.profile)) if rules.profile is not None else ()
    assumed = [item.assumption for item in (*checks, *contrary, *figures) if item.assumption]
    assumed += _from_profile(brief, rules.profile)
    return AnswerPlan(
        kind=kind,
        task=brief.task,
        doable=any(offer.skill for offer in following),
        why_not=why_not,
        corrections=wrong,
        red_flags=raised,
        conflicts=contrary,
        differing=differing,
        diagnoses=found,
        suspects=() if found else _suspects(kind, brief, rules, shares),
        decisions=decided,
        tools=_tools(kind, brief, decided, rules),
        numbers=figures,
        figures_first=asked,
        steps=_steps(kind, brief, decided),
        risks=tuple(dict.fromkeys(risk for decision in decided for risk in decision.risks)),
        assumptions=tuple(dict.fromkeys(assumed)),
        next=following,
        read=_read(wrong, found, decided),
    )


def nothing(brief: Brief) -> AnswerPlan:
    """Return the plan for a request that is out of scope."""
    return AnswerPlan(kind=kind_of(brief), task=brief.task, doable=False, why_not="")


def _from_profile(brief: Brief, profile: Profile | None) -> list[str]:
    """What the chosen profile adds to a request that is to be put into operation and names no target itself."""
    if profile is None or kind_of(brief) in ASKING or brief.target() is not None:
        return []
    return [f"{target}, from the profile {profile.id}" for target in profile.targets]


def _diagnosed(kind: Kind, brief: Brief, rules: Rules, shares: Shares) -> tuple[Diagnosis, ...]:
    """Return the diagnoses of what seems to have gone wrong, unless something else than a cause is plainly asked for."""
    broken = kind == "diagnosis" or shares.get("kind", {}).get("diagnosis", 0.0) >= BROKEN
    if not broken or kind in {"definition", "comparison", "review"}:
        return ()
    found = diagnoses(rules.symptoms, brief, rules.catalogue)
    # What it resembles most first, when its words show several.
    return tuple(sorted(found, key=lambda item: -shares.get(SYMPTOM, {}).get(item.id, 0.0)))


def _suspects(kind: Kind, brief: Brief, rules: Rules, shares: Shares) -> tuple[Diagnosis, ...]:
    """Return the symptoms that a request resembles most when its words show none: likeness alone is too often wrong for one."""
    if kind != "diagnosis":
        return ()
    ranked = sorted(shares.get(SYMPTOM, {}).items(), key=lambda pair: -pair[1])
    near = [name for name, share in ranked if name in rules.symptoms and share >= SUSPECTED][:MAX_SUSPECTS]
    return tuple(diagnosis(rules.symptoms[name], brief, rules.catalogue) for name in near)


def _decisions(kind: Kind, brief: Brief, rules: Rules, shares: Shares, asked: bool) -> tuple[Decision, ...]:
    """Decide what a request is about; who asks for a figure gets one decision, and only when it is plainly wanted too."""
    if kind in {"definition", "how-to"}:
        return ()
    case = case_of(brief, rules.catalogue)
    concerned = {name: _concern(framework, case, rules, shares) for name, framework in rules.frameworks.items()}
    ranked = sorted(concerned, key=lambda name: (-concerned[name], rules.frameworks[name].order))
    first, most = (PLAINLY, 1) if asked else (CONCERNS, MAX_DECISIONS)
    chosen = [name for place, name in enumerate(ranked[:most]) if concerned[name] >= (ALSO if place else first)]
    return tuple(decide(rules.frameworks[name], brief, rules.catalogue, shares.get(PREFIX + name)) for name in chosen)


def _concern(framework: Framework, case: Case, rules: Rules, shares: Shares) -> float:
    """How much a request is about a framework's subject: what it resembles, its task, and what its words say."""
    brief = case.brief
    named = framework.also is not None and framework.also.holds(case) is True
    task = brief.task in framework.tasks
    # Of several frameworks for one task the first by rank is the one that is meant when nothing else is said.
    first = task and framework.order <= min(
        other.order for other in rules.frameworks.values() if brief.task in other.tasks
    )
    # A task that was read from words is certain; one that was guessed counts as much as the guess.
    sure = 1.0 if brief.task_words else shares.get("task", {}).get(brief.task, 0.0)
    by_task = sure * (OWN_TASK if first else OTHER_OF_TASK if task else 0.0)
    return shares.get(WHICH, {}).get(framework.id, 0.0) + by_task + NAMED * named


def _tools(kind: Kind, brief: Brief, decided: tuple[Decision, ...], rules: Rules) -> tuple[ToolStatus, ...]:
    """Return what must be said of tools: all that are compared, else those that changed hands or that are advised against."""
    named = rules.catalogue.named(brief.text)
    if kind == "comparison" and len(named) >= COMPARED:
        return named
    left_out = {tool.name for decision in decided for tool in decision.instead}
    return tuple(tool for tool in named if tool.status in {*CHANGED, "renamed"} or tool.name in left_out)


def _steps(kind: Kind, brief: Brief, decided: tuple[Decision, ...]) -> tuple[Step, ...]:
    if kind not in {"design", "comparison"} or not decided:
        return ()
    general = _service_steps(brief)
    own = [
        Step(text=text)
        for decision in decided
        for text in decision.steps
        if not general or not any(word in text.lower() for word in SAID_BY_ALL)
    ]
    return tuple(dict.fromkeys((*own[: MAX_STEPS - len(general)], *general)))


def _service_steps(brief: Brief) -> tuple[Step, ...]:
    if brief.task not in {"serving", "streaming"}:
        return ()
    target, rate = brief.target(), brief.rate()
    steps = [
        Step(
            text="Put a deadline on every call, the model's own included, and decide what is answered past it: a labelled fallback or an honest 503.",
            checkpoint="reliability.timeouts",
        ),
        Step(
            text="Separate liveness from readiness, and become ready only after a warm-up prediction.",
            checkpoint="reliability.health",
        ),
        Step(
            text="Export rate, errors and duration as a histogram, and the distribution of predictions.",
            checkpoint="observability.metrics",
        ),
    ]
    if target is not None and rate is not None:
        steps.append(
            Step(
                text=f"Load it at {rate:g} requests a second with requests that start on schedule, and at {2 * rate:g} to see it shed; "
                f"the {target.milliseconds:g} ms hold for admitted requests.",
                checkpoint="performance.slo",
            )
        )
    return tuple(steps)


def _read(
    wrong: tuple[Correction, ...], found: tuple[Diagnosis, ...], decided: tuple[Decision, ...]
) -> tuple[str, ...]:
    named = [cause.read for diagnosis in found for cause in diagnosis.causes]
    lists = [*(item.read[:1] for item in wrong), *named[:4], *(decision.read[:2] for decision in decided)]
    return tuple(dict.fromkeys(section for group in lists for section in group))[:6]
