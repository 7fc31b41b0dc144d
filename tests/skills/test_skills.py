"""The skill contract, with a second skill that comes from a user's `.mlwright/skills/`."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.engine import Engine
from agent.errors import BadRequest, ConfigurationError, ContentError, MlwrightError, Refused
from agent.proof.evidence import Evidence, differences
from agent.proof.progress import Progress, silent
from agent.safeguards.trust import trust
from agent.skills.apply import MANIFEST, apply, changes, diff
from agent.skills.contract import Plan, PlannedFile
from agent.skills.discovery import content_hash, find
from agent.skills.runner import Job
from agent.skills.work import again, make, prove, recorded

GREET = Path(__file__).parents[1] / "packs" / "skills" / "greet"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A user's project with the skill `greet` in it."""
    shutil.copytree(GREET, tmp_path / ".mlwright" / "skills" / "greet", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.fixture
def local(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.open({"MLWRIGHT_HOME": str(tmp_path_factory.mktemp("home"))}, project)


def trusted(local: Engine) -> Engine:
    folder = find(local.skills, "greet").folder
    trust(local.loaded.places.state, content_hash(folder), str(folder))
    return local


def job(local: Engine, **parameters: object) -> Job:
    return Job(find(local.skills, "greet"), "", parameters, local.start)


def yes(*_: object) -> bool:
    return True


def no(*_: object) -> bool:
    return False


def test_a_users_skill_is_found_and_described(local: Engine) -> None:
    found = trusted(local).runner.describe(find(local.skills, "greet"))
    assert [action.name for action in found.actions] == ["write"]
    assert "who" in str(found.actions[0].parameters)


def test_code_that_is_not_ours_runs_only_once_it_is_trusted(local: Engine) -> None:
    with pytest.raises(Refused, match="is not part of mlwright") as caught:
        local.runner.describe(find(local.skills, "greet"))
    assert "mlwright packs trust" in caught.value.hint


def test_a_changed_byte_takes_the_trust_back(local: Engine, project: Path) -> None:
    trusted(local)
    with (project / ".mlwright/skills/greet/__init__.py").open("a", encoding="utf-8") as stream:
        stream.write("#")
    with pytest.raises(Refused):
        local.runner.describe(find(local.skills, "greet"))


def test_a_plan_is_written_verified_and_reproduced(local: Engine, tmp_path: Path) -> None:
    told: list[Progress] = []
    runner = trusted(local).runner
    made = make(runner, job(local, who="Ada"), tmp_path / "out", told.append, yes)
    assert made is not None
    assert (tmp_path / "out/greeting.txt").read_text(encoding="utf-8") == "Hello, Ada!\n"
    assert [progress.step for progress in told] == ["thinking of a greeting"]
    first = list(prove(runner, job(local), made, silent))
    assert made.result(first).status == "verified"
    second = list(again(runner, find(local.skills, "greet"), tmp_path / "out", {}, (), edited=False, report=silent))
    assert [differences(a, b) for a, b in zip(recorded(tmp_path / "out"), second, strict=True)] == [[]]


def test_a_second_run_with_the_same_answers_changes_nothing(local: Engine, tmp_path: Path) -> None:
    runner = trusted(local).runner
    make(runner, job(local, who="Ada"), tmp_path / "out", silent, yes)
    kinds: list[str] = []
    make(
        runner,
        job(local, who="Ada"),
        tmp_path / "out",
        silent,
        lambda _, planned: kinds.extend(c.kind for c in planned) or True,
    )
    assert kinds == ["same"]


def test_evidence_does_not_outlive_the_files_it_is_of(local: Engine, tmp_path: Path) -> None:
    runner = trusted(local).runner
    out = tmp_path / "out"
    made = make(runner, job(local, who="Ada"), out, silent, yes)
    assert made is not None
    list(prove(runner, job(local), made, silent))
    make(runner, job(local, who="Ada"), out, silent, yes)
    assert len(recorded(out)) == 1
    make(runner, job(local, who="Grace"), out, silent, yes)
    with pytest.raises(BadRequest, match="never verified"):
        recorded(out)


def test_an_edited_file_is_left_alone_and_an_untouched_one_replaced(local: Engine, tmp_path: Path) -> None:
    runner = trusted(local).runner
    out = tmp_path / "out"
    make(runner, job(local, who="Ada"), out, silent, yes)
    made = make(runner, job(local, who="Grace"), out, silent, yes)
    assert made is not None
    assert (out / "greeting.txt").read_text(encoding="utf-8") == "Hello, Grace!\n"
    (out / "greeting.txt").write_text("mine\n", encoding="utf-8")
    made = make(runner, job(local, who="Alan"), out, silent, yes)
    assert made is not None
    assert made.edited == ("greeting.txt",)
    assert (out / "greeting.txt").read_text(encoding="utf-8") == "mine\n"


def test_edited_code_is_not_run_by_verify_unless_its_owner_says_so(local: Engine, tmp_path: Path) -> None:
    runner = trusted(local).runner
    out = tmp_path / "out"
    made = make(runner, job(local, who="Ada"), out, silent, yes)
    assert made is not None
    list(prove(runner, job(local), made, silent))
    (out / "greeting.txt").write_text("Hello, Eve!\n", encoding="utf-8")
    skill = find(local.skills, "greet")
    with pytest.raises(Refused, match=r"greeting\.txt"):
        list(again(runner, skill, out, {}, (), edited=False, report=silent))
    (found,) = again(runner, skill, out, {}, (), edited=True, report=silent)
    assert not found.passed
    assert differences(recorded(out)[0], found)


@pytest.mark.parametrize("planted", ["fastapi/__init__.py", "sitecustomize.py", "service/extra.so", "old.pyc"])
def test_code_planted_beside_the_skills_own_is_refused(local: Engine, tmp_path: Path, planted: str) -> None:
    runner = trusted(local).runner
    out = tmp_path / "out"
    assert make(runner, job(local), out, silent, yes) is not None
    (out / planted).parent.mkdir(parents=True, exist_ok=True)
    (out / planted).write_text("raise SystemExit('planted')\n", encoding="utf-8")
    with pytest.raises(Refused, match=planted.replace(".", r"\.")):
        list(again(runner, find(local.skills, "greet"), out, {}, (), edited=False, report=silent))


def test_verify_runs_a_fresh_copy_and_not_the_folder(local: Engine, tmp_path: Path) -> None:
    """An environment or bytecode planted where nobody looks is not in the folder that is run."""
    runner = trusted(local).runner
    out = tmp_path / "out"
    assert make(runner, job(local), out, silent, yes) is not None
    for planted in (".venv/bin/python", "__pycache__/greeting.cpython-311.pyc"):
        (out / planted).parent.mkdir(parents=True, exist_ok=True)
        (out / planted).write_text("planted", encoding="utf-8")
    (found,) = again(runner, find(local.skills, "greet"), out, {}, (), edited=False, report=silent)
    assert found.passed
    assert found.values["files"] == 2


def test_nothing_is_written_when_the_user_does_not_agree(local: Engine, tmp_path: Path) -> None:
    assert make(trusted(local).runner, job(local), tmp_path / "out", silent, no) is None
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"who": ""}, BadRequest, "who"),
        ({"mood": "broken"}, MlwrightError, "ZeroDivisionError: a fault of the skill"),
        ({"mood": "refused"}, MlwrightError, "no greeting today"),
    ],
)
def test_a_failing_skill_is_one_error_and_writes_nothing(
    local: Engine, tmp_path: Path, parameters: dict[str, object], error: type[MlwrightError], message: str
) -> None:
    with pytest.raises(error, match=message):
        make(trusted(local).runner, job(local, **parameters), tmp_path / "out", silent, yes)
    assert not (tmp_path / "out").exists()


