"""What a run scored: each metric with its interval, by slice, and the cases whose repeats disagree."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import BadRequest, UnknownName
from agent.evaluation.record import Model, Outcome, Run, Status
from agent.evaluation.statistics import bootstrap_ratio, percentiles, resampled, wilson
from agent.routing.tree import OUT_OF_SCOPE

BINS = 10
Key = tuple[str, str]
Repeats = Sequence[Outcome]


class Metric(Model):
    """A figure of a run and its 95 % interval; a case counts once, however often it was repeated."""

    name: str
    value: float
    low: float
    high: float
    of: int = Field(description="the cases that were scored; for the share of errors all cases")
    kind: Literal["share", "mean"]


class Flaky(Model):
    """A case whose repeats disagree."""

    suite: str
    case: str
    text: str
    statuses: tuple[Status, ...]
    primaries: tuple[str, ...] = Field(description="whose each repeat was, where there is a decision of the router")


class Ranked(BaseModel):
    """A leaf and its probability, as a trace has them."""

    model_config = ConfigDict(frozen=True)

    persona: str
    score: float = Field(ge=0, le=1)


class Routed(BaseModel):
    """What is read of a trace: the router's decision."""

    model_config = ConfigDict(frozen=True)

    decision: str
    primary: str
    secondary: frozenset[str] = frozenset()
    ranking: tuple[Ranked, ...] = Field(min_length=1)


class Wanted(BaseModel):
    """What is read of the expectation: whose a request is, who would do as well, and who helps."""

    model_config = ConfigDict(frozen=True)

    primary: str
    acceptable: frozenset[str] = frozenset()
    secondary: frozenset[str] = frozenset()


def _helped(wanted: Wanted, routed: Routed) -> bool | None:
    if not wanted.secondary or routed.primary != wanted.primary or routed.decision == "decline":
        return None
    return bool(wanted.secondary & routed.secondary)


# What is asked of a decision: yes, no, or None where the question does not arise.
RATES: Mapping[str, Callable[[Wanted, Routed], bool | None]] = {
    "top1": lambda wanted, routed: routed.primary == wanted.primary,
    "lenient": lambda wanted, routed: routed.primary in {wanted.primary, *wanted.acceptable},
    "top2": lambda wanted, routed: wanted.primary in {row.persona for row in routed.ranking[:2]},
    "out_of_scope_recall": lambda wanted, routed: (
        routed.decision == "decline" if wanted.primary == OUT_OF_SCOPE else None
    ),
    "out_of_scope_precision": lambda wanted, routed: (
        wanted.primary == OUT_OF_SCOPE if routed.decision == "decline" else None
    ),
    "any_secondary": _helped,
    "asked": lambda _, routed: routed.decision == "ask",
}


@dataclass(frozen=True)
class Shares:
    """What each case adds to a share: how much was met, of how much; both are means over its repeats."""

    rows: Sequence[tuple[float, float]]

    def metric(self, name: str, seed: int) -> Metric:
        """Return the share, with Wilson's interval where each case is one yes or no, else a bootstrap over cases."""
        of = len(self.rows)
        value = sum(met for met, _ in self.rows) / sum(total for _, total in self.rows)
        low, high = (value, value) if self._plain else bootstrap_ratio(self.rows, seed)
        # Cases that are all alike leave a bootstrap nothing to vary, which is not certainty.
        low, high = (low, high) if low < high else wilson(value * of, of)
        return Metric(name=name, value=value, low=min(low, value), high=max(high, value), of=of, kind="share")

    @property
    def _plain(self) -> bool:
        return all(total == 1 and met in {0, 1} for met, total in self.rows)


@dataclass(frozen=True)
class Gaps:
    """What each case adds to the calibration error: confidence less rightness in each of ten bins of confidence."""

    rows: Sequence[Sequence[float]]

    def metric(self, name: str, seed: int) -> Metric:
        """Return the expected calibration error (Naeini et al. 2015), with a bootstrap over cases."""
        import numpy as np

        table, of = np.asarray(self.rows, dtype=np.float64), len(self.rows)
        value = float(np.abs(table.sum(axis=0)).sum()) / of
        low, high = percentiles(np.abs(resampled(table, seed)).sum(axis=1) / of)
        # Resampling adds noise to each bin, and noise is a gap: the interval lies high and may miss a small error.
        return Metric(name=name, value=value, low=min(low, value), high=max(high, value), of=of, kind="mean")


Sample = Shares | Gaps


def by_case(outcomes: Iterable[Outcome]) -> dict[Key, list[Outcome]]:
    """Group outcomes by suite and case, in the order they came; each list holds a case's repeats."""
    cases: dict[Key, list[Outcome]] = {}
    for outcome in outcomes:
        cases.setdefault((outcome.suite, outcome.case), []).append(outcome)
    return cases


def must_be_able_to_fail(outcomes: Iterable[Outcome]) -> None:
    """Raise BadRequest when a suite was scored and nothing in it was put to a test: it would pass whatever came out."""
    scored: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.scored:
            scored.setdefault(outcome.suite, []).append(outcome)
    for suite, found in scored.items():
        if not any(one.status == "fail" or any(row.criterion.strip() for row in one.verdicts) for one in found):
            raise BadRequest(
                f"no case of the suite {suite!r} could fail: none has a criterion",
                "say in its cases what is expected of an answer",
            )


