"""What is known of an index without asking the service: sentences that stand in it, and questions nothing in it answers."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import cast

SENTENCE = re.compile(r"(?:^|(?<=[.!?]\s))[^\W\d_a-z][^\n|<>`*_\[\]{}#=:.!?]{40,160}\.(?=\s|$)", re.MULTILINE)
LINE = re.compile(r"^[^\W\d_][^\n]{30,200}$", re.MULTILINE)
ASKED = 10
# A sentence that only these make is one a stranger may ask; those of whose words any is in the documents are left out.
ELSEWHERE = (
    "why does my sourdough smell of nail polish",
    "who won the bicycle race across the alps in 1957",
    "how do I tune a twelve string guitar",
    "which lipstick suits red hair",
    "when do swallows fly to africa",
    "how long must goulash simmer",
    "zorblax quimfandel vrotnik umbelwhack",
    "plyxomorph gneedlewick trantusk ovvle",
    "wuzzlethorp brangiform skeltovane drumbish",
)
WORD = re.compile(r"[^\W\d_]{4,}")
COMMON = frozenset({"across", "does", "from", "long", "must", "suits", "when", "which"})


@dataclass(frozen=True)
class Known:
    """A sentence and the document it stands in."""

    sentence: str
    path: str


def passages(index: Path) -> dict[str, list[str]]:
    """Return the texts of each document's passages, from the files that the state in force consists of."""
    folder = index / (index / "CURRENT").read_text(encoding="utf-8").strip()
    found: dict[str, list[str]] = {}
    for line in (folder / "passages.jsonl").read_text(encoding="utf-8").splitlines():
        row = cast("dict[str, str]", json.loads(line))
        found.setdefault(row["path"], []).append(row["text"])
    return found


def sentences(texts: dict[str, list[str]]) -> list[Known]:
    """Return plain sentences that stand in one document only, spread over the index, of each stretch the most telling.

    Where there are no sentences they are lines.
    """
    single = _single(texts, SENTENCE) or _single(texts, LINE)
    words = Counter(word for parts in texts.values() for part in parts for word in set(WORD.findall(part.lower())))

    def telling(known: Known) -> float:
        return sum(1 / words[word] for word in set(WORD.findall(known.sentence.lower())))

    stretch = max(1, -(-len(single) // ASKED))
    return [max(single[at : at + stretch], key=telling) for at in range(0, len(single), stretch)]


def _single(texts: dict[str, list[str]], pattern: re.Pattern[str]) -> list[Known]:
    found = [
        Known(match[0], path) for path, parts in texts.items() for part in parts for match in pattern.finditer(part)
    ]
    counts = Counter(known.sentence for known in found)
    return [known for known in found if counts[known.sentence] == 1]


def elsewhere(texts: dict[str, list[str]]) -> list[str]:
    """Return questions none of whose own words stands in the documents."""
    words = {word for parts in texts.values() for part in parts for word in WORD.findall(part.lower())}
    return [question for question in ELSEWHERE if not words & (set(WORD.findall(question)) - COMMON)]
