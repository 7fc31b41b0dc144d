"""A model file is what its bytes say, whatever it is called."""

import bz2
import gzip
import io
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent.api import MlwrightError, Refused

Part = Callable[[str], Any]
FORMATS = {
    "cancer.skops": "skops",
    "cancer.json": "xgboost",
    "iris.onnx": "onnx",
    "iris.joblib": "pickle",
}


@pytest.mark.parametrize(("file", "expected"), FORMATS.items())
def test_real_files_are_told_by_content(part: Part, models: Path, file: str, expected: str) -> None:
    assert part("formats").sniff((models / file).read_bytes()) == expected


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("pack", [bytes, zlib.compress, gzip.compress, bz2.compress, lzma.compress])
def test_a_pickle_is_a_pickle_in_every_protocol_and_compression(
    part: Part, pack: Callable[[bytes], bytes], protocol: int
) -> None:
    content = pack(pickle.dumps(pytest.approx, protocol=protocol))
    assert part("formats").sniff(content) == "pickle"


def archive(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        for name in names:
            made.writestr(name, "content")
    return target.getvalue()


OTHERS = {
    "nothing": (b"", "empty"),
    "zeros": (bytes(4096), "empty"),
    "random bytes": (b"\x93\x11\x02\xff" * 50, "no format that is known"),
    "text": (b"this is a model", "no format that is known"),
    "PyTorch": (archive("model/data.pkl", "model/version"), "PyTorch"),
    "another zip": (archive("readme.txt"), "no model format"),
    "Keras": (archive("config.json", "model.weights.h5"), "Keras"),
    "HDF5": (b"\x89HDF\r\n\x1a\n", "HDF5"),
    "GGUF": (b"GGUF\x03\0\0\0", "GGUF"),
    "LightGBM": (b"tree\nversion=v4\n", "LightGBM"),
    "UBJSON": (b"{L\0\0\0\0\0\0\0\x07learner", "UBJSON"),
    "other JSON": (b'{"learner": 1}', "not an XGBoost model"),
    "safetensors": (b"\x02\0\0\0\0\0\0\0{}", "safetensors"),
}


@pytest.mark.parametrize(("content", "told"), OTHERS.values(), ids=OTHERS)
def test_what_is_not_served_is_told_by_name(part: Part, content: bytes, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        part("formats").sniff(content)
    assert refused.value.hint


@pytest.mark.parametrize("file", ["cancer.skops", "cancer.json", "iris.onnx"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_file_that_is_cut_off_is_refused(part: Part, models: Path, file: str, share: float) -> None:
    content = (models / file).read_bytes()
    with pytest.raises(Refused, match=r"cut off|damaged|begins as JSON"):
        part("formats").sniff(content[: int(len(content) * share)])


@given(st.binary(max_size=200))
@example(b"PK\x03\x04")
@example(b"\x08\x09:\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
@example(b"{" * 100_000)
def test_no_bytes_raise_anything_but_our_own_errors(part: Part, content: bytes) -> None:
    with suppress(MlwrightError):
        assert part("formats").sniff(content) in {"skops", "xgboost", "onnx", "pickle"}


# The same damage every time: it goes on into the parsers of other libraries.
@settings(derandomize=True, max_examples=50, deadline=None)
@given(st.data())
def test_neither_do_damaged_models(part: Part, models: Path, data: st.DataObject) -> None:
    content = bytearray((models / "iris.onnx").read_bytes())
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = models / "damaged"
    path.write_bytes(content)
    with suppress(MlwrightError):
        assert part("artifact").load(path, frozenset()).format == "onnx"
