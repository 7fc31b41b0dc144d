"""`mlwright knowledge`: search the reference docs and one's own documents, index them, and look after the index."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

from agent.cli.output import Ticker, note, painted, say, write_json

if TYPE_CHECKING:
    from agent.engine import Engine
    from agent.knowledge.index import Scope
    from agent.knowledge.retrieval.sync import Report

SHOWN = 20


@contextmanager
def working() -> "Generator[Engine]":
    """Open the engine with progress on stderr."""
    from agent.engine import Engine

    ticker = Ticker()
    try:
        yield Engine.open(report=ticker)
    finally:
        ticker.close()


EPILOG = """\b
Try:
  mlwright knowledge search "when is drift worth an alert"
  mlwright knowledge add docs/     md, rst, html, pdf, docx, ipynb, csv, json, code
  mlwright knowledge sync          bring it up to date; only what changed is read
  mlwright knowledge doctor        compare what is recorded with what is searched
"""


@click.group(epilog=EPILOG)
def knowledge() -> None:
    """Search the reference docs, and index documents of your own.

    Inside a project (a folder with .mlwright/) the index is the project's, elsewhere it is yours. Answers of `ask` then
    cite your documents too. Their files are only read; what they say is quoted, never followed.
    """


@knowledge.command("search")
@click.argument("query")
@click.option("--count", "-n", type=click.IntRange(1, 50), default=5, help="Passages to show.")
@click.option("--persona", "-p", help="Raise what is written for this persona.")
@click.option(
    "--only", type=click.Choice(["own", "reference"]), help="Search only your documents, or only the reference docs."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def search_knowledge(query: str, count: int, persona: str | None, only: str | None, as_json: bool) -> int:
    """Find the passages that bear on QUERY, and quote them."""
    from agent.cli.output import request_text
    from agent.cli.show import row

    with working() as engine:
        scope = cast("Scope | None", only)
        found = engine.index.only(scope).citations(request_text(query), count, persona)
    if as_json:
        write_json(found)
        return 0
    if not found:
        note("nothing in the documents bears on this")
    for citation in found:
        say(f"[{citation.id}] {citation.path}:{citation.line} > {citation.heading} ({citation.score:.2f})", bold=True)
        row("", " ".join(citation.quote.split()))
    return 0


@knowledge.command("add")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--name", help="What its documents are called in citations; by default the folder's name.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def add(path: Path, name: str | None, as_json: bool) -> int:
    """Index a folder or a file, so that searches and answers find it.

    Stop it whenever you like: what was done is kept, and the next `mlwright knowledge sync` goes on from there.
    """
    with working() as engine:
        report = engine.own.add(path, name)
        _ = engine.index  # what the first search needs is made now, while somebody waits
    return told(report, as_json)


@knowledge.command("sync")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def sync(as_json: bool) -> int:
    """Bring the index up to date: new and changed files are read, passages of deleted ones are taken out."""
    with working() as engine:
        report = engine.own.sync()
        _ = engine.index  # what the first search needs is made now, while somebody waits
    return told(report, as_json)


@knowledge.command("remove")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def remove(name: str, as_json: bool) -> int:
    """Take a source out of the index; its files stay where they are."""
    with working() as engine:
        report = engine.own.remove(name)
        _ = engine.index  # what the first search needs is made now, while somebody waits
    return told(report, as_json)


def told(report: "Report", as_json: bool) -> int:
    """Show what a sync did."""
    if as_json:
        write_json(asdict(report))
        return 0
    parts = [
        f"{count:,} {what}"
        for what, count in (
            ("added", report.added),
            ("changed", report.changed),
            ("removed", report.removed),
            ("unchanged", report.unchanged),
            ("skipped", len(report.skipped)),
        )
        if count
    ]
    say(f"files: {', '.join(parts) or 'none'}", bold=True)
    say(f"{report.passages:,} passages are searched; {report.encoded:,} were encoded, in {report.seconds:.1f} s")
    for left in report.skipped[:SHOWN]:
        say(f"  skipped {left.path}: {left.reason}", colour="yellow")
    if len(report.skipped) > SHOWN:
        say(f"  and {len(report.skipped) - SHOWN:,} more: mlwright knowledge list --skipped")
    return 0


@knowledge.command("list")
@click.option("--skipped", is_flag=True, help="List the files that are not searched, and why.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_knowledge(skipped: bool, as_json: bool) -> int:
    """List the documents that are searched."""
    with working() as engine:
        listing = engine.index.listing()
    if as_json:
        write_json(asdict(listing))
        return 0
    if skipped:
        for left in listing.skipped:
            say(f"{left.path}: {left.reason}")
        return 0
    for document in listing.documents:
        say(f"{document.path}  {document.title}  ({document.passages} passage{'s' if document.passages != 1 else ''})")
    if listing.skipped:
        note(f"{len(listing.skipped):,} files are not searched; see them with --skipped")
    return 0


@knowledge.command("stats")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def stats(as_json: bool) -> int:
    """Show sizes, the encoder, and how searches are ranked."""
    from agent.cli.show import row

    with working() as engine:
        found = engine.index.stats()
    if as_json:
        write_json(found)
        return 0
    for name, value in found.items():
        row(name.replace("_", " "), f"{value:,}" if isinstance(value, int) else str(value))
    return 0


@knowledge.command("encoder")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def encoder(as_json: bool) -> int:
    """Show which encoder is used, and why."""
    from agent.cli.show import row
    from agent.engine import LEXICAL_COST, Engine
    from agent.knowledge.retrieval.weights import INSTALL

    engine = Engine.open()
    tier = "lexical" if engine.encoder is None else engine.encoder.name
    if as_json:
        write_json({"tier": tier, "reason": engine.encoder_reason})
        return 0
    row("Encoder", tier)
    row("Why", engine.encoder_reason)
    if engine.encoder is None:
        row("Cost", LEXICAL_COST)
        row("Mend", INSTALL)
    return 0


@knowledge.command("doctor")
@click.option(
    "--repair", is_flag=True, help="Make the index of your documents anew; nothing that can be read is encoded again."
)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def doctor(repair: bool, as_json: bool) -> int:
    """Compare store and search of your documents, and the reference docs' facts with the packages installed here.

    Exit 1 when something is wrong with the index. What went stale in the reference docs is listed, and changes nothing.
    """
    from agent.cli.show import row

    with working() as engine:
        if repair and engine.own.sources():
            engine.own.repair()
        health = engine.own.examine() if engine.own.sources() else None
        stale = engine.stale()
    faults = health.faults if health is not None else ()
    if as_json:
        write_json({"index": asdict(health) if health is not None else None, "stale": [asdict(item) for item in stale]})
        return 1 if faults else 0
    if health is None:
        row("Own documents", "none are indexed")
    elif not faults:
        row("Own documents", f"{painted('PASS')} {health.passages:,} passages, the same in store and search")
    for fault in faults:
        row("Own documents", f"{painted('FAIL')} {fault}")
    if faults:
        row("Mend", "mlwright knowledge doctor --repair")
    row("Reference docs", f"{len(stale)} statements may be stale" if stale else f"{painted('PASS')} nothing went stale")
    for item in stale:
        row("", f"{item.where}: {item.what}")
    return 1 if faults else 0
