"""Small things written on the command line, read into the values they stand for: contacts, lines, parties, times."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from esos.errors import Forbidden, Malformed, Unknown
from esos.words.need import read_need

if TYPE_CHECKING:
    from esos.cli.client import StationClient

CASE_ID_CHARACTERS = 32

CHANNELS = ("mail", "sms", "webhook", "apprise", "file", "voice", "ring")


def read_contacts(written: Iterable[str]) -> list[dict[str, str]]:
    """Contacts from ``mail:duty@example.org`` and the like; raises ``Malformed`` (``contact.form``)."""
    return [_read_contact(one) for one in written]


def _read_contact(written: str) -> dict[str, str]:
    channel, _, address = written.partition(":")
    if channel not in CHANNELS or not address:
        raise Malformed(
            "contact.form",
            f"{written!r} is no contact.",
            hint=f"As mail:duty@example.org; the channels are {', '.join(CHANNELS)}.",
        )
    return {"channel": channel, "address": address}


def read_asks(written: Iterable[str]) -> list[dict[str, Any]]:
    """Need lines with quantities from ``filtering=40Gbit/s`` and the like; raises ``Malformed`` (``need.*``)."""
    return [{"line": line.value, "quantity": quantity} for line, quantity in map(read_need, written)]


def pick(rows: Sequence[dict[str, Any]], given: str, *, names: Sequence[str], what: str) -> dict[str, Any]:
    """The one row that a person means: a field given whole, whatever the case of letters, or by its only beginning.

    Raises ``Unknown`` (``input.nothing``) for none and ``Malformed`` (``input.ambiguous``) for several.
    """
    wanted = given.strip().casefold()
    whole = [row for row in rows if any(str(row[name]).casefold() == wanted for name in names)]
    begun = [row for row in rows if wanted and any(str(row[name]).casefold().startswith(wanted) for name in names)]
    found = whole or begun
    if not found:
        raise Unknown("input.nothing", f"There is no {what} {given!r} here.", hint="Give its id, or list them all.")
    if len(found) > 1:
        listed = ", ".join(str(row[names[0]]) for row in found[:5])
        raise Malformed(
            "input.ambiguous", f"{given!r} may be more than one {what}: {listed}.", hint="Write more of it."
        )
    return found[0]


async def find_member(client: "StationClient", given: str) -> str:
    """A member's id, from its id, the beginning of it, or its name."""
    rows = (await client.get("/members"))["members"]
    return str(pick(rows, given, names=("member", "name"), what="member")["member"])


async def find_officer(client: "StationClient", given: str) -> str:
    """An officer's id, from its id or name."""
    rows = (await client.get("/officers"))["officers"]
    return str(pick(rows, given, names=("officer", "name"), what="officer")["officer"])


async def find_case(client: "StationClient", given: str) -> str:
    """A case's id from its code, its id or the beginning of it.

    Raises ``Unknown`` (``input.nothing``) and ``Malformed`` (``input.ambiguous``).
    """
    wanted = given.strip().replace("-", "")
    if len(wanted) == CASE_ID_CHARACTERS:
        return wanted.lower()
    rows = (await client.get("/cases"))["cases"]
    try:
        return str(pick(rows, wanted, names=("code", "case"), what="case")["case"])
    except Unknown:
        return str(pick(await _erased(client), wanted, names=("code", "case"), what="case")["case"])


async def _erased(client: "StationClient") -> list[dict[str, Any]]:
    """Erased cases have a code still; who may not see them is told that there is no such case."""
    try:
        rows: list[dict[str, Any]] = (await client.get("/erased"))["erased"]
    except Forbidden:
        return []
    return rows
