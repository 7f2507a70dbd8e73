"""``esos member``: a member's own card, and the register that stations keep of members."""

from pathlib import Path
from typing import Any

import click

from esos.cli.common import NONE, emit, json_option, read_input, run, station_options, table
from esos.cli.member_import import accept, import_members, invited
from esos.cli.where import Where
from esos.errors import Malformed
from esos.words.language import LANGUAGES
from esos.words.need import NeedLine, read_need


@click.group("member")
def group() -> None:
    """Members: cards, registration, suspension."""


@group.command("card")
@click.option("--key", "key_file", required=True, type=click.Path(path_type=Path), help="The member's key file.")
@click.option("--name", help="What others call the member.")
@click.option("--kind", help="What it is: team, hospital, network … [default: team]")
@click.option("--capability", "capabilities", multiple=True, help="What it can do, as filtering=40Gbit/s. Repeatable.")
@click.option("--lead-minutes", type=int, help="Until these capabilities are ready. [default: 60]")
@click.option("--country", help="Two letters, as IE.")
@click.option("--sector", "sectors", multiple=True, help="A sector it belongs to, as health. Repeatable.")
@click.option("--language", "languages", multiple=True, help="Two or three letters, as en. Repeatable.")
@click.option("--asn", "asns", type=int, multiple=True, help="A number of its networks. Repeatable.")
@click.option("--prefix", "prefixes", multiple=True, help="Addresses it runs, as 192.0.2.0/24. Repeatable.")
@click.option("--product", "products", multiple=True, help="What it runs, as vendor:product. Repeatable.")
@click.option("--contact", "contacts", multiple=True, help="As mail:duty@example.org or voice:+15550100. Repeatable.")
@click.option("--delegate", "delegates", multiple=True, help="A member that may call for it. Repeatable.")
@click.option("--hours", help="When it answers, as Mo-Fr 08:00-18:00. [default: 24/7]")
@click.option("--timezone", help="Of these hours, as Europe/Dublin. [default: UTC]")
@click.option("--base", type=click.Path(), help="A card in JSON to begin with, for what has no flag here.")
@json_option
def card(key_file: Path, base: str | None, *, as_json: bool, **given: Any) -> None:
    """Make a member's card, signed with its own key: JSON for a station's registrar.

    Example: esos member card --key net.key --name "Example Net" --capability filtering=40Gbit/s > net.card
    """
    del as_json  # the card is JSON in any case
    from esos.cli.cards import sign_card
    from esos.message.jsonform import body_to_json
    from esos.vault.keyfile import read_key

    key = read_key(key_file)
    made = _card_of(key, base, given)
    statement = sign_card(key, made)
    plain = body_to_json(statement.body)["card"]
    emit({"card": plain, "statement": _url_safe(statement.raw)}, as_json=True)


def _card_of(key: Any, base: str | None, given: dict[str, Any]) -> Any:
    """The card from flags and the file to begin with; raises ``Malformed`` (``card.malformed``)."""
    from esos.cli.cards import build_card
    from esos.cli.text import read_contacts

    plain: dict[str, Any] = {}
    if base:
        read = _decoded(read_input(base), base)
        plain = dict(read.get("card", read))
    lead_minutes = given.pop("lead_minutes")
    lines = [_capability(one, lead_minutes) for one in given.pop("capabilities")]
    flags = {**given, "capabilities": lines, "contacts": read_contacts(given["contacts"])}
    plain |= {name: value for name, value in flags.items() if value not in (None, (), [])}
    if not str(plain.get("name", "")).strip():
        raise Malformed("card.malformed", "A card without a name names nobody.", hint='Give --name "NAME".')
    return build_card(key, plain)


def _capability(written: str, lead_minutes: int | None) -> dict[str, Any]:
    line, units = read_need(written)
    return {"line": line.value, "units": units} | ({} if lead_minutes is None else {"lead_minutes": lead_minutes})


def _decoded(raw: bytes, place: str) -> dict[str, Any]:
    import msgspec

    try:
        read = msgspec.json.decode(raw)
    except msgspec.DecodeError as cause:
        raise Malformed("card.json", f"{place} is no JSON: {cause}.") from cause
    if not isinstance(read, dict):
        raise Malformed("card.json", f"{place} is no card.", hint="Make one: esos member card --key FILE")
    return read


def _url_safe(raw: bytes) -> str:
    from esos.logbook.base64s import url_safe

    return url_safe(raw)


