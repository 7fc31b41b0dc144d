"""What the report shows, worked out from a run: confusions, calibration, the questions of the tree, and the cases as the page reads them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import JsonValue, ValidationError
from pydantic_core import to_json

from agent.evaluation.record import Outcome, Run, Status
from agent.evaluation.scores import BINS, flaky
from agent.evaluation.statistics import wilson
from agent.routing.tree import Tree

if TYPE_CHECKING:
    from agent.routing.decision import Route

ROUTING = "routing"
WORST_FIRST: Mapping[Status, int] = {"error": 0, "timeout": 1, "fail": 2, "pass": 3}
# What the texts of all cases may take together, and those of one case: a page of 1,000 cases stays under 6 MB.
ROOM = 3_000_000
MOST_ROOM = 20_000
SHORT = 400

Way = tuple[tuple[str, str], ...]
# A text ends a script element, or a line of JavaScript, by none of these.
BREAKING = str.maketrans({mark: f"\\u{ord(mark):04x}" for mark in "<>&\u2028\u2029"})


@dataclass(frozen=True)
class Walked:
    """A case that was judged and has a decision: whose it was, and where it went."""

    outcome: Outcome
    expected: str
    route: "Route"

    @property
    def sure(self) -> float:
        """The probability of the likeliest leaf, which is what `routing.ece` is of."""
        return self.route.ranking[0].score

    @property
    def right(self) -> bool:
        """Whether the likeliest leaf is the expected one; another leaf that the case accepts is not."""
        return self.route.ranking[0].persona == self.expected


def walked(run: Run, suite: str) -> list[Walked]:
    """Return the cases of a suite that have a decision and an expected leaf; errors and timeouts have none."""
    found: list[Walked] = []
    for outcome in run.outcomes:
        if outcome.suite == suite and outcome.scored:
            expected, route = expected_leaf(outcome), decision(run, outcome)
            if expected and route is not None:
                found.append(Walked(outcome, expected, route))
    return found


def expected_leaf(outcome: Outcome) -> str:
    """Return the leaf a case belongs to, or nothing."""
    leaf = outcome.expected.get("primary")
    return leaf if isinstance(leaf, str) else outcome.labels.get("leaf", "")


def decision(run: Run, outcome: Outcome) -> "Route | None":
    """Return the decision on a case of a routing suite, if there is one."""
    from agent.routing.decision import Route

    record = run.suites.get(outcome.suite)
    if record is None or record.kind != ROUTING or not outcome.trace:
        return None
    try:
        route = Route.model_validate(outcome.trace)
        return route if route.ranking else None
    except ValidationError:  # a record of a version whose decisions looked otherwise: its trace is shown as text
        return None


@dataclass(frozen=True)
class Cell:
    """How many cases of one leaf went to another (or the same); `share` is of the expected leaf's cases."""

    expected: str
    chosen: str
    count: int
    share: float


@dataclass(frozen=True)
class Confusion:
    """Expected leaf by chosen leaf; `rows` and the cells of each are in the order of `leaves`."""

    leaves: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


def confusion(rows: Sequence[Walked], tree: Tree | None) -> Confusion:
    """Count expected by chosen leaf, the leaves in the order of the tree so that near ones stand together."""
    pairs = Counter((row.expected, row.route.primary) for row in rows)
    sizes = Counter(row.expected for row in rows)
    names = {name for pair in pairs for name in pair}
    order = [name for name in ways(tree) if name in names]
    leaves = (*order, *sorted(names.difference(order)))
    return Confusion(
        leaves,
        tuple(
            tuple(Cell(row, name, pairs[row, name], pairs[row, name] / max(1, sizes[row])) for name in leaves)
            for row in leaves
        ),
    )


@dataclass(frozen=True)
class Bin:
    """The outcomes whose confidence lies in `start` to `end`: how many, how sure, and the share that was right.

    `low` and `high` are Wilson's 95 % interval of that share, in which a case counts once however often it was repeated.
    """

    start: float
    end: float
    count: int
    confidence: float
    accuracy: float
    low: float
    high: float


def calibration(rows: Sequence[Walked]) -> tuple[Bin, ...]:
    """Return ten bins of equal width over the confidence, without the empty ones."""
    groups: dict[int, list[Walked]] = {}
    for row in rows:
        groups.setdefault(min(int(row.sure * BINS), BINS - 1), []).append(row)
    return tuple(_bin(place, group) for place, group in sorted(groups.items()))


def _bin(place: int, group: Sequence[Walked]) -> Bin:
    accuracy = sum(row.right for row in group) / len(group)
    cases = len({(row.outcome.suite, row.outcome.case) for row in group})
    low, high = wilson(accuracy * cases, cases)
    return Bin(
        start=place / BINS,
        end=(place + 1) / BINS,
        count=len(group),
        confidence=sum(row.sure for row in group) / len(group),
        accuracy=accuracy,
        low=low,
        high=high,
    )


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return the expected calibration error: the gap of confidence and accuracy, weighed by the bins' sizes (Naeini 2015)."""
    total = sum(found.count for found in bins)
    return sum(found.count * abs(found.confidence - found.accuracy) for found in bins) / max(1, total)


@dataclass(frozen=True)
class Asked:
    """A question of the tree: how many walks came to it rightly, and how many answered it as the expected leaf would."""

    node: str
    question: str
    reached: int
    right: int


