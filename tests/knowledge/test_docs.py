"""The reference documents are true: front matter, code blocks, catalogue, no dead APIs."""

from __future__ import annotations

import ast
import datetime as dt
import importlib.util
import json
import os
import re
import subprocess
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from agent.knowledge.staleness import stale, unknown_names

KNOWLEDGE = Path(__file__).parents[2] / "knowledge"
DOCS = tuple(sorted(KNOWLEDGE.glob("*.md")))
CATALOGUE = KNOWLEDGE / "catalogue.yaml"
LEAVES = {
    "ml-engineer", "data-engineer", "data-scientist", "advanced-ml-systems", "mlops-engineer", "backend-architect",
    "cloud-architect", "kubernetes-architect", "database-architect", "security-auditor", "domain-specialist",
}  # fmt: skip
# Packages of the core and dev installs: a block that needs one of these is never skipped.
INSTALLED_WITH_US = {
    "numpy", "sklearn", "onnxruntime", "pydantic", "yaml", "networkx", "tokenizers", "bm25s", "rich", "click", "jinja2",
}  # fmt: skip
IMPORT_NAMES = {
    "scikit-learn": "sklearn", "prometheus-client": "prometheus_client", "xgboost-cpu": "xgboost",
    "great-expectations": "great_expectations", "apache-airflow": "airflow", "qdrant-client": "qdrant_client",
    "langchain-text-splitters": "langchain_text_splitters", "langchain-classic": "langchain_classic",
}  # fmt: skip
BLOCK_LINES = 30
FENCE = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)

STATUSES = {"active", "archived", "relicensed", "unmaintained", "renamed", "acquired"}
ENTRY_KEYS = {"name", "kind", "package", "version", "licence", "status", "note", "checked", "source"}