@group.command("add")
@click.argument("card_file", metavar="CARD")
@station_options
def add(card_file: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Register a member by its signed card, a file or - for standard input; a newer card replaces an older one.

    Example: esos member add --home club net.card
    """
    given = _decoded(read_input(card_file), card_file)
    if "statement" not in given:
        raise Malformed("card.unsigned", "This card is not signed.", hint="Make one: esos member card --key FILE")
    done = run(_post(Where(home=home, url=url, token=token), "/members", given))
    name = given.get("card", {}).get("name", "")
    emit(done, as_json=as_json, words=f"Registered {name}: member {done['member']}.")


@group.command("list")
@station_options
def list_members(home: Path, url: str, token: str, *, as_json: bool) -> None:
    """List the register.

    Example: esos member list --home club
    """
    shown = run(_get(Where(home=home, url=url, token=token), "/members"))
    head = ("MEMBER", "NAME", "KIND", "WHERE", "HOURS", "CAN", "")
    emit(shown, as_json=as_json, words=table([_row(one) for one in shown["members"]], head))


def _row(member: dict[str, Any]) -> tuple[str, ...]:
    can = ", ".join(
        f"{one['line']} {one['units']} {NeedLine(one['line']).unit}" for one in member.get("capabilities", ())
    )
    hours = f"{member['hours']} {member['timezone']}"
    state = "suspended" if member["suspended"] else ""
    return (member["member"], member["name"], member["kind"], member["country"], hours, can or NONE, state)


def _registrar_act(name: str, kind: str, says: str, example: str, options: list[click.Option], fixed: Any) -> None:
    """Add a verb that says one thing of one member."""

    def act(member: str, home: Path, url: str, token: str, *, as_json: bool, **given: Any) -> None:
        done = run(_say(Where(home=home, url=url, token=token), member, kind, {**fixed, **given}))
        emit(done, as_json=as_json, words=f"{says} (journal number {done['seq']}).")

    act.__doc__ = f"{says}.\n\nExample: {example}"
    verb = group.command(name)(station_options(click.argument("member")(act)))
    verb.params.extend(options)


_REASON = click.Option(["--reason"], default="", help="Why, in a sentence.")
_SPONSOR = click.Option(["--by", "sponsor"], required=True, help="The member that answers for it.")
_registrar_act(
    "suspend",
    "member_suspended",
    "Suspend a member: it is asked for nothing, and may still call for help",
    'esos member suspend "Example Net" --home club --reason "Left the club"',
    [_REASON],
    {"suspended": True},
)
_registrar_act(
    "restore",
    "member_suspended",
    "Restore a member that was suspended",
    'esos member restore "Example Net" --home club',
    [_REASON],
    {"suspended": False},
)
_registrar_act(
    "sponsor",
    "member_sponsored",
    "Record that one member answers for another",
    'esos member sponsor "Example Net" --by "Example Hospital" --home club',
    [_SPONSOR],
    {},
)


@group.command("token")
@click.argument("member")
@station_options
def token_for(member: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Make a token for a member's programs, good for a year and shown once.

    Example: esos member token "Example Net" --home club
    """
    made = run(_secret(Where(home=home, url=url, token=token), member, "token"))
    emit(made, as_json=as_json, words=made["secret"])


@group.command("link")
@click.argument("member")
@station_options
def link_for(member: str, home: Path, url: str, token: str, *, as_json: bool) -> None:
    """Make a one-time link by which a member signs in to its pages, good for 48 hours.

    Example: esos member link "Example Net" --home club
    """
    made = run(_secret(Where(home=home, url=url, token=token), member, "link"))
    emit(made, as_json=as_json, words=made["link"])


@group.command("card-number")
@click.argument("member")
@click.option("--count", type=click.IntRange(1, 20), default=4, show_default=True, help="How many one-time numbers.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the card as a picture (.svg) to print.")
@click.option("--language", type=click.Choice(tuple(LANGUAGES)), help="Of the card. [default: the member's own]")
@station_options
def card_number(
    member: str, count: int, out: Path | None, language: str | None, home: Path, url: str, token: str, *, as_json: bool
) -> None:
    """Make a printed card: where to ring the watch, and one-time numbers by which a stranger can call for you.

    Example: esos member card-number "Example Hospital" --home club --count 4 --out card.svg
    """
    from esos.cli.printed import printed_card, printed_text, write_printed

    made = run(printed_card(Where(home=home, url=url, token=token), member, count, language or ""))
    if out is not None:
        write_printed(out, made)
    emit(made, as_json=as_json, words=f"Written to {out}." if out else printed_text(made))


for _verb in (import_members, invited, accept):
    group.add_command(_verb)


async def _get(where: Where, path: str) -> Any:
    async with where.reached() as client:
        return await client.get(path)


async def _post(where: Where, path: str, said: object) -> Any:
    async with where.reached() as client:
        return await client.post(path, said)


async def _say(where: Where, member: str, kind: str, body: dict[str, Any]) -> Any:
    from esos.cli.text import find_member

    async with where.reached() as client:
        member_id = await find_member(client, member)
        if "sponsor" in body:
            body["sponsor"] = await find_member(client, body["sponsor"])
        return await client.post(f"/members/{member_id}/statements", {"kind": kind, "body": body})


async def _secret(where: Where, member: str, purpose: str) -> Any:
    from esos.cli.text import find_member

    async with where.reached() as client:
        member_id = await find_member(client, member)
        return await client.post(f"/members/{member_id}/secrets", {"purpose": purpose})
