"""Telling what a model file is by its content; its name and the files beside it are never looked at."""

import bz2
import io
import json
import lzma
import pickletools
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Literal, cast

from agent.api import Refused

Format = Literal["skops", "xgboost", "onnx", "pickle"]

HEAD = 4096
# The wire types of protocol buffers, and the fields of an ONNX model that are looked for.
VARINT, EIGHT_BYTES, LENGTH, FOUR_BYTES = 0, 1, 2, 5
IR_VERSION, GRAPH = 1, 7
MAX_UNPACKED = 4 << 30
SAVE_AS = "save it as skops (skops.io.dump), XGBoost JSON (save_model('model.json')) or ONNX"

# Formats that are known and not served, by how their files begin.
OTHERS = (
    (b"\x89HDF\r\n", "a Keras HDF5 file", "export it to ONNX with tf2onnx"),
    (b"GGUF", "a GGUF language model", "serve it with llama.cpp or Ollama"),
    (b"tree\nversion=", "a LightGBM text model", "export it to ONNX with onnxmltools"),
    (
        b"{L\x00",
        "an XGBoost UBJSON file",
        "load it and save it again: Booster(model_file='model.ubj').save_model('model.json')",
    ),
    (b"CBM1", "a CatBoost model", "export it to ONNX: model.save_model('model.onnx', format='onnx')"),
    (b"\x93NUMPY", "a NumPy array", SAVE_AS),
    (b"PAR1", "a Parquet table", "name the model file; tables go to --set data=... as CSV"),
)


def sniff(content: bytes) -> Format:
    """Return the format of a model file; raises Refused when it is none that can be served, saying what it is."""
    if not content.strip(b"\0"):
        raise Refused("the model file is empty", "check that the training job finished writing it")
    for magic, what, hint in OTHERS:
        if content.startswith(magic):
            raise Refused(f"the model file is {what}, which is not served", hint)
    if content.startswith(b"PK\x03\x04"):
        return _zip(content)
    if content.lstrip()[:1] == b"{":
        return _json(content)
    if _is_pickle(content[:HEAD]) or _is_pickle(_unpacked_head(content)):
        return "pickle"
    if _is_safetensors(content):
        raise Refused("the model file is a safetensors file: weights without a model", "export the whole model to ONNX")
    return _protobuf(content)


def _zip(content: bytes) -> Format:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as problem:
        raise Refused(
            "the model file is a zip archive that is cut off or damaged", "copy it again and compare sizes"
        ) from problem
    if unpacked > MAX_UNPACKED:
        raise Refused(f"the model file would unpack to {unpacked >> 20} MiB; at most {MAX_UNPACKED >> 20} are read")
    if "schema.json" in names:
        return "skops"
    if any(name.rpartition("/")[2] in {"data.pkl", "constants.pkl"} for name in names):
        raise Refused(
            "the model file is a PyTorch archive, which holds a pickle: it executes code when loaded",
            "export it with torch.onnx.export(..., dynamic_shapes=...)",
        )
    if "config.json" in names and "model.weights.h5" in names:
        raise Refused(
            "the model file is a Keras archive, which is not served",
            "export it to ONNX: model.export('model.onnx', format='onnx')",
        )
    raise Refused("the model file is a zip archive of no model format that is known", SAVE_AS)


def _json(content: bytes) -> Format:
    try:
        found: object = json.loads(content)
    except (ValueError, RecursionError) as problem:
        raise Refused(
            f"the model file begins as JSON and is not: {problem}",
            "a file that is cut off ends like this; copy it again",
        ) from problem
    document = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    if isinstance(document.get("learner"), dict) and "version" in document:
        return "xgboost"
    if "oblivious_trees" in document:
        raise Refused(
            "the model file is a CatBoost JSON model, which is not served",
            "export it to ONNX: model.save_model('model.onnx', format='onnx')",
        )
    raise Refused("the model file is JSON, but not an XGBoost model", SAVE_AS)


# A module and a name in it, as pickletools joins them.
NAMES = re.compile(r"[\w.]+ [\w.]+")


def _is_pickle(head: bytes) -> bool:
    """Whether a file begins as a pickle does. The opcodes are read, not executed."""
    if head[:1] == b"\x80" and head[1:2] in {b"\x02", b"\x03", b"\x04", b"\x05"}:
        return True
    # Protocols 0 and 1 have no header: text that happens to parse is not enough, it must reach for a name or end.
    # A line of Python such as "import os" reads as the opcode INST with a module's name that no module can have.
    seen = 0
    try:
        for opcode, argument, _ in pickletools.genops(head):
            seen += 1
            if (opcode.name in {"GLOBAL", "INST"} and NAMES.fullmatch(str(argument))) or (
                opcode.name == "STOP" and seen > 1
            ):
                return True
    except (ArithmeticError, AttributeError, EOFError, LookupError, TypeError, ValueError, struct.error):
        return False
    return False


def _unpacked_head(content: bytes) -> bytes:
    """Return the first bytes of what a compressed file holds, as joblib compresses; empty when it is not compressed."""
    openers: tuple[tuple[bytes, Callable[[], bytes]], ...] = (
        (b"\x1f\x8b", lambda: zlib.decompressobj(31).decompress(content, HEAD)),
        (b"x", lambda: zlib.decompressobj().decompress(content, HEAD)),
        (b"BZh", lambda: bz2.BZ2Decompressor().decompress(content, HEAD)),
        (b"\xfd7zXZ\x00", lambda: lzma.LZMADecompressor().decompress(content, HEAD)),
        (b"]\x00", lambda: lzma.LZMADecompressor().decompress(content, HEAD)),
    )
    for magic, unpack in openers:
        if content.startswith(magic):
            try:
                return unpack()
            except (zlib.error, OSError, lzma.LZMAError, EOFError, ValueError):
                return b""
    return b""


def _is_safetensors(content: bytes) -> bool:
    length = int.from_bytes(content[:8], "little")
    return content[8:9] == b"{" and 0 < length <= len(content) - 8


def _protobuf(content: bytes) -> Format:
    """Accept an ONNX model: a protocol buffer whose top level has a version (field 1) and a graph (field 7)."""
    fields: dict[int, int] = {}
    position = 0
    while position < len(content):
        field, kind, position = _field(content, position)
        if field == 0 or position < 0:
            break
        fields[field] = kind
    if fields.get(IR_VERSION) == VARINT and fields.get(GRAPH) == LENGTH and position == len(content):
        return "onnx"
    if fields.get(IR_VERSION) == VARINT and content[:1] == b"\x08" and (GRAPH in fields or position > len(content)):
        raise Refused("the model file begins as ONNX and is cut off or damaged", "copy it again and compare sizes")
    raise Refused("the model file is of no format that is known", SAVE_AS)


def _field(content: bytes, position: int) -> tuple[int, int, int]:
    """Read a field's head and step over its value: number, wire type, and where the next begins (-1 for nonsense)."""
    key, position = _varint(content, position)
    kind = key & 7
    if kind == VARINT:
        _, position = _varint(content, position)
    elif kind == EIGHT_BYTES:
        position += 8
    elif kind == FOUR_BYTES:
        position += 4
    elif kind == LENGTH:
        length, position = _varint(content, position)
        position += length
    else:
        position = -1
    return key >> 3, kind, position


def _varint(content: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(content):
            return value, len(content) + 1
        byte = content[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
    return value, position
