"""A calculation as it grows, and the estimate it ends in: inputs, figures with their working, and a verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from agent.decisions.calculators import Number
from agent.decisions.costs import words
from agent.decisions.costs.units import Money, figure
from agent.errors import BadRequest

Verdict = Literal["cannot be done", "does not fit", "unknown", "fits"]
WORST: Sequence[Verdict] = ("cannot be done", "does not fit", "unknown", "fits")
# The word in a price's origin that makes it a warning.
STALE = "STALE"
NOTHING_ASKED = "no budget, deadline, memory or latency was given to hold it against"


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that decides: one no outweighs every yes."""
    found = set(verdicts)
    return next(verdict for verdict in WORST if verdict in found)


@dataclass(frozen=True)
class Shown:
    """How a value of a request is written: the unit after it."""

    unit: str


MONEY = Shown("money")


def _money(value: object) -> object:
    if isinstance(value, str):
        return words.money(value)
    if isinstance(value, int | float):
        raise words.Unreadable(f"{value} has no currency and period", "for example: '0.30 USD/hour', '$500/day'")
    return value


Count = Annotated[float, BeforeValidator(words.quantity), Field(gt=0), Shown("")]
Whole = Annotated[float, BeforeValidator(words.whole), Field(gt=0), Shown("")]
MaybeWhole = Annotated[float | None, BeforeValidator(words.whole), Field(gt=0), Shown("")]
Seconds = Annotated[float | None, BeforeValidator(words.duration), Field(gt=0), Shown("s")]
Maybe = Annotated[float | None, BeforeValidator(words.quantity), Field(gt=0), Shown("")]
Share = Annotated[float, BeforeValidator(words.quantity), Field(ge=0, le=1), Shown("")]
MaybeMoney = Annotated[Money | None, BeforeValidator(_money), MONEY]
Naught = Annotated[float, BeforeValidator(words.quantity), Field(ge=0), Shown("")]


class Request(BaseModel):
    """What an estimate is asked for; `notes` says where a price came from when it was not given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    notes: dict[str, str] = Field(default_factory=dict, exclude=True)


class Input(BaseModel):
    """A value that went in: given, assumed, or from the price table with its date and source."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str
    origin: Literal["given", "assumed", "price table"]
    note: str = ""


class Estimate(BaseModel):
    """The outcome: the verdict first, then what it follows from."""

    model_config = ConfigDict(frozen=True)

    kind: str
    verdict: Verdict
    judged: bool = Field(description="whether anything was given to hold the figures against")
    because: tuple[str, ...]
    inputs: tuple[Input, ...]
    figures: tuple[Number, ...]
    changes: tuple[str, ...] = Field(default=(), description="what would change it")
    warnings: tuple[str, ...] = ()

    def number(self, name: str) -> float:
        """Return the value of the figure called `name`; raises KeyError."""
        for item in self.figures:
            if item.name == name:
                return item.value
        raise KeyError(name)


@dataclass
class Sheet:
    """Figures, judgements and warnings, gathered in the order a reader follows them."""

    kind: str
    request: Request
    figures: list[Number] = field(default_factory=list[Number])
    judgements: list[tuple[Verdict, str]] = field(default_factory=list[tuple[Verdict, str]])
    changes: list[str] = field(default_factory=list[str])
    warnings: list[str] = field(default_factory=list[str])

    def number(self, name: str, value: float, unit: str, working: str, assumption: str = "") -> float:
        """Add a figure and return its value."""
        self.figures.append(Number(name=name, value=value, unit=unit, working=working, assumption=assumption))
        return value

    def money(self, name: str, value: Money, working: str, assumption: str = "") -> Money:
        """Add a sum of money and return it."""
        self.number(name, value.amount, value.unit, f"{working} = {value}", assumption)
        return value

    def judge(self, verdict: Verdict, because: str) -> None:
        """Hold a figure against what was asked."""
        self.judgements.append((verdict, because))

    def budget(self, budget: Money | None, cost: Money, *others: Money) -> None:
        """Hold a cost against a budget in the budget's own period: one of `others` when that is per run or per item."""
        if budget is None:
            return
        spent = next((other for other in others if other.period == budget.period), None) or cost.per(budget.period)
        if spent <= budget:
            self.judge("fits", f"{spent} is within the budget of {budget}")
        else:
            self.judge("does not fit", f"{spent} is {figure(spent.amount - budget.amount)} over the budget of {budget}")

    def estimate(self) -> Estimate:
        """Close the sheet: the verdict is the worst of the judgements, and unknown when nothing was asked."""
        judged = self.judgements or [("unknown", NOTHING_ASKED)]
        verdict = worst(verdict for verdict, _ in judged)
        return Estimate(
            kind=self.kind,
            verdict=verdict,
            judged=bool(self.judgements),
            because=tuple(text for _, text in sorted(judged, key=lambda item: WORST.index(item[0]))),
            inputs=inputs(self.request),
            figures=tuple(self.figures),
            changes=tuple(self.changes),
            warnings=(
                *self.warnings,
                *(f"an old price: {note}" for note in self.request.notes.values() if STALE in note),
            ),
        )


def inputs(request: Request) -> tuple[Input, ...]:
    """Return every value of a request that is not empty, with where it came from."""
    found: list[Input] = []
    for name, spec in type(request).model_fields.items():
        value: object = getattr(request, name)
        if name == "notes" or value is None or value == ():
            continue
        if value == 0 and name not in request.model_fields_set:
            continue
        note = request.notes.get(name, "")
        origin = "price table" if note else "given" if name in request.model_fields_set else "assumed"
        text = spec.description or ""
        found.append(
            Input(
                name=name,
                value=_shown(value, spec.metadata),
                origin=origin,
                note=note or (text * (origin == "assumed")),
            )
        )
    return tuple(found)


def _shown(value: object, metadata: Sequence[object]) -> str:
    unit = next((item.unit for item in metadata if isinstance(item, Shown)), "")
    if isinstance(value, float) and unit == "s":
        return span(value)
    if isinstance(value, float):
        return f"{value:,.10g}"
    return str(value)


def span(seconds: float) -> str:
    """Return a length of time in the unit that reads best."""
    for size, unit in ((172_800, "days"), (3600, "h"), (60, "min"), (1, "s")):
        if seconds >= size:
            return f"{seconds / {'days': 86_400, 'h': 3600, 'min': 60, 's': 1}[unit]:,.4g} {unit}"
    return f"{seconds * 1000:,.4g} ms"


def need(value: float | None, option: str, what: str) -> float:
    """Return a value that must be there; raises BadRequest that names the option which gives it."""
    if value is None:
        raise BadRequest(f"{what} is missing", f"give {option}")
    return value
