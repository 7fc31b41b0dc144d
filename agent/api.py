"""What a skill may import: the contract, proof, and the errors. Nothing else of the engine is promised to packs."""

from pathlib import Path

from agent.errors import BadRequest, ConfigurationError, MissingDependency, MlwrightError, Refused
from agent.proof.command import Completed, run
from agent.proof.evidence import Evidence, Value, machine, now, sha256_file, sha256_text
from agent.proof.load import LoadReport, load
from agent.proof.progress import Progress, Report
from agent.proof.server import Answer, Server, serve
from agent.skills import outcomes, pins
from agent.skills.contract import Action, Plan, PlannedCommand, PlannedFile, Skill, Task
from agent.skills.outcomes import Outcome
from agent.skills.render import render

RETRIEVAL = Path(__file__).parent / "knowledge" / "retrieval"
"""The retrieval core: a package that stands alone, which a skill may copy into a project."""

__all__ = [
    "RETRIEVAL",
    "Action",
    "Answer",
    "BadRequest",
    "Completed",
    "ConfigurationError",
    "Evidence",
    "LoadReport",
    "MissingDependency",
    "MlwrightError",
    "Outcome",
    "Plan",
    "PlannedCommand",
    "PlannedFile",
    "Progress",
    "Refused",
    "Report",
    "Server",
    "Skill",
    "Task",
    "Value",
    "load",
    "machine",
    "now",
    "outcomes",
    "pins",
    "render",
    "run",
    "serve",
    "sha256_file",
    "sha256_text",
]
