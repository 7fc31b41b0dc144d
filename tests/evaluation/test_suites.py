"""Suite files: what they may hold, and how faults are told."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from marks import needs_weights

from agent.engine import Engine
from agent.errors import BadRequest, ContentError
from agent.evaluation.cases import AnswerCase, RoutingCase, SafetyCase
from agent.evaluation.suites import find, read, schema
from agent.evaluation.template import write_first
from agent.resources import builtin_pack

OWN = sorted(
    path
    for path in builtin_pack().folder("evals").glob("*.yaml")
    if "\nsuite:" in "\n" + path.read_text(encoding="utf-8")
)
# Closer than this a case would test what was learnt by heart.
TOO_CLOSE = 0.9


def suite(folder: Path, text: str) -> Path:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def faults(path: Path, leaves: tuple[str, ...] = ("a", "b")) -> list[tuple[int, str]]:
    with pytest.raises(ContentError) as caught:
        read(path, leaves)
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_a_suite_is_read_with_its_name_kind_cases_and_hash(tmp_path: Path) -> None:
    found = read(suite(tmp_path, "suite: routing\ncases:\n  - {id: x, text: hello, primary: a, register: chat}\n"))
    assert (found.name, found.kind, len(found.cases), len(found.sha256)) == ("mine", "routing", 1, 64)
    assert found.cases[0].labels == {"leaf": "a", "register": "chat"}


@pytest.mark.parametrize(
    ("rows", "line", "message"),
    [
        ("  - {id: x, text: t, primary: a}\n  - {id: y, text: t}\n", 4, "cases.2.primary: Field required"),
        ("  - {id: x, text: t, primary: a, colour: red}\n", 3, "cases.1.colour: Extra inputs are not permitted"),
        ("  - {id: x, text: t, primary: a}\n  - {id: x, text: u, primary: a}\n", 4, "the id 'x' stands above"),
        ("  - {id: x, text: t, primary: nobody}\n", 3, "'nobody' is no persona"),
        ("  []\n", 3, "cases: a suite needs at least one"),
    ],
)
def test_a_fault_is_told_with_its_line(tmp_path: Path, rows: str, line: int, message: str) -> None:
    assert faults(suite(tmp_path, f"suite: routing\ncases:\n{rows}")) == [(line, message)]


def test_a_kind_that_there_is_not_and_a_file_that_is_no_yaml_are_told(tmp_path: Path) -> None:
    assert "suite" in faults(suite(tmp_path, "suite: smells\ncases: []\n"))[0][1]
    assert faults(suite(tmp_path, "suite: routing\ncases: [\n"))[0][0] == 3
    with pytest.raises(ContentError):
        read(tmp_path / "none.yaml")


def test_a_safety_case_may_not_leave_its_folder(tmp_path: Path) -> None:
    text = "suite: safety\ncases:\n  - {id: x, text: t, threat: path, files: {../out: a, /etc/x: b, in/side: c}}\n"
    assert [message for _, message in faults(suite(tmp_path, text))] == [
        "the file '../out' leaves the case's folder",
        "the file '/etc/x' leaves the case's folder",
    ]


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.stem)
def test_the_shipped_suites_read_and_meet_the_schema(path: Path, engine: Engine) -> None:
    assert read(path, engine.routing().leaves).cases
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(path.read_text(encoding="utf-8")))), schema())


def test_the_schema_for_editors_is_the_one_that_suites_are_read_by() -> None:
    """When this fails: `mlwright eval schema > evals/suite.schema.json`."""
    kept = builtin_pack().folder("evals") / "suite.schema.json"
    assert json.loads(kept.read_text(encoding="utf-8")) == json.loads(json.dumps(schema()))


def test_the_shipped_suites_are_of_four_kinds_and_hold_three_hundred_requests_to_route(engine: Engine) -> None:
    found = [read(path, engine.routing().leaves) for path in OWN]
    assert {one.kind for one in found} == {"routing", "answers", "checks", "safety"}
    assert sum(isinstance(case, RoutingCase) for one in found for case in one.cases) >= 300


def test_suites_are_named_by_stem_or_by_file_and_an_unknown_one_is_told(tmp_path: Path, engine: Engine) -> None:
    mine = suite(tmp_path, "suite: routing\ncases: []\n")
    assert [path.stem for path in find(engine.packs, ["routing-test", str(mine)])] == ["routing-test", "mine"]
    assert {path.stem for path in find(engine.packs, [])} >= {"routing-dev", "routing-test", "answers"}
    with pytest.raises(BadRequest, match="no suite 'nothing'"):
        find(engine.packs, ["nothing"])


def test_a_first_suite_of_ones_own_reads_and_is_never_overwritten(tmp_path: Path, engine: Engine) -> None:
    written = write_first(tmp_path)
    assert read(written[0], engine.routing().leaves).cases
    assert json.loads(written[2].read_text(encoding="utf-8")) == json.loads(json.dumps(schema()))
    with pytest.raises(BadRequest, match="is there already"):
        write_first(tmp_path)


@needs_weights
def test_no_case_is_a_training_example_in_other_words(engine: Engine) -> None:
    """Follow-ups in a conversation are left out: there are not many ways to say thanks."""
    import numpy as np

    assert engine.encoder is not None
    cases = [
        case
        for path in OWN
        for case in read(path).cases
        if isinstance(case, RoutingCase | AnswerCase) and not (isinstance(case, RoutingCase) and case.after)
    ]
    examples = engine.examples()
    learnt = engine.encoder.encode([example.text for example in examples])
    tested = engine.encoder.encode([case.text for case in cases])
    near = tested @ learnt.T
    close = [
        (case.id, examples[int(near[place].argmax())].text)
        for place, case in enumerate(cases)
        if near[place].max() >= TOO_CLOSE
    ]
    assert close == []
    assert np.isfinite(near).all()


def test_attacks_name_their_threat_and_surface() -> None:
    case = SafetyCase.model_validate({"id": "x", "text": "t", "threat": "cell", "surface": "check"})
    assert case.labels == {"threat": "cell", "surface": "check"}