def test_what_a_skill_prints_goes_to_its_log(local: Engine, tmp_path: Path) -> None:
    make(trusted(local).runner, job(local), tmp_path / "out", silent, yes)
    assert "this goes to the log" in local.runner.log.read_text(encoding="utf-8")


def children() -> set[int]:
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True, check=True).stdout
    return {
        int(line.split()[0]) for line in found.splitlines() if "agent.skills.child" in line and "ps -eo" not in line
    }


def test_no_child_outlives_a_parent_that_is_killed(local: Engine, project: Path) -> None:
    trusted(local)
    before = children()
    code = (
        "from agent.engine import Engine; from agent.skills.runner import Job; from agent.skills.discovery import find\n"
        f"engine = Engine.open({{'MLWRIGHT_HOME': {str(local.loaded.places.state.parent)!r}}}, __import__('pathlib').Path({str(project)!r}))\n"
        "with engine.runner.planned(Job(find(engine.skills, 'greet'), '', {'mood': 'slow'}, engine.start), lambda _: None): pass"
    )
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        wait_for(lambda: bool(children() - before))
        parent.kill()
    wait_for(lambda: not children() - before)


def test_ctrl_c_ends_the_child_and_leaves_nothing(local: Engine, project: Path) -> None:
    trusted(local)
    environment = os.environ | {"MLWRIGHT_HOME": str(local.loaded.places.state.parent)}
    before = children()
    command = [sys.executable, "-m", "agent", "run", "greet", "--set", "mood=slow", "--yes", "--out", "out"]
    with subprocess.Popen(command, cwd=project, env=environment, stderr=subprocess.PIPE, text=True) as parent:
        wait_for(lambda: bool(children() - before))
        parent.send_signal(signal.SIGINT)
        _, printed = parent.communicate(timeout=20)
    assert parent.returncode == 130
    assert "error: cancelled" in printed
    assert not (project / "out").exists()
    wait_for(lambda: not children() - before)


def wait_for(holds: "object") -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if callable(holds) and holds():
            return
        time.sleep(0.05)
    raise AssertionError("it did not come about in 20 s")


