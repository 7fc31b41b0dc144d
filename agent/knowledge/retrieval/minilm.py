"""all-MiniLM-L6-v2 without torch: one query in numpy from the memory-mapped weights, many texts through ONNX Runtime.

The numpy path is exact, and exists because importing ONNX Runtime costs more than encoding one short query; the other
works with seven-bit weights, several times as fast. A test holds their vectors together.
"""

import json
import struct
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from .pieces import WordPieces
from .weights import Weights

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

Matrix = NDArray[np.float32]

DIMENSION = 384
LAYERS = 6
HEADS = 12
MAX_TOKENS = 256  # what the model was trained to; its 512 positions exist but are not meaningful
BATCH = 32
# So many texts are encoded sooner in numpy than ONNX Runtime is imported and its session opened.
FEW = 6
EPSILON = 1e-12  # config.json: layer_norm_eps
LINEAR = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
SEVEN_BITS = 63
QUANTISED = "int8"
GRAPH = Path(__file__).with_name("minilm.onnx")


class MiniLM:
    """The encoder. Opening it maps the weights; nothing is read until a text is encoded."""

    name = "minilm"
    dimension = DIMENSION

    def __init__(self, weights: Weights) -> None:
        self.weights = weights.folder / "model.safetensors"
        self.tensors, self._words_at = _safetensors(self.weights)
        self.tokenizer = _tokenizer(weights.folder / "tokenizer.json")
        self._session: InferenceSession | None = None
        self._opening = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Return unit vectors, shape (len(texts), 384). Texts are cut at 256 word pieces."""
        if len(texts) == 1:
            return _unit(self._forward(self.tokenizer.encode(texts[0])).mean(axis=0))[None, :]
        vectors = np.empty((len(texts), DIMENSION), np.float32)
        for rows, (found,) in self._bulk(self._encodings(texts), ["embedding"]):
            vectors[rows] = found
        return vectors

    def encode_words(self, texts: Sequence[str]) -> tuple[Matrix, list[WordPieces]]:
        """Return unit vectors as `encode` does, and each text's word pieces, those that mark its ends left out."""
        encodings = self._encodings(texts)
        if len(texts) <= FEW:
            hidden = [self._forward(encoding) for encoding in encodings]
            vectors = _unit(np.stack([rows.mean(axis=0) for rows in hidden]))
            return vectors, [_pieces(encoding, rows) for encoding, rows in zip(encodings, hidden, strict=True)]
        vectors = np.empty((len(texts), DIMENSION), np.float32)
        found: dict[int, WordPieces] = {}
        for rows, (batch, hidden) in self._bulk(encodings, ["embedding", "tokens"]):
            vectors[rows] = batch
            found |= {row: _pieces(encodings[row], words) for row, words in zip(rows, hidden, strict=True)}
        return vectors, [found[row] for row in range(len(texts))]

    def _encodings(self, texts: Sequence[str]) -> "list[Encoding]":
        return self.tokenizer.encode_batch(list(texts))

    def _forward(self, encoding: "Encoding") -> Matrix:
        tensors = self.tensors
        ids = np.asarray(encoding.ids)
        places, kind = (tensors[f"embeddings.{name}_embeddings.weight"] for name in ("position", "token_type"))
        hidden = _normalised(self._words(ids) + places[: len(ids)] + kind[0], tensors, "embeddings.LayerNorm")
        for layer in range(LAYERS):
            prefix = f"encoder.layer.{layer}"
            attended = _linear(_attention(hidden, tensors, prefix), tensors, f"{prefix}.attention.output.dense")
            hidden = _normalised(hidden + attended, tensors, f"{prefix}.attention.output.LayerNorm")
            inner = _gelu(_linear(hidden, tensors, f"{prefix}.intermediate.dense"))
            hidden = _normalised(
                hidden + _linear(inner, tensors, f"{prefix}.output.dense"), tensors, f"{prefix}.output.LayerNorm"
            )
        return hidden

    def _words(self, ids: NDArray[np.int64]) -> Matrix:
        # Read, not mapped: requests of all kinds would keep most of this table's 46 MB in memory.
        row = DIMENSION * np.dtype(np.float32).itemsize
        return np.stack(
            [np.fromfile(self.weights, np.float32, DIMENSION, offset=self._words_at + row * int(word)) for word in ids]
        )

    def _bulk(
        self, encodings: "Sequence[Encoding]", outputs: list[str]
    ) -> Iterator[tuple[list[int], Sequence[Matrix]]]:
        """Yield rows and what the graph gives for them, a batch at a time."""
        with self._opening:
            if self._session is None:
                self._session = _session(self.weights, self.tensors)
        # By length, so that a batch is padded to its own longest text only.
        order = sorted(range(len(encodings)), key=lambda row: len(encodings[row].ids))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            yield rows, self._session.run(outputs, _padded([encodings[row].ids for row in rows]))


