"""Top-1 of routing on evals/routing-dev.yaml, which was written without sight of the training examples.

`python tests/bench/routing_dev.py [--wrong]` prints the figures for each tier with Wilson intervals.
"""

import math
import os
import sys
from collections import Counter
from pathlib import Path

import yaml

from agent.engine import Engine

CASES = Path(__file__).parents[2] / "evals" / "routing-dev.yaml"
OUT = "domain-specialist"


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share."""
    z, share = 1.96, hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    return middle - half, middle + half


def measure(tier: str, wrong: bool) -> None:
    """Print the figures of a tier."""
    engine = Engine.open(os.environ | {"MLWRIGHT_ENCODER": tier})
    cases = yaml.safe_load(CASES.read_text(encoding="utf-8"))["cases"]
    routes = [engine.route(case["text"]) for case in cases]
    pairs = list(zip(cases, routes, strict=True))
    of = len(pairs)
    top1 = sum(route.primary == case["primary"] for case, route in pairs)
    lenient = sum(route.primary in {case["primary"], *case["acceptable"]} for case, route in pairs)
    top2 = sum(case["primary"] in {row.persona for row in route.ranking[:2]} for case, route in pairs)
    asked = sum(route.decision == "ask" for _, route in pairs)
    declined = sum(route.primary == OUT for _, route in pairs)
    rightly = sum(route.primary == OUT == case["primary"] for case, route in pairs)
    outside = sum(case["primary"] == OUT for case, _ in pairs)
    low, high = wilson(top1, of)
    print(
        f"{engine.router.artifact.table.tier}: top-1 {top1 / of:.3f} [{low:.3f}, {high:.3f}], lenient {lenient / of:.3f}, top-2 {top2 / of:.3f}"
    )
    print(
        f"  out of scope: recall {rightly / outside:.3f}, precision {rightly / max(1, declined):.3f}; asked {asked / of:.3f} of {of}"
    )
    for level in ("easy", "medium", "hard"):
        rows = [(case, route) for case, route in pairs if case["difficulty"] == level]
        print(
            f"  {level}: {sum(route.primary == case['primary'] for case, route in rows) / len(rows):.3f} of {len(rows)}"
        )
    confused = Counter((case["primary"], route.primary) for case, route in pairs if route.primary != case["primary"])
    print("  most confused:", ", ".join(f"{a} as {b} {count}" for (a, b), count in confused.most_common(6)))
    for case, route in pairs if wrong else []:
        if route.primary != case["primary"]:
            print(f"  {case['id']} {case['primary']} -> {route.primary} {route.confidence:.2f}: {case['text'][:90]!r}")


if __name__ == "__main__":
    for name in ("auto", "lexical"):
        measure(name, "--wrong" in sys.argv)
