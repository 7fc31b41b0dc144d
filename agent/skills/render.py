"""Rendering a skill's templates."""

from collections.abc import Mapping
from pathlib import Path


def render(folder: Path, values: Mapping[str, object]) -> dict[str, str]:
    """Render every template below `folder` with `values`; returns path -> text.

    A template's path loses its `.jinja` ending. Undefined values and templates that reach for Python attributes are
    errors (jinja2's sandbox with StrictUndefined), because packs' templates are data. `{{ value | python }}` writes a
    Python literal and `{{ value | tojson }}` a JSON one.
    """
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["python"] = repr
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.jinja"))
    return {name.removesuffix(".jinja"): environment.get_template(name).render(values) for name in names}
