"""How long work is told to whoever waits: a callback that is given each step."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict


class Progress(BaseModel):
    """A step of long work: what is being done, and how much of it is done when that is known."""

    model_config = ConfigDict(frozen=True)

    step: str
    done: int | None = None
    total: int | None = None
    detail: str = ""


Report = Callable[[Progress], None]
"""What long work calls to say where it is."""


def silent(_: Progress) -> None:
    """Report to nobody."""
