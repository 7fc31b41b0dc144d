"""`mlwright packs`."""

from pathlib import Path

import click

from agent.cli.output import note, say, write_json
from agent.errors import BadRequest


@click.group()
def packs() -> None:
    """List packs, and say whose code may run."""


@packs.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_packs(as_json: bool) -> int:
    """List the packs in reach and the skills of each, with whether their code may run."""
    from agent.engine import Engine
    from agent.safeguards.trust import trusted
    from agent.skills.discovery import content_hash

    engine = Engine.open()
    decisions = trusted(engine.loaded.places.state)
    rows = [
        {
            "pack": pack.name,
            "root": str(pack.root),
            "skill": skill.name,
            "trusted": pack.builtin or content_hash(skill.folder) in decisions,
        }
        for pack in engine.packs
        for skill in engine.skills.values()
        if skill.pack == pack
    ]
    if as_json:
        write_json(rows)
        return 0
    for row in rows:
        say(f"{row['pack']}: {row['skill']} ({'trusted' if row['trusted'] else 'not trusted'}) {row['root']}")
    return 0


@packs.command("trust")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def trust_pack(folder: Path) -> int:
    """Allow the code of the skill in FOLDER, as it is now, to run with your rights. A changed byte takes that back."""
    from agent.engine import Engine
    from agent.safeguards.trust import trust
    from agent.skills.discovery import content_hash

    if not (folder / "SKILL.md").is_file():
        raise BadRequest(f"{folder} is not a skill: it has no SKILL.md", "name the folder that holds SKILL.md")
    engine = Engine.open()
    digest = content_hash(folder)
    trust(engine.loaded.places.state, digest, str(folder.resolve()))
    note(f"trusted: {folder} as it is now (sha256 {digest[:12]})")
    return 0
