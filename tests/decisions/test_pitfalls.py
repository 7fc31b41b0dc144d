"""Pitfalls: each is told when a request's own words need it, and not when they only come near."""

from pathlib import Path

import pytest
import yaml

from agent.brief.read import read
from agent.decisions.catalogue import load_catalogue
from agent.decisions.pitfalls import corrections, load_pitfalls
from agent.errors import ContentError
from agent.knowledge import documents
from agent.resources import Pack, builtin_pack

PITFALLS = load_pitfalls([builtin_pack()])
CATALOGUE = load_catalogue([builtin_pack()])
# Each with two requests that need it and one that only comes near.
TEXTS: dict[str, list[str]] = yaml.safe_load((Path(__file__).parent / "pitfalls.yaml").read_text(encoding="utf-8"))


def told(text: str) -> set[str]:
    return {correction.id for correction in corrections(PITFALLS, read(text), CATALOGUE)}


@pytest.mark.parametrize("name", TEXTS)
def test_a_pitfall_is_told_to_requests_that_need_it(name: str) -> None:
    first, second, _ = TEXTS[name]
    assert name in told(first)
    assert name in told(second)


@pytest.mark.parametrize("name", TEXTS)
def test_a_pitfall_is_not_told_to_a_request_that_only_comes_near(name: str) -> None:
    assert name not in told(TEXTS[name][2])


def test_every_pitfall_has_its_texts() -> None:
    assert TEXTS.keys() == PITFALLS.keys()


def test_what_is_ruled_out_is_no_pitfall() -> None:
    assert "ada-002-embeddings" not in told("We index without text-embedding-ada-002")
    assert "torch-weights-only-false" not in told("We never use weights_only=False")


def test_an_ordinary_request_has_no_pitfall() -> None:
    assert (
        told("Deploy our XGBoost model on Kubernetes, p99 under 50 ms at 800 rps, with a canary and monitoring")
        == set()
    )


@pytest.mark.parametrize("name", PITFALLS)
def test_every_correction_is_complete(name: str) -> None:
    correction = PITFALLS[name].correction
    assert correction.wrong.endswith(".")
    assert correction.right.endswith(".")
    assert correction.source.startswith(("measured with ", "https://", "arithmetic", "common knowledge"))
    assert len(correction.checked) == len("2026-11-21")


@pytest.mark.parametrize("name", PITFALLS)
def test_every_heading_that_a_pitfall_names_exists(name: str) -> None:
    for place in PITFALLS[name].correction.read:
        file, _, heading = place.partition("#")
        pack = builtin_pack()
        assert heading in {
            part for passage in documents.read(pack, pack.folder("knowledge") / file) for part in passage.headings
        }


def test_a_fault_is_told_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge" / "pitfalls"
    folder.mkdir(parents=True)
    (folder / "bad.yaml").write_text("- id: one\n  when: {says: []}\n  wrong: x\n", encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load_pitfalls([Pack("bad", tmp_path)])
    found = {(problem.line, problem.message.split(" lacks ")[-1]) for problem in caught.value.problems}
    assert (1, "'right'") in found
    assert any(line == 2 and "empty" in message for line, message in found)
