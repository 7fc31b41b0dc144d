"""gate.toml: what a run must reach to be let through, and what it may not lose against a baseline; what is missing fails."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from agent.errors import BadRequest, ContentError, Problem
from agent.evaluation import record
from agent.evaluation.compare import compare
from agent.evaluation.record import Model, Run
from agent.evaluation.scores import Metric, metrics, must_be_able_to_fail, slices, within

# What a mean over cases of means over repeats may lack of the number it is.
ROUNDING = 1e-9
LINE = re.compile(r"at line (\d+)")
Bound = Literal["value", "low", "high"]


class Rule(Model):
    """What a metric must meet: `min`, `max` or both, each a share between 0 and 1."""

    name: str
    min: float | None = Field(default=None, ge=0, le=1, strict=True)
    max: float | None = Field(default=None, ge=0, le=1, strict=True)
    suite: str | None = Field(default=None, description="only this suite's cases")
    bound: Bound = Field(default="value", description="which end of the interval must meet it")
    label: str | None = Field(default=None, description="only the slice `label` = `of`")
    of: str | None = None

    @model_validator(mode="after")
    def _decides(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("give min, max or both")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("min is above max")
        if (self.label is None) is not (self.of is None):
            raise ValueError("a slice is named by label and of together")
        return self

    def __str__(self) -> str:
        parts = [self.name]
        parts += [f"of suite {self.suite}"] if self.suite else []
        parts += [f"where {self.label} = {self.of}"] if self.label else []
        parts += [f"({self.bound} end)"] if self.bound != "value" else []
        limits = [f">= {self.min:g}"] if self.min is not None else []
        limits += [f"<= {self.max:g}"] if self.max is not None else []
        return f"{' '.join(parts)} {' and '.join(limits)}"


class Baseline(Model):
    """The run to compare with: no suite's verdict may be the one named."""

    path: Path = Field(description="relative to the folder of gate.toml")
    on: Literal["worse"] = "worse"


class Gate(Model):
    """Everything a gate.toml says."""

    errors_at_most: float = Field(default=0.0, ge=0, le=1, strict=True, description="share of any suite's outcomes")
    metric: tuple[Rule, ...] = ()
    baseline: Baseline | None = None

    @model_validator(mode="after")
    def _closes(self) -> Self:
        if not self.metric and self.baseline is None:
            raise ValueError("a gate without a [[metric]] or a [baseline] lets everything through")
        return self


class Line(Model):
    """One rule and what came of it."""

    rule: str
    met: bool
    missing: bool = Field(default=False, description="the run does not have what the rule is about; it is not met then")
    value: float | None = None
    low: float | None = None
    high: float | None = None
    of: int | None = Field(default=None, description="the cases that were scored")
    bound: Bound = "value"
    detail: str = ""


class GateResult(Model):
    """Whether a run is let through: only when every line is met."""

    passed: bool
    lines: tuple[Line, ...]


