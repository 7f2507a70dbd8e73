"""``esos pact``: check a pact file, explain in plain words what it binds whom to, and put it in force."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import emit, json_option, read_input, run, station_options
from esos.cli.where import Where
from esos.errors import Malformed, Unknown
from esos.words.language import say

if TYPE_CHECKING:
    from esos.pact.model import Pact


@click.group("pact")
def group() -> None:
    """Check, explain and publish a pact: a file, or the name of a shipped one (pledge, club, treaty, federation)."""


@group.command("check")
@click.argument("pact")
@json_option
def check(pact: str, *, as_json: bool) -> None:
    """Check a pact; exit code 3 and every fault where it cannot be put in force.

    Example: esos pact check club
    """
    _, read = read_pact_argument(pact)
    result = {"ok": True, "pact": read.name, "version": read.version, "digest": read.digest.hex()}
    words = f"{read.name}, version {read.version}, can be put in force. SHA-256 {read.digest.hex()}."
    emit(result, as_json=as_json, words=words)


@group.command("show")
@click.argument("pact")
@click.option("--raw", is_flag=True, help="The file itself, to start one of your own from.")
@json_option
def show(pact: str, *, raw: bool, as_json: bool) -> None:
    """Explain a pact in plain words: who may call, who must help, with what, by when.

    Example: esos pact show club
    """
    from esos.pact.explain import explain

    content, read = read_pact_argument(pact)
    if raw:
        click.echo(content, nl=False)
        return
    explanation = explain(read)
    emit(explanation, as_json=as_json, words=explanation.as_text().rstrip("\n"))


@group.command("publish")
@click.argument("pact")
@station_options
def publish(pact: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Put a pact in force at a station, as its registrar; cases that are open keep the rules they began under.

    Example: esos pact publish our-pact.toml --home club
    """
    raw, read = read_pact_argument(pact)
    done = run(_publish(Where(home=home, url=url, token=token), raw))
    words = say(
        "{pact}, version {version}, is in force. Each member accedes to it anew: esos accede --pact {pact}",
        pact=read.name,
        version=read.version,
    )
    emit({**done, "digest": read.digest.hex()}, as_json=as_json, words=words)


async def _publish(where: Where, raw: bytes) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError as cause:
        raise Malformed("input.file", "A pact is a text in UTF-8.") from cause
    async with where.reached() as client:
        return await client.post("/pacts", {"text": text})


def read_pact_argument(name: str) -> "tuple[bytes, Pact]":
    """A pact named on the command line: a file where there is one, else a shipped pact's name."""
    from esos.pact import shipped
    from esos.pact.read import read_pact

    if name in shipped.names() and not Path(name).is_file():
        return shipped.load(name)
    if name != "-" and not Path(name).is_file():
        shipped_names = ", ".join(shipped.names())
        raise Unknown(
            "input.missing",
            f"There is no file {name}, and no pact of that name comes with e-SOS.",
            hint=f"Give a file, or one of: {shipped_names}.",
        )
    raw = read_input(name)
    return raw, read_pact(raw)