STALE = (
    "mlflow models transition", "mlflow models register", "mlflow models deploy", "transition_model_version_stage",
    "artifact_path", "mlflow.models.signature", "langchain.text_splitter", "langchain.chains", "evidently.report",
    "evidently.metric_preset", "pinecone-client", "pinecone.init", "evaluation_strategy", "warmup_ratio",
    "suggest_uniform", "suggest_loguniform", "load_in_8bit=true", "tflite-runtime", "tflite_runtime",
    "vllm.entrypoints", "text-embedding-ada-002", "claude-3-sonnet-20240229", "llama-2-7b-hf", "utcnow",
    "prometheus.gauge", "torchserve", "gx.from_pandas", "pytorchjob",
)  # fmt: skip
SAYS_IT_IS_GONE = re.compile(
    r"\b(no|gone|removed|deprecated|renamed|archived|instead of|replace[ds]|retired|unmaintained|superseded)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Block:
    doc: Path
    line: int
    info: str
    code: str

    @property
    def id(self) -> str:
        return f"{self.doc.stem}:{self.line}"

    @property
    def packages(self) -> set[str]:
        names = {n.name for node in ast.walk(ast.parse(self.code)) if isinstance(node, ast.Import) for n in node.names}
        names |= {
            node.module for node in ast.walk(ast.parse(self.code)) if isinstance(node, ast.ImportFrom) and node.module
        }
        return {name.partition(".")[0] for name in names} - sys.stdlib_module_names


def blocks_of(doc: Path) -> list[Block]:
    text = doc.read_text(encoding="utf-8")
    return [
        Block(doc, text.count("\n", 0, match.start()) + 1, match["info"].strip(), match["code"])
        for match in FENCE.finditer(text)
    ]


BLOCKS = [block for doc in DOCS for block in blocks_of(doc)]
RUNNABLE = [block for block in BLOCKS if block.info == "python"]
SIGNATURES = [block for block in BLOCKS if block.info == "python signature-check"]
IN_PYTHON = RUNNABLE + SIGNATURES


def front_matter(doc: Path) -> dict[str, Any]:
    _, header, _ = doc.read_text(encoding="utf-8").split("---\n", 2)
    return cast("dict[str, Any]", yaml.safe_load(header))


def absent(packages: set[str]) -> set[str]:
    return {name for name in packages if importlib.util.find_spec(name) is None}


def test_documents_are_found() -> None:
    assert {"production-patterns", "serving"} <= {doc.stem for doc in DOCS}


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.stem)
def test_front_matter_is_complete(doc: Path) -> None:
    header = front_matter(doc)
    assert set(header) == {"title", "topics", "personas", "sources", "checked", "versions"}
    assert header["title"]
    assert header["topics"]
    assert isinstance(header["checked"], dt.date)
    assert set(header["personas"]) <= LEAVES
    identifiers = [source["id"] for source in header["sources"]]
    assert len(identifiers) == len(set(identifiers))
    for source in header["sources"]:
        assert set(source) == {"id", "title", "url"}
        assert source["url"] == "measured" or source["url"].startswith("https://"), source


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.stem)
def test_every_cited_source_is_declared_and_used(doc: Path) -> None:
    declared = {source["id"] for source in front_matter(doc)["sources"]}
    body = doc.read_text(encoding="utf-8").split("---\n", 2)[2]
    cited = set(re.findall(r"source: ([a-z0-9-]+)\)", body))
    assert cited == declared


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.stem)
def test_versions_name_exactly_the_packages_the_blocks_use(doc: Path) -> None:
    used = set[str]().union(*(block.packages for block in IN_PYTHON if block.doc == doc))
    named = {IMPORT_NAMES.get(package, package) for package in front_matter(doc)["versions"]}
    assert named == used


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.stem)
def test_sections_stand_alone(doc: Path) -> None:
    body = FENCE.sub("", doc.read_text(encoding="utf-8").split("---\n", 2)[2])
    sections = re.split(r"^(?=#{2,3} )", body, flags=re.MULTILINE)[1:]
    headings = [section.split("\n", 1)[0] for section in sections]
    assert len(headings) == len(set(headings))
    for section in sections:
        assert 55 <= len(section.split()) <= 230, section.split("\n", 1)[0]


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.stem)
def test_fences_are_balanced_and_of_a_known_kind(doc: Path) -> None:
    kinds = {block.info for block in BLOCKS if block.doc == doc}
    assert kinds <= {"python", "python signature-check", "bash", "yaml", "dockerfile", "text"}
    assert doc.read_text(encoding="utf-8").count("```") == 2 * sum(block.doc == doc for block in BLOCKS)


# Runs each block in a process forked from one that has the slow imports behind it: alone, and in milliseconds.
RUN_BLOCKS = """
import json, os, sys, tempfile, traceback
import numpy, sklearn.linear_model, sklearn.ensemble, sklearn.model_selection, sklearn.datasets
outcomes = {}
for name, code in json.load(sys.stdin).items():
    with tempfile.TemporaryFile("w+") as told:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.chdir(tempfile.mkdtemp(dir="."))
                exec(compile(code, name, "exec"), {"__name__": "__main__"})
                status = 0
            except BaseException:
                traceback.print_exc(file=told)
                told.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        told.seek(0)
        outcomes[name] = [status, told.read()[-2000:]]
json.dump(outcomes, sys.stderr)
"""


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str]]:
    blocks = {block.id: block.code for block in RUNNABLE if not absent(block.packages) - INSTALLED_WITH_US}
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    done = subprocess.run(
        [sys.executable, "-I", "-c", RUN_BLOCKS],
        input=json.dumps(blocks),
        cwd=tmp_path_factory.mktemp("blocks"),
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stderr.splitlines()[-1])


@pytest.mark.parametrize("block", RUNNABLE, ids=lambda block: block.id)
def test_block_runs_on_its_own(block: Block, outcomes: dict[str, tuple[int, str]]) -> None:
    assert "assert " in block.code
    assert sum(bool(line.strip()) for line in block.code.splitlines()) <= BLOCK_LINES
    if missing := absent(block.packages) - INSTALLED_WITH_US:
        pytest.skip(f"needs {', '.join(sorted(missing))}, which is outside the core and dev installs")
    status, told = outcomes[block.id]
    assert status == 0, told


