"""Score the answer suite: `python tests/bench/answers.py [dev|test] [--misses] [--group G]`.

Prints per criterion and per group the share that is met with Wilson's 95 % interval; `--misses` lists what is not.
"""

import argparse
import asyncio
import sys
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from judging import EVALS

from agent.chat.gathered import gather
from agent.engine import Engine
from agent.evaluation.cases import AnswerCase
from agent.evaluation.judge_answers import judge
from agent.evaluation.record import Verdict
from agent.evaluation.statistics import wilson
from agent.evaluation.suites import read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("split", nargs="?", choices=["dev", "test"])
    parser.add_argument("--misses", action="store_true")
    parser.add_argument("--group")
    asked = parser.parse_args()
    engine = Engine.open()
    found: list[tuple[AnswerCase, Verdict]] = []
    for case in read(EVALS / "answers.yaml").cases:
        assert isinstance(case, AnswerCase)
        if asked.split in {None, case.split} and asked.group in {None, case.group}:
            turn = asyncio.run(gather(engine.turn(case.text)))
            found += [(case, verdict) for verdict in judge(case, turn)]
    table("criterion", [(verdict.criterion, verdict) for _, verdict in found])
    table("group", [(case.group, verdict) for case, verdict in found])
    whole = {case.id for case, _ in found}
    spoilt = {case.id for case, verdict in found if not verdict.met}
    show("cases without a fault", len(whole - spoilt), len(whole))
    show("criteria", sum(verdict.met for _, verdict in found), len(found))
    if asked.misses:
        for case, verdict in found:
            if not verdict.met:
                print(f"{case.id} {case.group}: {verdict.criterion}: {verdict.detail}")


def table(title: str, rows: list[tuple[str, Verdict]]) -> None:
    print(f"--- by {title}")
    counts: dict[str, list[bool]] = defaultdict(list)
    for key, verdict in rows:
        counts[key].append(verdict.met)
    for key, met in sorted(counts.items()):
        show(key, sum(met), len(met))


def show(name: str, met: int, total: int) -> None:
    low, high = wilson(met, total)
    print(f"{name:22} {met:4}/{total:<4} {met / max(1, total):6.3f} [{low:.3f}, {high:.3f}]")


if __name__ == "__main__":
    main()