def read(path: Path) -> Gate:
    """Read a gate.toml. Raises BadRequest when it cannot be read and ContentError with all its faults when it is wrong."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
        gate = Gate.model_validate(found)
    except OSError as error:
        raise BadRequest(f"cannot read {path}: {error.strerror}", "name a gate.toml") from error
    except UnicodeDecodeError as error:
        raise ContentError([Problem(path, 0, "is not UTF-8")]) from error
    except tomllib.TOMLDecodeError as error:
        line = LINE.search(str(error))
        raise ContentError([Problem(path, int(line[1]) if line else 0, f"is not TOML: {error}")]) from error
    except ValidationError as error:
        raise ContentError([Problem(path, 0, _told(fault["loc"], fault["msg"])) for fault in error.errors()]) from error
    if gate.baseline is None:
        return gate
    beside = gate.baseline.model_copy(update={"path": path.parent / gate.baseline.path})
    return gate.model_copy(update={"baseline": beside})


def _told(place: tuple[int | str, ...], message: str) -> str:
    # Rules are counted from 1, as their reader does.
    parts = [f"[[metric]] {part + 1}" if isinstance(part, int) else part for part in place]
    text = message.replace("Extra inputs are not permitted", "unknown key").removeprefix("Value error, ")
    return f"{': '.join(parts).removeprefix('metric: ')}: {text}" if parts else text


def baseline_of(gate: Gate) -> Run | None:
    """Read the run that a gate names as its baseline, if it does. Raises BadRequest when that is no record of a run."""
    return record.read(gate.baseline.path) if gate.baseline else None


def check(run: Run, gate: Gate, baseline: Run | None = None) -> GateResult:
    """Hold a run against a gate: whole, without more errors than allowed, each metric, and not worse than `baseline`.

    A baseline that the gate names and is not given, or that had other cases, is not met. Raises BadRequest when a suite of
    the run could not fail.
    """
    must_be_able_to_fail(run.outcomes)
    parts = {name: within(run, name) if name else run for name in {rule.suite for rule in gate.metric}}
    figures = {name: metrics(part) for name, part in parts.items()}
    lines = [_complete(run), _errors(run, gate.errors_at_most)]
    lines += [_line(rule, _metric(parts[rule.suite], figures[rule.suite], rule)) for rule in gate.metric]
    if gate.baseline is not None or baseline is not None:
        lines.append(_against(run, baseline))
    return GateResult(passed=all(line.met for line in lines), lines=tuple(lines))


def _complete(run: Run) -> Line:
    detail = "" if run.complete else "the run was stopped before its last case"
    return Line(rule="the run is complete", met=run.complete, detail=detail)


def _errors(run: Run, at_most: float) -> Line:
    """Hold the suite with the largest share of errors to what is allowed: a large suite does not make up for a small one."""
    shares: dict[str, tuple[float, int]] = {}
    for suite in {outcome.suite for outcome in run.outcomes}:
        found = [outcome for outcome in run.outcomes if outcome.suite == suite]
        shares[suite] = sum(not outcome.scored for outcome in found) / len(found), len(found)
    rule = f"errors and timeouts <= {at_most:g} of any suite"
    if not shares:
        return Line(rule=rule, met=False, missing=True, detail="the run has no outcomes")
    worst = max(sorted(shares), key=lambda suite: shares[suite][0])
    value, of = shares[worst]
    detail = f"{round(value * of)} of {of} outcomes of {worst}" if value else ""
    return Line(rule=rule, met=value <= at_most, value=value, of=of, detail=detail)


def _metric(run: Run, figures: Mapping[str, Metric], rule: Rule) -> Metric | None:
    found = figures.get(rule.name)
    if found is None or rule.label is None or rule.of is None:
        return found
    return slices(run, rule.name).get(rule.label, {}).get(rule.of)


def _line(rule: Rule, metric: Metric | None) -> Line:
    if metric is None:
        return Line(rule=str(rule), met=False, missing=True, bound=rule.bound, detail="the run has no such figure")
    held = {"value": metric.value, "low": metric.low, "high": metric.high}[rule.bound]
    met = (rule.min is None or held >= rule.min - ROUNDING) and (rule.max is None or held <= rule.max + ROUNDING)
    return Line(
        rule=str(rule), met=met, value=metric.value, low=metric.low, high=metric.high, of=metric.of, bound=rule.bound
    )


def _against(run: Run, baseline: Run | None) -> Line:
    rule = "no suite is worse than the baseline"
    if baseline is None:
        return Line(rule=rule, met=False, missing=True, detail="no baseline was given")
    try:
        # What the run lacks is told by a line of its own.
        found = compare(baseline, run, partial=not run.complete)
    except BadRequest as error:
        return Line(rule=rule, met=False, missing=True, detail=f"{error.message}; {error.hint}")
    worse = [f"{row.suite}: {row.why}" for row in found.suites if row.verdict == "worse"]
    return Line(rule=rule, met=not worse, detail="; ".join(worse))
