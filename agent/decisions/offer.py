"""An offer: a command that does a part of the work."""

from pydantic import BaseModel, ConfigDict, Field


class Next(BaseModel):
    """A command that does a part of the work; `skill` is empty when a command of mlwright itself does it."""

    model_config = ConfigDict(frozen=True)

    skill: str
    action: str
    parameters: dict[str, object]
    command: str
    needs: str = Field(default="", description="what the user must put in place of a capitalised word")
    does: str = Field(default="", description="what comes of it, in a few words")
