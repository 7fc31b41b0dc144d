"""`mlwright cost`: whether a design fits and what it costs, with every figure's working."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from pydantic import ValidationError

from agent.cli.output import say, write_json
from agent.decisions.costs import batch, hosted, llm, prices, rag, serving
from agent.decisions.costs.job import Job
from agent.decisions.costs.sheet import MONEY, Estimate, Request, worst
from agent.errors import BadRequest, UnknownName

if TYPE_CHECKING:
    from agent.resources import Pack

COLOURS = {"fits": "green", "does not fit": "red", "cannot be done": "red", "unknown": "yellow"}
TRY = {
    "serving": """\b
Try:
  mlwright cost serving --rps 800 --cpu-ms 3 --price '0.17 USD/hour' --budget '500 USD/month'
""",
    "batch": """\b
Try:
  mlwright cost batch --rows 100M --window 8h --workers 100 --price '0.30 USD/hour' --budget '500 USD/day'
  mlwright cost batch --rows 100M --window 8h --rate 60 --price '0.30 USD/hour'
""",
    "llm": """\b
Try:
  mlwright cost llm --params 8B --layers 32 --kv-heads 8 --head-dim 128 --context 8192 --memory 24 --bandwidth 300
  mlwright cost llm --requests 10k --prompt 1500 --answer 300 --price-in claude-sonnet-5.5-in --price-out claude-sonnet-5.5-out
""",
    "rag": """\b
Try:
  mlwright cost rag --documents 50k --tokens 2000 --chunk 400 --overlap 40 --dimensions 1024 --queries 5k --answer 300 --price-in '2 USD/million tokens' --price-out '10 USD/million tokens'
""",
}
NO = frozenset({"does not fit", "cannot be done"})
Command = Callable[..., int]
Asked = TypeVar("Asked", bound=Request)


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


@click.group()
def cost() -> None:
    """Say whether a design fits and what it costs: every figure with its working.

    Numbers are written 100M, 1.5k or 250000; times 8h, 480min or 50ms; money with its period, '0.30 USD/hour'.
    A price may also be an id of the table, which `mlwright cost prices` lists. Exit code 1 when it does not fit.
    """


def options(*requests: type[Request]) -> Callable[[Command], Command]:
    """Give a command one option for each field of `requests`, and --config and --json."""

    def decorate(command: Command) -> Command:
        fields = {
            name: field for request in requests for name, field in request.model_fields.items() if name != "notes"
        }
        found = click.option("--json", "as_json", is_flag=True, help="Write JSON.")(command)
        found = click.option(
            "--config",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Read options from a YAML, JSON or TOML file.",
        )(found)
        for name, field in reversed(fields.items()):
            default = "" if field.default is None or field.is_required() else f"  [default: {field.default:g}]"
            found = click.option(_option(name), name, help=f"{field.description}{default}", metavar="VALUE")(found)
        return found

    return decorate


@cost.command("serving", epilog=TRY["serving"])
@options(serving.Load)
def serving_cost(config: Path | None, as_json: bool, **given: str | None) -> int:
    """Workers, replicas and cost of a service, from its peak rate and what one request costs."""
    values = gathered((serving.Load,), given, config)
    return shown(serving.capacity(built(serving.Load, values)), as_json)


@cost.command("batch", epilog=TRY["batch"])
@options(Job)
def batch_cost(config: Path | None, as_json: bool, **given: str | None) -> int:
    """Whether a batch job ends in its window, with how much slack, and what it costs."""
    values = gathered((Job,), given, config)
    return shown(batch.plan(built(Job, values)), as_json)


@cost.command("llm", epilog=TRY["llm"])
@options(llm.Model, hosted.Usage)
def llm_cost(config: Path | None, as_json: bool, **given: str | None) -> int:
    """Memory and the bounds on speed of a language model of your own, the bill of a hosted one, or both.

    With --params the memory and the bounds; with --requests the bill. Bounds are never predictions: measure.
    """
    values = gathered((llm.Model, hosted.Usage), given, config)
    own, api = set(llm.Model.model_fields), set(hosted.Usage.model_fields)
    parts: list[Estimate] = []
    if "params" in values or not (values.keys() & (api - own)):
        parts.append(llm.fit(built(llm.Model, {name: values[name] for name in values if name in own})))
    elif alone := sorted(values.keys() - api):
        raise BadRequest(f"{_option(alone[0])} needs the size of the model", "give --params, such as 8B")
    if values.keys() & (api - own):
        parts.append(hosted.bill(built(hosted.Usage, {name: values[name] for name in values if name in api})))
    return shown(joined(parts), as_json)


@cost.command("rag", epilog=TRY["rag"])
@options(rag.Corpus)
def rag_cost(config: Path | None, as_json: bool, **given: str | None) -> int:
    """Chunks, vectors and the cost of embedding, keeping and asking a corpus."""
    values = gathered((rag.Corpus,), given, config)
    return shown(rag.index(built(rag.Corpus, values)), as_json)


@cost.command("prices")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def price_table(as_json: bool) -> int:
    """List the price table with dates and sources.

    Your own table is knowledge/prices.yaml in your settings folder or in the project's .mlwright; it replaces by id.
    """
    today = prices.today()
    found = prices.table(_packs())
    if as_json:
        write_json([{**price.model_dump(mode="json"), "stale": price.stale(today)} for price in found.values()])
        return 0
    from agent.cli.show import row

    for price in found.values():
        say(f"{price.id}  {price.money}", bold=True)
        when = f"of {price.as_of}, read {price.checked}" if price.as_of else f"read {price.checked}"
        place = f" ({price.region})" if price.region else ""
        row("", f"{price.what}, {price.provider}{place}; {when}, {price.pack}; {price.source}")
        if price.note:
            row("", price.note)
        if price.stale(today):
            row("", f"STALE: {price.age(today)} days old; look again before you rely on it", colour="yellow")
    return 0


def gathered(
    requests: tuple[type[Request], ...], given: Mapping[str, str | None], config: Path | None
) -> dict[str, Any]:
    """Gather the values of a file and of the options, the options last; raises BadRequest for an unknown key."""
    from agent.cli.run import given as from_file

    known = {name for request in requests for name in request.model_fields} - {"notes"}
    values = {name.replace("-", "_"): value for name, value in from_file(None, (), config).items()}
    for name in values:
        if name not in known:
            raise UnknownName.of("input", name, known, "the same command with --help")
    return values | {name: value for name, value in given.items() if value is not None}


def built(kind: type[Asked], values: Mapping[str, Any]) -> Asked:
    """Return a request from what was written; raises BadRequest that names the option at fault."""
    notes: dict[str, str] = {}
    ready = {name: _priced(kind, name, value, notes) for name, value in values.items()}
    missing = [name for name, field in kind.model_fields.items() if field.is_required() and name not in ready]
    if missing:
        text = kind.model_fields[missing[0]].description or ""
        raise BadRequest(f"{_option(missing[0])} is missing", f"give {_option(missing[0])}: {text}")
    try:
        return kind.model_validate({**ready, "notes": notes})
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        cause = first.get("ctx", {}).get("error")
        hint = getattr(cause, "hint", "") or kind.model_fields[name].description or ""
        text = first["msg"].removeprefix("Value error, ")
        raise BadRequest(f"{_option(name)} {values.get(name, '')}: {text}", hint) from error


def _priced(kind: type[Request], name: str, value: object, notes: dict[str, str]) -> object:
    """Return a price's money; a text that is no money is an id of the price table."""
    field = kind.model_fields.get(name)
    if field is None or MONEY not in field.metadata or not isinstance(value, str):
        return value
    if any(sign in value for sign in "/$€£ ") or not any(letter.isalpha() for letter in value):
        return value
    today = prices.today()
    found = prices.find(prices.table(_packs()), value)
    notes[name] = found.origin(today)
    return found.money


