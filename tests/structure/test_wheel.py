"""What travels in the wheel."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytest.importorskip("hatchling")
ROOT = Path(__file__).parents[2]


def content(kind: str) -> set[str]:
    found = (path.relative_to(ROOT) for path in (ROOT / kind).rglob("*") if path.is_file())
    return {f"agent/_data/{path.as_posix()}" for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_engine_and_all_content_and_nothing_else(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("mlwright-*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    engine = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "agent").rglob("*")
        if path.is_file() and path.suffix in {".py", ".onnx", ".jinja"}
    }
    assert names == engine | content("personas") | content("skills") | content("knowledge")
