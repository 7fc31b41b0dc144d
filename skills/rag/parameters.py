"""What a user may set, and what of it is refused: retired models, stores that are not built, embeddings that are not there."""

from difflib import get_close_matches
from pathlib import Path
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

NAME = r"^[a-z][a-z0-9-]{0,62}$"
MINILM = frozenset({"minilm", "all-minilm-l6-v2", "sentence-transformers/all-minilm-l6-v2"})
DIMENSION = 384
MODEL = "claude-sonnet-5-5"
# Requests for these fail, or will soon; checked 2026-11-21 on the providers' pages.
RETIRED = {
    "claude-3-sonnet": "retired since 2025-07-21: requests for it fail",
    "claude-3-5-sonnet": "retired since 2025-10-28: requests for it fail",
    "claude-3-7-sonnet": "retired since 2026-02-19: requests for it fail",
    "claude-3-": "no longer among the models that the API offers",
    "claude-2": "no longer among the models that the API offers",
    "claude-instant": "no longer among the models that the API offers",
    "claude-sonnet-4-0": "retired since 2026-06-15: requests for it fail",
    "claude-sonnet-4-20250514": "retired since 2026-06-15: requests for it fail",
    "claude-opus-4-0": "retired since 2026-06-15: requests for it fail",
    "claude-opus-4-20250514": "retired since 2026-06-15: requests for it fail",
}
DIMENSIONS = {"text-embedding-ada-002": 1536, "text-embedding-3-small": 1536, "text-embedding-3-large": 3072}
HOSTED = frozenset({"pinecone", "weaviate", "qdrant", "milvus", "elasticsearch", "opensearch", "redis", "vespa"})


def refused(text: str) -> PydanticCustomError:
    """Return the error of a value that is understood and not taken; braces in the text are text."""
    return PydanticCustomError("refused", "{text}", {"text": text})


