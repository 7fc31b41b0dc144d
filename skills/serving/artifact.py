"""The model file: read once, told by content, loaded; what is hashed, loaded and packed are the same bytes."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from agent.api import BadRequest, Refused

from . import onnx_model, pickled, sklearn_model, xgboost_model
from .formats import Format, sniff
from .model import Model

MAX_BYTES = 2 << 30


@dataclass(frozen=True)
class Artifact:
    """A loaded model and the bytes the project gets: the file's own, or for a pickle those of the skops file made of it."""

    format: Format
    model: Model
    content: bytes
    sha256: str
    original_sha256: str

    @property
    def converted(self) -> bool:
        """Whether the project's model file is not the user's."""
        return self.sha256 != self.original_sha256

    @property
    def file(self) -> str:
        """Return the name of the project's model file."""
        return {"skops": "model.skops", "xgboost": "model.json", "onnx": "model.onnx"}[self.template]

    @property
    def template(self) -> str:
        """Return the folder of the engine's template."""
        return "skops" if self.format == "pickle" else self.format


def load(path: Path, trusted: frozenset[str]) -> Artifact:
    """Load the model at `path`; raises Refused or BadRequest, saying what the file is and what would be served.

    `trusted` are the SHA-256 sums of the pickles whose code may run.
    """
    content = _read(path)
    digest = hashlib.sha256(content).hexdigest()
    found = sniff(content)
    match found:
        case "skops":
            model = sklearn_model.load(content)
        case "xgboost":
            model = xgboost_model.load(content)
        case "onnx":
            model = onnx_model.load(content)
        case "pickle":
            model, content = pickled.load(content, digest, trusted)
    return Artifact(found, model, content, hashlib.sha256(content).hexdigest(), digest)


def _read(path: Path) -> bytes:
    if path.is_dir():
        raise BadRequest(f"{path} is a folder", "name the model file in it")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Refused(
                f"{path.name} is larger than {MAX_BYTES >> 30} GiB", "models of that size need a server of their own"
            )
        return path.read_bytes()
    except FileNotFoundError as problem:
        raise BadRequest(f"there is no file {path}", "name the model file with --input") from problem
    except OSError as problem:
        raise BadRequest(f"{path} cannot be read: {problem.strerror}") from problem