def plan_of(*files: PlannedFile) -> Plan:
    return Plan(skill="greet", action="write", version="1", answers={}, files=files)


@pytest.mark.parametrize("path", ["../x", "/etc/passwd", "a/../../x", "~/x", "a//b", "a\\b", ""])
def test_a_plan_cannot_write_outside_its_folder(path: str) -> None:
    with pytest.raises(ValueError, match="stay inside"):
        PlannedFile(path=path, text="x")


def test_a_link_in_the_output_folder_does_not_lead_out_of_it(tmp_path: Path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside"
    outside.mkdir()
    out.mkdir()
    (out / "sub").symlink_to(outside)
    with pytest.raises(Refused, match="leads out of"):
        apply(plan_of(PlannedFile(path="sub/x.txt", text="x")), "project", tmp_path, out)
    assert list(outside.iterdir()) == []


def test_a_source_that_changes_meanwhile_stops_the_write(tmp_path: Path) -> None:
    source = tmp_path / "model.bin"
    source.write_bytes(b"two")
    planned = PlannedFile(path="model.bin", source=str(source), sha256="0" * 64)
    with pytest.raises(Refused, match="changed while"):
        apply(plan_of(planned), "project", tmp_path, tmp_path / "out")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.bin"]


def test_a_folder_that_cannot_be_written_is_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="cannot write"):
        apply(plan_of(PlannedFile(path="a.txt", text="x")), "project", tmp_path, tmp_path / "file" / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_full_disk_leaves_no_half_written_project(tmp_path: Path) -> None:
    code = (
        "import resource, sys; from pathlib import Path; from agent.skills.apply import apply\n"
        "from agent.skills.contract import Plan, PlannedFile; from agent.errors import ConfigurationError\n"
        "import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "files = (PlannedFile(path='a.txt', text='a'), PlannedFile(path='b.txt', text='b' * 9999))\n"
        "try: apply(Plan(skill='s', action='a', version='1', answers={}, files=files), 'p', Path('.'), Path('out'))\n"
        "except ConfigurationError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "cannot write out" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_difference_that_is_shown_is_the_one_that_is_written(tmp_path: Path) -> None:
    apply(plan_of(PlannedFile(path="a.txt", text="one\n")), "project", tmp_path, tmp_path / "out")
    (change,) = changes(plan_of(PlannedFile(path="a.txt", text="two\n")), tmp_path / "out")
    assert change.kind == "replaced"
    assert "-one\n+two\n" in diff(change, tmp_path / "out")


@pytest.mark.parametrize("content", ["", "{", '{"format": 2}', "[]"])
def test_a_broken_manifest_is_told_and_not_overwritten(local: Engine, tmp_path: Path, content: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / MANIFEST).write_text(content, encoding="utf-8")
    with pytest.raises(BadRequest, match="is broken"):
        make(trusted(local).runner, job(local), out, silent, yes)
    assert (out / MANIFEST).read_text(encoding="utf-8") == content


def test_a_folder_of_somebody_else_is_not_written_to(local: Engine, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/thesis.tex").write_text("x", encoding="utf-8")
    with pytest.raises(BadRequest, match="not made by mlwright"):
        make(trusted(local).runner, job(local), tmp_path / "out", silent, yes)


@pytest.mark.parametrize(
    ("front", "message"),
    [
        ("name: other\ndescription: x", "must equal the folder"),
        ("name: greet\ndescription: x\nhooks: y", "unknown field"),
        ("name: greet", "description must be"),
        ("name: [", "not YAML"),
    ],
)
def test_a_broken_skill_file_is_told_with_its_place(local: Engine, project: Path, front: str, message: str) -> None:
    (project / ".mlwright/skills/greet/SKILL.md").write_text(f"---\n{front}\n---\nbody\n", encoding="utf-8")
    with pytest.raises(ContentError, match=message):
        _ = local.skills


def test_evidence_that_differs_is_told_and_timings_have_a_tolerance() -> None:
    row = {
        "claim": "c", "skill": "s", "check": "k", "passed": True, "command": ["x"], "exit_code": 0, "seconds": 1.0,
        "output_sha256": "0" * 64, "machine": "m", "at": "2026-11-21T00:00:00Z",
    }  # fmt: skip
    timed = Evidence.model_validate(row | {"kind": "timed", "values": {"p50_ms": 2.0}, "tolerance": {"p50_ms": 5}})
    slower = timed.model_copy(update={"values": {"p50_ms": 9.0}, "output_sha256": "1" * 64})
    assert differences(timed, slower) == []
    assert differences(timed, timed.model_copy(update={"values": {"p50_ms": 11.0}}))
    fixed = Evidence.model_validate(row | {"kind": "deterministic", "values": {"rows": 5}})
    assert differences(fixed, fixed.model_copy(update={"values": {"rows": 6}}))
    assert json.loads(fixed.model_dump_json())["kind"] == "deterministic"
