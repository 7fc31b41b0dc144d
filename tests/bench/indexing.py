"""What it costs to index one's own documents, and to bring the index up to date.

`python tests/bench/indexing.py [--part sync|rate|change ...] [--torch PYTHON] [--json]`, with the extra `knowledge` and the MiniLM
weights. The text is what Python says of itself: its help topics and its library's docstrings.

sync    1,000 passages of 200 words through `Collection.sync`, in this process. Seconds.
rate    passages of 210 words a second of our encoder and of sentence-transformers on torch, the same weights, cut at the same 256
        word pieces, in processes of their own that run in turn, on one core and on two. Needs --torch, the interpreter of an
        environment in which sentence-transformers is installed.
change  an index of 1,000 files of five passages; then one file is edited, one deleted, one renamed, and all are touched: wall and
        CPU seconds of `mlwright knowledge sync` as a process of its own.
"""

import argparse
import ast
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count, cycle, islice
from pathlib import Path
from statistics import median
from typing import Any, Protocol, cast

# This file is also run by an interpreter that has torch and nothing of ours: imports of ours are inside.

SETTLED = 2.1  # a file written so long ago is told by its time; one written since is read again
ROUNDS, RATED, REPEATS = 3, 256, 5


class Encoder(Protocol):
    """What is rated."""

    def encode(self, texts: list[str], /) -> Any:
        """Return vectors."""
        ...


def prose() -> Iterator[str]:
    """Yield the words of Python's help topics and docstrings, over again when they end."""
    from pydoc_data.topics import topics

    texts = [*topics.values(), *_docstrings(Path(os.__file__).parent)]
    return cycle([word for text in texts for word in text.split() if word[0] not in "#=-`~"])


def _docstrings(library: Path) -> Iterator[str]:
    for path in sorted([*library.glob("*.py"), *library.glob("[a-su-z]*/*.py")]):
        try:
            tree = ast.parse(path.read_text(encoding="utf-8"))
        except (SyntaxError, UnicodeDecodeError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                yield ast.get_docstring(node) or ""


def texts(number: int, length: int) -> list[str]:
    """Return so many texts of so many words each."""
    words = prose()
    return [" ".join(islice(words, length)) for _ in range(number)]


def write(folder: Path, files: int, sections: int, length: int) -> None:
    """Write documents of so many sections of so many words each."""
    parts = iter(texts(files * sections, length))
    for number in range(files):
        place = folder / f"{number // 100:02}"
        place.mkdir(parents=True, exist_ok=True)
        body = "\n\n".join(f"## Part {part}\n\n{next(parts)}" for part in range(sections))
        (place / f"{number:04}.md").write_text(f"# Document {number}\n\n{body}\n", encoding="utf-8")


def encoder() -> Any:
    """Return our encoder."""
    from agent.engine import Engine

    found = Engine.open().encoder
    if found is None:
        sys.exit("the MiniLM weights are not installed: mlwright knowledge encoder")
    return found


def first_sync(folder: Path) -> dict[str, float]:
    """Index 1,000 passages."""
    from agent.knowledge.retrieval.collection import Collection
    from agent.knowledge.retrieval.passages import Size
    from agent.knowledge.retrieval.scan import Source
    from agent.knowledge.retrieval.sync import Work

    docs = folder / "docs"
    write(docs, 200, 5, 200)
    ours = encoder()
    start, spent = time.monotonic(), time.process_time()
    work = Work(ours, Size(400, 0, "words"))
    report = Collection(folder / "index").sync([Source("docs", str(docs))], work)
    wall, used = time.monotonic() - start, time.process_time() - spent
    return {"passages": report.passages, "encoded": report.encoded, "wall_s": wall, "cpu_s": used}


def rated(side: str, threads: int, passages: Path) -> dict[str, float]:
    """Encode the passages, in a process that was started for it."""
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    some = cast("list[str]", json.loads(passages.read_text(encoding="utf-8")))
    start = time.monotonic()
    model = encoder() if side == "ours" else _sentence_transformers(threads)
    model.encode(some[:16])
    opened = time.monotonic()
    spent = time.process_time()
    rows = model.encode(some)
    assert rows.shape == (len(some), 384)
    wall, used = time.monotonic() - opened, time.process_time() - spent
    return {"open_s": opened - start, "wall_s": wall, "cpu_s": used, "first": float(rows[0][0])}


def _sentence_transformers(threads: int) -> Encoder:
    torch, library = (importlib.import_module(name) for name in ("torch", "sentence_transformers"))
    torch.set_num_threads(threads)
    model = library.SentenceTransformer(os.environ["MODEL"], device="cpu")
    model.max_seq_length = 256
    return model


def rate(folder: Path, torch: str) -> dict[str, dict[str, float]]:
    """Rate both, in turn."""
    from agent.knowledge.retrieval.weights import find

    passages = folder / "passages.json"
    passages.write_text(json.dumps(texts(RATED, 210)), encoding="utf-8")
    weights, reason = find(None, folder)
    if weights is None:
        sys.exit(reason)
    environment = os.environ | {"MODEL": str(weights.folder), "TOKENIZERS_PARALLELISM": "true"}
    found: dict[str, dict[str, float]] = {}
    for threads in (1, 2):
        runs: dict[str, list[dict[str, float]]] = {"ours": [], "torch": []}
        for _ in range(ROUNDS):
            for side, python in (("ours", sys.executable), ("torch", torch)):
                command = [python, __file__, "--worker", side, str(threads), str(passages)]
                limits = {"OMP_NUM_THREADS": str(threads), "RAYON_NUM_THREADS": str(threads)}
                done = subprocess.run(command, check=True, env=environment | limits, stdout=subprocess.PIPE)
                runs[side].append(json.loads(done.stdout.splitlines()[-1]))
        found[f"{threads} thread{'s' if threads > 1 else ''}"] = _compared(runs)
    return found


def _compared(runs: dict[str, list[dict[str, float]]]) -> dict[str, float]:
    def middle(side: str, name: str) -> float:
        return median(run[name] for run in runs[side])

    pairs = list(zip(runs["ours"], runs["torch"], strict=True))
    return {
        **{f"{side}_a_second": RATED / middle(side, "wall_s") for side in runs},
        **{f"{side}_cpu_ms": 1000 * middle(side, "cpu_s") / RATED for side in runs},
        **{f"{side}_open_s": middle(side, "open_s") for side in runs},
        "times_wall": median(torch["wall_s"] / ours["wall_s"] for ours, torch in pairs),
        "times_cpu": median(torch["cpu_s"] / ours["cpu_s"] for ours, torch in pairs),
    }


def change(folder: Path) -> dict[str, dict[str, float]]:
    """Change what is indexed, and sync."""
    home, docs = folder / "home", folder / "docs"
    home.mkdir()
    write(docs, 1000, 5, 80)
    found = {"index": _command(home, "add", str(docs))}
    files = iter(sorted(docs.rglob("*.md")))
    numbers = count()

    def edit() -> None:
        path = next(files)
        path.write_text(path.read_text(encoding="utf-8").replace("## Part 1", f"## Other {next(numbers)}"), "utf-8")

    def rename() -> None:
        path = next(files)
        path.rename(path.with_name(f"renamed-{next(numbers)}.md"))

    def touch() -> None:
        for path in docs.rglob("*.md"):
            path.touch()

    steps: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "edit one": edit,
        "delete one": lambda: next(files).unlink(),
        "rename one": rename,
        "touch all": touch,
    }
    for name, step in steps.items():
        runs = [_after(home, step) for _ in range(REPEATS)]
        found[name] = {key: median(run[key] for run in runs) for key in runs[0]}
    return found


