"""Score the brief suite: `python tests/bench/briefs.py [--misses]`, per field with Wilson's 95 % interval."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[1]))

from answers import show, table
from judging import cases, judge_brief

from agent.brief.read import read


def main() -> None:
    found = [
        (str(case["id"]), verdict) for case in cases("brief") for verdict in judge_brief(case, read(str(case["text"])))
    ]
    table("field", [(verdict.criterion, verdict) for _, verdict in found])
    spoilt = {case for case, verdict in found if not verdict.met}
    whole = {case for case, _ in found}
    show("cases without a fault", len(whole - spoilt), len(whole))
    show("fields", sum(verdict.met for _, verdict in found), len(found))
    if "--misses" in sys.argv:
        for case, verdict in found:
            if not verdict.met:
                print(f"{case}: {verdict.criterion}: {verdict.detail}")


if __name__ == "__main__":
    main()
