"""`mlwright doctor`."""

import importlib.metadata
import importlib.util
import platform
from pathlib import Path

import click

from agent.cli.output import painted, write_json

EXTRAS = {
    "knowledge": {"chromadb": "chromadb", "pypdf": "pypdf"},
    "rag": {"chromadb": "chromadb", "fastapi": "fastapi", "uvicorn": "uvicorn", "pypdf": "pypdf"},
    "serving": {
        "fastapi": "fastapi",
        "uvicorn": "uvicorn",
        "msgspec": "msgspec",
        "skops": "skops",
        "xgboost": "xgboost-cpu",
    },
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def doctor(as_json: bool) -> int:
    """Look at the installation: paths and sizes, encoder tier, extras, content. Exit 1 when something is broken."""
    from agent.cli.show import row
    from agent.engine import Engine
    from agent.errors import MlwrightError

    engine = Engine.open()
    places = engine.loaded.places
    folders = {
        name: {"path": str(path), "bytes": size(path)}
        for name, path in (("config", places.config), ("state", places.state), ("cache", places.cache))
    }
    extras = {
        extra: [module for module in modules if importlib.util.find_spec(module) is None]
        for extra, modules in EXTRAS.items()
    }
    problems: list[str] = []
    counts: dict[str, int] = {}
    for what in ("personas", "skills"):
        try:
            counts[what] = len(getattr(engine, what))
        except MlwrightError as error:
            problems.append(error.message)
    try:
        engine.routing()
    except MlwrightError as error:
        problems.append(error.message)
    tier = "lexical" if engine.encoder is None else engine.encoder.name
    if as_json:
        write_json(
            {
                "version": importlib.metadata.version("mlwright"), "python": platform.python_version(), "folders": folders, "encoder": tier,
                "encoder_reason": engine.encoder_reason, "extras_missing": extras, "content": counts, "problems": problems,
            }
        )  # fmt: skip
        return 1 if problems else 0
    row(
        "mlwright",
        f"{importlib.metadata.version('mlwright')}, Python {platform.python_version()}, {platform.platform(terse=True)}",
    )
    for name, folder in folders.items():
        row(name, f"{folder['path']} ({int(str(folder['bytes'])) / 1e6:.1f} MB)")
    row("Encoder", f"{tier}: {engine.encoder_reason}")
    for extra, missing in extras.items():
        row(
            f"[{extra}]",
            f"{painted('PASS')} installed"
            if not missing
            else f"not installed ({', '.join(missing)}): pip install 'mlwright[{extra}]'",
        )
    row("Content", ", ".join(f"{count} {what if count != 1 else what[:-1]}" for what, count in counts.items()))
    for problem in problems:
        row("Problem", problem, colour="red")
    return 1 if problems else 0


def size(folder: Path) -> int:
    """Return the bytes of the files below a folder."""
    return (
        sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
        if folder.is_dir()
        else 0
    )