def _after(home: Path, step: Callable[[], object]) -> dict[str, float]:
    step()
    time.sleep(SETTLED)
    return _command(home, "sync")


def _command(home: Path, *words: str) -> dict[str, float]:
    before, start = os.times(), time.monotonic()
    command = [sys.executable, "-m", "agent", "knowledge", *words, "--json"]
    done = subprocess.run(
        command, check=True, cwd=home, env=os.environ | {"MLWRIGHT_HOME": str(home)}, stdout=subprocess.PIPE
    )
    wall, after = time.monotonic() - start, os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    report = json.loads(done.stdout)
    return {"wall_s": wall, "cpu_s": used, "passages": report["passages"], "encoded": report["encoded"]}


def show(name: str, figures: dict[str, Any]) -> None:
    """Print the figures of a part."""
    rows = figures if all(isinstance(row, dict) for row in figures.values()) else {"": figures}
    print(name)
    for row, values in rows.items():
        told = ", ".join(f"{key} {value:,.2f}".removesuffix(".00") for key, value in values.items())
        print(f"  {row:12}{told}", flush=True)


def main() -> None:
    """Run the parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", nargs="+", choices=("sync", "rate", "change"), default=("sync", "rate", "change"))
    parser.add_argument("--torch", default="", help="an interpreter that has sentence-transformers")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--worker", nargs=3, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.worker:
        side, threads, passages = given.worker
        print(json.dumps(rated(side, int(threads), Path(passages))))
        return
    found: dict[str, dict[str, Any]] = {}
    for part in given.part:
        with tempfile.TemporaryDirectory(prefix="indexing-") as folder:
            match part:
                case "sync":
                    found[part] = dict(first_sync(Path(folder)))
                case "rate" if not given.torch:
                    print("rate is passed over: name an interpreter that has sentence-transformers with --torch")
                    continue
                case "rate":
                    found[part] = dict(rate(Path(folder), str(given.torch)))
                case _:
                    found[part] = dict(change(Path(folder)))
        if not given.json:
            show(part, found[part])
    if given.json:
        print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
