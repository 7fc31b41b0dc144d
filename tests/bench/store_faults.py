"""Whether the index of one's own documents loses or doubles anything when it is disturbed.

`python tests/bench/store_faults.py [--trials 100] [--seed 0] [--kind KIND] [--json]`, with the extra `knowledge`; `disk full`
needs a root that may mount, and is passed over with a note otherwise. About 40 generated documents are edited at random and
synced by a child process that is killed, runs into another writer or a full disk, or finds garbage where it left files,
while another process searches. After each fault a clean sync is made, or a repair where that says Damaged, and the index is held
against a fresh one of the same documents: passages, vectors, store and search, word pieces, and whether passages find themselves.
Vectors are a hash of the text. A trial's index is the one that the trial before it left, where that was right. Exit 1 when anything was lost or doubled,
or the reader was failed.

What a line says: trials; struck, those in which the fault came before the sync was done; lost and doubled, passages, after
the mending; damaged, trials that needed a repair and said so; silent, trials whose clean sync said nothing and left an index that
was mended by a repair (unseen: the doctor did not see it either); untold, syncs that failed with an error that is not one of
the index's own; refused, writers told to come again; searches of the reader, and those that failed or saw what is in neither the old nor the new documents.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from statistics import median
from typing import cast

from store_checks import (
    CONTEXT,
    DOCUMENTS,
    Child,
    Draw,
    Outcome,
    Verdict,
    check,
    edit,
    lines,
    page,
    read,
    repaired,
    synced,
)

from agent.knowledge.retrieval import store, sync


@dataclass
class Tally:
    """What came of the trials of one kind."""

    trials: int = 0
    struck: int = 0
    lost: int = 0
    doubled: int = 0
    damaged: int = 0
    silent: int = 0
    unseen: int = 0
    untold: int = 0
    refused: int = 0
    searches: int = 0
    failed: int = 0
    seconds: float = 0.0
    notes: Counter[str] = field(default_factory=Counter[str])

    @property
    def wrong(self) -> bool:
        """Whether something must not be."""
        return bool(self.lost or self.doubled or self.failed)


@dataclass
class Trial:
    """The documents, their index, and what the faults of this trial are drawn from."""

    root: Path
    docs: Path
    scratch: Path
    draw: Draw
    paces: dict[str, list[float]]
    tally: Tally
    story: list[str] = field(default_factory=list[str])

    def child(self, *more: object) -> Child:
        """Begin a sync."""
        return Child(synced, self.root, self.docs, *more)

    def note(self, what: str) -> None:
        """Add to what is told of this trial."""
        self.story.append(what.replace(str(self.root), "")[:160])

    def failed(self, what: str, outcome: Outcome) -> bool:
        """Note a failure, and whether its error was one of the index's own; returns whether it failed."""
        if outcome.error:
            self.tally.untold += not outcome.told
            self.note(
                f"{what} failed with {outcome.error if outcome.told else 'untold ' + outcome.error}: {outcome.message}"
            )
        return bool(outcome.error)


def killed(trial: Trial, pace: str = "edit") -> bool:
    """SIGKILL at a random moment of the sync."""
    child = trial.child()
    moment = trial.draw.random.uniform(0, 1.1 * median(trial.paces[pace]))
    finished = child.near.poll(moment)
    child.kill()
    child.process.join()
    return not finished


def killed_first(trial: Trial) -> bool:
    """SIGKILL at a random moment of the first sync there is."""
    shutil.rmtree(trial.root)
    return killed(trial, "first")


def two_writers(trial: Trial) -> bool:
    """Two syncs at once, which wait for the other or do not: both done, or one refused that names the other."""
    waits = (trial.draw.one([0.0, 30.0]), trial.draw.one([0.0, 30.0]))
    children = [trial.child(wait) for wait in waits]
    outcomes = [child.outcome() for child in children]
    for wait, outcome, other in zip(waits, outcomes, reversed(children), strict=True):
        named = outcome.error == "Locked" and f"process {other.process.pid} " in outcome.message
        if outcome.error and (wait or not named):
            trial.tally.failed += 1
            trial.note(f"a writer that would wait {wait} s was told {outcome.error}: {outcome.message}")
    trial.tally.refused += sum(bool(outcome.error) for outcome in outcomes)
    trial.tally.failed += all(outcome.error for outcome in outcomes)
    return True