class Retrieve(BaseModel):
    """What indexing depends on. The names of the older configuration files, such as `retrieval_k`, are taken as they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vector_db: Literal["chroma"] = Field("chroma", description="the store of record; chroma is the one that is built")
    embedding_model: str = Field(
        "minilm", description="minilm (words alone are searched where its weights are not installed), or none"
    )
    dimension: int | None = Field(None, description="of the embedding model, when you state it: 384 for minilm")
    chunk_size: int | None = Field(
        None,
        ge=20,
        le=4000,
        description="the most a passage holds; by default 230 tokens, of the 256 that MiniLM reads",
    )
    chunk_overlap: int = Field(0, ge=0, le=2000, description="how much of the passage before is repeated")
    chunk_unit: Literal["tokens", "words", "characters"] | None = Field(
        None, description="of chunk_size and chunk_overlap; by default tokens"
    )

    @model_validator(mode="before")
    @classmethod
    def _known(cls, given: object) -> object:
        names = list(cls.model_fields)
        for key in cast("dict[str, object]", given) if isinstance(given, dict) else {}:
            if key not in names:
                near = get_close_matches(key, names, n=1)
                raise refused(f"there is no parameter {key!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
        return cast("object", given)

    @field_validator("vector_db", mode="before")
    @classmethod
    def _store(cls, value: object) -> object:
        name = str(value).strip().lower()
        if name in HOSTED:
            raise refused(
                f"{name} is not built: supported is chroma, which runs in a folder with no server, key or network; "
                "what searches read does not depend on the store"
            )
        return {"chromadb": "chroma"}.get(name, name)

    @field_validator("embedding_model")
    @classmethod
    def _embedding(cls, value: str) -> str:
        name = value.strip().lower()
        if name == "none":
            return name
        if name in MINILM:
            return "minilm"
        if name == "text-embedding-ada-002":
            raise refused(
                "text-embedding-ada-002 is superseded since January 2024 by text-embedding-3-small and -large, and needs a "
                "key and a network: use minilm, whose 384 dimensions are worked out here"
            )
        dimension = DIMENSIONS.get(name)
        raise refused(
            f"{value} is not built{f' ({dimension} dimensions)' if dimension else ''}: use minilm (384 dimensions) or none "
            "(words alone)"
        )

    @field_validator("dimension")
    @classmethod
    def _dimension(cls, value: int | None, info: ValidationInfo) -> int | None:
        if value is not None and (value != DIMENSION or info.data.get("embedding_model") == "none"):
            raise refused(f"an index of {value} dimensions does not fit: minilm has {DIMENSION}, none has no vectors")
        return value

    @model_validator(mode="after")
    def _overlap(self) -> "Retrieve":
        if self.chunk_overlap >= (self.chunk_size or 230):
            raise refused("chunk_overlap must be smaller than chunk_size")
        return self


class Build(Retrieve):
    """The parameters of `build`."""

    input: Path = Field(description="the folder of documents; it is only read")
    name: str | None = Field(None, pattern=NAME, description="of the service; by default the folder's name")
    retrieval_k: int = Field(5, ge=1, le=20, description="passages an answer is made from when a request does not say")
    llm_provider: Literal["none", "anthropic"] = Field(
        "none", description="who words the answers; none quotes sentences of the documents"
    )
    llm_model: str | None = Field(None, description=f"the model's id; by default {MODEL} with anthropic")
    max_body_bytes: int = Field(16_384, ge=256, le=1 << 20, description="a larger request is refused with 413")
    queue: int = Field(32, ge=0, le=10_000, description="questions that may wait; one more is answered 503")
    deadline_seconds: float | None = Field(
        None,
        gt=0,
        le=600,
        description="past this a question is answered 504; by default 10, or 30 with a language model",
    )
    per_minute: int = Field(
        600, ge=1, le=1_000_000, description="questions a minute and API key; one more is answered 429"
    )
    rate: int = Field(2, ge=1, le=200, description="the load to verify with, in questions a second")
    load_seconds: float = Field(10, ge=1, le=30, description="how long the load test lasts")
    install: bool = Field(
        False, description="verify in a virtual environment made for it with pip, not in this interpreter"
    )

    @field_validator("llm_provider", mode="before")
    @classmethod
    def _provider(cls, value: object) -> object:
        name = str(value).strip().lower()
        if name not in {"none", "anthropic"}:
            raise refused(
                f"{name} is not built: supported are anthropic (with ANTHROPIC_BASE_URL also a local server that speaks its "
                "Messages API) and none"
            )
        return name

    @field_validator("llm_model")
    @classmethod
    def _model(cls, value: str | None) -> str | None:
        if value is None:
            return None
        name = value.strip().lower()
        for prefix, reason in RETIRED.items():
            if name.startswith(prefix):
                raise refused(f"{value}: {reason}; use {MODEL}")
        if name.startswith(("gpt-", "o1", "o3", "gemini", "text-davinci")):
            raise refused(
                f"{value} is of a provider that is not built; use {MODEL} with llm_provider anthropic, or none"
            )
        return value.strip()


class Evaluate(Retrieve):
    """The parameters of `evaluate`."""

    input: Path | None = Field(None, description="the folder of documents; not needed with `project`")
    project: Path | None = Field(None, description="a project made before, whose index is measured as it is")
    questions: Path | None = Field(
        None, description='lines of {"query": "...", "relevant": ["path"]}; by default drafted from the documents'
    )
    top_k: int = Field(5, ge=1, le=100, description="k of precision, recall and hit rate")

    @model_validator(mode="after")
    def _something(self) -> "Evaluate":
        if (self.input is None) == (self.project is None):
            raise refused("name either a folder of documents as input, or a project made before as project")
        return self


class Compare(BaseModel):
    """The parameters of `compare`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    project: Path = Field(description="a project made before, whose index is measured as it is")
    other: Path = Field(description="another project over the same documents, made with other settings")
    questions: Path = Field(description='lines of {"query": "...", "relevant": ["path"]}')
    top_k: int = Field(5, ge=1, le=100, description="k of precision, recall and hit rate")