def metrics(run: Run) -> dict[str, Metric]:
    """Return every metric of a run by name; one that no case bears on is left out.

    `<suite>.pass`, `<suite>.errors` and `<suite>.<criterion>`; and `routing.*` over all suites of the kind "routing"
    together, so restrict the run to a suite (`within`) to have its own. Raises BadRequest when a suite could not fail or a
    trace is none.
    """
    must_be_able_to_fail(run.outcomes)
    return {name: sample.metric(name, run.seed) for name, sample in _samples(run).items()}


def within(run: Run, suite: str) -> Run:
    """Return the part of a run that is of one suite; it has no outcomes when the suite was not run."""
    return run.model_copy(update={"outcomes": tuple(one for one in run.outcomes if one.suite == suite)})


def slices(run: Run, name: str) -> dict[str, dict[str, Metric]]:
    """Return a metric by label and by the label's value; a value that no scored case has is left out.

    Raises UnknownName when the run has no such metric.
    """
    known = _samples(run)
    if name not in known:
        raise UnknownName.of("metric", name, known, "mlwright eval")
    found: dict[str, dict[str, Metric]] = {}
    for label, value in sorted({pair for outcome in run.outcomes for pair in outcome.labels.items()}):
        part = tuple(outcome for outcome in run.outcomes if outcome.labels.get(label) == value)
        sample = _samples(run.model_copy(update={"outcomes": part})).get(name)
        if sample is not None:
            found.setdefault(label, {})[value] = sample.metric(name, run.seed)
    return found


def primary_of(outcome: Outcome) -> str | None:
    """Return whose a request was, where the trace says it."""
    found = outcome.trace.get("primary")
    return found if isinstance(found, str) else None


def disagree(repeats: Repeats) -> bool:
    """Whether the repeats of a case differ in status or in whose it was."""
    return len({(outcome.status, primary_of(outcome)) for outcome in repeats}) > 1


def flaky(run: Run) -> tuple[Flaky, ...]:
    """Return the cases whose repeats disagree, an error among passes included."""
    return tuple(
        Flaky(
            suite=suite,
            case=case,
            text=repeats[0].text,
            statuses=tuple(outcome.status for outcome in repeats),
            primaries=tuple(name for outcome in repeats if (name := primary_of(outcome)) is not None),
        )
        for (suite, case), repeats in by_case(run.outcomes).items()
        if disagree(repeats)
    )


def _samples(run: Run) -> dict[str, Sample]:
    suites: dict[str, list[Repeats]] = {}
    for (suite, _), repeats in by_case(run.outcomes).items():
        suites.setdefault(suite, []).append(repeats)
    found: dict[str, Sample] = {}
    for suite, cases in suites.items():
        found |= _of_suite(suite, cases)
    kinds = {name: record.kind for name, record in run.suites.items()}
    return found | _of_routing(
        [case for suite, cases in suites.items() if kinds.get(suite) == "routing" for case in cases]
    )


def _of_suite(suite: str, cases: Sequence[Repeats]) -> dict[str, Sample]:
    criteria = dict.fromkeys(row.criterion for case in cases for outcome in case for row in outcome.verdicts)
    found = {f"{suite}.{name}": _shares(cases, lambda outcome, name=name: _met(outcome, name)) for name in criteria}
    # Last: a criterion that is called so does not stand for the suite.
    found[f"{suite}.pass"] = _shares(cases, lambda one: (one.status == "pass", 1) if one.scored else None)
    found[f"{suite}.errors"] = _shares(cases, lambda one: (not one.scored, 1))
    return {name: shares for name, shares in found.items() if shares.rows}


def _met(outcome: Outcome, criterion: str) -> tuple[float, float] | None:
    verdicts = [row.met for row in outcome.verdicts if row.criterion == criterion]
    return (sum(verdicts), len(verdicts)) if verdicts and outcome.scored else None


def _shares(cases: Iterable[Repeats], judge: Callable[[Outcome], tuple[float, float] | None]) -> Shares:
    rows: list[tuple[float, float]] = []
    for repeats in cases:
        found = [pair for outcome in repeats if (pair := judge(outcome)) is not None]
        if found:
            rows.append((sum(met for met, _ in found) / len(found), sum(total for _, total in found) / len(found)))
    return Shares(rows)


def _of_routing(cases: Sequence[Repeats]) -> dict[str, Sample]:
    # What has no trace was not routed; `of` tells how many were.
    judged = [[_judged(one) for one in case if one.scored and one.trace] for case in cases]
    judged = [case for case in judged if case]
    if not judged:
        return {}
    found: dict[str, Sample] = {}
    for name, rate in RATES.items():
        answers = [[said for pair in case if (said := rate(*pair)) is not None] for case in judged]
        rows = [(sum(said) / len(said), 1.0) for said in answers if said]
        if rows:
            found[f"routing.{name}"] = Shares(rows)
    found["routing.ece"] = Gaps([_gaps(case) for case in judged])
    return found


def _judged(outcome: Outcome) -> tuple[Wanted, Routed]:
    try:
        return Wanted.model_validate(outcome.expected), Routed.model_validate(outcome.trace)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"])
        raise BadRequest(
            f"{outcome.suite}: {outcome.case} is no decision of the router: {error.title}: {place}: {fault['msg']}",
            "name a run.json that `mlwright eval` wrote",
        ) from error


def _gaps(case: Sequence[tuple[Wanted, Routed]]) -> list[float]:
    gaps = [0.0] * BINS
    for wanted, routed in case:
        first = routed.ranking[0]
        gaps[min(int(first.score * BINS), BINS - 1)] += (first.score - (first.persona == wanted.primary)) / len(case)
    return gaps
