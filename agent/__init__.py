"""mlwright: routes an ML-engineering request, checks it, answers it with sources, and does the work with proof."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.brief.read import read as read_brief
    from agent.engine import Engine
    from agent.errors import MlwrightError
    from agent.proof.evidence import Evidence
    from agent.routing.decision import Route

__all__ = ["Engine", "Evidence", "MlwrightError", "Route", "read_brief"]

_HOMES = {
    "Engine": ("agent.engine", "Engine"),
    "Evidence": ("agent.proof.evidence", "Evidence"),
    "MlwrightError": ("agent.errors", "MlwrightError"),
    "Route": ("agent.routing.decision", "Route"),
    "read_brief": ("agent.brief.read", "read"),
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _HOMES[name]
    return getattr(import_module(module), attribute)
