"""``esos member import``, ``invited`` and ``accept``: from a list of teams to members by their own keys."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import NONE, emit, json_option, read_bytes, read_json, run, station_options, table
from esos.cli.where import Where
from esos.errors import Malformed

AT_ONCE = 100
"""How many are invited by one request."""


@click.command("import")
@click.argument("file")
@click.option("--yes", is_flag=True, help="Do it; without this you only see what would be done.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the invitations. [default: ./invitations]",
)
@station_options
def import_members(file: str, home: Path, url: str, token: str, *, yes: bool, out: Path | None, as_json: bool) -> None:
    """Invite the teams of a list: CSV with a heading, or JSON as FIRST and Trusted Introducer publish it.

    Nobody becomes a member by this: each accepts with its own key (esos member accept).

    \b
    Example: esos member import members.csv --home club
             esos member import members.csv --home club --yes
    """  # noqa: D301 - click wants the backspace as it is
    from esos.cli.member_lists import read_list

    listed = read_list(read_bytes(file), Path(file).name)
    if listed.faults and yes:
        first = listed.faults[0]
        raise Malformed(
            first.code, f"Row {first.row}: {first.says} Nothing was done.", hint="Without --yes you see every fault."
        )
    if not yes:
        _show(listed, as_json=as_json)
        return
    folder = out or Path("invitations")
    made = run(_invite(Where(home=home, url=url, token=token), [one for _, one in listed.wanted]))
    files = [_write(folder, one) for one in made["invitations"]]
    words = [
        f"{one['card']['name']}: invited; hand over {path}"
        for one, path in zip(made["invitations"], files, strict=True)
    ]
    words += [f"{name}: a member already, left alone" for name in made["known"]]
    words.append("Each file holds a secret: hand it to its team alone. It is good for 30 days, once.")
    emit({"done": True, "invited": files, "known": made["known"]}, as_json=as_json, words="\n".join(words))


def _show(listed: Any, *, as_json: bool) -> None:
    plain = {
        "done": False,
        "invite": [{"row": row, **one} for row, one in listed.wanted],
        "faults": [one._asdict() for one in listed.faults],
    }
    rows = [(str(row), one["name"], one.get("country", NONE), _ways(one)) for row, one in listed.wanted]
    words = [table(rows, ("ROW", "WOULD INVITE", "WHERE", "CONTACTS"))] if rows else ["Nobody would be invited."]
    words += [f"Row {one.row}: {one.says} [{one.code}]" for one in listed.faults]
    words.append("Mend these rows first." if listed.faults else "Nothing was done yet. To do it, add --yes.")
    emit(plain, as_json=as_json, words="\n".join(words))


def _ways(one: dict[str, Any]) -> str:
    return ", ".join(f"{way['channel']}:{way['address']}" for way in one.get("contacts", ())) or NONE


async def _invite(where: Where, wanted: list[dict[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {"invitations": [], "known": []}
    async with where.reached() as client:
        for start in range(0, len(wanted), AT_ONCE):
            answer = await client.post("/invitations", {"invite": wanted[start : start + AT_ONCE]})
            made = {name: [*made[name], *answer[name]] for name in made}
    return made


def _write(folder: Path, invitation: dict[str, Any]) -> str:
    """The invitation as a file that only its owner reads."""
    import msgspec

    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(letter if letter.isalnum() else "-" for letter in invitation["card"]["name"].casefold()).strip("-")
    path = folder / f"{name or 'team'}-{invitation['invitation'][:6]}.json"
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(invitation), indent=2) + b"\n")
    return str(path)


@click.command("invited")
@station_options
def invited(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """List who was invited and has not accepted yet.

    Example: esos member invited --home club
    """
    shown = run(_invited(Where(home=home, url=url, token=token)))
    rows = [(one["name"], one["invitation"], one["source"] or NONE) for one in shown["invited"]]
    emit(shown, as_json=as_json, words=table(rows, ("INVITED", "INVITATION", "FROM")))


async def _invited(where: Where) -> Any:
    async with where.reached() as client:
        return await client.get("/invitations")


@click.command("accept")
@click.argument("invitation", type=click.Path(path_type=Path))
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="Your own key file.")
@click.option("--name", help="What others call you, where the invitation has it wrong.")
@click.option("--capability", "capabilities", multiple=True, help="What you can do, as filtering=40Gbit/s. Repeatable.")
@click.option("--contact", "contacts", multiple=True, help="Instead of those in the invitation. Repeatable.")
@click.option("--url", default="", help="The station's address, where it is not the one in the invitation.")
@json_option
def accept(invitation: Path, key_file: Path, url: str, *, as_json: bool, **given: Any) -> None:
    """Become a member: sign your card with your own key, and accept the invitation that the registrar gave you.

    Example: esos member accept example-net.json --key net.key --capability filtering=40Gbit/s
    """
    from esos.cli.cards import build_card, sign_card
    from esos.logbook.base64s import url_safe
    from esos.vault.keyfile import read_key

    read = read_json(str(invitation))
    if not isinstance(read, dict) or not isinstance(read.get("card"), dict) or "secret" not in read:
        raise Malformed("invitation.form", f"{invitation} is no invitation.", hint="Take the file as it was given.")
    key = read_key(key_file)
    statement = sign_card(key, build_card(key, _card(read["card"], given)))
    said = {"secret": read["secret"], "statement": url_safe(statement.raw)}
    done = run(_accept(url or str(read.get("http", "")), said))
    emit(done, as_json=as_json, words=f"{done['name']} is a member now: {done['member']}.")


def _card(base: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    from esos.cli.text import read_contacts
    from esos.words.need import read_need

    flags = {
        "name": given["name"],
        "contacts": read_contacts(given["contacts"]),
        "capabilities": [{"line": line.value, "units": units} for line, units in map(read_need, given["capabilities"])],
    }
    return base | {name: value for name, value in flags.items() if value}


async def _accept(url: str, said: dict[str, str]) -> Any:
    async with Where(home=Path(), url=url, token="").reached() as client:
        return await client.post("/invitations/accept", said)
