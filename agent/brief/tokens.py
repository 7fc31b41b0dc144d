"""Tokens of a prompt, an answer or a whole conversation, where the word for which stands before the number."""

import re

from agent.brief.model import Unit
from agent.brief.numbers import Figure
from agent.brief.pattern import Pattern
from agent.brief.scene import Scene

# "Prompt 2,000 tokens", "answers of about 300 tokens", "a conversation of 4,000 tokens".
BEFORE = Pattern(
    r"\b(?:(?P<prompt>prompts?|inputs?|questions?)|(?P<answer>answers?|outputs?|completions?|repl(?:y|ies)|responses?|summar(?:y|ies))|(?P<context>conversations?|contexts?|chats?|dialogues?|threads?|sequences?))"
    r"(?:\s(?:of|has|have|is|are|with|at|to|up|about|around|roughly|some|max|most|length|usually|typically|a|an))*[\s:=~]*$",
    re.IGNORECASE,
)
BEHIND = Pattern(r"[\s-]?tokens?\b(?!\s?(?:/|per\b|a\s(?:second|day)))", re.IGNORECASE)
# "Prompt 1,500 tokens, answer 20": the second are tokens too.
SILENT = Pattern(r"\s*(?:[.,;)?!]|$|and\b|each\b)", re.IGNORECASE)
TOKENS = Pattern(r"\btokens?\b", re.IGNORECASE)
OUT = Pattern(r"\s(?:out|output|answer)\b", re.IGNORECASE)
IN = Pattern(r"\btokens? (?:in|input|prompt)(?:,| and| plus|, and)?\s(?:about |around |~)?$", re.IGNORECASE)
UNITS: tuple[tuple[str, Unit], ...] = (
    ("prompt", "prompt tokens"),
    ("answer", "answer tokens"),
    ("context", "context tokens"),
)


def tokens(scene: Scene, figure: Figure) -> tuple[Unit, int] | None:
    """Return whose tokens a figure counts, and where its words end."""
    before = scene.before(figure.start, 80)
    if (out := OUT.match(scene.prose, figure.end)) and IN.search(before):
        return "answer tokens", out.end()
    match = BEFORE.search(before)
    if match is None:
        return None
    unit: Unit = next(unit for name, unit in UNITS if match[name])
    if behind := BEHIND.match(scene.prose, figure.end):
        return unit, behind.end()
    said = TOKENS.search(before) and SILENT.match(scene.prose, figure.end)
    return (unit, figure.end) if said and figure.value > 1 else None
