"""A whole evaluation, from the command line: records, gates, comparison, and the self-test that it can tell good from bad."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.engine import Engine
from agent.evaluation import record

MLWRIGHT = [sys.executable, "-m", "agent"]
CASES = {
    "deploy our fraud model behind an API with p99 below 50 ms": "ml-engineer",
    "FSDP run dies with CUDA out of memory on step 3": "advanced-ml-systems",
    "GPU node pool does not scale up, vllm pods stay Pending": "kubernetes-architect",
    "how do I centre a div in css": "domain-specialist",
}


def suite(folder: Path, wrong: int = 0, name: str = "mine", copies: int = 1) -> Path:
    """A suite of requests that are routed rightly, the first `wrong` of them labelled wrongly."""
    rows = [(text, leaf) for _ in range(copies) for text, leaf in CASES.items()]
    cases = [
        {
            "id": f"c{place}",
            "text": f"{text} {place or ''}".strip(),
            "primary": "data-scientist" if place < wrong else leaf,
        }
        for place, (text, leaf) in enumerate(rows)
    ]
    path = folder / f"{name}.yaml"
    path.write_text(json.dumps({"suite": "routing", "cases": cases}), encoding="utf-8")
    return path


def mlwright(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"MLWRIGHT_ENCODER": "lexical"}
    done = subprocess.run(
        [*MLWRIGHT, "eval", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module", autouse=True)
def warm(lexical_engine: Engine) -> None:
    _ = lexical_engine.router


def test_a_run_leaves_a_record_of_cases_versions_hashes_and_commit(tmp_path: Path) -> None:
    done = mlwright(str(suite(tmp_path)), "--out", "out", "--seed", "7", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    run = record.read(tmp_path / "out" / "run.json")
    assert (run.complete, run.seed, run.tier, run.profile) == (True, 7, "lexical", "serving")
    assert {"python", "numpy"} <= run.versions.keys()
    assert {"routing", "rules", "knowledge"} <= run.content.keys()
    assert run.suites["mine"].cases == len(run.outcomes) == 4
    assert all(outcome.status == "pass" and outcome.trace["ranking"] for outcome in run.outcomes)
    assert [line.split()[1] for line in done.stderr.splitlines()[:4]] == ["pass"] * 4


def test_the_figures_come_as_a_table_as_json_and_as_a_page(tmp_path: Path) -> None:
    path = str(suite(tmp_path, wrong=1))
    table = mlwright(path, "--out", "out", "--report", "html", cwd=tmp_path)
    assert "1 fail" in table.stdout
    assert "routing.top1" in table.stdout
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    found = json.loads(mlwright(path, "--out", "out", "--json", cwd=tmp_path).stdout)
    assert found["metrics"]["mine.pass"]["value"] == 0.75
    assert found["outcomes"] == {"fail": 1, "pass": 3}
    assert json.loads(mlwright(path, "--out", "out", "--report", "json", cwd=tmp_path).stdout)["format"] == 1


@pytest.mark.parametrize(
    ("gate", "code", "said"),
    [
        ('[[metric]]\nname = "mine.pass"\nmin = 0.7\n', 0, "gate met"),
        ('[[metric]]\nname = "mine.pass"\nmin = 0.8\n', 1, "gate not met"),
        ('[[metric]]\nname = "mine.speed"\nmin = 0.8\n', 1, "missing"),
    ],
)
def test_a_gate_decides_the_exit_code_and_what_is_missing_fails(
    tmp_path: Path, gate: str, code: int, said: str
) -> None:
    (tmp_path / "gate.toml").write_text(gate, encoding="utf-8")
    done = mlwright(str(suite(tmp_path, wrong=1)), "--gate", "gate.toml", cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing"], 2, "there is no suite 'nothing'"),
        (["broken.yaml"], 3, "broken.yaml:1"),
        (["mine.yaml", "--gate", "none.toml"], 2, "cannot read none.toml"),
        (["mine.yaml", "--out", "mine.yaml/x"], 3, "cannot write"),
        (["mine.yaml", "--resume"], 2, "no run to take up"),
        (["compare", "none.json", "none.json"], 2, "cannot read none.json"),
    ],
)
def test_what_is_wrong_is_one_clear_error(tmp_path: Path, arguments: list[str], code: int, said: str) -> None:
    suite(tmp_path)
    (tmp_path / "broken.yaml").write_text("suite: smells\ncases: []\n", encoding="utf-8")
    done = mlwright(*arguments, cwd=tmp_path)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("error:") == 1


def test_the_same_run_twice_is_not_decisive_and_other_cases_are_refused(tmp_path: Path) -> None:
    path = str(suite(tmp_path))
    for out in ("a", "b"):
        mlwright(path, "--out", out, cwd=tmp_path)
    done = mlwright("compare", "a", "b/run.json", cwd=tmp_path)
    assert done.returncode == 0
    assert "mine: not decisive" in done.stdout
    mlwright(str(suite(tmp_path, wrong=1)), "--out", "c", cwd=tmp_path)
    refused = mlwright("compare", "a", "c", cwd=tmp_path)
    assert refused.returncode == 2


def planted(folder: Path, out: str, failing: int) -> None:
    """Make the record of the run in `a` look as if the first `failing` of its cases had failed."""
    run = json.loads((folder / "a" / "run.json").read_text(encoding="utf-8"))
    for outcome in run["outcomes"][:failing]:
        outcome["status"] = "fail"
        outcome["verdicts"] = [{"criterion": "primary", "met": False, "detail": "planted"}]
    (folder / out).mkdir()
    (folder / out / "run.json").write_text(json.dumps(run | {"id": out}), encoding="utf-8")


def test_a_planted_regression_is_caught_and_a_small_change_is_not_called_one(tmp_path: Path) -> None:
    mlwright(str(suite(tmp_path, copies=30)), "--out", "a", cwd=tmp_path)
    planted(tmp_path, "worse", 12)
    planted(tmp_path, "little", 3)
    worse = mlwright("compare", "a", "worse", cwd=tmp_path)
    assert (worse.returncode, "mine: worse" in worse.stdout) == (1, True)
    assert "mine: better" in mlwright("compare", "worse", "a", cwd=tmp_path).stdout
    little = mlwright("compare", "a", "little", cwd=tmp_path)
    assert (little.returncode, "mine: not decisive" in little.stdout) == (0, True)


def test_ctrl_c_keeps_what_is_done_and_the_run_is_taken_up(tmp_path: Path) -> None:
    path = suite(tmp_path, copies=800)
    running = subprocess.Popen(
        [*MLWRIGHT, "eval", str(path), "--out", "out"],
        cwd=tmp_path,
        env=os.environ | {"MLWRIGHT_ENCODER": "lexical"},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    journal = tmp_path / "out" / "outcomes.jsonl"
    deadline = time.monotonic() + 60
    while not (journal.is_file() and journal.stat().st_size > 50_000):
        assert time.monotonic() < deadline
        time.sleep(0.01)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 130, said
    assert "--resume" in said
    assert "Traceback" not in said
    stopped = record.read(tmp_path / "out" / "run.json")
    assert not stopped.complete
    assert 0 < len(stopped.outcomes) < 3200
    done = mlwright(str(path), "--out", "out", "--resume", cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-500:]
    whole = record.read(tmp_path / "out" / "run.json")
    assert (whole.complete, len(whole.outcomes)) == (True, 3200)
    assert len(done.stderr.splitlines()) == 3200 - len(stopped.outcomes)


def test_a_suite_of_ones_own_is_begun_with_init_and_runs(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    written = mlwright("init", cwd=tmp_path)
    assert [Path(line).name for line in written.stdout.splitlines()] == [
        "my-routing.yaml",
        "gate.toml",
        "suite.schema.json",
    ]
    done = mlwright("my-routing", "--gate", ".mlwright/evals/gate.toml", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert mlwright("init", cwd=tmp_path).returncode == 2


def test_a_case_that_takes_too_long_is_no_score_and_fails_the_run(tmp_path: Path) -> None:
    done = mlwright(str(suite(tmp_path)), "--case-seconds", "0.001", "--out", "out", cwd=tmp_path)
    assert done.returncode == 1
    assert "timeout" in {one.status for one in record.read(tmp_path / "out" / "run.json").outcomes}


def test_a_suite_that_cannot_fail_is_refused(tmp_path: Path) -> None:
    cases = [{"id": "a", "text": "what is drift"}]
    (tmp_path / "dull.yaml").write_text(json.dumps({"suite": "answers", "cases": cases}), encoding="utf-8")
    done = mlwright("dull.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "could fail" in done.stderr


def test_repeats_of_what_always_decides_alike_are_not_flaky(tmp_path: Path) -> None:
    done = mlwright(str(suite(tmp_path)), "--repeat", "3", "--json", cwd=tmp_path)
    found = json.loads(done.stdout)
    assert (sum(found["outcomes"].values()), found["flaky"]) == (12, [])
