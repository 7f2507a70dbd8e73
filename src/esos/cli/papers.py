"""``esos station papers``: the agreement, privacy and liability texts as your own files. Not legal advice."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from esos.cli.common import emit, home_option, json_option, open_home, run
from esos.errors import Conflict

if TYPE_CHECKING:
    from esos.station.station import Station


@click.command("papers")
@home_option
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="The folder. [default: HOME/papers]")
@click.option("--force", is_flag=True, help="Also write over papers that are there.")
@json_option
def papers(home: Path, out: Path | None, *, force: bool, as_json: bool) -> None:
    """Write out the agreement, privacy and liability templates, with the station and its pact filled in.

    They are not legal advice: have them read by somebody who knows the law that applies to you.

    Example: esos station papers --home club --out papers
    """
    folder = out or home / "papers"
    texts = run(_texts(home))
    there = [name for name in texts if (folder / f"{name}.md").exists()]
    if there and not force:
        raise Conflict(
            "papers.exist", f"{folder / f'{there[0]}.md'} is there already.", hint="--force writes over what is there."
        )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")
    files = [str(folder / f"{name}.md") for name in texts]
    words = "\n".join(
        [*files, "Not legal advice: have them read before anybody signs them. Blanks stand in [BRACKETS]."]
    )
    emit({"files": files}, as_json=as_json, words=words)


async def _texts(home: Path) -> dict[str, str]:
    from esos.pact import shipped

    async with open_home(home) as station:
        return {name: _filled(shipped.template(name), station) for name in shipped.template_names()}


def _filled(text: str, station: "Station") -> str:
    pact = station.directory.pact
    named = text.replace("[STATION]", station.identity.name)
    return named.replace("[PACT, VERSION]", f"{pact.pact.title}, version {pact.version}") if pact else named
