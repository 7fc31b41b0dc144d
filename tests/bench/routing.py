"""How well routing does on a suite that was written without sight of the training examples.

`python tests/bench/routing.py [SUITE] [--wrong]` prints the figures for each tier with Wilson 95 % intervals, by leaf, by
register and by difficulty, the confusions, and the calibration. SUITE is a file of evals/, or any of the same form.
"""

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

sys.path.insert(0, str(Path(__file__).parents[1]))

import yaml
from judging import EVALS, interval

from agent.engine import Engine
from agent.routing.decision import Route
from agent.routing.tree import OUT_OF_SCOPE

BINS = 10


@dataclass(frozen=True)
class Case:
    """A labelled request: whose it is, who would do as well, who helps, and the requests before it."""

    id: str
    text: str
    primary: str
    acceptable: tuple[str, ...]
    secondary: tuple[str, ...]
    register: str
    difficulty: str
    after: tuple[str, ...]


def cases(path: Path) -> list[Case]:
    """Read a suite."""
    rows = cast("dict[str, list[Mapping[str, object]]]", yaml.safe_load(path.read_text(encoding="utf-8")))["cases"]
    return [
        Case(
            id=str(row["id"]),
            text=str(row["text"]),
            primary=str(row["primary"]),
            acceptable=_texts(row, "acceptable"),
            secondary=_texts(row, "secondary"),
            register=str(row.get("register", "")),
            difficulty=str(row.get("difficulty", "")),
            after=_texts(row, "after"),
        )
        for row in rows
    ]


def _texts(row: Mapping[str, object], key: str) -> tuple[str, ...]:
    return tuple(str(item) for item in cast("list[object]", row.get(key, [])))


Pair = tuple[Case, Route]


def share(hits: int, of: int) -> str:
    """Return a share as text, with its interval."""
    low, high = interval(hits, of)
    return f"{hits / max(1, of):.3f} [{low:.3f}, {high:.3f}]  {hits}/{of}"


def right(pair: Pair) -> bool:
    """Whether the primary is the right one."""
    return pair[1].primary == pair[0].primary


def expected_calibration_error(pairs: Sequence[Pair]) -> float:
    """Return the mean gap of confidence and accuracy over ten bins of confidence, weighed by their size."""
    gap = 0.0
    for place in range(BINS):
        rows = [pair for pair in pairs if min(int(pair[1].ranking[0].score * BINS), BINS - 1) == place]
        if rows:
            sure = sum(pair[1].ranking[0].score for pair in rows)
            gap += abs(sure - sum(pair[1].ranking[0].persona == pair[0].primary for pair in rows)) / len(pairs)
    return gap


def totals(pairs: Sequence[Pair]) -> Iterable[str]:
    """Yield the figures over all cases."""
    of = len(pairs)
    outside = [pair for pair in pairs if pair[0].primary == OUT_OF_SCOPE]
    declined = [pair for pair in pairs if pair[1].decision == "decline"]
    helped = [pair for pair in pairs if pair[0].secondary and right(pair) and pair[1].decision != "decline"]
    yield f"top-1                  {share(sum(map(right, pairs)), of)}"
    yield f"with the acceptable    {share(sum(route.primary in {case.primary, *case.acceptable} for case, route in pairs), of)}"
    yield f"top-2                  {share(sum(case.primary in {row.persona for row in route.ranking[:2]} for case, route in pairs), of)}"
    yield f"out of scope, recall   {share(sum(route.decision == 'decline' for _, route in outside), len(outside))}"
    yield f"out of scope, precision {share(sum(case.primary == OUT_OF_SCOPE for case, _ in declined), len(declined))}"
    yield f"any right secondary    {share(sum(bool({*case.secondary} & {*route.secondary}) for case, route in helped), len(helped))}"
    yield f"asked back             {share(sum(route.decision == 'ask' for _, route in pairs), of)}"
    yield f"calibration error      {expected_calibration_error(pairs):.3f}"


def slices(pairs: Sequence[Pair]) -> Iterable[str]:
    """Yield top-1 by leaf, register and difficulty."""
    for name in ("primary", "register", "difficulty"):
        groups: dict[str, list[Pair]] = {}
        for pair in pairs:
            groups.setdefault(str(getattr(pair[0], name)), []).append(pair)
        for group, rows in sorted(groups.items()):
            yield f"  {group:<22} {share(sum(map(right, rows)), len(rows))}"


def report(tier: str, suite: list[Case], wrong: bool) -> None:
    """Print the figures of a tier."""
    engine = Engine.open(os.environ | {"MLWRIGHT_ENCODER": tier})
    pairs = [(case, engine.route(case.text, after=case.after)) for case in suite]
    print(f"\n{engine.router.artifact.table.tier}, {len(pairs)} cases")
    print("\n".join(totals(pairs)))
    print("\n".join(slices(pairs)))
    confused = Counter((case.primary, route.primary) for case, route in pairs if not right((case, route)))
    print("  confused:", ", ".join(f"{a} as {b} {count}" for (a, b), count in confused.most_common(12)))
    for case, route in pairs if wrong else []:
        if not right((case, route)):
            print(f"  {case.id} {case.primary} -> {route.primary} {route.confidence:.2f}: {case.text[:90]!r}")


if __name__ == "__main__":
    named = [Path(name) for name in sys.argv[1:] if not name.startswith("--")]
    for encoder in ("auto", "lexical"):
        report(encoder, cases(named[0] if named else EVALS / "routing-dev.yaml"), "--wrong" in sys.argv)
