"""RAG: from a folder of documents to a service that answers from them, proved by running it."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from agent.api import Action, Evidence, Plan, Report, Task

from .parameters import Build, Compare, Evaluate

__all__ = ["Build", "Compare", "Evaluate", "RagSkill", "skill"]


class RagSkill:
    """The skill `rag`: `build` writes a project, `evaluate` measures retrieval, `compare` holds two projects against each other."""

    name = "rag"
    version = "1"
    actions = (
        Action("build", "write a service that answers from a folder of documents, and prove that it does", Build),
        Action("evaluate", "measure how well questions find their documents; writes nothing", Evaluate, writes=False),
        Action(
            "compare",
            "hold two projects against each other on the same questions; writes nothing",
            Compare,
            writes=False,
        ),
    )
    provides: Mapping[str, str] = MappingProxyType(
        {
            "reliability.timeouts": "service/chain.py",
            "reliability.fallback": "service/chain.py",
            "reliability.health": "service/app.py",
            "observability.metrics": "service/metrics.py",
            "observability.latency-histogram": "service/metrics.py",
            "observability.logging": "service/logs.py",
            "performance.non-blocking": "service/limits.py",
            "performance.load-once": "service/__main__.py",
            "performance.slo": "README.md",
            "cost.resources": "compose.yaml",
            "cost.image": "Dockerfile",
            "security.secrets": "service/limits.py",
            "security.non-root": "Dockerfile",
        }
    )

    def plan(self, task: Task, report: Report) -> Plan:
        """Return the files of the project, or what was measured; raises BadRequest or MissingDependency."""
        if task.action == "evaluate":
            from .evaluate import plan_evaluation

            return plan_evaluation(task, report)
        if task.action == "compare":
            from .compare import plan_comparison

            return plan_comparison(task, report)
        from .plan import plan

        return plan(task, report)

    def verify(self, task: Task, project: Path, report: Report) -> Iterator[Evidence]:
        """Run the written project and yield the evidence of each check; for `evaluate`, measure again."""
        if task.action == "compare":
            return iter(())  # planning it was the measurement
        if task.action == "evaluate":
            from .evaluate import verify_evaluation

            return verify_evaluation(task, report)
        from .verify import verify

        return verify(task, project, report)


skill = RagSkill()