@pytest.mark.parametrize("block", SIGNATURES, ids=lambda block: block.id)
def test_signature_block_parses(block: Block) -> None:
    assert compile(block.code, block.id, "exec")


@pytest.mark.parametrize("block", SIGNATURES, ids=lambda block: block.id)
def test_signature_block_names_what_exists(block: Block) -> None:
    if missing := absent(block.packages):
        pytest.skip(f"{', '.join(sorted(missing))} is not installed: parsed only")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert list(unknown_names(ast.parse(block.code))) == []


def test_unknown_names_are_noticed() -> None:
    bad = "import json\nfrom pathlib import Path\njson.dump_all({})\npath = Path()\npath.red()\nunrelated.thing()"
    assert unknown_names(ast.parse(bad)) == ["json.dump_all", "path.red"]
    assert unknown_names(ast.parse("import textwrap\ntextwrap.dedent('x', style=1)")) == ["textwrap.dedent(style=)"]
    assert unknown_names(ast.parse("from json import nothing")) == ["nothing"]


def stale_sentences(text: str) -> list[str]:
    flowing = re.sub(r"\n(?![\n|])", " ", re.sub(r"\(source[^)]*\)", "", text))  # a table row is a sentence of its own
    sentences = re.split(r"(?<=[.;!?])\s|\n+|\s(?=- )", flowing)
    return [
        sentence
        for sentence in sentences
        if any(phrase in sentence.lower() for phrase in STALE) and not SAYS_IT_IS_GONE.search(sentence)
    ]


@pytest.mark.parametrize("doc", DOCS, ids=lambda doc: doc.stem)
def test_stale_apis_appear_only_where_they_are_called_gone(doc: Path) -> None:
    assert stale_sentences(doc.read_text(encoding="utf-8").split("---\n", 2)[2]) == []


def test_stale_apis_are_noticed() -> None:
    assert stale_sentences("Deploy with TorchServe.\nThen sleep.") == ["Deploy with TorchServe."]
    assert stale_sentences("| TorchServe | fast |\n| TGI | archived |") == ["| TorchServe | fast |"]
    assert stale_sentences("There is no `mlflow models\ntransition` command.") == []


def entries() -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", yaml.safe_load(CATALOGUE.read_text(encoding="utf-8")))


def test_catalogue_size_and_unique_names() -> None:
    names = [entry["name"].lower() for entry in entries()]
    assert 35 <= len(names) <= 90
    assert len(names) == len(set(names))


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["name"])
def test_catalogue_entry(entry: dict[str, Any]) -> None:
    assert ENTRY_KEYS <= set(entry) <= ENTRY_KEYS | {"aliases", "ambiguous"}
    assert entry["status"] in STATUSES
    assert isinstance(entry["kind"], list)
    assert entry["kind"]
    assert isinstance(entry["checked"], dt.date)
    assert entry["version"] is None or isinstance(entry["version"], str)
    assert entry["source"] == "measured" or entry["source"].startswith("https://")
    assert entry["note"].endswith(".")
    assert not stale_sentences(entry["note"])
    if entry["status"] != "active":
        assert re.search(r"\b(use|now|called|owned)\b", entry["note"], re.IGNORECASE), "say what to use or who owns it"


def test_what_moved_on_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "---\nchecked: 2020-01-01\nversions: {numpy: 1.0.0, no-such-package: 1.0}\n---\n"
        "# A\n\n```python signature-check\nimport json\njson.dump_all(1)\n```\n",
        encoding="utf-8",
    )
    (tmp_path / "catalogue.yaml").write_text(
        "- {name: Fresh, package: numpy, version: 99.0, checked: 2026-11-01}\n", encoding="utf-8"
    )
    found = [f"{item.where}: {item.what}" for item in stale(tmp_path, dt.date(2026, 11, 21))]
    assert found[0] == "a.md: last checked on 2020-01-01"
    assert found[1].startswith("a.md: written for numpy 1.0.0; ")
    assert found[2:] == ["a.md:7: json.dump_all is not there any more"]
