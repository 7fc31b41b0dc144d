"""Dated prices: a table that comes with mlwright and that a user's or a project's own table replaces, entry by entry."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import cast

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from agent.decisions.costs import words
from agent.decisions.costs.sheet import STALE
from agent.decisions.costs.units import Money
from agent.errors import ContentError, Problem, UnknownName
from agent.resources import Pack

FILE = "prices.yaml"
# A price list older than this is told as stale: prices of accelerators and of tokens moved within less in 2025 and 2026.
STALE_DAYS = 180


class Price(BaseModel):
    """A price as it stood on a page: what it is for, when that page was read, and where it is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]*$")
    what: str
    provider: str
    region: str = ""
    unit: str = Field(description="currency and what it is paid for, such as USD/hour or USD/million tokens")
    price: float = Field(ge=0, allow_inf_nan=False)
    checked: date
    as_of: date | None = Field(None, description="the page's own date, when it has one")
    source: str = Field(pattern=r"^https://[^\s/]+\.[^\s/]+(/\S*)?$")
    note: str = ""
    pack: str = "builtin"

    @property
    def money(self) -> Money:
        """Return the price as money per what it is paid for."""
        return words.money(f"{self.price:.12f} {self.unit}")

    def age(self, today: date) -> int:
        """Return the days since the page said so, or since it was read."""
        return (today - (self.as_of or self.checked)).days

    def stale(self, today: date) -> bool:
        """Whether the price is too old to be used without looking again."""
        return self.age(today) > STALE_DAYS

    def origin(self, today: date) -> str:
        """Return where the price comes from, as an estimate tells it."""
        old = f"; {STALE}, {self.age(today)} days old" if self.stale(today) else ""
        return f"{self.id}: {self.what}, {self.provider}, {self.as_of or self.checked}, {self.source}{old}"


def today() -> date:
    """Return the day in UTC."""
    return datetime.now(UTC).date()


def table(packs: Sequence[Pack]) -> Mapping[str, Price]:
    """Return every price in reach by id, a later pack's in place of an earlier one's; raises ContentError."""
    found: dict[str, Price] = {}
    for pack in packs:
        path = pack.folder("knowledge") / FILE
        if path.is_file():
            found |= {price.id: price for price in read(path, pack.name)}
    return found


def read(path: Path, pack: str = "builtin") -> list[Price]:
    """Read one price table; raises ContentError with every problem."""
    import yaml

    try:
        rows: object = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ContentError([Problem(path, 0, str(error))]) from error
    if rows is None:
        return []
    if not isinstance(rows, list):
        raise ContentError([Problem(path, 1, "a price table is a list of entries")])
    prices: list[Price] = []
    problems: list[Problem] = []
    seen: set[str] = set()
    for number, row in enumerate(cast("list[object]", rows), 1):
        try:
            fields = TypeAdapter(dict[str, object]).validate_python(row)
            price = Price.model_validate({**fields, "pack": pack})
            _ = price.money
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            problems.append(Problem(path, 0, f"entry {number}: {where}: {first['msg']}"))
            continue
        except words.Unreadable as error:
            problems.append(Problem(path, 0, f"entry {number}: unit: {error.message}"))
            continue
        if price.id in seen:
            problems.append(Problem(path, 0, f"entry {number}: the id {price.id!r} stands twice"))
        seen.add(price.id)
        prices.append(price)
    if problems:
        raise ContentError(problems)
    return prices


def find(prices: Mapping[str, Price], name: str) -> Price:
    """Return the price called `name`; raises UnknownName with the nearest."""
    if name not in prices:
        raise UnknownName.of("price", name, prices, "mlwright cost prices")
    return prices[name]