def _padded(ids: Sequence[Sequence[int]]) -> dict[str, NDArray[np.int64]]:
    longest = max(len(row) for row in ids)
    tokens = np.zeros((len(ids), longest), np.int64)
    mask = np.zeros_like(tokens)
    for index, row in enumerate(ids):
        tokens[index, : len(row)] = row
        mask[index, : len(row)] = 1
    return {"input_ids": tokens, "attention_mask": mask}


def quantised(tensors: dict[str, Matrix]) -> bytes:
    """Return the linear layers' weights as the graph expects them: int8 (in, out), then one float32 scale a column.

    Seven bits are used of the eight: the 16-bit sums of processors without VNNI would overflow with all of them.
    """
    parts: list[bytes] = []
    for layer in range(LAYERS):
        for name in LINEAR:
            weight = tensors[f"encoder.layer.{layer}.{name}.weight"].T
            scale = np.abs(weight).max(axis=0) / SEVEN_BITS
            parts += [np.rint(weight / scale).astype(np.int8).tobytes(), scale.astype(np.float32).tobytes()]
    return b"".join(parts)


def _session(weights: Path, tensors: dict[str, Matrix]) -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # A thread that waits for its share of a batch must not burn the core another process needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # The graph points by offset into the weights and into the int8 form of their linear layers. ONNX Runtime refuses a
    # path outside the graph's own folder, so both are handed over in memory.
    files = {weights.name: weights.read_bytes(), QUANTISED: quantised(tensors)}
    options.add_external_initializers_from_files_in_memory(
        list(files), list(files.values()), [len(data) for data in files.values()]
    )
    return onnxruntime.InferenceSession(GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"])


def _tokenizer(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    # The shipped file cuts at 128 and pads everything to 128.
    tokenizer.enable_truncation(MAX_TOKENS)
    tokenizer.no_padding()
    return tokenizer


def _safetensors(path: Path) -> tuple[dict[str, Matrix], int]:
    """Return the tensors, mapped, and where in the file the rows of the word embeddings begin."""
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        header = json.loads(stream.read(length))
    data = np.memmap(path, np.uint8, "r", offset=8 + length)
    found: dict[str, Matrix] = {}
    for name, entry in header.items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            start, end = entry["data_offsets"]
            found[name] = data[start:end].view(np.float32).reshape(entry["shape"])
    return found, 8 + length + header["embeddings.word_embeddings.weight"]["data_offsets"][0]


def _pieces(encoding: "Encoding", hidden: Matrix) -> WordPieces:
    inner = slice(1, len(encoding.ids) - 1)
    return WordPieces(np.asarray(encoding.ids[inner], np.uint16), _unit(hidden[inner]))


def _unit(rows: Matrix) -> Matrix:
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True)


def _linear(hidden: Matrix, tensors: dict[str, Matrix], name: str) -> Matrix:
    return hidden @ tensors[f"{name}.weight"].T + tensors[f"{name}.bias"]


def _normalised(hidden: Matrix, tensors: dict[str, Matrix], name: str) -> Matrix:
    centred = hidden - hidden.mean(axis=-1, keepdims=True)
    spread = np.sqrt((centred * centred).mean(axis=-1, keepdims=True) + EPSILON)
    return centred / spread * tensors[f"{name}.weight"] + tensors[f"{name}.bias"]


def _attention(hidden: Matrix, tensors: dict[str, Matrix], prefix: str) -> Matrix:
    length, width = hidden.shape[0], DIMENSION // HEADS
    query, key, value = (
        _linear(hidden, tensors, f"{prefix}.attention.self.{name}").reshape(length, HEADS, width).transpose(1, 0, 2)
        for name in ("query", "key", "value")
    )
    scores = query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(width))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    weights = scores / scores.sum(axis=-1, keepdims=True)
    return (weights @ value).transpose(1, 0, 2).reshape(length, DIMENSION)


def _gelu(x: Matrix) -> Matrix:
    # x * Phi(x), with erf by Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7, numpy has none of its own.
    z = np.abs(x) * np.float32(0.7071067811865476)
    t = 1 / (1 + np.float32(0.3275911) * z)
    series = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t
    erf = np.copysign(1 - series * np.exp(-z * z), x)
    return np.float32(0.5) * x * (1 + erf)