def _packs() -> "tuple[Pack, ...]":
    from agent.resources import packs
    from agent.settings import places

    return packs(places(os.environ).config, Path.cwd())


def joined(parts: list[Estimate]) -> Estimate:
    """Return several estimates as one; its verdict is the worst of those that were asked for."""
    if len(parts) == 1:
        return parts[0]
    judged = [part for part in parts if part.judged] or parts[:1]
    seen = {item.name: item for part in parts for item in part.inputs}
    return Estimate(
        kind=parts[0].kind,
        verdict=worst(part.verdict for part in judged),
        judged=any(part.judged for part in parts),
        because=tuple(text for part in judged for text in part.because),
        inputs=tuple(seen.values()),
        figures=tuple(figure for part in parts for figure in part.figures),
        changes=tuple(text for part in parts for text in part.changes),
        warnings=tuple(text for part in parts for text in part.warnings),
    )


def shown(estimate: Estimate, as_json: bool) -> int:
    """Print an estimate, the verdict first, and return the exit code."""
    if as_json:
        write_json(estimate)
    else:
        from agent.cli.show import row

        row("Verdict", estimate.verdict, colour=COLOURS[estimate.verdict])
        for text in estimate.because:
            row("", text)
        for text in estimate.warnings:
            row("Warning", text, colour="yellow")
        for item in estimate.inputs:
            row(
                "Inputs" if item is estimate.inputs[0] else "",
                f"{_option(item.name)} {item.value} ({item.origin}{f': {item.note}' if item.note else ''})",
            )
        for figure in estimate.figures:
            row("Figures" if figure is estimate.figures[0] else "", f"{figure.name}: {figure.value:,.6g} {figure.unit}")
            row("", f"  {figure.working}")
            if figure.assumption:
                row("", f"  assumes: {figure.assumption}")
        for text in estimate.changes:
            row("Would change" if text is estimate.changes[0] else "", text)
    return 1 if estimate.verdict in NO else 0
