"""Passages: verbatim pieces of documents, no longer than asked, whose names stay while their section does."""

from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.knowledge.retrieval.loaders import Document, Section
from agent.knowledge.retrieval.passages import WHOLE, Passage, Size, Unit, loads, split

PROSE = "The model is served behind a queue. It answers within its deadline.\n\n"
CODE = "```python\nfor row in rows:\n    print(row)\n```\n"


def document(*sections: Section) -> Document:
    return Document("guide/serving.md", "Serving", sections, {})


def lines(text: str, *headings: str, code: bool = False) -> Section:
    return Section(headings, text, 10, code=code)


def test_a_short_section_is_one_passage_with_the_way_to_it() -> None:
    (passage,) = split(document(lines("Use a queue.", "Load", "Shedding")), Size(), project="guide")
    assert passage.id == "guide/serving.md#load/shedding"
    assert passage.prefixed == "guide > Serving > Load > Shedding\nUse a queue."
    assert (passage.line, passage.unit) == (10, "line")


def test_sections_of_one_name_are_numbered() -> None:
    found = split(document(lines("One.", "Load"), lines("Two.", "Load")), Size())
    assert [passage.id for passage in found] == ["guide/serving.md#load", "guide/serving.md#load~2"]


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=600),
    st.integers(1, 60),
    st.sampled_from(get_args(Unit)),
)
def test_no_word_is_lost_and_every_passage_stands_in_the_text(text: str, most: int, unit: Unit) -> None:
    found = split(document(lines(text, code=True)), Size(most, unit=unit))
    at = 0
    for passage in found:
        assert text.find(passage.text, at) >= 0
        assert not text[at : text.find(passage.text, at)].strip()
        at = text.find(passage.text, at) + len(passage.text)
    assert not text[at:].strip()


@pytest.mark.parametrize("size", [Size(40), Size(30, unit="words"), Size(200, unit="characters")])
def test_prose_is_cut_to_the_size_with_the_way_counted_in(size: Size) -> None:
    found = split(document(lines(PROSE * 12, "Load")), size)
    assert len(found) > 1
    assert max(size.of(passage.text) for passage in found) + size.of("Serving > Load") <= size.most


def test_pieces_of_a_section_are_about_equally_long() -> None:
    size = Size(100)
    lengths = [size.of(passage.text) for passage in split(document(lines(PROSE * 15)), size)]
    assert min(lengths) > max(lengths) / 2


def test_each_piece_knows_the_line_it_begins_at() -> None:
    text = PROSE * 6
    for passage in split(document(lines(text)), Size(40)):
        assert text.splitlines()[passage.line - 10] == passage.text.splitlines()[0]


def test_a_block_of_code_is_not_cut() -> None:
    found = split(document(lines(PROSE * 2 + CODE + PROSE * 2)), Size(40))
    assert any(CODE.strip() in passage.text for passage in found)


def test_a_block_of_code_longer_than_two_passages_is_cut_between_lines() -> None:
    long = "```\n" + "".join(f"value_{number} = compute({number})\n" for number in range(60)) + "```"
    size = Size(60)
    for passage in split(document(lines(long)), size):
        assert size.of(passage.text) <= WHOLE * size.most
        assert passage.text.splitlines()[-1] in long.splitlines()


def test_a_word_longer_than_a_passage_is_cut() -> None:
    found = split(document(lines("x" * 5000)), Size(50))
    assert "".join(passage.text for passage in found) == "x" * 5000


def test_an_overlap_repeats_whole_sentences() -> None:
    text = " ".join(f"Sentence number {number} stands here." for number in range(20))
    found = split(document(lines(text)), Size(40, overlap=8))
    assert all(later.text.split(".")[0] in before.text for before, later in pairwise(found))


def test_a_page_of_a_pdf_stays_the_place_of_all_its_passages() -> None:
    section = Section(("Part",), PROSE * 10, 7, unit="page")
    assert {(passage.line, passage.unit) for passage in split(document(section), Size(40))} == {(7, "page")}


@given(st.builds(Passage, st.text(), st.text(), st.text(), st.tuples(st.text()), st.text(), st.integers(0, 9)))
def test_a_passage_is_read_back_as_it_was_written(passage: Passage) -> None:
    assert loads(passage.dumps()) == passage
    assert passage.dumps().count(b"\n") == 1


def test_another_heading_or_encoder_is_other_content() -> None:
    (one,) = split(document(lines("Same words.", "A")), Size())
    (two,) = split(document(lines("Same words.", "B")), Size())
    assert len({one.digest("minilm"), two.digest("minilm"), one.digest("")}) == 3


@pytest.mark.parametrize(("most", "overlap"), [(0, 0), (10, 10), (10, -1)])
def test_sizes_that_cannot_be_are_refused(most: int, overlap: int) -> None:
    with pytest.raises(ValueError, match="cannot repeat"):
        Size(most, overlap)