def large_files_refused(trial: Trial) -> bool:
    """A disk on which no file grows past a random size."""
    size = int(2 ** trial.draw.random.uniform(12, 22))
    return trial.failed("the sync", trial.child(30.0, size).outcome())


def disk_full(trial: Trial) -> bool:
    """A disk of 96 MB on which a random part of the last two megabytes is free."""
    place = trial.scratch / "disk"
    place.mkdir(exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        trial.note("passed over: tmpfs cannot be mounted here")
        return False
    try:
        small = replace(trial, root=place / "index")
        shutil.copytree(trial.root, small.root)
        ballast = place / "ballast"
        ballast.write_bytes(b"\1" * (shutil.disk_usage(place).free - trial.draw.below(2_000_000)))
        struck = small.failed("the sync", small.child().outcome())
        ballast.unlink()
        shutil.rmtree(trial.root)
        shutil.copytree(small.root, trial.root)
        return struck
    finally:
        subprocess.run(["umount", str(place)], check=True)


def garbage(trial: Trial) -> bool:
    """One of the files that searches read, or of the word pieces, is cut, overwritten or deleted."""
    state = trial.root / (trial.root / "CURRENT").read_text(encoding="utf-8").strip()
    folder = trial.draw.one([state, state, trial.root / "pieces"])
    _spoil(trial, [*folder.iterdir(), *([trial.root / "CURRENT"] if folder is state else [])])
    return True


def garbage_in_store(trial: Trial) -> bool:
    """One of Chroma's files is cut, overwritten or deleted."""
    _spoil(trial, [path for path in (trial.root / sync.CHROMA).rglob("*") if path.is_file()])
    return True


def _spoil(trial: Trial, files: list[Path]) -> None:
    path = trial.draw.one(sorted(files))
    data = path.read_bytes()
    at = trial.draw.below(len(data)) if data else 0
    how = trial.draw.one(["cut", "overwritten", "deleted"])
    match how:
        case "cut":
            path.write_bytes(data[:at])
        case "overwritten":
            path.write_bytes(data[:at] + trial.draw.random.bytes(min(64, len(data) - at)) + data[at + 64 :])
        case _:
            path.unlink()
    name = "".join(["pieces/*", *path.suffixes]) if path.parent.name == "pieces" else path.name
    trial.note(f"{name} {how}")


KINDS: dict[str, Callable[[Trial], bool]] = {
    "kill": killed,
    "kill at first": killed_first,
    "two writers": two_writers,
    "file size": large_files_refused,
    "disk full": disk_full,
    "garbage": garbage,
    "garbage in store": garbage_in_store,
}
# The reader keeps searching in these, whose faults must not reach it.
READ = {"kill", "two writers", "file size"}
GARBAGE = {"garbage", "garbage in store"}
TURNS = (
    "kill",
    "two writers",
    "kill",
    "file size",
    "kill at first",
    "kill",
    "disk full",
    "garbage",
    "kill",
    "garbage in store",
)


def disturbed(trial: Trial, kind: str) -> None:
    """Make one trial, and count what came of it."""
    tally, start = trial.tally, time.monotonic()
    tally.trials += 1
    before = lines(trial.docs)
    edit(trial.docs, trial.draw)
    with ExitStack() as stack:
        if kind in READ:
            stack.callback(_stopped(trial, before | lines(trial.docs)))
        tally.struck += KINDS[kind](trial)
        mended = _mended(trial)
    if not mended.right:
        tally.lost += mended.lost
        tally.doubled += mended.doubled
        tally.failed += not (mended.lost or mended.doubled)
        trial.note(f"left wrong: {mended.told}")
    if not mended.right or kind == "garbage in store":
        # What is still wrong, or lies hidden in Chroma's files, is not the next trial's.
        shutil.rmtree(trial.root)
        Child(synced, trial.root, trial.docs).outcome()
    if len(trial.story) > (kind in GARBAGE):
        tally.notes["; ".join(trial.story)] += 1
    tally.seconds += time.monotonic() - start


def _stopped(trial: Trial, allowed: frozenset[bytes]) -> Callable[[], None]:
    """Begin a reader; returns what ends it and counts what it met."""
    stop = CONTEXT.Event()
    reader = Child(read, trial.root, allowed, stop)

    def end() -> None:
        stop.set()
        outcome = reader.outcome()
        searches, strange = cast(
            "tuple[int, tuple[str, ...]]", outcome.value or (0, (f"{outcome.error} {outcome.message}",))
        )
        trial.tally.searches += searches
        trial.tally.failed += len(strange)
        trial.story += (f"reader: {what[:150]}" for what in strange[:1])

    return end


def _mended(trial: Trial) -> Verdict:
    """Sync, or repair where that says Damaged, and return how the index is then; repair too when the sync left it wrong."""
    outcome = trial.child().outcome()
    if trial.failed("a clean sync", outcome):
        trial.tally.damaged += 1
        return _repaired(trial)
    verdict = _checked(trial)
    if verdict.right:
        return verdict
    trial.tally.silent += 1
    trial.tally.unseen += not verdict.seen_by_doctor
    trial.note(f"a clean sync left{'' if verdict.seen_by_doctor else ', and the doctor did not see,'} {verdict.told}")
    return _repaired(trial)


def _repaired(trial: Trial) -> Verdict:
    trial.failed("a repair", Child(repaired, trial.root).outcome())
    return _checked(trial)


def _checked(trial: Trial) -> Verdict:
    fresh = trial.scratch / "fresh"
    shutil.rmtree(fresh, ignore_errors=True)
    outcome = Child(check, trial.root, trial.docs, fresh, trial.draw.below(10**9)).outcome()
    if isinstance(outcome.value, Verdict):
        return outcome.value
    return Verdict(len(lines(trial.docs)), 0, (f"cannot be checked: {outcome.error}: {outcome.message}",), False)


def trials(folder: Path, count: int, seed: int, kinds: Sequence[str]) -> dict[str, Tally]:
    """Make all trials in turn."""
    draw = Draw(seed)
    docs, scratch = folder / "docs", folder / "scratch"
    for place in (docs / "a", scratch):
        place.mkdir(parents=True)
    for number in range(DOCUMENTS):
        (docs / "a" / f"{number}.md").write_text(page(draw), encoding="utf-8")
    paces: dict[str, list[float]] = {"first": [], "edit": []}
    for number in range(3):
        paces["first"].append(Child(synced, folder / f"paced-{number}", docs).outcome().seconds)
        edit(docs, draw)
        paces["edit"].append(Child(synced, folder / f"paced-{number}", docs).outcome().seconds)
    tallies = {kind: Tally() for kind in kinds}
    pace = f"a first sync takes {median(paces['first']):.2f} s, one after an edit {median(paces['edit']):.2f} s"
    print(f"{DOCUMENTS} documents, {len(lines(docs))} passages; {pace}", file=sys.stderr, flush=True)
    turns = [kind for kind in TURNS if kind in kinds]
    Child(synced, folder / "paced-0", docs).outcome()
    for number in range(count):
        kind = turns[number % len(turns)]
        disturbed(Trial(folder / "paced-0", docs, scratch, draw, paces, tallies[kind]), kind)
    return tallies


def show(found: dict[str, Tally]) -> None:
    """Print the figures, and what came of trials that were not plain."""
    names = [one.name for one in fields(Tally) if one.name != "notes"]
    print(f"{'':18}" + "".join(f"{name:>9}" for name in names))
    for kind, tally in found.items():
        print(f"{kind:18}" + "".join(f"{asdict(tally)[name]:9.0f}" for name in names))
    for kind, tally in found.items():
        for note, count in sorted(tally.notes.items()):
            print(f"{kind}: {count} x {note}")


def main() -> int:
    """Make the trials and print what came of them."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--trials", type=int, default=100)
    asked.add_argument("--seed", type=int, default=0)
    asked.add_argument("--kind", choices=KINDS, action="append", help="only these, instead of all in turn")
    asked.add_argument("--json", action="store_true", help="print JSON")
    given = asked.parse_args()
    if not store.available():
        print("chromadb is not installed: pip install -e '.[knowledge]'")
        return 2
    with tempfile.TemporaryDirectory(prefix="store-faults-") as folder:
        found = trials(Path(folder), given.trials, given.seed, given.kind or list(KINDS))
    if given.json:
        print(json.dumps({kind: asdict(tally) for kind, tally in found.items()}, indent=1))
    else:
        show(found)
    return int(any(tally.wrong for tally in found.values()))


if __name__ == "__main__":
    sys.exit(main())
