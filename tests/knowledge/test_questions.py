"""The documents answer what people ask: the right section is among the first ones found."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from marks import needs_weights

from agent.engine import Engine
from agent.knowledge.documents import read
from agent.knowledge.index import Index
from agent.resources import builtin_pack

QUESTIONS = Path(__file__).with_name("questions.yaml")
# Of the search alone, with the weights and without.
TOP_3_DENSE, TOP_5_LEXICAL = 0.85, 0.70


@dataclass(frozen=True)
class Asked:
    question: str
    doc: str
    heading: str

    @property
    def place(self) -> tuple[str, str]:
        return f"builtin/{self.doc}.md", self.heading


def asked() -> list[Asked]:
    return [
        Asked(**entry) for entry in cast("list[dict[str, Any]]", yaml.safe_load(QUESTIONS.read_text(encoding="utf-8")))
    ]


def missed(index: Index, count: int) -> list[Asked]:
    def places(question: str) -> set[tuple[str, str]]:
        return {(hit.passage.path, " > ".join(hit.passage.headings)) for hit in index.search(question, count)}

    return [item for item in asked() if item.place not in places(item.question)]


def report(lost: list[Asked]) -> str:
    return "\n".join(f"{item.question!r} should find {item.doc}: {item.heading}" for item in lost)


def test_there_are_sixty_questions_or_more_and_none_twice() -> None:
    questions = [item.question for item in asked()]
    assert len(questions) == len(set(questions)) >= 60


@pytest.mark.parametrize("doc", sorted({item.doc for item in asked()}))
def test_every_expected_section_exists(doc: str) -> None:
    pack = builtin_pack()
    headings = {" > ".join(chunk.headings) for chunk in read(pack, pack.folder("knowledge") / f"{doc}.md")}
    assert {item.heading for item in asked() if item.doc == doc} <= headings


def test_no_question_is_its_own_heading() -> None:
    assert [
        item.question for item in asked() if item.question.lower().strip("?") == item.heading.lower().strip("?")
    ] == []


@needs_weights
def test_the_right_section_is_among_three_with_the_weights(engine: Engine) -> None:
    lost = missed(engine.index, 3)
    assert len(lost) <= (1 - TOP_3_DENSE) * len(asked()), report(lost)


def test_the_right_section_is_among_five_without_the_weights(lexical_engine: Engine) -> None:
    lost = missed(lexical_engine.index, 5)
    assert len(lost) <= (1 - TOP_5_LEXICAL) * len(asked()), report(lost)
