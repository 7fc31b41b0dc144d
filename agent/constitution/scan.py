"""Score a project against the constitution, without running any of it."""

import ast
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from agent.constitution import (
    docker_rules,
    fallback_rule,
    handler_rules,
    pins,
    secret_rules,
    service_rules,
    sources,
    stated_rules,
    timeout_rule,
    yaml_rules,
)
from agent.constitution.conclusions import Verdict, conclude
from agent.constitution.deserialization_rule import deserialization
from agent.constitution.directives import Allowed
from agent.constitution.local_names import LocalNames
from agent.constitution.manifest import TooDeep
from agent.constitution.model import Finding, Scan, Score, Skipped, Status, Suppressed
from agent.constitution.module import Module
from agent.constitution.observation import Observation, Seen
from agent.constitution.principles import Checkpoint, chosen
from agent.constitution.sources import Source, printable
from agent.errors import BadRequest
from agent.proof.progress import Progress, Report, silent

PYTHON_RULES = (
    timeout_rule.timeouts, fallback_rule.fallback, service_rules.serving, service_rules.histogram, service_rules.logging,
    handler_rules.blocking, handler_rules.load_once, deserialization, stated_rules.measured,
)  # fmt: skip
TEXT_RULES = (stated_rules.stated, pins.pins)
EVERY = 25


def scan(path: Path, principles: Iterable[str] | None = None, report: Report = silent) -> Scan:
    """Read the files at or below `path` and score every checkpoint of `principles` (all for None).

    Nothing is imported or executed, and no file is written. Raises BadRequest when there is nothing at `path`, and
    UnknownName for a principle that is none.
    """
    checkpoints = chosen(principles)
    if not path.exists():
        raise BadRequest(f"{path} does not exist", "give a folder or a file to check")
    reader = _Reader(path.resolve())
    reader.read_all(report)
    report(Progress(step="Scoring"))
    seen = Seen(reader.observations, reader.counts)
    scored = [_score(checkpoint, conclude(checkpoint.id, seen), reader.allowed) for checkpoint in checkpoints]
    return Scan(
        scores=tuple(score for score, _ in scored),
        files_read=reader.counts["all"],
        skipped=tuple(reader.skipped),
        suppressed=tuple(item for _, suppressed in scored for item in suppressed),
    )


class _Reader:
    """Reads one file after the other, and keeps what the rules saw, not the files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.paths, self.skipped = sources.paths(root)
        self.local = LocalNames(root, self.paths)
        self.around = docker_rules.Surroundings(self._dockerignored, self._script)
        self.allowed = Allowed()
        self.observations: list[Observation] = []
        self.counts = {"all": 0, "python": 0, "skipped": 0}

    def read_all(self, report: Report) -> None:
        total = len(self.paths)
        for done, path in enumerate(self.paths):
            if done % EVERY == 0:
                report(Progress(step="Reading", done=done, total=total))
            match sources.read(self.root, path):
                case Source() as source:
                    self._judge(source)
                case Skipped() as skipped:
                    self.skipped.append(skipped)
                case None:
                    pass
        self.counts["skipped"] = len(self.skipped)
        report(Progress(step="Reading", done=total, total=total))

    def _judge(self, source: Source) -> None:
        self.counts["all"] += 1
        self.allowed.read(source)
        found: list[Observation] = []
        try:
            found.extend(self._rules(source))
        except SyntaxError as problem:
            self.skipped.append(
                Skipped(path=source.path, reason=printable(f"not Python: {problem.msg} (line {problem.lineno or 0})"))
            )
        except (RecursionError, MemoryError, TooDeep):
            self.skipped.append(Skipped(path=source.path, reason="nested too deeply"))
        except ValueError as problem:
            self.skipped.append(Skipped(path=source.path, reason=printable(str(problem))))
        self.observations += [item.at(source.path) for item in found]

    def _rules(self, source: Source) -> Iterator[Observation]:
        """Yield what every rule that fits a file sees in it; secrets and statements before anything that may fail."""
        if source.kind != "python":
            yield from secret_rules.secrets(source)
        for rule in TEXT_RULES:
            yield from rule(source)
        match source.kind:
            case "python":
                yield from self._python(source)
            case "docker":
                yield from docker_rules.docker(source, self.around) if "{{" not in source.text else ()
            case "yaml":
                yield from self._yaml(source)
            case "text":
                pass

    def _python(self, source: Source) -> Iterator[Observation]:
        try:
            module = Module(source, self.local.near(source.path))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            yield from secret_rules.secrets(source)
            raise
        self.counts["python"] += 1
        yield from secret_rules.secrets(source, partial(_prose, module.tree))
        for rule in PYTHON_RULES:
            yield from rule(module)

    def _yaml(self, source: Source) -> Iterator[Observation]:
        import yaml

        try:
            yield from yaml_rules.manifests(source)
        except yaml.YAMLError as problem:
            self.skipped.append(Skipped(path=source.path, reason=printable(f"not YAML: {problem}")))

    def _dockerignored(self, dockerfile: str) -> bool:
        """Whether a .dockerignore covers a Dockerfile: one of its own, or one in a folder that may be the build context."""
        base = self.root.parent if self.root.is_file() else self.root
        place = base / dockerfile
        if place.with_name(place.name + ".dockerignore").is_file():
            return True
        return any((folder / ".dockerignore").is_file() for folder in place.parents if folder.is_relative_to(base))

    def _script(self, name: str) -> str:
        """Return the text of the project's shell script of that name."""
        path = next((path for path in self.paths if path.name == name), None)
        source = sources.read(self.root, path) if path is not None else None
        return source.text if isinstance(source, Source) else ""


def _prose(tree: ast.Module) -> frozenset[int]:
    """Return the lines of strings that stand alone as statements: docstrings, in which examples are shown."""
    lines: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return frozenset(lines)


def _score(checkpoint: Checkpoint, verdict: Verdict, allowed: Allowed) -> tuple[Score, list[Suppressed]]:
    findings: list[Finding] = []
    suppressed: list[Suppressed] = []
    for item in verdict.faults:
        if reason := allowed.reason(item.path, item.line, item.last, checkpoint.id):
            suppressed.append(
                Suppressed(checkpoint=checkpoint.id, path=item.path, line=item.line, message=item.text, reason=reason)
            )
        else:
            findings.append(Finding(path=item.path, line=item.line, message=item.text, fix=item.fix or checkpoint.fix))
    status, evidence = _status(verdict, findings)
    if suppressed:
        first = suppressed[0]
        evidence += f"; {len(suppressed)} allowed by the project ({first.path}:{first.line}: {first.reason})"
    fix = "" if status == "PASS" else findings[0].fix if findings else checkpoint.fix
    return Score(
        principle=checkpoint.principle,
        checkpoint=checkpoint.id,
        status=status,
        evidence=evidence,
        fix=fix,
        findings=tuple(findings),
    ), suppressed


def _status(verdict: Verdict, findings: list[Finding]) -> tuple[Status, str]:
    if findings:
        first = findings[0]
        more = f"; and {len(findings) - 1} more" if len(findings) > 1 else ""
        return "FAIL", f"{first.message} ({first.path}:{first.line}){more}"
    if verdict.good:
        return "PASS", verdict.good
    return "UNKNOWN", verdict.unclear or "nothing left to judge"
