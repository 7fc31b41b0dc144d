"""Whether one run is better than another: the same cases paired, what flipped, and whether that could be chance."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from pydantic import Field

from agent.errors import BadRequest
from agent.evaluation.record import Model, Outcome, Run, Status
from agent.evaluation.scores import Key, Repeats, by_case, disagree, must_be_able_to_fail, primary_of
from agent.evaluation.statistics import mcnemar_exact, paired_bootstrap

ALPHA = 0.05
# Five flips all one way have a two-sided exact p of 2 / 2**5 = 0.0625.
LEAST_FLIPS = 6
NAMED = 3
Judgement = Literal["better", "worse", "not decisive"]
Pairs = Mapping[Key, tuple[Repeats, Repeats]]


class Flip(Model):
    """A case that passes in one run and fails in the other, whatever the repeat."""

    suite: str
    case: str
    text: str
    before: Status
    after: Status
    primary: tuple[str, str] | None = Field(description="whose it was before and after, where both traces say it")
    criteria: tuple[str, ...] = Field(description="the criteria that are met in one run and not in the other")


class SetApart(Model):
    """A case that counts for neither run: its repeats disagree, or it ended in an error or a timeout."""

    suite: str
    case: str
    text: str
    before: tuple[Status, ...] = Field(description="of each repeat")
    after: tuple[Status, ...]
    detail: str = Field(description="whose it was in each repeat, or what the error said")


class SuiteComparison(Model):
    """One suite in both runs, over the `cases` that both scored and whose repeats agree; differences are after less before."""

    suite: str
    cases: int
    before: float | None = Field(description="share that passes; None when there are no cases to compare")
    after: float | None
    difference: float
    low: float = Field(description="of the paired bootstrap's 95 % interval of the difference")
    high: float
    gained: int = Field(description="cases that failed and pass")
    lost: int = Field(description="cases that passed and fail")
    p: float = Field(description="McNemar's exact test, two-sided")
    verdict: Judgement
    why: str


class Difference(Model):
    """Something in which the runs themselves differ."""

    what: str
    before: str | None
    after: str | None


class Comparison(Model):
    """Two runs of the same cases. `notes` says what was left out of the test."""

    before: str = Field(description="the first run's id")
    after: str
    partial: bool = Field(description="only the cases that both runs scored were compared")
    suites: tuple[SuiteComparison, ...]
    flips: tuple[Flip, ...]
    flaky: tuple[SetApart, ...]
    errors: tuple[SetApart, ...]
    differs: tuple[Difference, ...]
    notes: tuple[str, ...]

    def judged(self, verdict: Judgement) -> tuple[str, ...]:
        """Return the suites that have this verdict."""
        return tuple(row.suite for row in self.suites if row.verdict == verdict)


def compare(a: Run, b: Run, partial: bool = False) -> Comparison:
    """Compare run `b` with run `a` before it, suite by suite.

    Raises BadRequest when they did not have the same suites and cases, or when one was stopped early; with `partial` the
    cases that both scored are compared all the same, provided the suites' files are the same. A suite that could not fail
    is refused too.
    """
    must_be_able_to_fail((*a.outcomes, *b.outcomes))
    first, second = by_case(a.outcomes), by_case(b.outcomes)
    _same_suites(a, b)
    if not partial:
        _complete(a, b)
        _same_cases(first.keys(), second.keys())
    pairs = {key: (first[key], second[key]) for key in sorted(first.keys() & second.keys())}
    errors = {key: pair for key, pair in pairs.items() if not all(one.scored for side in pair for one in side)}
    unsteady = {key: pair for key, pair in pairs.items() if disagree(pair[0]) or disagree(pair[1])}
    tested = {key: pair for key, pair in pairs.items() if key not in errors and key not in unsteady}
    # The same under exchange of the runs.
    seed = a.seed + b.seed
    return Comparison(
        before=a.id,
        after=b.id,
        partial=partial,
        suites=tuple(_suite(name, tested, seed) for name in sorted(a.suites)),
        flips=tuple(_flip(*pair) for pair in tested.values() if _change(*pair)),
        flaky=tuple(_set_apart(pair, _primaries(pair)) for pair in unsteady.values()),
        errors=tuple(_set_apart(pair, _errors(pair)) for pair in errors.values()),
        differs=tuple(_differences(a, b)),
        notes=tuple(_notes(a, b, len(first.keys() ^ second.keys()), (len(tested), len(unsteady), len(errors)))),
    )


def _same_suites(a: Run, b: Run) -> None:
    hint = "run the same suites, as they are now, with both versions and compare those"
    if odd := sorted(a.suites.keys() ^ b.suites.keys()):
        raise BadRequest(f"only one of the runs has the suite {_named(odd)}", hint)
    for name, record in sorted(a.suites.items()):
        other = b.suites[name].sha256
        if record.sha256 != other:
            raise BadRequest(
                f"the suite {name!r} is not the same in both runs: its file was {record.sha256[:12]} and is {other[:12]}",
                hint,
            )


def _complete(a: Run, b: Run) -> None:
    if stopped := [run.id for run in (a, b) if not run.complete]:
        raise BadRequest(
            f"stopped before its last case: {', '.join(stopped)}",
            "let the run end, or compare what both have scored: --partial",
        )


def _same_cases(first: Iterable[Key], second: Iterable[Key]) -> None:
    for cases, other, which in ((first, second, "first"), (second, first, "second")):
        if only := sorted({*cases} - {*other}):
            suite = only[0][0]
            raise BadRequest(
                f"only the {which} run has, of the suite {suite!r}, {_named([case for name, case in only if name == suite])}",
                "run both with the same cases, or compare what both have scored: --partial",
            )


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _change(before: Repeats, after: Repeats) -> int:
    """Return 1 for a case that failed and passes, -1 for one that passed and fails. All repeats of either agree."""
    return (after[0].status == "pass") - (before[0].status == "pass")


def _suite(name: str, tested: Pairs, seed: int) -> SuiteComparison:
    pairs = [pair for (suite, _), pair in tested.items() if suite == name]
    changes = [_change(*pair) for pair in pairs]
    gained, lost = changes.count(1), changes.count(-1)
    p = mcnemar_exact(gained, lost)
    # Of no cases nothing is known.
    difference, low, high = paired_bootstrap(changes, seed) if changes else (0.0, -1.0, 1.0)
    verdict, why = _judge(gained, lost, p, (low, high))
    passed = sum(before[0].status == "pass" for before, _ in pairs)
    return SuiteComparison(
        suite=name,
        cases=len(pairs),
        before=passed / len(pairs) if pairs else None,
        after=(passed + gained - lost) / len(pairs) if pairs else None,
        difference=difference,
        low=low,
        high=high,
        gained=gained,
        lost=lost,
        p=p,
        verdict=verdict,
        why=why if pairs else "no case was scored in both runs",
    )


def _judge(gained: int, lost: int, p: float, interval: tuple[float, float]) -> tuple[Judgement, str]:
    flips, (low, high) = gained + lost, interval
    if flips < LEAST_FLIPS:
        return "not decisive", f"{flips} of the cases flipped, and fewer than {LEAST_FLIPS} can always be chance"
    if p >= ALPHA:
        return "not decisive", f"{gained} gained and {lost} lost can be chance: p = {p:.3f}"
    if low <= 0 <= high:
        return "not decisive", f"the interval of the difference, {low:+.3f} to {high:+.3f}, holds 0"
    return "better" if gained > lost else "worse", f"{gained} gained and {lost} lost: p = {p:.2g}"


def _flip(before: Repeats, after: Repeats) -> Flip:
    old, new = before[0], after[0]
    primaries = primary_of(old), primary_of(new)
    met = _criteria(old), _criteria(new)
    return Flip(
        suite=old.suite,
        case=old.case,
        text=old.text,
        before=old.status,
        after=new.status,
        primary=(primaries[0], primaries[1]) if primaries[0] is not None and primaries[1] is not None else None,
        criteria=tuple(name for name in met[0] | met[1] if met[0].get(name) != met[1].get(name)),
    )


def _criteria(outcome: Outcome) -> dict[str, bool]:
    met: dict[str, bool] = {}
    for row in outcome.verdicts:
        met[row.criterion] = met.get(row.criterion, True) and row.met
    return met


def _set_apart(pair: tuple[Repeats, Repeats], detail: str) -> SetApart:
    before, after = pair
    return SetApart(
        suite=before[0].suite,
        case=before[0].case,
        text=before[0].text,
        before=tuple(one.status for one in before),
        after=tuple(one.status for one in after),
        detail=detail,
    )


def _primaries(pair: tuple[Repeats, Repeats]) -> str:
    sides = [", ".join(primary_of(one) or "-" for one in side) for side in pair]
    return " -> ".join(sides) if any(primary_of(one) for side in pair for one in side) else ""


def _errors(pair: tuple[Repeats, Repeats]) -> str:
    said = dict.fromkeys(one.error or one.status for side in pair for one in side if not one.scored)
    return "; ".join(said)


def _differences(a: Run, b: Run) -> Iterator[Difference]:
    for what, old, new in (("versions", a.versions, b.versions), ("content", a.content, b.content)):
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                yield Difference(what=f"{what}.{key}", before=old.get(key), after=new.get(key))
    for what in ("tier", "profile", "commit", "seed", "repeats"):
        before, after = getattr(a, what), getattr(b, what)
        if before != after:
            yield Difference(what=what, before=_text(before), after=_text(after))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _notes(a: Run, b: Run, unpaired: int, counts: tuple[int, int, int]) -> Iterator[str]:
    tested, unsteady, errors = counts
    for run in (a, b):
        if not run.complete:
            yield f"{run.id} was stopped before its last case."
    if unpaired:
        yield f"Cases that only one run has, left out: {unpaired}."
    if unsteady:
        yield f"Flaky cases, whose repeats disagree in one of the runs, left out of the test: {unsteady}."
    if errors:
        yield f"Cases that ended in an error or a timeout, which are no flips, left out of the test: {errors}."
    if unpaired or unsteady or errors:
        yield f"Cases compared: {tested}."
