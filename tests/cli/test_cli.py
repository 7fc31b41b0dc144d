"""The command line: shapes, exit codes, and one error with a hint for every bad input."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from agent.cli.schema import schema
from agent.engine import Engine

MLWRIGHT = [sys.executable, "-m", "agent"]
REQUEST = "Deploy our XGBoost model fraud.json, p99 under 50 ms at 800 rps, with a rollback"


def mlwright(
    *arguments: str, stdin: bytes = b"", cwd: Path | None = None, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [*MLWRIGHT, *arguments],
        input=stdin,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        check=False,
        timeout=120,
    )


def errors(done: subprocess.CompletedProcess[bytes]) -> str:
    text = done.stderr.decode()
    assert "Traceback" not in text
    return text


@pytest.fixture(scope="module", autouse=True)
def warm(engine: Engine) -> None:
    """Compile once, so that every command below is quick."""
    _ = engine.router, engine.index


def test_help_names_every_command_and_teaches() -> None:
    text = mlwright("--help").stdout.decode()
    assert all(name in text for name in ("ask", "route", "run", "verify", "check", "cost", "demo", "doctor", "Try:"))


@pytest.mark.parametrize(
    "command",
    [
        "ask",
        "route",
        "run",
        "verify",
        "check",
        "personas list",
        "skills show",
        "tree",
        "schema",
        "knowledge search",
        "packs trust",
        "config show",
        "config profiles",
        "cost batch",
        "doctor",
        "demo",
    ],
)
def test_every_command_explains_itself(command: str) -> None:
    done = mlwright(*command.split(), "--help")
    assert done.returncode == 0
    assert len(done.stdout.decode().splitlines()) > 5


def test_route_json_has_the_documented_shape() -> None:
    found = json.loads(mlwright("route", REQUEST, "--json").stdout)
    documented = {
        "decision",
        "primary",
        "secondary",
        "confidence",
        "margin",
        "ranking",
        "path",
        "examples",
        "question",
        "tier",
        "elapsed_ms",
    }
    assert documented <= found.keys()
    assert found["ranking"][0].keys() == {"persona", "score"}
    assert found["path"][0].keys() == {"node", "question", "answer", "probability"}
    assert found["examples"][0].keys() == {"text", "persona", "similarity"}


def test_route_json_matches_its_schema() -> None:
    import jsonschema

    from agent.routing.decision import Route

    jsonschema.validate(
        json.loads(mlwright("route", REQUEST, "--json").stdout), Route.model_json_schema(mode="serialization")
    )


def test_a_batch_is_one_decision_a_line() -> None:
    rows = b'{"text": "deploy my model"}\n\n{"text": "css is broken", "id": 7}\n'
    done = mlwright("route", "--batch", "/dev/stdin", stdin=rows)
    assert [json.loads(line)["primary"] for line in done.stdout.splitlines()][1] == "domain-specialist"
    assert len(done.stdout.splitlines()) == 2


def test_a_broken_batch_line_is_told_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "rows.jsonl").write_text('{"text": "deploy my model"}\n{"txt": 1}\n', encoding="utf-8")
    done = mlwright("route", "--batch", "rows.jsonl", cwd=tmp_path)
    assert done.returncode == 2
    assert "rows.jsonl:2" in errors(done)


def test_a_batch_line_may_carry_the_turns_before_it() -> None:
    rows = b'{"text": "why?", "after": ["GPU node pool does not scale up, vllm pods stay Pending"]}\n{"text": "why?", "after": "x"}\n'
    done = mlwright("route", "--batch", "/dev/stdin", stdin=rows)
    assert json.loads(done.stdout.splitlines()[0])["primary"] == "kubernetes-architect"
    assert done.returncode == 2
    assert "/dev/stdin:2" in errors(done)


def test_route_explains_itself_in_words_and_as_a_flowchart() -> None:
    shown = mlwright("route", REQUEST, "--explain").stdout.decode()
    assert all(
        part in shown for part in ("└─ yes", "Ranking", "Margin", "For", "Changed by", "Like", "profile serving")
    )
    chart = mlwright("route", REQUEST, "--mermaid").stdout.decode()
    assert chart.startswith("flowchart TD")
    assert "style ml-engineer" in chart


def test_the_profile_decides_who_owns_what_is_disputed() -> None:
    text = "Build a feature store for my ML system"
    found = [
        json.loads(mlwright("route", text, "--json", MLWRIGHT_PROFILE=profile).stdout)
        for profile in ("serving", "full-lifecycle")
    ]
    assert [row["primary"] for row in found] == ["data-engineer", "ml-engineer"]
    assert [row["claim"]["owner"] for row in found] == ["data-engineer", "ml-engineer"]
    assert "S0-05: Feature stores" in mlwright("tree", "--ties").stdout.decode()


def test_a_follow_up_stays_with_the_request_before_it() -> None:
    done = mlwright("route", "and what would that cost?", "--after", REQUEST, "--json")
    assert json.loads(done.stdout)["primary"] == "ml-engineer"


def test_ask_json_has_the_documented_shape() -> None:
    done = mlwright("ask", REQUEST, "--json")
    found = json.loads(done.stdout)
    documented = {
        "route", "brief", "checks", "decision", "scorecard", "answer", "citations", "next", "evidence", "assumptions", "backend", "usage",
        "elapsed_ms",
    }  # fmt: skip
    assert documented <= found.keys()
    assert [check["id"] for check in found["checks"]] == ["task", "slo", "monitoring", "rollback", "cost"]
    assert found["scorecard"][0].keys() == {"principle", "checkpoint", "status", "evidence", "fix"}
    assert found["next"][0]["parameters"] == {"input": "fraud.json", "p99_ms": 50.0, "rps": 800}
    assert {"id", "path", "heading", "quote"} <= found["citations"][0].keys()


def test_what_ask_writes_matches_the_schema_that_is_shipped() -> None:
    import jsonschema

    shape = json.loads(mlwright("schema", "ask").stdout)
    jsonschema.validate(json.loads(mlwright("ask", REQUEST, "--json").stdout), shape)


def test_every_shape_has_a_schema() -> None:
    names = mlwright("schema").stdout.decode().split()
    assert {"route", "ask", "event", "plan", "result", "evidence", "estimate"} <= set(names)
    for name in names:
        done = CliRunner().invoke(schema, [name], standalone_mode=False)
        assert {"properties", "oneOf"} & json.loads(done.stdout).keys()


def test_the_answer_follows_the_request() -> None:
    first = json.loads(mlwright("ask", "Deploy it on one VM, p99 under 100 ms at 500 rps", "--json").stdout)["answer"]
    second = json.loads(mlwright("ask", "score 100M users nightly with our model for $500/day", "--json").stdout)[
        "answer"
    ]
    assert "1.20 ms" in first
    assert "$5" in second
    assert "nothing was run" in second


def test_events_come_in_order_and_match_their_schema() -> None:
    import jsonschema
    from pydantic import TypeAdapter

    from agent.events import Envelope, Event

    rows = [json.loads(line) for line in mlwright("ask", REQUEST, "--events").stdout.splitlines()]
    types = [row["type"] for row in rows]
    assert types[:6] == ["routed", "briefed", "checked", "found", "planned", "scored"]
    assert types[-1] == "done"
    assert [row["seq"] for row in rows] == list(range(len(rows)))
    event = TypeAdapter(Event).json_schema(mode="serialization")
    for row in rows:
        jsonschema.validate(row, Envelope.model_json_schema(mode="serialization"))
        jsonschema.validate({"type": row["type"], **row["data"]}, event)


def test_a_decline_says_who_helps_and_exits_0() -> None:
    done = mlwright("ask", "Deploy my React app behind nginx")
    assert done.returncode == 0
    assert b"a front-end developer" in done.stdout


def test_terminal_output_shows_the_whole_chain() -> None:
    text = mlwright("ask", REQUEST).stdout.decode()
    for part in (
        "Persona",
        "Checks",
        "Serving strategy",
        "Worked out from your figures",
        "[1]",
        "Sources",
        "Scorecard",
        "mlwright run serving",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("arguments", "stdin", "code", "message"),
    [
        (["ask", ""], b"", 2, "the request is empty"),
        (["ask", "-"], b"  \n", 2, "the request is empty"),
        (["ask", "-"], b"x" * 1_048_576, 2, "longer than"),
        (["route", "-"], b"\x80\xff\x00\x01", 2, "not UTF-8"),
        (["route", "-"], b"deploy\0my model", 2, "null bytes"),
        (["route"], b"", 2, "there is no request"),
        (["route", "deploy", "--persona", "ml-enginer"], b"", 2, "did you mean 'ml-engineer'"),
        (["run", "servin"], b"", 2, "did you mean 'serving'"),
        (["personas", "show", "nobody"], b"", 2, "no persona is called"),
        (["deplyo"], b"", 2, "no command is called"),
        (["run", "serving", "--set", "p99"], b"", 2, "not KEY=VALUE"),
        (["run", "serving", "--trust-model", "md5:1"], b"", 2, "not sha256:"),
        (["run", "serving", "--input", "nowhere.skops", "--yes"], b"", 2, "nowhere.skops"),
        (["verify", "."], b"", 2, "not a project made by mlwright"),
        (["check", "nowhere"], b"", 2, "does not exist"),
        (["knowledge", "search", " "], b"", 2, "the request is empty"),
        (["ask", "x", "--nope"], b"", 2, "nope"),
    ],
)
def test_bad_input_is_one_error_with_a_hint(
    tmp_path: Path, arguments: list[str], stdin: bytes, code: int, message: str
) -> None:
    done = mlwright(*arguments, stdin=stdin, cwd=tmp_path)
    assert done.returncode == code
    assert message in errors(done)
    assert "error: " in errors(done)
    assert "hint: " in errors(done)
    assert done.stdout == b""
    assert list(tmp_path.iterdir()) == []


def test_settings_say_where_they_come_from(tmp_path: Path) -> None:
    (tmp_path / ".mlwright").mkdir()
    (tmp_path / ".mlwright/settings.toml").write_text('encoder = "lexical"\n', encoding="utf-8")
    found = json.loads(mlwright("config", "show", "--json", cwd=tmp_path).stdout)
    assert found["encoder"] == {"value": "lexical", "origin": str(tmp_path / ".mlwright/settings.toml")}
    assert found["encoder_folder"]["origin"] == "default"
    found = json.loads(mlwright("config", "show", "--json", cwd=tmp_path, MLWRIGHT_ENCODER="auto").stdout)
    assert found["encoder"] == {"value": "auto", "origin": "MLWRIGHT_ENCODER"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("encodr = 'x'", "unknown setting 'encodr'"),
        ("encoder = 'x'", "encoder"),
        ("= 3", "settings.toml"),
        ("encoder_folder = '/'", "may not set"),
    ],
)
def test_broken_settings_are_told_with_their_file(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / ".mlwright").mkdir()
    (tmp_path / ".mlwright/settings.toml").write_text(text, encoding="utf-8")
    done = mlwright("route", "deploy my model", cwd=tmp_path)
    assert done.returncode == 3
    assert message in errors(done)


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = " ".join(MLWRIGHT) + " tree --json | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=True)
    assert done.stderr == ""


def test_doctor_finds_nothing_wrong_and_prints_every_path(home: Path) -> None:
    done = mlwright("doctor", "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["problems"] == []
    assert found["folders"]["cache"]["path"] == str(home / "cache")


def test_a_read_only_home_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    done = mlwright("route", "deploy my model", MLWRIGHT_HOME=str(tmp_path / "file"))
    assert done.returncode == 3
    assert "error: " in errors(done)


def test_a_users_skill_runs_from_the_command_line_once_trusted(tmp_path: Path) -> None:
    import shutil

    home = str(tmp_path / "home")
    greet = Path(__file__).parents[1] / "packs/skills/greet"
    project = tmp_path / "project"
    shutil.copytree(greet, project / ".mlwright/skills/greet", ignore=shutil.ignore_patterns("__pycache__"))
    run = ["run", "greet", "--set", "who=Ada", "--out", "out"]
    refused = mlwright(*run, "--yes", cwd=project, MLWRIGHT_HOME=home)
    assert refused.returncode == 1
    assert "mlwright packs trust" in errors(refused)
    assert mlwright("packs", "trust", ".mlwright/skills/greet", cwd=project, MLWRIGHT_HOME=home).returncode == 0
    asked = mlwright(*run, cwd=project, MLWRIGHT_HOME=home)
    assert asked.returncode == 2
    assert "+Hello, Ada!" in errors(asked)
    assert not (project / "out").exists()
    done = mlwright(*run, "--yes", "--json", cwd=project, MLWRIGHT_HOME=home)
    assert json.loads(done.stdout)["status"] == "verified"
    assert mlwright("verify", "out", cwd=project, MLWRIGHT_HOME=home).returncode == 0
