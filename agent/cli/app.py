"""The command table, and the one place where errors become exit codes."""

import logging
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import click

from agent.cli.output import fail
from agent.errors import BadRequest, Cancelled, ConfigurationError, MlwrightError

HOME_VARIABLE = "MLWRIGHT_HOME"

# name -> (module, attribute, what `mlwright --help` says); a module is imported when its command is used.
COMMANDS = {
    "demo": ("demo", "demo", "Do the whole job once, on a small real model, and show the proof."),
    "ask": ("ask", "ask", "Answer a request: route, checks, passages, plan, scorecard, answer, next commands."),
    "route": ("route", "route", "Say which persona a request belongs to, and why."),
    "run": ("run", "run", "Run a skill: plan, show the difference, write, verify."),
    "verify": ("run", "verify", "Re-run the evidence of a generated project."),
    "check": ("check", "check", "Hold any ML project against the constitution."),
    "cost": ("cost", "cost", "Say whether a design fits and what it costs, with the working."),
    "eval": ("evaluation", "evaluation", "Run suites of cases, gate them in CI, compare two runs."),
    "personas": ("content", "personas", "List and show the personas."),
    "skills": ("content", "skills", "List and show the skills."),
    "tree": ("content", "tree", "Draw the decision tree."),
    "knowledge": ("knowledge", "knowledge", "Search the reference docs, and index documents of your own."),
    "packs": ("packs", "packs", "List packs, and say whose code may run."),
    "config": ("config", "config", "Show the settings and where each came from."),
    "schema": ("schema", "schema", "Write the JSON schema of an output."),
    "doctor": ("doctor", "doctor", "Look at the installation: paths, sizes, extras, encoder."),
}


class Table(click.Group):
    """A group that imports a command only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order they are taught."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        found = getattr(import_module(f"agent.cli.{module}"), attribute)
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; an unknown one is told with the nearest."""
        name = args[0] if args else ""
        if name not in COMMANDS:
            from agent.errors import UnknownName

            raise UnknownName.of("command", name, COMMANDS, "mlwright --help")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the table without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


EPILOG = """\b
Try:
  mlwright demo
  mlwright ask "Deploy our XGBoost model, p99 under 50 ms at 800 rps, with a rollback"
  mlwright run serving --input model.skops --out service --yes
  mlwright verify service
"""


@click.group(
    cls=Table, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(package_name="mlwright", prog_name="mlwright")
def app() -> None:
    """Route an ML-engineering request, check it, answer it with sources, and do the work with proof.

    Works offline and without a key. Results go to stdout, everything else to stderr. Exit codes: 0 ok, 1 the answer
    is no, 2 usage, 3 configuration or a missing package, 4 model or network, 130 cancelled.
    """


def main() -> None:
    """Run the command line and exit with its code."""
    # One query needs no thread pool, and starting one costs more than the query.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(guarded(lambda: app(standalone_mode=False)))


def guarded(run: Callable[[], object]) -> int:
    """Run a command and return its exit code; every error ends as one line and a hint, none as a traceback."""
    try:
        outcome = run()
    except click.exceptions.Exit as leave:
        return leave.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else error.format_message())
        return 0
    except BrokenPipeError:
        # The reader of our output has gone, as with `| head`; there is nobody left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (KeyboardInterrupt, click.Abort):
        return _told(Cancelled("cancelled", "nothing was left half-written"))
    except MlwrightError as error:
        return _told(error)
    except click.ClickException as error:
        path = getattr(getattr(error, "ctx", None), "command_path", "mlwright")
        return _told(BadRequest(error.format_message(), f"{path} --help"))
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        hint = f"look at the folder's rights and the disk's space; {HOME_VARIABLE} moves what mlwright keeps"
        return _told(ConfigurationError(f"{where}{error.strerror or error}", hint))
    except Exception as error:
        log = _log()
        logging.getLogger("mlwright").exception("unexpected")
        what = f"{type(error).__name__}: {error}".split("\n")[0]
        return _told(MlwrightError(f"unexpected {what}", f"this is a fault of mlwright{f'; see {log}' if log else ''}"))
    return outcome if isinstance(outcome, int) else 0


def _told(error: MlwrightError) -> int:
    fail(error)
    return error.exit_code


def _log() -> Path | None:
    """Send mlwright's own log to a file; returns the file, or None when it cannot be written."""
    from agent.settings import places

    log = places(os.environ).state / "logs" / "errors.log"
    logger = logging.getLogger("mlwright")
    logger.propagate = False
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        logger.addHandler(logging.FileHandler(log, encoding="utf-8"))
    except OSError:
        logger.addHandler(logging.NullHandler())
        return None
    return log


if __name__ == "__main__":
    main()
