"""A first suite of a user's own: cases to begin with, a gate, and the schema that editors check suites with."""

import json
from pathlib import Path

from agent.errors import BadRequest, ConfigurationError
from agent.evaluation.suites import schema

FOLDER = Path(".mlwright") / "evals"
SUITE = """# yaml-language-server: $schema=./suite.schema.json
# Requests of your own and whose they are: `mlwright eval my-routing`. Write them as your people do. What a key means is in
# the schema, and in `mlwright eval schema`. A case passes when the primary is the right one or one of the acceptable.
suite: routing
cases:
  - id: first
    text: "Our ranking model answers in 300 ms and the page needs 80 ms"
    primary: ml-engineer
    acceptable: [advanced-ml-systems]
    secondary: [backend-architect]
    register: ticket
  - id: not-ours
    text: "The login page is blank in Safari"
    primary: domain-specialist
    decision: decline
    register: ticket
  - id: goes-on
    after: ["GPU pods stay Pending although the node pool may grow"]
    text: "and at night, when nobody uses it?"
    primary: kubernetes-architect
    register: conversation
"""
GATE = """# mlwright eval my-routing --gate .mlwright/evals/gate.toml
errors_at_most = 0.0

[[metric]]
name = "my-routing.pass"
min = 0.9
"""


def write_first(folder: Path) -> list[Path]:
    """Write my-routing.yaml, gate.toml and suite.schema.json; returns them. Raises BadRequest when one is there already."""
    place = folder / FOLDER
    files = {
        "my-routing.yaml": SUITE,
        "gate.toml": GATE,
        "suite.schema.json": json.dumps(schema(), indent=2) + "\n",
    }
    taken = [name for name in files if (place / name).exists()]
    if taken:
        raise BadRequest(f"{place / taken[0]} is there already", "edit it, or name another folder")
    try:
        place.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (place / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"cannot write to {place}: {error.strerror}", "name another folder") from error
    return [place / name for name in files]