def asked(rows: Sequence[Walked], tree: Tree | None) -> tuple[Asked, ...]:
    """Count, question by question, where walks leave the way to the expected leaf; nothing without a tree."""
    if tree is None:
        return ()
    reached: Counter[str] = Counter()
    right: Counter[str] = Counter()
    way = ways(tree)
    for row in rows:
        answers: dict[str, str] = {step.node: step.answer for step in row.route.path}
        for node, answer in way.get(row.expected, ()):
            reached[node] += node in answers
            right[node] += answers.get(node) == answer
            if answers.get(node) != answer:
                break
    return tuple(
        Asked(name, node.question, reached[name], right[name]) for name, node in tree.nodes.items() if reached[name]
    )


def ways(tree: Tree | None) -> dict[str, Way]:
    """Return each leaf with the questions and answers that lead to it, in the order of the tree."""
    return dict(_below(tree, tree.root, ())) if tree is not None else {}


def _below(tree: Tree, name: str, way: Way) -> Iterator[tuple[str, Way]]:
    if name not in tree.nodes:
        yield name, way
        return
    node = tree.nodes[name]
    yield from _below(tree, node.yes, (*way, (name, "yes")))
    yield from _below(tree, node.no, (*way, (name, "no")))


def worst_first(run: Run) -> list[Outcome]:
    """Return all cases: errors, timeouts, failures with the surest mistakes first, then what passed with the least sure first."""
    return sorted(run.outcomes, key=lambda outcome: (WORST_FIRST[outcome.status], _sureness(outcome), outcome.case))


def _sureness(outcome: Outcome) -> float:
    sure = outcome.trace.get("confidence")
    found = float(sure) if isinstance(sure, int | float) else 0.0
    return found if outcome.status == "pass" else -found


def embedded(run: Run, tree: Tree | None) -> str:
    """Return the cases as JSON that can stand inside a script element, whatever their texts are."""
    room = min(MOST_ROOM, ROOM // max(1, len(run.outcomes)))
    questions = {name: node.question for name, node in tree.nodes.items()} if tree is not None else {}
    wavering = {(one.suite, one.case) for one in flaky(run)}
    content = {
        "questions": questions,
        "ways": ways(tree),
        "cases": [
            _case(run, outcome, room, questions) | {"flaky": (outcome.suite, outcome.case) in wavering}
            for outcome in worst_first(run)
        ],
    }
    return to_json(content, inf_nan_mode="null").decode().translate(BREAKING)


def _case(run: Run, outcome: Outcome, room: int, questions: dict[str, str]) -> dict[str, object]:
    route = decision(run, outcome)
    found: dict[str, object] = {
        "key": key(outcome),
        "suite": outcome.suite,
        "id": cut(outcome.case, SHORT),
        "repeat": outcome.repeat,
        "status": outcome.status,
        "text": cut(outcome.text, room),
        "labels": {name: cut(value, SHORT) for name, value in outcome.labels.items()},
        "expected": {name: cut(plain(value), SHORT) for name, value in outcome.expected.items()},
        "verdicts": [(verdict.criterion, verdict.met, cut(verdict.detail, SHORT)) for verdict in outcome.verdicts],
        "seconds": outcome.seconds,
        "error": cut(outcome.error, room) if outcome.error else None,
    }
    if route is not None:
        return found | {"leaf": expected_leaf(outcome), "route": _route(route, questions)}
    texts = {name: value for name, value in outcome.trace.items() if isinstance(value, str) and value}
    share = room // max(1, len(texts))
    return found | {
        "texts": [(name, cut(value, share)) for name, value in texts.items()],
        "untold": sorted(outcome.trace.keys() - texts.keys()),
    }


def _route(route: "Route", questions: dict[str, str]) -> dict[str, object]:
    explained = route.explanation
    for step in route.path:  # told once for all cases
        questions.setdefault(step.node, step.question)
    return {
        "decision": route.decision,
        "primary": route.primary,
        "secondary": route.secondary,
        "confidence": route.confidence,
        "margin": route.margin,
        "ranking": [(row.persona, row.score) for row in route.ranking],
        "path": [(step.node, step.answer, step.probability) for step in route.path],
        "examples": [(cut(near.text, SHORT), near.persona, near.similarity) for near in route.examples],
        "question": route.question,
        "claim": f"{route.claim.subject}: {route.claim.owner} ({route.claim.reason})" if route.claim else None,
        "because": route.because,
        "without": f"without {', '.join(explained.without)}: {explained.then}"
        if explained and explained.then
        else None,
    }


def key(outcome: Outcome) -> str:
    """Return what tells an outcome from every other of its run."""
    again = f"~{outcome.repeat}" if outcome.repeat else ""
    return f"{outcome.suite}/{outcome.case}{again}"


def plain(value: JsonValue) -> str:
    """Return a value as a reader would write it: texts as they are, lists with commas or else in lines, the rest as JSON."""
    match value:
        case str():
            return value
        case list() if all(isinstance(item, str | int | float) for item in value):
            items = [str(item) for item in value]
            return ("\n" if any("," in item for item in items) else ", ").join(items)
        case _:
            return json.dumps(value, ensure_ascii=False)


def cut(text: str, room: int) -> str:
    """Return a text, shortened to `room` characters and saying so."""
    return text if len(text) <= room else f"{text[:room]} [... {len(text) - room} more characters in the record]"
