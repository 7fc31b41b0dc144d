"""Names, types and ranges of what goes in: from the model, else from the data, else made up."""

import ast
import keyword
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from agent.api import BadRequest, Refused, Task

Part = Callable[[str], Any]


@given(st.lists(st.text(min_size=1), unique=True, max_size=20))
@example(["a b", "a_b", "a-b", "a_b_2"])
@example(["class", "class_", "match", "1st", "_", "é", "print", "__init__"])
def test_every_name_gets_an_identifier_of_its_own(part: Part, names: list[str]) -> None:
    fields = part("signature").fields(names)
    assert len(set(fields)) == len(names)
    for field in fields:
        assert field.isidentifier()
        assert field.isascii()
        assert not field.startswith("_")
        assert not keyword.iskeyword(field)


def test_a_name_that_is_an_identifier_stays(part: Part) -> None:
    assert part("signature").fields(["age", "mean radius", "Income2"]) == ("age", "mean_radius", "Income2")


def signature(part: Part, task: Task) -> Any:
    return part("subject").prepare(task).signature


def test_names_and_missing_values_come_from_the_model(part: Part, task: Callable[..., Task]) -> None:
    found = signature(part, task(input="cancer.skops"))
    assert found.features[0].name == "mean radius"
    assert found.features[0].field == "mean_radius"
    assert found.missing_allowed
    assert found.classes == (0, 1)


def test_names_and_ranges_come_from_the_data(part: Part, task: Callable[..., Task]) -> None:
    found = signature(part, task(input="cancer.json", data="cancer.csv", target="malignant"))
    assert found.features[1].name == "mean texture"
    assert (found.features[1].minimum, found.features[1].maximum) == (9.71, 39.28)
    assert found.features[1].dtype == "float32"


def test_without_either_they_are_numbered(part: Part, task: Callable[..., Task]) -> None:
    found = signature(part, task(input="iris.skops"))
    assert [feature.name for feature in found.features] == ["x0", "x1", "x2", "x3"]
    assert found.classes == ("setosa", "versicolor", "virginica")
    assert not found.missing_allowed


class Named:
    """A model of which only the names matter."""

    task, classes, probabilities, float32, missing_allowed = "regression", None, False, False, False

    def __init__(self, *names: str) -> None:
        self.names, self.width = names, len(names)


@pytest.mark.parametrize("names", [("a", "a"), ("a\n",), ("",), ("x" * 500,), ("\ud800",)])
def test_names_that_cannot_be_told_apart_or_written(part: Part, names: tuple[str, ...]) -> None:
    with pytest.raises(Refused):
        part("signature").build(Named(*names), None, None)


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_columns_are_taken_by_name_in_the_models_order(part: Part, tmp_path: Path) -> None:
    table = part("table").read(csv(tmp_path, "id,b,a\nx,2,1\n\ny,NA,3\n"), None, ("a", "b"), 2)
    assert table.names == ("a", "b")
    np.testing.assert_array_equal(table.rows, [[1, 2], [3, np.nan]])


WRONG = {
    "no rows": ("a,b\n", None, "no rows"),
    "an unknown target": ("a,b\n1,2\n", "c", "no column 'c'"),
    "a column too many": ("a,b,c\n1,2,3\n", None, "3 columns"),
    "a text": ("a,b\n1,2\n3,red\n", None, "line 3 of the data: b is 'red'"),
    "a short line": ("a,b\n1\n", None, "line 2"),
    "a column twice": ("a,a\n1,2\n", None, "same name"),
}


@pytest.mark.parametrize(("text", "target", "told"), WRONG.values(), ids=WRONG)
def test_data_that_does_not_fit_is_refused_by_place(
    part: Part, tmp_path: Path, text: str, target: str | None, told: str
) -> None:
    with pytest.raises(BadRequest, match=told):
        part("table").read(csv(tmp_path, text), target, None, 2)


def test_a_column_the_model_was_fitted_on_is_missing(part: Part, tmp_path: Path) -> None:
    with pytest.raises(BadRequest, match="lacks columns the model was fitted on: c"):
        part("table").read(csv(tmp_path, "a,b\n1,2\n"), None, ("a", "c"), 2)


def test_file_names_that_are_no_table(part: Part, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in ("absent", "bytes"):
        with pytest.raises(BadRequest, match="cannot be read"):
            part("table").read(tmp_path / name, None, None, 2)


@given(st.text(max_size=200))
def test_any_text_as_a_table_is_read_or_refused(part: Part, models: Path, text: str) -> None:
    path = models / "any.csv"
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    with suppress(BadRequest):
        assert part("table").read(path, None, None, 1).rows.shape[1] == 1


def test_generated_code_holds_names_as_data(
    part: Part, task: Callable[..., Task], plan: Callable[[Task], Any], tmp_path: Path
) -> None:
    names = ['"); import os #', "'''", "{{ 7*7 }}", "\\", "é 😀", "`|`", "</script>", "$(id)", "${x}"]
    rows = "\n".join(",".join("1" for _ in names) for _ in range(3))
    header = ",".join('"' + name.replace('"', '""') + '"' for name in names)
    data = csv(tmp_path, f"{header}\n{rows}\n")
    texts = {file.path: file.text for file in plan(task(input=str(nine(tmp_path)), data=str(data))).files}
    tree = ast.parse(texts["service/schema.py"])
    (assigned,) = (
        node.value
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "FEATURE_NAMES"
    )
    assert list(ast.literal_eval(assigned)) == names
    assert [text for path, text in texts.items() if path.endswith(".py") and ast.parse(text or "") is None] == []


def nine(folder: Path) -> Path:
    from importlib import import_module

    skops: Any = import_module("skops.io")
    rows = np.random.default_rng(0).normal(size=(20, 9))
    skops.dump(import_module("sklearn.linear_model").Ridge().fit(rows, rows[:, 0]), folder / "nine.skops")
    return folder / "nine.skops"
