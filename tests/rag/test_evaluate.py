"""`evaluate` measures retrieval and writes no project."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agent.api import BadRequest, Evidence, Plan, Skill, Task

pytest.importorskip("chromadb")
Asked = Callable[..., Task]
Planned = Callable[[Task], Plan]


@pytest.fixture
def made(verified: Task, proof: dict[str, Evidence], planned: Plan, tmp_path: Path) -> Path:
    """A project with the index that the checks made."""
    assert proof["ingest"].passed
    (tmp_path / "index").symlink_to(verified.scratch / "index")
    (questions,) = (file.text for file in planned.files if file.path == "questions.jsonl")
    (tmp_path / "questions.jsonl").write_text(questions or "", encoding="utf-8")
    return tmp_path


def test_drafted_questions_are_measured_and_said_to_be_drafted(task: Asked, plan: Planned) -> None:
    found = plan(task("evaluate", embedding_model="none", chunk_size=40, chunk_unit="words"))
    assert found.files == ()
    assert (found.metrics["search"], found.metrics["hit@5"]) == ("words alone", 1.0)
    assert {"precision@5", "precision@5_ceiling", "recall@5", "hit@5", "mrr@10", "ndcg@10", "questions"} <= set(
        found.metrics
    )
    assert {"mrr@10_low", "mrr@10_high", "latency_p50_ms", "latency_p95_ms"} <= set(found.metrics)
    assert "DRAFTED" in found.recommendations[0]


def test_labelled_questions_are_measured_on_a_project_made_before(task: Asked, plan: Planned, made: Path) -> None:
    rows = [
        {"query": "when is honey ripe", "relevant": ["bees/honey.md"]},
        {"query": "what is the printer called", "relevant": ["kettle.html"]},
        {"query": "how do I remove limescale", "relevant": ["misspelt.html"]},
    ]
    (made / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    found = plan(task("evaluate", project=str(made), questions=str(made / "mine.jsonl"), top_k=1))
    assert not any("DRAFTED" in line for line in found.recommendations)
    assert (found.metrics["questions"], found.metrics["hit@1"]) == (3, pytest.approx(1 / 3, abs=1e-3))
    assert any("misspelt.html" in line for line in found.recommendations)
    assert any("'what is the printer called': kettle.html first at rank" in line for line in found.recommendations)


def test_measured_again_it_comes_out_the_same(skill: Skill, task: Asked, plan: Planned, made: Path) -> None:
    asked = task("evaluate", project=str(made))
    first = plan(asked)
    (again,) = skill.verify(asked, made, lambda _: None)
    assert all(first.metrics[name] == value for name, value in again.values.items())


def test_what_cannot_be_measured_is_told(task: Asked, plan: Planned, made: Path, tmp_path: Path) -> None:
    (tmp_path / "wrong.jsonl").write_text('{"query": ""}\n', encoding="utf-8")
    with pytest.raises(BadRequest, match=r"wrong\.jsonl:1 has no query"):
        plan(task("evaluate", project=str(made), questions=str(tmp_path / "wrong.jsonl")))
    with pytest.raises(BadRequest, match="holds no index"):
        plan(task("evaluate", project=str(tmp_path / "nothing")))
    with pytest.raises(ValidationError, match="name either"):
        task("evaluate", input=None)


def test_two_projects_are_compared_question_by_question(task: Asked, plan: Planned, made: Path) -> None:
    found = plan(task("compare", project=str(made), other=str(made), questions=str(made / "questions.jsonl")))
    assert found.files == ()
    assert (found.metrics["mrr@10"], found.metrics["mrr@10_low"], found.metrics["mrr@10_high"]) == (0, 0, 0)
    assert all("no difference" in line for line in found.recommendations)


def test_a_difference_is_told_where_its_interval_leaves_nothing_out(part: Callable[[str], Any]) -> None:
    differences = part("compare").differences
    better = [{"mrr@10": 0.5 + 0.01 * (number % 3)} for number in range(40)]
    metrics, (told,) = differences([{"mrr@10": 0.1}] * 40, better)
    assert 0 < float(metrics["mrr@10_low"]) < float(metrics["mrr@10"]) < float(metrics["mrr@10_high"])
    assert "other is better" in told
    assert "no difference" in differences([{"mrr@10": 0.0}, {"mrr@10": 1.0}], [{"mrr@10": 1.0}, {"mrr@10": 0.0}])[1][0]
