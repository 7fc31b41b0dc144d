"""Packs bring frameworks, flags and tools; what is wrong with their files is told with its line, all at once."""

from pathlib import Path

import pytest

from agent.brief.model import Brief
from agent.brief.read import read
from agent.decisions.catalogue import load_catalogue
from agent.decisions.flags import flags, load_flags
from agent.decisions.framework import decide, load_frameworks
from agent.errors import ContentError
from agent.resources import Pack, builtin_pack

OWN = """\
id: own
title: Own
tasks: [serving]
tree:
  - ask: Is it idle?
    when: {says: [idle]}
    yes: {leaf: sleep, choose: Sleep, reason: It is idle., changes: [load]}
  - {leaf: wake, choose: Wake, reason: It is not., changes: [quiet], tools: [Hammer]}
"""
TOOLS = """\
- name: Hammer
  aliases: [mallet]
  kind: [serving]
  package: null
  version: "1.0"
  licence: MIT
  status: active
  note: Strikes.
  checked: 2026-11-21
  source: measured
"""


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    found = Pack("project", tmp_path)
    (tmp_path / "knowledge" / "frameworks").mkdir(parents=True)
    (tmp_path / "knowledge" / "catalogue.yaml").write_text(TOOLS, encoding="utf-8")
    return found


def write(pack: Pack, text: str, name: str = "frameworks/own.yaml") -> None:
    (pack.folder("knowledge") / name).write_text(text, encoding="utf-8")


def faults(pack: Pack, text: str, name: str = "frameworks/own.yaml") -> list[tuple[int, str]]:
    write(pack, text, name)
    with pytest.raises(ContentError) as caught:
        load_frameworks([builtin_pack(), pack])
    return [(problem.line, problem.message) for problem in caught.value.problems]


def test_a_pack_adds_a_framework_with_its_own_tools(pack: Pack) -> None:
    write(pack, OWN)
    packs = [builtin_pack(), pack]
    catalogue = load_catalogue(packs)
    found = load_frameworks(packs, catalogue)
    assert {"own", "serving-strategy"} <= found.keys()
    decision = decide(found["own"], read("deploy it"), catalogue)
    assert (decision.leaf, decision.tools[0].name, decision.tools[0].licence) == ("wake", "Hammer", "MIT")
    assert decide(found["own"], read("it is idle"), catalogue).leaf == "sleep"


def test_a_pack_replaces_a_framework_by_its_id(pack: Pack) -> None:
    write(pack, OWN.replace("id: own", "id: serving-strategy"))
    found = load_frameworks([builtin_pack(), pack])
    assert found["serving-strategy"].title == "Own"
    assert len(found) == len(load_frameworks([builtin_pack()]))


def test_a_pack_replaces_a_tool_and_a_flag_by_name(pack: Pack) -> None:
    write(pack, TOOLS.replace("name: Hammer", "name: TorchServe").replace("MIT", "ours"), "catalogue.yaml")
    flag = "- {id: sla-for-slo, when: {says: [sla]}, flag: Ours., way_out: Out., ask: us}\n"
    write(pack, flag, "red-flags.yaml")
    packs = [builtin_pack(), pack]
    catalogue = load_catalogue(packs)
    assert catalogue.get("TorchServe").licence == "ours"
    assert [found.flag for found in flags(load_flags(packs), read("our SLA"), catalogue)] == ["Ours."]


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("id: own\n", "", 1, "lacks 'id'"),
        ("[serving]", "[serving, cooking]", 3, "'cooking' is not a task"),
        ("[Hammer]", "[Hammer, Saw]", 8, "'Saw' is not in the catalogue"),
        ("leaf: wake", "leaf: sleep", 8, "the leaf 'sleep' is there twice"),
        ("{says: [idle]}", "{fact: mood, below: 3}", 6, "'mood' is not a fact"),
        ("choose: Sleep, ", "", 7, "lacks 'choose'"),
        ("changes: [load]", "changes: load", 7, "must be a list"),
        ("title: Own", "title: Own\ncolour: red", 3, "unknown key 'colour'"),
        ("title: Own", "title: Own\ntitle: Again", 3, "has 'title' twice"),
        ("title: Own", "title: [", 4, "not YAML"),
        ("title: Own", "title: &own Own", 2, "an anchor (&)"),
        ("  - ask: Is it idle?\n    when", "  - when", 5, "lacks 'ask'"),
        ("title: Own", "title:", 2, "must be a text"),
        ("tree:", "order: first\ntree:", 4, "must be a number"),
    ],
)
def test_a_bad_framework_gives_the_line(pack: Pack, old: str, new: str, line: int, message: str) -> None:
    assert old in OWN
    found = faults(pack, OWN.replace(old, new, 1))
    assert any(at == line and message in told for at, told in found), found


