"""``esos message``: talk on a case with files and a link to a conference, for whoever has a token."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import clock, emit, read_bytes, run, station_options
from esos.cli.text import find_case
from esos.cli.where import Where

if TYPE_CHECKING:
    from esos.cli.client import StationClient


@click.group("message")
def group() -> None:
    """Write on a case, read what was written, and fetch files.

    Example: esos message list QXZKPM --home club
    """


@group.command("write")
@click.argument("case")
@click.argument("text")
@click.option("--attach", multiple=True, type=click.Path(path_type=Path), help="A file to send along. Repeatable.")
@click.option("--conference", default="", help="A link to a conference: https, tel or sip.")
@click.option("--to", multiple=True, help="To whom, by id. Repeatable; without it, to everybody on the case.")
@station_options
def write(
    case: str, text: str, attach: tuple[Path, ...], conference: str, to: tuple[str, ...], home: Path, url: str,
    token: str, *, as_json: bool,
) -> None:  # fmt: skip
    """Write to everybody on the case, or to some.

    Example: esos message write QXZKPM "The logs" --attach logs.txt --conference https://meet.example.net/room
    """
    body = {"text": text, "conference": conference, "to": list(to)}
    plain = {name: value for name, value in body.items() if value}
    said = run(_write(Where(home=home, url=url, token=token), case, plain, attach))
    emit(said, as_json=as_json, words="Sent.")


async def _write(where: Where, case: str, body: dict[str, Any], attach: tuple[Path, ...]) -> Any:
    from esos.message.talk_bodies import FILE_MAX_BYTES

    async with where.reached() as client:
        found = await find_case(client, case)
        files = [
            await client.post_bytes(f"/cases/{found}/files", read_bytes(str(one), FILE_MAX_BYTES), name=one.name)
            for one in attach
        ]
        said = {"kind": "messaged", "body": body | ({"files": files} if files else {})}
        return await client.post(f"/cases/{found}/statements", said)


@group.command("list")
@click.argument("case")
@station_options
def list_(case: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Show what was written on a case, oldest first, with the digest of each file.

    Example: esos message list QXZKPM --home club
    """
    said = run(_list(Where(home=home, url=url, token=token), case))
    emit({"messages": said}, as_json=as_json, words="\n\n".join(map(_words, said)) or "Nothing was written.")


async def _list(where: Where, case: str) -> list[dict[str, Any]]:
    async with where.reached() as client:
        found = await find_case(client, case)
        return await _messages(client, found)


async def _messages(client: "StationClient", case: str) -> list[dict[str, Any]]:
    talk: list[dict[str, Any]] = (await client.get(f"/cases/{case}/messages"))["messages"]
    return talk


def _words(one: dict[str, Any]) -> str:
    lines = [f"{one['who']}, {clock(one['at_ms'])}:", one["text"]]
    if one["conference"]:
        lines.append(f"{one['conference_words']}: {one['conference']}")
    lines += [f"File {file['name']}, {file['size_bytes']} bytes: {file['digest']}" for file in one["files"]]
    return "\n".join(lines)


@group.command("fetch")
@click.argument("case")
@click.argument("digest")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Where to write it; never over a file.")
@station_options
def fetch(case: str, digest: str, out: Path, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Fetch a file of a message. Nobody has looked into it: open it only if you expect it.

    Example: esos message fetch QXZKPM 4b6f2a --out logs.txt
    """
    content = run(_fetch(Where(home=home, url=url, token=token), case, digest))
    with out.open("xb") as file:
        file.write(content)
    emit({"file": str(out), "bytes": len(content)}, as_json=as_json, words=f"{out}: {len(content)} bytes.")


async def _fetch(where: Where, case: str, digest: str) -> bytes:
    from esos.errors import Unknown

    async with where.reached() as client:
        found = await find_case(client, case)
        files = [file for one in await _messages(client, found) for file in one["files"]]
        whole = next((file["digest"] for file in files if file["digest"].startswith(digest.lower())), "")
        if not whole:
            raise Unknown("file.unknown", "No message to you in this case names such a file.")
        return await client.raw(f"/api/v1/cases/{found}/files/{whole}")
