"""``esos gateway``, the verbs for answers by text message and by keypress: let programs in, and hand texts in."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import emit, json_option, read_input, run, station_options
from esos.cli.where import Where
from esos.errors import Usage

_WARNING = "Give it to the program that carries them. It is not shown again; it holds for a year."


@click.command("admit")
@click.argument("name")
@click.option("--carries", type=click.Choice(["text", "voice"]), required=True, help="Text messages, or keypresses.")
@station_options
def admit(name: str, home: Path, url: str, token: str, *, carries: str, as_json: bool) -> None:
    """Let a program in that hands in people's answers, and print its secret.

    Example: esos gateway admit front-desk --carries text --home club
    """
    made = run(_admit(Where(home=home, url=url, token=token), {"name": name, "carries": carries}))
    emit(made, as_json=as_json, words=f"gateway {made['name']}\nsecret  {made['secret']}\n\n{_WARNING}")


async def _admit(where: Where, said: dict[str, Any]) -> Any:
    async with where.reached() as client:
        return await client.post("/gateways", said)


@click.command("dismiss")
@click.argument("name")
@station_options
def dismiss(name: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Void every secret of a gateway; nothing it hands in counts from now on.

    Example: esos gateway dismiss front-desk --home club
    """
    run(_dismiss(Where(home=home, url=url, token=token), name))
    emit({"name": name, "dismissed": True}, as_json=as_json, words=f"The gateway {name} is dismissed.")


async def _dismiss(where: Where, name: str) -> None:
    async with where.reached() as client:
        await client.delete(f"/gateways/{name}")


@click.command("answer")
@click.argument("file", default="-")
@click.option("--url", required=True, help="The station's address.")
@click.option("--from", "number", required=True, help="The number that sent it, as the network names it.")
@click.option("--secret-file", type=click.Path(path_type=Path), required=True, help="A file with the gateway's secret.")
@json_option
def answer(file: str, url: str, number: str, secret_file: Path, *, as_json: bool) -> None:
    """Hand in somebody's answer by text message, and print what to send back to the number.

    FILE holds the words of the message; - is standard input. Nothing printed: nothing to send back.

    Example: esos gateway answer message.txt --url https://esos.club.example --from +353999000111 --secret-file gw.txt
    """
    if not secret_file.is_file():
        raise Usage("gateway.secret_file", f"There is no file {secret_file}.", hint="Make one: esos gateway admit")
    text = read_input(file).decode("utf-8", "replace")
    secret = secret_file.read_text(encoding="utf-8").strip()
    said = run(_answer(Where(home=Path(), url=url, token=secret), {"number": number, "text": text}))
    emit(said, as_json=as_json, words=said["reply"])


async def _answer(where: Where, said: dict[str, str]) -> Any:
    async with where.reached() as client:
        return await client.post("/texts", said)
