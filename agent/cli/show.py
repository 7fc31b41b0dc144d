"""How results look on a terminal."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from agent.cli.output import colours, painted, say

if TYPE_CHECKING:
    from agent.constitution.scan import Scan
    from agent.decisions.checks import CheckResult
    from agent.events import ScoreLine
    from agent.knowledge.citation import Citation
    from agent.proof.evidence import Evidence
    from agent.routing.decision import Route
    from agent.skills.contract import SkillResult

LABEL = 15


def width() -> int:
    """Return the columns to write in: the terminal's, within what reads well."""
    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 110))


def row(label: str, text: str, *, colour: str | None = None) -> None:
    """Print a labelled paragraph, wrapped under itself."""
    shown = f"{label} ".ljust(LABEL)
    head = click.style(shown, bold=True) if colours() else shown
    lines = textwrap.wrap(text, width() - LABEL, break_long_words=False, break_on_hyphens=False) or [""]
    if len(shown) > LABEL:
        say(head)
        head = " " * LABEL
    say(head + (click.style(lines[0], fg=colour) if colour and colours() else lines[0]))
    for line in lines[1:]:
        say(" " * LABEL + line)


def show_route(route: Route) -> None:
    """Print a decision."""
    with_whom = f" with {', '.join(route.secondary)}" if route.secondary and route.decision != "decline" else ""
    sure = f"{route.confidence:.0%} sure"
    if route.pinned or route.answered:
        sure = "named by you" if route.pinned else "by your answer"
    elif route.decision == "ask":
        sure = "your answer decides"
    row("Persona", f"{route.primary}{with_whom} ({painted(route.decision)}, {sure})")
    if route.decision == "decline" and route.secondary:
        row("Who helps", ", ".join(route.secondary))
    if route.question:
        row("Question", route.question)


def show_checks(checks: Sequence[CheckResult]) -> None:
    """Print the checks that apply."""
    shown = [check for check in checks if check.status != "N/A"]
    for check in shown:
        row("Checks" if check is shown[0] else "", f"{painted(check.status)} {check.id}: {check.detail}")


def show_citations(citations: Iterable[Citation], answer: str | None = None) -> None:
    """Print where each citation leads; with an `answer` only those that it marks."""
    label = "Sources"
    for citation in citations:
        if answer is None or f"[{citation.id}]" in answer:
            row(label, f"[{citation.id}] {citation.path}:{citation.line} > {citation.heading}")
            label = ""


def show_scorecard(lines: Sequence[ScoreLine]) -> None:
    """Print the scorecard: what is met in a line a principle, what fails with its fix, and how much nothing shows yet."""
    label = "Scorecard"
    for principle in dict.fromkeys(line.principle for line in lines):
        met = [
            line.checkpoint.partition(".")[2] for line in lines if (line.principle, line.status) == (principle, "PASS")
        ]
        if met:
            row(label, f"{painted('PASS')} {principle}: {', '.join(met)}")
            label = ""
    for line in lines:
        if line.status == "FAIL":
            row(label, f"{painted('FAIL')} {line.checkpoint}: {line.evidence} Fix: {line.fix}")
            label = ""
    if hidden := sum(line.status == "UNKNOWN" for line in lines):
        row(label, f"{hidden} of {len(lines)} checkpoints UNKNOWN: nothing shows them yet; --json lists them")


def show_scan(found: Scan, findings: bool = True) -> None:
    """Print each checkpoint of a scan and the counts; with `findings` also where each failed and what would mend it."""
    for score in found.scores:
        row(score.principle, f"{painted(score.status)} {score.checkpoint}: {score.evidence}")
        for finding in score.findings if findings else ():
            row("", f"{finding.path}:{finding.line}: {finding.message}")
        if findings and score.status == "FAIL":
            row("", f"Fix: {score.fix}")
    say()
    counts = {status: sum(score.status == status for score in found.scores) for status in ("PASS", "FAIL", "UNKNOWN")}
    say(", ".join(f"{count} {painted(status)}" for status, count in counts.items()))


def show_evidence(evidence: Evidence) -> None:
    """Print one piece of evidence."""
    mark = painted("PASS") if evidence.passed else painted("FAIL")
    row("Evidence", f"{mark} {evidence.check} ({evidence.seconds:.1f} s): {evidence.claim}")
    values = ", ".join(f"{name} {_figure(value)}" for name, value in evidence.values.items())
    if values:
        row("", values)
    if not evidence.passed and evidence.detail:
        row("", evidence.detail)


def _figure(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def show_markdown(text: str) -> None:
    """Print the answer: rendered on a terminal, as it is elsewhere."""
    if not sys.stdout.isatty():
        click.echo(text.rstrip())
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console(width=width(), no_color=not colours(), highlight=False).print(Markdown(text))


def result_lines(result: SkillResult, edited: Sequence[str]) -> Iterable[str]:
    """Yield a skill's result as a terminal shows it."""
    where = f", {len(result.files)} files in {result.out}" if result.out is not None else ""
    # What writes nothing leaves nothing to verify: its figures are what was measured.
    word = "measured" if result.out is None and result.status == "unverified" else painted(result.status)
    yield f"{word}: {result.skill} {result.action}{where}"
    if result.out is None:
        yield from (f"  {name} {_figure(value)}" for name, value in result.metrics.items())
    for name in edited:
        yield f"  left alone, because it was edited: {name}"
    for evidence in result.evidence:
        mark = painted("PASS" if evidence.passed else "FAIL")
        yield f"  {mark} {evidence.check}: {evidence.claim} ({evidence.seconds:.1f} s)"
        values = ", ".join(f"{name} {_figure(value)}" for name, value in evidence.values.items())
        if values:
            yield f"       {values}"
        if not evidence.passed and evidence.detail:
            yield f"       {evidence.detail}"
    for text in result.recommendations:
        yield f"  advice: {text}"
    if result.status == "verified" and result.out is not None:
        yield f"repeat the proof with: mlwright verify {result.out}"