def test_all_faults_are_told_at_once(pack: Pack) -> None:
    text = OWN.replace("[Hammer]", "[Saw]").replace("choose: Sleep, ", "").replace("[serving]", "[cooking]")
    assert [line for line, _ in faults(pack, text)] == [3, 7, 8]


def test_a_leaf_behind_the_same_question_asked_again_is_never_reached(pack: Pack) -> None:
    again = """\
    yes:
      - ask: Really?
        when: {says: [idle]}
        yes: {leaf: sleep, choose: Sleep, reason: It is idle., changes: [load]}
      - {leaf: never, choose: Never, reason: No., changes: [none]}
"""
    text = OWN.replace("    yes: {leaf: sleep, choose: Sleep, reason: It is idle., changes: [load]}\n", again)
    assert faults(pack, text) == [
        (11, "the leaf 'never' is never reached: a question above it is asked again below"),
    ]


def test_two_files_of_one_pack_cannot_share_an_id(pack: Pack) -> None:
    write(pack, OWN, "frameworks/first.yaml")
    assert faults(pack, OWN) == [(1, "the id 'own' is also that of first.yaml")]


@pytest.mark.parametrize("text", ["", "[]", "just words", "tree: []", "\x00", "id: 1\n---\nid: 2\n", "[" * 5000])
def test_no_file_ends_in_a_traceback(pack: Pack, text: str) -> None:
    assert faults(pack, text)


def test_a_tree_nested_without_end_is_told(pack: Pack) -> None:
    deep = "{not: " * 900 + "{says: [idle]}" + "}" * 900
    assert (6, "nested deeper than 60") in faults(pack, OWN.replace("{says: [idle]}", deep))


def test_a_file_that_is_no_text_is_told(pack: Pack) -> None:
    (pack.folder("knowledge") / "frameworks" / "own.yaml").write_bytes(b"\xff\xfe\x00id")
    with pytest.raises(ContentError, match=r"own\.yaml"):
        load_frameworks([builtin_pack(), pack])


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("status: active", "status: fine", 7, "'fine' is not a status"),
        ("  note: Strikes.\n", "", 1, "lacks 'note'"),
        ("name: Hammer", "name:", 1, "must be a text"),
        ("kind: [serving]", "kind: serving", 3, "must be a list"),
    ],
)
def test_a_bad_catalogue_gives_the_line(pack: Pack, old: str, new: str, line: int, message: str) -> None:
    write(pack, TOOLS.replace(old, new, 1), "catalogue.yaml")
    with pytest.raises(ContentError) as caught:
        load_catalogue([pack])
    assert any(problem.line == line and message in problem.message for problem in caught.value.problems)


def test_a_tool_cannot_be_in_a_catalogue_twice(pack: Pack) -> None:
    write(pack, TOOLS + TOOLS, "catalogue.yaml")
    with pytest.raises(ContentError, match="11: 'Hammer' is in the catalogue twice"):
        load_catalogue([pack])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: a, when: {says: [x]}, flag: F., way_out: W., ask: us, level: loud}", "'loud' is not a level"),
        ("- {id: a, flag: F., way_out: W., ask: us}", "lacks 'when'"),
        ("- &a {id: a}\n- *a", "an anchor"),
        ("id: a", "must be a list"),
    ],
)
def test_a_bad_flag_gives_the_line(pack: Pack, text: str, message: str) -> None:
    write(pack, text, "red-flags.yaml")
    with pytest.raises(ContentError, match=message):
        load_flags([pack])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("TorchServe or Seldon?", ["TorchServe", "Seldon Core"]),
        ("we use onnx runtime", ["ONNX Runtime"]),
        ("tflite on android", ["TensorFlow Lite"]),
        ("river flow forecasts", []),
        ("no Kubeflow, please", []),
        ("moving from Pinecone to Qdrant", ["Qdrant"]),
        ("anti-Feast", []),
        ("Weights & Biases", ["Weights & Biases"]),
        ("", []),
    ],
)
def test_tools_are_known_by_name_and_alias_as_whole_words(text: str, names: list[str]) -> None:
    assert [tool.name for tool in load_catalogue([builtin_pack()]).named(text)] == names


def test_no_two_tools_answer_to_one_word() -> None:
    words = [word.lower() for tool in load_catalogue([builtin_pack()]).tools.values() for word in tool.words]
    assert len(words) == len(set(words))


def test_every_tool_has_a_source_and_a_day() -> None:
    for tool in load_catalogue([builtin_pack()]).tools.values():
        assert tool.source == "measured" or tool.source.startswith("https://")
        assert tool.status.checked.startswith("20")
        assert tool.kind


def test_an_empty_pack_has_nothing_to_say(tmp_path: Path) -> None:
    empty = [Pack("user", tmp_path)]
    assert (load_frameworks(empty), load_flags(empty)) == ({}, {})
    assert load_catalogue(empty).named("TorchServe") == ()
    assert flags(load_flags(empty), Brief(text="x"), load_catalogue(empty)) == ()
