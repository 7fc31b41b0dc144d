"""Every test has a home of its own making; what is compiled there is compiled once a session."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.engine import Engine


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("home")
    before = dict(os.environ)
    for name in list(os.environ):
        if name.startswith("MLWRIGHT_"):
            del os.environ[name]
    os.environ["MLWRIGHT_HOME"] = str(folder)
    os.environ["NO_COLOR"] = "1"
    yield folder
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(scope="session")
def engine(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.open({"MLWRIGHT_HOME": str(home)}, tmp_path_factory.mktemp("work"))


@pytest.fixture(scope="session")
def lexical_engine(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    environment = {"MLWRIGHT_HOME": str(home), "MLWRIGHT_ENCODER": "lexical"}
    return Engine.open(environment, tmp_path_factory.mktemp("work"))
