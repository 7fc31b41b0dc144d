"""Which import names of a project are its own."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath


class LocalNames:
    """The import names that are the project's own, so that they are not taken for the public package of that name."""

    def __init__(self, root: Path, found: list[Path]) -> None:
        self._base = root.parent if root.is_file() else root
        self._roots: set[str] = {self._base.name} if (self._base / "__init__.py").is_file() else set()
        self._scripts: dict[str, set[str]] = {}
        packages = {path.parent for path in found if path.name == "__init__.py"}
        for path in found:
            if path.suffix == ".py":
                relative = path.relative_to(self._base)
                self._roots |= set(_root_names(relative.parts))
                if path.parent not in packages:
                    self._scripts.setdefault(relative.parent.as_posix(), set()).add(path.stem)

    def near(self, relative: str) -> frozenset[str]:
        """Return the names that are local to a file: the project's roots, and for a script what lies beside it."""
        return frozenset(self._roots | self._scripts.get(PurePosixPath(relative).parent.as_posix(), set()))


def _root_names(parts: tuple[str, ...]) -> Iterator[str]:
    for tail in (parts, parts[1:] if parts[0] in {"src", "lib", "python"} else ()):
        match tail:
            case (name,):
                yield name.removesuffix(".py")
            case (name, "__init__.py"):
                yield name
            case _:
                pass
