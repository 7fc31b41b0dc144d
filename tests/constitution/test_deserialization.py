"""security.deserialization: loading that runs code from what it loads."""

from collections.abc import Callable, Mapping

import pytest

from agent.constitution.model import Score

Marked = Callable[[str, str], Score]
Judged = Callable[[str, Mapping[str, str]], Score]
CHECKPOINT = "security.deserialization"

FAULTS = {
    "pickle and its kin": """
        import pickle, joblib, dill
        import pickle as pkl
        from pickle import load, loads as decode, Unpickler
        from joblib import load as read
        import cloudpickle as cp
        import pandas as pd
        pickle.load(f) #!
        pkl.loads(data) #!
        load(f) #!
        decode(data) #!
        Unpickler(f).load() #!
        joblib.load("m.joblib") #!
        read("m.joblib") #!
        cp.load(f) #!
        dill.loads(data) #!
        pd.read_pickle("x.pkl") #!
        """,
    "arguments that open the door": """
        import torch, skops.io
        import numpy as np
        torch.load("m.pt", weights_only=False) #!
        np.load("a.npy", allow_pickle=True) #!
        np.load("a.npy", None, True) #!
        skops.io.load("m.skops", trusted=True) #!
        """,
    "YAML that builds objects": """
        import yaml
        from yaml import load, Loader
        yaml.load(text) #!
        yaml.load(text, Loader=yaml.Loader) #!
        load(text, Loader) #!
        yaml.unsafe_load(text) #!
        yaml.load_all(text, Loader=yaml.UnsafeLoader) #!
        """,
}

NO_FAULTS = {
    "arguments that keep it shut": """
        import torch, yaml, skops.io
        import numpy as np
        torch.load("m.pt")
        torch.load("m.pt", weights_only=True)
        torch.load("m.pt", weights_only=flag)
        np.load("a.npy")
        np.load("a.npy", allow_pickle=False)
        skops.io.load("m.skops", trusted=["a.B"])
        yaml.safe_load(text)
        yaml.load(text, Loader=yaml.SafeLoader)
        yaml.load(text, yaml.CSafeLoader)
        yaml.load(text, Loader=yaml.FullLoader)
        yaml.load(text, **options)
        """,
    "a safe loader, whichever is there": """
        import yaml
        try:
            from yaml import CSafeLoader as Loader
        except ImportError:
            from yaml import SafeLoader as Loader
        yaml.load(text, Loader=Loader)
        class Mine(yaml.SafeLoader): ...
        yaml.load(text, Loader=Mine)
        """,
    "a copy": """
        import pickle
        from copy import deepcopy
        def copy(x):
            kept = pickle.dumps(x)
            return pickle.loads(kept)
        pickle.loads(pickle.dumps(x))
        pickle.loads(b"...")
        """,
    "a class that says how it is pickled": """
        import pickle
        class A:
            def __setstate__(self, state):
                self.x = pickle.loads(state)
        """,
    "another module of that name": """
        from mine import pickle, joblib
        pickle.load(f)
        joblib.load(f)
        json.load(f)
        """,
    "an unpickler that refuses": """
        import pickle
        class Strict(pickle.Unpickler):
            def find_class(self, module, name):
                raise pickle.UnpicklingError
        Strict(f).load()
        """,
    "a pipe from the parent process": """
        import os, pickle
        with os.fdopen(fd, "rb") as parent:
            job = pickle.load(parent)
        """,
}


@pytest.mark.parametrize("name", FAULTS)
def test_found(name: str, marked: Marked) -> None:
    marked(CHECKPOINT, FAULTS[name])


@pytest.mark.parametrize("name", NO_FAULTS)
def test_no_finding_for(name: str, marked: Marked) -> None:
    assert marked(CHECKPOINT, NO_FAULTS[name]).status == "PASS"


def test_a_pass_says_how_much_was_read(judged: Judged) -> None:
    assert judged(CHECKPOINT, {"a.py": "x = 1\n", "b.py": "y = 1\n"}).evidence == "2 Python files read, none found"


def test_without_python_nothing_is_known(judged: Judged) -> None:
    assert judged(CHECKPOINT, {"README.md": "# x\n"}).status == "UNKNOWN"


@pytest.mark.parametrize(
    "text",
    [
        "import joblib\ndef data(path):\n    joblib.dump(x, path)\n    return joblib.load(path)\n",
        "import pickle\ndef put(x):\n    return pickle.dumps(x)\ndef get(x):\n    return pickle.loads(x)\n",
    ],
)
def test_what_the_file_writes_itself_is_unknown(text: str, judged: Judged) -> None:
    assert judged(CHECKPOINT, {"cache.py": text}).status == "UNKNOWN"


def test_tests_are_left_alone_and_samples_are_not(judged: Judged) -> None:
    text = "import pickle\npickle.load(f)\n"
    files = {"tests/a.py": text, "a_test.py": text, "examples/a.py": text}
    assert [finding.path for finding in judged(CHECKPOINT, files).findings] == ["examples/a.py"]


def test_the_finding_says_what_mends_it(judged: Judged) -> None:
    score = judged(CHECKPOINT, {"a.py": "import yaml\nyaml.load(x)\n"})
    assert score.findings[0].fix == "Use yaml.safe_load."
