"""The report of a run: one page that nothing breaks out of, and a summary that fits a terminal."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any, Literal, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue
from rich.cells import cell_len

from agent.evaluation import report, scores
from agent.evaluation import report_parts as parts
from agent.evaluation.record import Outcome, Run, Status, SuiteRecord, Verdict
from agent.routing.decision import Ranked, Route
from agent.routing.explanation import Neighbour, Step
from agent.routing.tree import Node

HOSTILE = "</script><img src=x onerror=alert(1)>\u2028<!--<script>{{ 7*7 }}\" onclick='alert(2)' &amp;"
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


class Questions(NamedTuple):
    root: str
    nodes: Mapping[str, Node]


TREE = Questions(
    "data",
    {"data": Node("Is it about data?", "data-engineer", "live"), "live": Node("Is it live?", "ml-engineer", "dba")},
)
WAYS: Mapping[str, Sequence[tuple[str, Literal["yes", "no"]]]] = {
    "data-engineer": (("data", "yes"),),
    "ml-engineer": (("data", "no"), ("live", "yes")),
    "dba": (("data", "no"), ("live", "no")),
}


def trace(primary: str, confidence: float = 0.9) -> dict[str, JsonValue]:
    """Return a decision as `mlwright route --json` has it."""
    left = round((1 - confidence) / 2, 4)
    shares = {primary: confidence} | {name: left for name in WAYS if name != primary}
    steps = [
        Step(node=node, question=TREE.nodes[node].question, answer=answer, probability=confidence)
        for node, answer in WAYS[primary]
    ]
    return Route(
        decision="route",
        primary=primary,
        secondary=("dba",),
        confidence=confidence,
        margin=confidence - left,
        ranking=tuple(Ranked(persona=name, score=score) for name, score in shares.items()),
        path=tuple(steps),
        examples=(Neighbour(text="like it", persona=primary, similarity=0.5),),
        question=None,
        tier="lexical",
        elapsed_ms=1.0,
        because=("like",),
    ).model_dump(mode="json")


def routing(case: str, whose: str, chosen: str, confidence: float = 0.9, **changed: Any) -> Outcome:
    """Return a judged case of the routing suite."""
    made = Outcome(
        suite="routes",
        case=case,
        status="pass" if whose == chosen else "fail",
        text=f"the text of {case}",
        labels={"leaf": whose},
        expected={"primary": whose, "acceptable": [], "secondary": ["dba"]},
        verdicts=(Verdict(criterion="primary", met=whose == chosen, detail=chosen),),
        trace=trace(chosen, confidence),
    )
    return made.model_copy(update=changed)


def broken(case: str, status: Status = "error", error: str = "it fell over") -> Outcome:
    """Return a case that was not judged."""
    return Outcome(suite="routes", case=case, status=status, text="?", expected={"primary": "dba"}, error=error)


def answer(case: str, text: str) -> Outcome:
    """Return a case of the answers suite that failed one of its criteria."""
    verdicts = (Verdict(criterion="kind", met=True), Verdict(criterion="must_say", met=False))
    found: dict[str, JsonValue] = {"answer": text, "ms": 3}
    return Outcome(suite="answers", case=case, status="fail", text="?", verdicts=verdicts, trace=found)


def run(*outcomes: Outcome, **changed: Any) -> Run:
    """Return a run of what is given."""
    suites = {
        name: SuiteRecord(kind=kind, path=f"evals/{name}.yaml", sha256="ab" * 32, cases=len(outcomes))
        for name, kind in (("routes", "routing"), ("answers", "answers"))
        if any(outcome.suite == name for outcome in outcomes)
    }
    made = Run(
        id="a-run",
        started=datetime(2026, 11, 21, tzinfo=UTC),
        seconds=200,
        cpu_seconds=12.5,
        complete=True,
        seed=1,
        suites=suites,
        versions={"mlwright": "0.1.0"},
        tier="lexical",
        profile="serving",
        content={"routing": "cd" * 32},
        commit="1234567+",
        outcomes=outcomes,
    )
    return made.model_copy(update=changed)


def page(of: Run) -> str:
    return report.html(of, scores.metrics(of), scores.slices, TREE)


def summary(of: Run) -> list[str]:
    return list(report.table(of, scores.metrics(of)))


class Read(HTMLParser):
    """What a page is made of: its elements, their attributes, and the text inside each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.elements[-1][0] if self.elements else "", []).append(data)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    def cells(self) -> dict[tuple[str, str], int]:
        """Return the buttons of the confusion matrix that have a count."""
        found: dict[tuple[str, str], int] = {}
        for _, attributes in self.elements:
            if attributes.get("data-expected"):
                label = str(attributes["aria-label"])
                found[str(attributes["data-expected"]), str(attributes["data-chosen"])] = int(label.partition(" ")[0])
        return found


