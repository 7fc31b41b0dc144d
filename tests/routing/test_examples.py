"""The example files: what they must be, and how faults are told."""

from pathlib import Path

import pytest

from agent.errors import ContentError
from agent.routing.examples import MIN_EXAMPLES, Example, load

ENOUGH = "".join(f"- request {number}\n" for number in range(MIN_EXAMPLES))


def faults(folder: Path, leaves: list[str], **content: str) -> list[tuple[str, int, str]]:
    (folder / "examples").mkdir()
    for leaf, text in content.items():
        (folder / "examples" / f"{leaf}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ContentError) as caught:
        load(folder, leaves)
    return [(problem.path.name, problem.line, problem.message) for problem in caught.value.problems]


def test_a_row_is_a_text_or_a_text_with_labels(tmp_path: Path) -> None:
    (tmp_path / "examples").mkdir()
    (tmp_path / "examples" / "a.yaml").write_text(
        f'{ENOUGH}- {{task: serving, kind: design, text: "with: labels"}}\n', encoding="utf-8"
    )
    found = load(tmp_path, ["a"])
    assert found[0] == Example(text="request 0", persona="a")
    assert found[-1] == Example(text="with: labels", persona="a", task="serving", kind="design")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("- {task: serving, kind: design}\n", "text: Field required"),
        ("- {text: b, colour: red}\n", "colour: Extra inputs are not permitted"),
        ("- request 1\n", "the same text stands under a"),
        ("- [a, b]\n", "text: Field required"),
    ],
)
def test_a_wrong_row_is_told_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    assert faults(tmp_path, ["a"], a=ENOUGH + row) == [("a.yaml", MIN_EXAMPLES + 1, message)]


def test_too_few_examples_a_missing_file_and_a_file_of_no_leaf_are_told(tmp_path: Path) -> None:
    found = faults(tmp_path, ["a", "b"], a="- one\n", c=ENOUGH)
    assert [(name, message.split(";")[0]) for name, _, message in found] == [
        ("a.yaml", "1 examples"),
        ("c.yaml", "'c' is not a leaf"),
        ("b.yaml", "is missing"),
    ]


def test_a_file_that_is_not_a_list_is_told(tmp_path: Path) -> None:
    assert faults(tmp_path, ["a"], a="text: one\n") == [("a.yaml", 1, "must be a list of requests")]
    (tmp_path / "examples" / "a.yaml").write_text("- [unclosed\n", encoding="utf-8")
    with pytest.raises(ContentError, match="cannot be read"):
        load(tmp_path, ["a"])
