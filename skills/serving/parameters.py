"""What a user may set."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

NAME = r"^[a-z][a-z0-9-]{0,62}$"


class Deploy(BaseModel):
    """The parameters of `deploy`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: Path = Field(description="the model file: skops, XGBoost JSON or ONNX; told by content, not by name")
    name: str | None = Field(None, pattern=NAME, description="of the service; by default the model file's name")
    data: Path | None = Field(
        None,
        description="CSV with a header: rows the model has seen, or similar ones; for replay and ranges",
    )
    target: str | None = Field(None, description="the column of `data` that is not a feature")
    p99_ms: float | None = Field(
        None, ge=1, le=600_000, description="the SLO: milliseconds within which 99 % are answered"
    )
    rps: int | None = Field(
        None, ge=1, le=100_000, description="the load to verify with, in requests a second; at most 2000 are sent"
    )
    deadline_ms: float | None = Field(
        None,
        ge=1,
        le=600_000,
        description="past this a request is answered without the model; by default 1000, or twice p99_ms when that is more",
    )
    max_body_bytes: int | None = Field(
        None,
        ge=64,
        le=64 << 20,
        description="a larger body is refused with 413; by default 64 KiB, more for many features",
    )
    queue: int = Field(256, ge=1, le=100_000, description="requests that may wait; one more is shed with 503")
    fallback: str | int | float | None = Field(
        None, description="the labelled answer past the deadline; by default there is none, and the answer is 503"
    )
    replay_rows: int = Field(2000, ge=100, le=100_000, description="rows to compare the service with the model on")
    install: bool = Field(
        False, description="verify in a virtual environment made for it with pip, not in this interpreter"
    )
    load_seconds: float = Field(4, ge=0.5, le=30, description="how long the load test lasts")
