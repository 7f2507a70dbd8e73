"""``esos call``: call for help by every way that still works, and wait until a person has charge.

Law 3: the call is kept on disk before it leaves, so that ``--resume`` sends the identical bytes.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.call_prepare import NEWEST, prepared, prepared_offline, wait_for_a_card
from esos.cli.common import emit, json_option, note, run
from esos.cli.details import details_options
from esos.cli.party import PartyHere, is_terminal, party_options
from esos.cli.ways import (
    MailWay,
    carriers_for,
    gateway_options,
    gateways_of,
    relay_option,
    resolver_option,
    sender_option,
    starts,
)
from esos.errors import Conflict, EsosError, Forbidden, NotDelivered

if TYPE_CHECKING:
    from esos.caller.make import MadeCall
    from esos.caller.report import CallReport

WAIT_SECONDS = 300
ARM_SECONDS = 5
SECOND_MS = 1_000


@click.command("call")
@party_options
@details_options
@click.option("--sitrep", help="A situation report to follow: a file, or - for standard input.")
@click.option("--wait", "wait_s", type=click.FloatRange(0.1, 86_400), default=WAIT_SECONDS, show_default=True,
              help="Seconds to wait for a person.")  # fmt: skip
@click.option("--until", type=click.Choice(["arrived", "acknowledged"]), default="acknowledged", show_default=True,
              help="What to wait for: a station, or a person.")  # fmt: skip
@click.option("--offline", "offline", type=click.Path(path_type=Path, allow_dash=True),
              help="Send nothing; write the call to carry: .esos file, .svg or .png QR, .txt print.")  # fmt: skip
@click.option("--aloud", metavar="NUMBER",
              help="Send nothing; write what to read over a telephone, with your printed card's number.")  # fmt: skip
@click.option(
    "--quiet", is_flag=True, help="One datagram in 3 seconds to each station, on a network that must be spared."
)
@resolver_option
@relay_option
@sender_option
@gateway_options
@click.option("--resume", is_flag=False, flag_value=NEWEST, help="Send a kept call again: the newest, or this call id.")
@click.option("--test", "is_test", is_flag=True, help="Test the way to each station; reaches nobody.")
@click.option("--arm", "arm_s", type=click.IntRange(0, 60), help="Seconds to think again. [default: 5 in a terminal]")
@json_option
def command(key_file: Path, cards: tuple[str, ...], *, as_json: bool, **given: Any) -> int:
    """Call for help. Nothing is required but a key and a station; say what you know.

    Ends when a person has charge or the wait is over: 0 when a station has the call, 4 when none
    answered. The call is kept either way: esos call --resume --key FILE sends the same again.

    Example: esos call --station station.json --key hospital.key --nature flooding --need filtering=40Gbit/s
    """
    if given["is_test"]:
        from esos.cli.call_test import test_ways

        ways = (given["resolvers"], _mail_way(given), gateways_of(given))
        return run(test_ways(key_file, cards, *ways, as_json=as_json))
    if given["aloud"]:
        from esos.cli.call_aloud import write_aloud

        return run(write_aloud(key_file, cards, given, as_json=as_json))
    if given["offline"] is not None:
        return run(_offline(key_file, cards, given, as_json=as_json))
    return run(_call(key_file, cards, given, as_json=as_json))


async def _call(key_file: Path, cards: tuple[str, ...], given: dict[str, Any], *, as_json: bool) -> int:
    """Make or take up a call, send it, and say what became of it."""
    from asyncio import CancelledError

    party, made = await prepared(key_file, cards, given)
    if not given["resume"]:
        await _arm(given["arm_s"])
        if not as_json:
            note(_opening(party, given["natures"]))
    keep_quietly(party, made)
    if not party.stations:
        party, made = await wait_for_a_card(key_file, party, made, wait_s=given["wait_s"])
    try:
        report = await send_and_show(party, made, given, as_json=as_json)
    except CancelledError:
        note(f"Your call stands. To go on: esos call --resume --key {key_file}")
        note(f"To take it back: esos cancel --key {key_file}")
        raise
    return conclude(report, key_file, as_json=as_json)


def _opening(party: PartyHere, natures: tuple[str, ...]) -> str:
    """What stands above a call that is being sent: whether it is practice, and the first-aid cards."""
    from esos.cli.call_show import first_aid
    from esos.words.nature import read_nature
    from esos.words.realm import Realm

    practice = "This is an exercise.\n" if party.voice.realm is Realm.EXERCISE else ""
    return practice + first_aid(tuple(int(read_nature(one)) for one in natures)).lstrip() + "\n"


def keep_quietly(party: PartyHere, made: "MadeCall") -> None:
    """Keep the call; a disk that cannot is said, and stops nothing."""
    try:
        party.book.keep(made.record)
    except EsosError as trouble:
        note(f"{trouble.detail} [{trouble.code}]")


async def _arm(seconds: int | None) -> None:
    """A countdown in which a person may still think again."""
    from asyncio import sleep

    for left in range(seconds if seconds is not None else ARM_SECONDS if is_terminal() else 0, 0, -1):
        click.echo(f"\rCalling in {left} s. Ctrl-C stops it. ", err=True, nl=False)
        await sleep(1)


async def send_and_show(party: PartyHere, made: "MadeCall", given: dict[str, Any], *, as_json: bool) -> "CallReport":
    """Send a call by every carrier and follow it, telling a person as it happens."""
    from esos.caller.call import Calling
    from esos.cli.call_show import showing
    from esos.vault.chance import SystemClock

    with showing(silent=as_json, terminal=is_terminal()) as show:
        calling = Calling(
            made.record,
            voice=party.voice,
            book=party.book,
            clock=SystemClock(),
            stations=party.stations,
            doors=party.doors(),
            tell=show.tell,
        )
        carriers = carriers_for(
            party,
            quiet=given["quiet"],
            resolvers=given["resolvers"],
            mail=_mail_way(given),
            gateways=gateways_of(given),
        )
        wait_ms = round(given["wait_s"] * SECOND_MS)
        until_person = given["until"] == "acknowledged"
        return await calling.run(carriers, wait_ms=wait_ms, starts_ms=starts(party), until_person=until_person)


def _mail_way(given: dict[str, Any]) -> MailWay:
    return MailWay(relay=given["mail_relay"], sender=given["mail_from"])


def conclude(report: "CallReport", key_file: Path, *, as_json: bool) -> int:
    """The result on standard output, and the refusal where the call was not delivered."""
    from esos.caller.call import refusal_of
    from esos.cli.call_show import words_of

    emit(report, as_json=as_json, words=words_of(report, key_file=str(key_file)))
    if report.has_arrived:
        return 0
    refused = refusal_of(report)
    if refused is not None:
        raise Forbidden(refused.code, f"{refused.station}: {refused.why}")
    raise _not_delivered(report, key_file)


def _not_delivered(report: "CallReport", key_file: Path) -> EsosError:
    if not report.kept:
        return NotDelivered(
            "call.not_delivered_nor_kept",
            "No station answered in time, and the call could not be kept on this disk.",
            hint="Make room on the disk and call again, or write it to carry: esos call --offline call.esos",
        )
    return NotDelivered(
        "call.not_delivered",
        "No station answered in time. The call is kept.",
        hint=f"Go on: esos call --resume {report.call} --key {key_file}. Or carry it by hand to anybody online: "
        f"esos call --resume {report.call} --key {key_file} --offline call.svg (or .esos, .txt); "
        "or read it over a telephone: esos call --aloud NUMBER",
    )


def _key_to_carry(party: PartyHere, out: Path) -> bytes:
    """The public key goes along, since whoever gets the call may not know it.

    A print, which somebody has to type in, is spared those lines where a station knows the key: it gave a sealing key.
    """
    is_known = any(station.sealing_key for station in party.stations)
    return b"" if is_known and (str(out) == "-" or out.suffix == ".txt") else party.voice.public


async def _offline(key_file: Path, cards: tuple[str, ...], given: dict[str, Any], *, as_json: bool) -> int:
    """Write the call for a person to carry; nothing is sent."""
    from esos.carriers.offline import to_print, write_call

    party, made = await prepared_offline(key_file, cards, given)
    record, out = made.record, given["offline"]
    keep_quietly(party, made)
    public = _key_to_carry(party, out)
    try:
        written = to_print(record.cose, public) if str(out) == "-" else ""
        if not written:
            write_call(out, record.cose, public)
    except OSError as cause:
        raise Conflict("offline.not_written", f"{out} could not be written: {cause.strerror}.") from cause
    result = {
        "case": record.case, "call": record.call.hex(), "state": record.state, "receipts": [], "carriers": [],
        "statement": record.statement.hex(), "offline": str(out),
    }  # fmt: skip
    words = (
        written or f"{out}: call {record.call.hex()}. Carry it to a station or to anybody online: esos hand-in {out}"
    )
    emit(result, as_json=as_json, words=words.rstrip("\n"))
    return 0
