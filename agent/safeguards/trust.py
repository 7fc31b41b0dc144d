"""Trust: which code that is not ours a user has allowed to run, one decision per content hash."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

from agent.errors import ConfigurationError, Refused


def trusted(state: Path) -> dict[str, dict[str, str]]:
    """Return the recorded decisions: sha256 -> {what, at}. Raises ConfigurationError when the record is broken."""
    path = state / "trust.json"
    if not path.is_file():
        return {}
    try:
        found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise ConfigurationError(f"{path} is broken: {problem}", "remove it; you will be asked again") from problem
    return found


def trust(state: Path, sha256: str, what: str) -> None:
    """Record that `what`, as it is now, may run. A changed byte changes the hash, and with it the answer."""
    decisions = trusted(state) | {sha256: {"what": what, "at": datetime.now(UTC).isoformat(timespec="seconds")}}
    path = state / "trust.json"
    try:
        state.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps(decisions, indent=2) + "\n", encoding="utf-8")
        part.replace(path)
    except OSError as problem:
        raise ConfigurationError(f"cannot record the decision in {path}: {problem.strerror or problem}") from problem


def require(state: Path, sha256: str, what: str, command: str) -> None:
    """Raise Refused unless `what` with this hash is trusted; `command` is the one that records the decision."""
    if sha256 not in trusted(state):
        raise Refused(
            f"{what} is not part of mlwright, and its code would run with your rights",
            f"read it; if you trust it: {command}",
        )
