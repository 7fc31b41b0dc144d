"""Serving: from a model file to a small HTTP service that is proved to answer as the model does."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from agent.api import Action, Evidence, Plan, Report, Task

from .parameters import Deploy

__all__ = ["Deploy", "ServingSkill", "skill"]


class ServingSkill:
    """The skill `serving`, with its one action `deploy`."""

    name = "serving"
    version = "1"
    actions = (
        Action(
            "deploy", "write an HTTP service around a model file, and prove that it answers as the model does", Deploy
        ),
    )
    provides: Mapping[str, str] = MappingProxyType(
        {
            "reliability.timeouts": "service/batching.py",
            "reliability.fallback": "service/predict.py",
            "reliability.health": "service/app.py",
            "observability.metrics": "service/metrics.py",
            "observability.latency-histogram": "service/metrics.py",
            "observability.logging": "service/logs.py",
            "performance.non-blocking": "service/batching.py",
            "performance.load-once": "service/__main__.py",
            "performance.slo": "README.md",
            "cost.resources": "compose.yaml",
            "cost.image": "Dockerfile",
            "security.deserialization": "service/engine.py",
            "security.secrets": "service/settings.py",
            "security.non-root": "Dockerfile",
        }
    )

    def plan(self, task: Task, report: Report) -> Plan:
        """Return the files of the service; raises Refused for a model that cannot be served."""
        from .plan import plan

        return plan(task, report)

    def verify(self, task: Task, project: Path, report: Report) -> Iterator[Evidence]:
        """Run the written service and yield the evidence of each check."""
        from .verify import verify

        return verify(task, project, report)


skill = ServingSkill()
