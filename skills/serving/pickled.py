"""Pickles: refused, unless these very bytes are trusted; then turned into a skops file, which is what the project holds."""

import io
import json
import re
import warnings
import zipfile

import numpy as np

from agent.api import Refused

from . import libraries, sklearn_model
from .sklearn_model import SklearnModel

# The earliest time a zip entry can have; skops writes the present one.
EPOCH = (1980, 1, 1, 0, 0, 0)
IDENTITY = re.compile(r'("__id__": |"file": ")(\d+)')


def load(content: bytes, sha256: str, trusted: frozenset[str]) -> tuple[SklearnModel, bytes]:
    """Load a pickle the user trusts; returns the model, and the same model as a skops file.

    Raises Refused when the SHA-256 of the bytes is not in `trusted`, and when skops cannot hold the model within the
    list of types.
    """
    if sha256 not in trusted:
        raise Refused(
            "the model file is a pickle, which executes code when loaded",
            f"save it as skops; or if you made this very file, accept its code with --trust-model sha256:{sha256}",
        )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            found = libraries.joblib().load(io.BytesIO(content))
        except Exception as problem:  # a pickle raises what the code in it raises
            raise Refused(f"the pickle cannot be loaded: {type(problem).__name__}: {problem}") from problem
    sklearn_model.refuse_version(caught)
    if type(found).__module__.startswith("xgboost."):
        raise Refused("the pickle holds an XGBoost model", "load it once and save it: model.save_model('model.json')")
    packed, needed = to_skops(found)
    return sklearn_model.of(found, needed), packed


def to_skops(estimator: object) -> tuple[bytes, tuple[str, ...]]:
    """Return a skops file of an estimator, always the same bytes, and the types to trust in it; raises Refused."""
    skops = libraries.skops()
    try:
        content = normalised(skops.dumps(estimator))
        needed = tuple(sorted(skops.get_untrusted_types(data=content)))
    except Exception as problem:  # skops raises what its walk through foreign objects happens to raise
        raise Refused(f"skops cannot hold this model: {type(problem).__name__}: {problem}") from problem
    sklearn_model.refuse_types(needed)
    return content, needed


def normalised(content: bytes) -> bytes:
    """Return a skops file without what differs from run to run: memory addresses as identities, the time, padding."""
    identities: dict[str, str] = {}

    def renumber(match: re.Match[str]) -> str:
        return match[1] + identities.setdefault(match[2], str(len(identities) + 1))

    with zipfile.ZipFile(io.BytesIO(content)) as source:
        schema = IDENTITY.sub(renumber, json.dumps(json.loads(source.read("schema.json"))))
        entries = {_renamed(name, identities): source.read(name) for name in source.namelist() if name != "schema.json"}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in [("schema.json", schema.encode()), *sorted(entries.items())]:
            archive.writestr(_entry(name), _padded(data) if name.endswith(".npy") else data)
    return target.getvalue()


def _padded(data: bytes) -> bytes:
    """Return a saved array with zeros between the fields of its rows, where a tree's nodes hold what memory held."""
    array = np.load(io.BytesIO(data), allow_pickle=False)
    if array.dtype.names is None:
        return data
    clean = np.zeros(array.shape, array.dtype)
    for name in array.dtype.names:
        clean[name] = array[name]
    target = io.BytesIO()
    np.save(target, clean, allow_pickle=False)
    return target.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _renamed(name: str, identities: dict[str, str]) -> str:
    stem, _, ending = name.partition(".")
    return f"{identities.get(stem, stem)}.{ending}"
