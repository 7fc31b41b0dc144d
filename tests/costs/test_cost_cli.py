"""`mlwright cost`: the verdict first, exit codes, and one error with a hint for every bad input."""

import json
from pathlib import Path

import pytest

from agent.cli.app import app, guarded

NIGHT = ["batch", "--rows", "100M", "--window", "8h", "--workers", "100", "--price", "0.30 USD/hour"]


def cost(*arguments: str) -> int:
    return guarded(lambda: app(["cost", *arguments], standalone_mode=False))


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("name", ["serving", "batch", "llm", "rag", "prices"])
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cost(name, "--help") == 0
    text = capsys.readouterr().out
    assert "--json" in text
    assert name == "prices" or "Try:" in text


def test_the_verdict_comes_first_and_each_figure_with_its_working(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost(*NIGHT, "--rate", "60", "--budget", "500 USD/day") == 0
    text = capsys.readouterr().out
    assert text.split()[:2] == ["Verdict", "fits"]
    assert "--rows 100,000,000 (given)" in text
    assert "--runs-per-day 1 (assumed" in text
    assert "100 nodes x 4.62963 h x 0.30 USD/hour = 138.89 USD/run" in text


def test_json_holds_the_whole_estimate(capsys: pytest.CaptureFixture[str]) -> None:
    assert cost(*NIGHT, "--storage", "6 USD/month", "--network", "30 USD/month", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["verdict"] == "unknown"
    assert {"kind", "because", "inputs", "figures", "changes", "warnings"} <= found.keys()
    assert {item["name"]: item["value"] for item in found["figures"]}["all, a day"] == pytest.approx(241.20)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([*NIGHT, "--rate", "60"], 0),
        ([*NIGHT, "--rate", "10"], 1),
        ([*NIGHT, "--rate", "60", "--budget", "100 USD/day"], 1),
        (["serving", "--rps", "10", "--cpu-ms", "80", "--latency", "50ms"], 1),
        (["llm", "--params", "70B", "--memory", "80"], 1),
        (["llm", "--params", "70B", "--bits", "4", "--memory", "80"], 0),
        (["rag", "--documents", "10", "--tokens", "100", "--chunk", "50"], 0),
    ],
)
def test_the_exit_code_is_1_when_it_does_not_fit(arguments: list[str], code: int) -> None:
    assert cost(*arguments) == code


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (["batch"], "--rows is missing", "--rows"),
        (["batch", "--rows", "many"], "--rows many", "100M"),
        (["batch", "--rows", "0"], "--rows 0", "Rows a run"),
        (["batch", "--rows", "1M", "--window", "8"], "--window 8", "8h"),
        (["batch", "--rows", "1M", "--window", "8h"], "number of workers is missing", "--workers"),
        (["batch", "--rows", "1M", "--workers", "2.5"], "not a whole number", "8"),
        ([*NIGHT, "--budget", "500 USD"], "--budget 500 USD", "$500/day"),
        ([*NIGHT, "--budget", "500 EUR/day"], "currencies differ", "one currency"),
        ([*NIGHT, "--budget", "500 USD/GB"], "length of time", "how often"),
        (
            ["batch", "--rows", "1M", "--rate", "5", "--workers", "2", "--storage", "6/month"],
            "price of a node",
            "--price",
        ),
        ([*NIGHT, "--storage", "6 USD/GB"], "length of time", "how often"),
        ([*NIGHT, "--price", "claude-opus-5.5-in"], "length of time", "how often"),
        ([*NIGHT, "--price", "runpod-h100-sxm"], "no price is called", "did you mean"),
        (["batch", "--colour", "red"], "--colour", "--help"),
        (["llm"], "--params is missing", "--params"),
        (["llm", "--requests", "5", "--memory", "5"], "--memory needs", "--params"),
        (["llm", "--requests", "5"], "tokens a request sends is missing", "--prompt"),
        (["serving", "--rps", "5", "--cpu-ms", "1", "--utilisation", "120%"], "--utilisation 120%", "Share"),
        (["rag", "--documents", "1", "--chunk", "5"], "length of a document is missing", "--tokens"),
        (["batch", "--config", "none.yaml"], "none.yaml", "YAML"),
    ],
)
def test_bad_input_is_one_error_with_a_hint(
    arguments: list[str], message: str, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cost(*arguments) == 2
    done = capsys.readouterr()
    assert done.out == ""
    error, _, said = done.err.partition("hint: ")
    assert message in error.replace("the number", "number")
    assert hint in said


def test_options_come_from_a_file_and_the_command_line_wins(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (elsewhere / "job.yaml").write_text(
        "rows: 100M\nwindow: 8h\nworkers: 10\nworkers-per-node: 2\nprice: 0.30 USD/hour\n"
    )
    assert cost("batch", "--config", "job.yaml", "--workers", "100", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {item["name"]: item["value"] for item in found["figures"]}["compute, a run"] == pytest.approx(120)
    (elsewhere / "job.yaml").write_text("row: 100M\n")
    assert cost("batch", "--config", "job.yaml") == 2
    assert "did you mean 'rows'" in capsys.readouterr().err
    (elsewhere / "job.yaml").write_text("rows: 100M\nprice: 0.3\n")
    assert cost("batch", "--config", "job.yaml") == 2
    assert "no currency and period" in capsys.readouterr().err


def test_a_price_of_the_projects_table_is_used_and_told(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = elsewhere / ".mlwright/knowledge"
    folder.mkdir(parents=True)
    (folder / "prices.yaml").write_text(
        "- {id: box, what: a machine, provider: us, unit: USD/hour, price: 0.3, checked: 2020-01-01, source: 'https://example.org/p'}\n"
    )
    assert cost(*NIGHT[:-1], "box") == 0
    text = capsys.readouterr().out
    assert "--price 0.30 USD/hour (price table: box" in text
    assert "an old price" in text
    assert cost("prices", "--json") == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["box"]["stale"]
    assert rows["box"]["pack"] == "project"
    assert cost("prices") == 0
    assert "STALE" in capsys.readouterr().out


def test_a_model_of_your_own_and_a_hosted_one_are_told_together(capsys: pytest.CaptureFixture[str]) -> None:
    hosted = [
        "--requests",
        "10k",
        "--prompt",
        "1500",
        "--answer",
        "300",
        "--price-in",
        "2/MTok",
        "--price-out",
        "10/MTok",
    ]
    assert cost("llm", "--params", "8B", "--memory", "80", *hosted, "--budget", "1 USD/day", "--json") == 1
    found = json.loads(capsys.readouterr().out)
    names = [item["name"] for item in found["figures"]]
    assert "weights at 16 bit" in names
    assert "a request" in names
    assert found["verdict"] == "does not fit"