def data(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


MIXED = run(
    routing("r-1", "dba", "dba", 0.95),
    routing("r-2", "dba", "ml-engineer", 0.6),
    routing("r-3", "dba", "data-engineer", 0.85),
    routing("r-4", "ml-engineer", "ml-engineer", 0.55),
    broken("r-5", "timeout", "after 10 s"),
    broken("r-6"),
    answer("a-1", "Serve it."),
)


def test_the_page_needs_nothing_but_itself() -> None:
    read = Read(page(MIXED))
    assert not {"link", "img", "iframe", "base", "object"} & set(read.tags)
    assert not [attributes for _, attributes in read.elements if attributes.get("src")]
    links = [str(attributes["href"]) for _, attributes in read.elements if "href" in attributes]
    assert all(link.startswith("#") for link in links)
    assert {"http-equiv": "Content-Security-Policy", "content": POLICY} in [
        attributes for _, attributes in read.elements
    ]
    assert "url(" not in page(MIXED)


def test_the_header_says_what_was_run_and_what_came_out() -> None:
    text = page(MIXED)
    for told in (
        "a-run",
        "2026-11-21 00:00:00 UTC",
        "3 min 20 s",
        "12.5 s of CPU",
        "1234567+",
        "mlwright 0.1.0",
        "lexical",
    ):
        assert told in text
    counts = {
        attributes["data-status"]
        for _, attributes in Read(text).elements
        if attributes.get("data-status") and attributes.get("data-suite") == ""
    }
    assert counts == {"pass", "fail", "error", "timeout"}


def test_a_run_that_was_stopped_says_so_first() -> None:
    stopped = MIXED.model_copy(update={"complete": False})
    assert "stopped before its last case" in page(stopped)
    assert "stopped before its last case" in summary(stopped)[0]
    assert "stopped before its last case" not in page(MIXED)


def test_what_was_judged_is_counted_as_confusions_and_each_count_can_be_pressed() -> None:
    assert Read(page(MIXED)).cells() == {
        ("dba", "dba"): 1,
        ("dba", "ml-engineer"): 1,
        ("dba", "data-engineer"): 1,
        ("ml-engineer", "ml-engineer"): 1,
    }


def test_leaves_stand_in_the_order_of_the_tree_and_shares_are_of_the_row() -> None:
    found = parts.confusion(parts.walked(MIXED, "routes"), TREE)
    assert found.leaves == ("data-engineer", "ml-engineer", "dba")
    assert [cell.share for cell in found.rows[2]] == [pytest.approx(1 / 3)] * 3
    assert parts.confusion(parts.walked(MIXED, "routes"), None).leaves == ("data-engineer", "dba", "ml-engineer")


def test_the_questions_tell_where_walks_leave_the_way() -> None:
    rows = {row.node: (row.reached, row.right) for row in parts.asked(parts.walked(MIXED, "routes"), TREE)}
    assert rows == {"data": (4, 3), "live": (3, 2)}
    assert parts.asked(parts.walked(MIXED, "routes"), None) == ()


CONFIDENCES = st.lists(st.tuples(st.floats(0.01, 1), st.booleans()), min_size=1, max_size=30)


@given(CONFIDENCES)
@settings(max_examples=30, deadline=None)
def test_the_bins_hold_every_case_once_and_agree_with_the_metric(pairs: list[tuple[float, bool]]) -> None:
    of = run(
        *(routing(f"r-{at}", "dba", "dba" if met else "ml-engineer", sure) for at, (sure, met) in enumerate(pairs))
    )
    bins = parts.calibration(parts.walked(of, "routes"))
    assert sum(found.count for found in bins) == len(pairs)
    assert all(
        found.start <= found.confidence <= found.end and found.low <= found.accuracy <= found.high for found in bins
    )
    assert parts.calibration_error(bins) == pytest.approx(scores.metrics(of)["routing.ece"].value)


def test_slices_have_a_bar_of_their_interval_and_lead_to_their_cases() -> None:
    buttons = [attributes for _, attributes in Read(page(MIXED)).elements if attributes.get("data-label")]
    assert {(button["data-label"], button["data-group"]) for button in buttons} == {
        ("leaf", "dba"),
        ("leaf", "ml-engineer"),
    }


def test_of_several_routing_suites_each_has_its_own_figures() -> None:
    both = (routing("r-1", "dba", "dba"), routing("r-2", "dba", "ml-engineer", suite="others"))
    record = SuiteRecord(kind="routing", path="x", sha256="", cases=1)
    of = run(*both, suites={"routes": record, "others": record})
    tiles = "".join(Read(page(of)).texts["span"])
    assert re.findall(r"routing\.top1(\d\.\d{3})", tiles) == ["0.500", "1.000", "0.000"]


def test_the_worst_cases_come_first() -> None:
    assert [case["id"] for case in data(page(MIXED))["cases"]] == ["r-6", "r-5", "r-3", "r-2", "a-1", "r-4", "r-1"]


def test_a_case_carries_what_its_walk_is_drawn_from() -> None:
    found = data(page(MIXED))
    case = next(one for one in found["cases"] if one["id"] == "r-2")
    assert case["route"]["path"] == [["data", "no", 0.6], ["live", "yes", 0.6]]
    assert found["questions"]["live"] == "Is it live?"
    assert found["ways"][case["leaf"]] == [["data", "no"], ["live", "no"]]
    assert case["verdicts"] == [["primary", False, "ml-engineer"]]


def test_a_case_that_is_no_decision_carries_the_texts_of_its_trace() -> None:
    case = next(one for one in data(page(MIXED))["cases"] if one["id"] == "a-1")
    assert case["texts"] == [["answer", "Serve it."]]
    assert case["untold"] == ["ms"]


def test_repeats_that_disagree_are_marked() -> None:
    of = run(routing("r-1", "dba", "dba"), routing("r-1", "dba", "ml-engineer", repeat=1), routing("r-2", "dba", "dba"))
    assert {(one["key"], one["flaky"]) for one in data(page(of))["cases"]} == {
        ("routes/r-1", True),
        ("routes/r-1~1", True),
        ("routes/r-2", False),
    }


def test_without_scripts_every_case_is_told() -> None:
    text = page(MIXED)
    plain = text[text.index("<noscript>") : text.index("</noscript>")]
    assert all(f"<td>{outcome.suite}/{outcome.case}</td>" in plain for outcome in MIXED.outcomes)


def hostile() -> Run:
    outcome = routing(
        HOSTILE,
        "dba",
        "ml-engineer",
        text=HOSTILE,
        labels={HOSTILE: HOSTILE},
        error=HOSTILE,
        trace=trace("ml-engineer") | {"because": [HOSTILE]},
        verdicts=(Verdict(criterion=HOSTILE, met=False, detail=HOSTILE),),
        expected={"primary": HOSTILE, HOSTILE: HOSTILE},
    )
    failed = broken(HOSTILE + "2", error=HOSTILE)
    names = {HOSTILE: HOSTILE}
    return run(outcome, failed, id=HOSTILE, commit=HOSTILE, versions=names, content=names, cost={HOSTILE: 1})


def test_nothing_breaks_out_of_the_page() -> None:
    usual, read = Read(page(run(routing("r", "dba", "dba"), broken("s")))), Read(page(hostile()))
    assert "img" not in read.tags
    assert read.tags.count("script") == usual.tags.count("script") == 2
    assert {name for _, attributes in read.elements for name in attributes} == {
        name for _, attributes in usual.elements for name in attributes
    }
    assert not any(name.startswith("on") for _, attributes in read.elements for name in attributes)
    assert read.texts["script"][1] == usual.texts["script"][1]


def test_a_hostile_text_is_shown_as_it_is() -> None:
    text = page(hostile())
    first, second = data(text)["cases"]
    assert (second["text"], second["id"], first["error"]) == (HOSTILE, HOSTILE, HOSTILE)
    assert HOSTILE in "".join(Read(text).texts["h1"])
    assert HOSTILE not in text


def test_the_script_writes_texts_and_no_markup() -> None:
    script = page(MIXED).rpartition("<script>")[2]
    for means in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function(", "DOMParser"):
        assert means not in script


@given(st.text(), st.text(st.sampled_from("<>&/!-script\u2028\u2029\x00\"'{}")))
def test_the_embedded_data_ends_no_script_and_reads_back(text: str, marks: str) -> None:
    found = parts.embedded(run(routing("r", "dba", "dba", text=text + marks)), TREE)
    assert not set("<>&\u2028\u2029") & set(found)
    assert json.loads(found)["cases"][0]["text"] == text + marks


def test_a_figure_that_is_none_does_not_spoil_the_data() -> None:
    of = run(routing("r", "dba", "dba", seconds=float("nan"), expected={"primary": "dba", "odd": float("inf")}))
    assert data(page(of))["cases"][0]["seconds"] is None


def test_a_thousand_cases_with_long_texts_stay_under_six_megabytes() -> None:
    long = "a request with many words in it " * 60
    routes = (routing(f"r-{at}", "dba", "ml-engineer" if at % 3 else "dba", text=long) for at in range(500))
    answers = (answer(f"a-{at}", long * 20) for at in range(500))
    assert len(page(run(*routes, *answers)).encode()) < 6_000_000


def test_a_text_that_was_cut_says_so() -> None:
    case = data(page(run(answer("a-1", "x" * 50_000), answer("a-2", "y"))))["cases"][0]
    assert case["texts"][0][1].endswith("more characters in the record]")


def test_a_run_of_nothing_has_a_page() -> None:
    assert "a-run" in page(run())
    assert summary(run()) == []


def test_the_summary_tells_the_suites_then_routing_then_what_failed() -> None:
    lines = summary(MIXED)
    assert re.fullmatch(r"routes +0\.500 \[0\.150, 0\.850\] of 4 +2 fail  1 error  1 timeout", lines[0])
    assert lines[1].startswith("answers")
    assert [line.split()[0] for line in lines if line.startswith("  routing.")][:2] == [
        "routing.top1",
        "routing.lenient",
    ]
    assert lines[-6] == "not passed, 5 of 5:"
    assert [line.split()[0] for line in lines[-5:]] == ["r-6", "r-5", "r-3", "r-2", "a-1"]
    assert "dba -> data-engineer" in lines[-3]
    assert "not met: must_say" in lines[-1]


def test_the_summary_lists_ten_cases_and_each_once() -> None:
    lines = summary(run(*(broken(f"r-{at // 2}").model_copy(update={"repeat": at % 2}) for at in range(30))))
    assert "not passed, 10 of 15:" in lines
    assert len({line for line in lines if line.startswith("  r-")}) == 10


@given(st.text(max_size=200), st.text(min_size=1, max_size=120))
@settings(deadline=None)
def test_no_line_of_the_summary_is_wider_than_a_terminal_or_steers_it(text: str, name: str) -> None:
    of = run(routing(name, "dba", "ml-engineer", text=f"\x1b[2J{text}"), broken(name + "2", error=text))
    for line in summary(of):
        assert cell_len(line) <= report.WIDTH
        assert line.isprintable() or all(mark.isprintable() or mark.isspace() for mark in line)
        assert "\n" not in line
