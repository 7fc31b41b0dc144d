"""Settings: read once from defaults, the user's file, the project's file and the environment, each with its origin."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import ConfigurationError

PREFIX = "MLWRIGHT_"
HOME_VARIABLE = "MLWRIGHT_HOME"


class Settings(BaseModel):
    """What a user may set, in `settings.toml` or as `MLWRIGHT_<KEY>` in the environment."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: Literal["auto", "minilm", "lexical"] = Field(
        "auto",
        description="Sentence encoder: 'auto' takes MiniLM when its weights are present, 'lexical' never does, 'minilm' fails without them.",
    )
    encoder_folder: Path | None = Field(
        None,
        description="A folder with the MiniLM model.safetensors and tokenizer.json; their hashes are checked. Not settable by a project.",
    )
    profile: str = Field(
        "",
        description="Targets to assume where a request names none: a profile of `mlwright config profiles`; none by default.",
    )


# A cloned repository must not be able to point mlwright at files outside itself.
NOT_FOR_PROJECTS = frozenset({"encoder_folder"})


@dataclass(frozen=True)
class Places:
    """The three folders mlwright writes to: settings, what must last, and what may be deleted."""

    config: Path
    state: Path
    cache: Path


@dataclass(frozen=True)
class Loaded:
    """The settings in force, where each came from, and the folders."""

    settings: Settings
    origins: Mapping[str, str]
    places: Places


def places(environment: Mapping[str, str]) -> Places:
    """Return the user's folders: under `MLWRIGHT_HOME` when that is set, else where the platform keeps such things."""
    home = environment.get(HOME_VARIABLE)
    if home:
        root = Path(home).expanduser().resolve()
        return Places(root / "config", root / "state", root / "cache")
    import platformdirs

    return Places(
        platformdirs.user_config_path("mlwright"),
        platformdirs.user_state_path("mlwright"),
        platformdirs.user_cache_path("mlwright"),
    )


def load(environment: Mapping[str, str] = os.environ, project_file: Path | None = None) -> Loaded:
    """Read the settings; later sources win: default, the user's file, the project's file, the environment.

    Raises ConfigurationError naming the file or variable when a value is unknown or wrong.
    """
    where = places(environment)
    user_file = where.config / "settings.toml"
    values: dict[str, object] = _from_file(user_file)
    origins = dict.fromkeys(Settings.model_fields, "default") | dict.fromkeys(values, str(user_file))
    if project_file is not None:
        found = _from_file(project_file)
        if barred := NOT_FOR_PROJECTS & found.keys():
            raise ConfigurationError(
                f"{project_file}: a project may not set {', '.join(sorted(barred))}",
                f"set it in {user_file} or as an environment variable",
            )
        values |= found
        origins |= dict.fromkeys(found, str(project_file))
    for key in Settings.model_fields:
        variable = PREFIX + key.upper()
        if environment.get(variable):
            values[key] = environment[variable]
            origins[key] = variable
    return Loaded(_checked(values, origins), origins, where)


def _from_file(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        found: dict[str, object] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as problem:
        raise ConfigurationError(f"{path}: {problem}", "the file must be readable TOML") from problem
    unknown = sorted(found.keys() - Settings.model_fields.keys())
    if unknown:
        raise ConfigurationError(
            f"{path}: unknown setting {unknown[0]!r}", f"known settings: {', '.join(Settings.model_fields)}"
        )
    return found


def _checked(values: Mapping[str, object], origins: Mapping[str, str]) -> Settings:
    try:
        return Settings.model_validate(values)
    except ValidationError as problem:
        first = problem.errors()[0]
        key = str(first["loc"][0])
        raise ConfigurationError(
            f"{origins.get(key, key)}: {key}: {first['msg']}", Settings.model_fields[key].description or ""
        ) from problem
