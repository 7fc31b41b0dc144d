"""A project of the skill `rag` under load with many passages: latency at so many questions a minute, memory, size on disk.

    python tests/bench/rag_load.py [PASSAGES] [QUESTIONS_A_MINUTE] [SECONDS]

Passages are made of words drawn by Zipf's law, their vectors drawn around 200 centres; the state that searches read is
written directly, as the store has no part in answering. Questions are words of a passage, so that sentences are quoted too.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.api import Plan, Skill, Task, load, serve
from agent.knowledge.retrieval import lexical, sidecar
from agent.knowledge.retrieval.passages import Passage
from agent.proof.progress import silent
from agent.skills.discovery import load as load_skill

SKILL = Path(__file__).resolve().parents[2] / "skills" / "rag"
CENTRES, DIMENSION, VOCABULARY, WORDS, PIECE = 200, 384, 30_000, 120, 10
LONGEST = 30.0


def passages(count: int, random: np.random.Generator) -> list[Passage]:
    vocabulary = np.asarray(["".join(random.choice(list("abcdefghijklmnoprstuvw"), 7)) for _ in range(VOCABULARY)])
    drawn = np.minimum(random.zipf(1.3, (count, WORDS)) - 1, VOCABULARY - 1)
    found: list[Passage] = []
    for number, row in enumerate(drawn):
        words: list[str] = vocabulary[row].tolist()
        text = " ".join(f"{' '.join(words[at : at + 15]).capitalize()}." for at in range(0, WORDS, 15))
        path = f"folder/{number // PIECE}.md"
        found.append(Passage(f"{path}#{number}", path, f"Document {number // PIECE}", (), text, 1))
    return found


def vectors(count: int, random: np.random.Generator) -> NDArray[np.float32]:
    centres = random.normal(size=(CENTRES, DIMENSION)).astype(np.float32)
    found = centres[random.integers(0, CENTRES, count)]
    found += random.normal(scale=0.7, size=found.shape).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def write(index: Path, made: Sequence[Passage], random: np.random.Generator) -> None:
    state = sidecar.State(
        lines=[passage.dumps() for passage in made],
        paths=[passage.path for passage in made],
        digests=[passage.digest("minilm") for passage in made],
        postings=lexical.posted([passage.prefixed for passage in made]),
        vectors=vectors(len(made), random),
        places=None,
        encoder="minilm",
        files={"files": {}, "skipped": []},
    )
    index.mkdir()
    sidecar.write(index, state)


def project(folder: Path) -> Path:
    """Write a project of the skill."""
    (folder / "docs").mkdir()
    (folder / "docs" / "one.md").write_text("# One\n\nA document is here so that there is one.\n", encoding="utf-8")
    skill: Skill = load_skill(SKILL, "builtin")
    build: Any = import_module(f"{type(skill).__module__}.parameters").Build
    task = Task("build", build(input=Path("docs"), per_minute=1_000_000), folder, folder / "scratch")
    plan: Plan = skill.plan(task, silent)
    for file in plan.files:
        path = folder / "project" / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        if file.text is not None:
            path.write_text(file.text, encoding="utf-8")
        else:
            shutil.copy(file.source or "", path)
    # Drawn vectors are near to no question: without a threshold every question is answered, and that is timed too.
    settings = folder / "project" / "rag.yaml"
    settings.write_text(settings.read_text().replace("min_similarity: 0.38", "min_similarity: -1"), encoding="utf-8")
    return folder / "project"


def memory(pid: int) -> dict[str, int]:
    """Return MB of a process: in all, and what is its own (the rest is mapped files)."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    found = {line.split(":")[0]: line.split()[1] for line in lines if line.startswith(("VmHWM", "VmRSS", "RssAnon"))}
    return {name: int(value) // 1000 for name, value in found.items()}


def main() -> None:
    count, rate, seconds = (int(given) for given in [*sys.argv[1:], *("100000", "120", "60")[len(sys.argv) - 1 :]])
    random = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        made = passages(count, random)
        started = time.monotonic()
        write(folder / "index", made, random)
        built = time.monotonic() - started
        rows: list[int] = random.integers(0, count, 200).tolist()
        picked = [made[row] for row in rows]
        bodies = [json.dumps({"question": " ".join(one.text.split()[:8])}).encode() for one in picked]
        place = project(folder)
        command = ["env", f"INDEX={folder / 'index'}", sys.executable, "-m", "service"]
        size = sum(path.stat().st_size for path in (folder / "index").rglob("*") if path.is_file())
        print(f"{count:,} passages, index {size / 1e6:.0f} MB, written in {built:.0f} s; load {os.getloadavg()[0]:.1f}")
        with serve(
            lambda port: [command[0], f"PORT={port}", *command[1:]], place, folder / "log", "/ready", 60
        ) as server:
            print(f"ready in {server.ready_seconds:.1f} s")
            answered = json.loads(server.request("POST", "/query", bodies[0]).body)["answered"]
            left = float(seconds)
            while left > 0:
                found = load(server.port, "/query", bodies, max(1, rate // 60), min(left, LONGEST), timeout=30)
                left -= LONGEST
                print(
                    f"{found.rate * 60} questions a minute for {found.seconds:g} s: p50 {found.p50_ms:.0f} p95 {found.p95_ms:.0f} "
                    f"p99 {found.p99_ms:.0f} ms, errors {found.error_rate:.3f}, quoted {answered}"
                )
            print(f"MB: {memory(server.pid)}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
