"""``esos beacon``: in peace time keep in touch with your stations, and see which of them hear you.

Law 7: a heartbeat opens no case and wakes nobody; law 4: that a station hears you is a machine's word.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import NONE, clock, emit, json_option, note, run, table
from esos.cli.party import PartyHere, open_party, party_options
from esos.errors import NotDelivered, Usage
from esos.words.silence import SILENT_MAX_MINUTES, SILENT_MIN_MINUTES

if TYPE_CHECKING:
    from esos.caller.keep import Beacon, StationHears

SECOND_MS = 1_000
EVERY_SECONDS = 30


@click.group("beacon")
def group() -> None:
    """In peace time: heartbeats to your stations, so that a call finds them ready."""


@group.command("run")
@party_options
@click.option("--every", "every_s", type=click.IntRange(15, 240), default=EVERY_SECONDS, show_default=True,
              help="Seconds between two heartbeats to a station.")  # fmt: skip
@click.option("--once", is_flag=True, help="One heartbeat to each station, and end: for a timer or cron.")
@json_option
def run_beacon(key_file: Path, cards: tuple[str, ...], *, every_s: int, once: bool, as_json: bool) -> None:
    """Send heartbeats to your stations until stopped, and say whenever one begins or ceases to hear you.

    The stations named become your home list, in this order; without any, those pinned beside your key are. It
    measures the round trip, which a call uses, and renews the sealing keys by itself. With --once it ends with
    exit code 4 where a station does not hear you.

    Example: esos beacon run --key hospital.key --station first.json --station second.json --station third.json
    """
    run(_once(key_file, cards, as_json=as_json) if once else _run(key_file, cards, every_s, as_json=as_json))


@group.command("show")
@party_options
@json_option
def show(key_file: Path, cards: tuple[str, ...], *, as_json: bool) -> None:
    """Show what the last heartbeats left on this disk; nothing is sent.

    Example: esos beacon show --key hospital.key
    """
    run(_show(key_file, cards, as_json=as_json))


@group.command("lodge")
@party_options
@click.option("--if-silent", "minutes", type=click.IntRange(SILENT_MIN_MINUTES, SILENT_MAX_MINUTES), metavar="MINUTES",
              help="After so many minutes without a heartbeat an officer shall look after you.")  # fmt: skip
@click.option("--urgency", type=click.Choice(["mayday", "pan-pan"]), default="pan-pan", show_default=True,
              help="How urgently people are woken.")  # fmt: skip
@click.option("--words", default="", help="For the officer: whom to ring first.")
@click.option("--withdraw", is_flag=True, help="Take it back: silence means nothing again.")
@json_option
def lodge(key_file: Path, cards: tuple[str, ...], *, as_json: bool, **given: Any) -> None:
    """Lodge what shall happen when your beacon falls silent: that your stations suspect distress.

    An officer is woken and looks after you. Nobody is asked to help before you, or a call-back, confirm it, unless
    the pact of the station says otherwise. Cancelling is free: esos cancel. The newest word counts.

    Example: esos beacon lodge --if-silent 30 --words "Ring the port office first" --key harbour.key
    """
    if bool(given["minutes"]) == given["withdraw"]:
        raise Usage("beacon.what", "Either lodge (--if-silent MINUTES), or take it back (--withdraw).")
    run(_lodge(key_file, cards, given, as_json=as_json))


async def _lodge(key_file: Path, cards: tuple[str, ...], given: dict[str, Any], *, as_json: bool) -> None:
    """Tell every station; raises ``NotDelivered`` (``beacon.not_lodged``) where one could not be told."""
    from esos.caller.lodge import lodge_instructions
    from esos.vault.chance import SystemClock

    party = await open_party(key_file, cards)
    told = await lodge_instructions(
        party.voice, party.doors(), given["minutes"], given["urgency"], given["words"], now_ms=SystemClock().now_ms()
    )
    shown = [(one.station, "has it" if one.has_it else "was not told", one.why) for one in told]
    emit({"stations": told}, as_json=as_json, words=table(shown, ("station", "", "")))
    missed = [one.station for one in told if not one.has_it]
    if missed or not told:
        raise NotDelivered(
            "beacon.not_lodged",
            f"Not told: {' and '.join(missed) or 'anybody'}.",
            hint="Give the same command again later; the newest word counts.",
        )


async def _party(key_file: Path, cards: tuple[str, ...]) -> PartyHere:
    """Who runs this, with the stations named as the home list from now on."""
    party = await open_party(key_file, cards)
    if cards:
        party.book.put_first([station.home.kid for station in party.stations])
    return party


async def _once(key_file: Path, cards: tuple[str, ...], *, as_json: bool) -> None:
    from esos.cli.homes import warnings_of

    party = await _party(key_file, cards)
    async with _heart() as heart:
        rows = await _beacon(party, heart).once(party.stations, party.doors())
    warnings = warnings_of([station.home for station in party.stations])
    emit({"stations": rows, "warnings": warnings}, as_json=as_json, words=_words(rows, warnings))
    silent = [row.station for row in rows if not row.hears_you]
    if silent:
        raise NotDelivered(
            "beacon.unheard",
            f"No answer from {' and '.join(silent)}.",
            hint="See what stands beside each; where nothing does, try again in a minute.",
        )


async def _run(key_file: Path, cards: tuple[str, ...], every_s: int, *, as_json: bool) -> None:
    from esos.cli.homes import warnings_of

    party = await _party(key_file, cards)
    for warning in warnings_of([station.home for station in party.stations]):
        emit({"warning": warning}, as_json=True) if as_json else note(warning)
    async with _heart() as heart:
        beating = _beacon(party, heart).run(
            party.stations, party.doors(), every_ms=every_s * SECOND_MS, tell=lambda seen: _tell(seen, as_json=as_json)
        )
        await _until_stopped(beating)


async def _until_stopped(beating: Any) -> None:
    """Run until a signal asks for the end: stopping a beacon is nothing out of order."""
    import asyncio
    import contextlib
    import signal

    task = asyncio.ensure_future(beating)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def _heart() -> Any:
    import time

    from esos.carriers.udp_heart import UdpHeart

    return UdpHeart(elapsed_ms=lambda: time.monotonic_ns() // 1_000_000).open()


def _beacon(party: PartyHere, heart: Any) -> "Beacon":
    import time

    from esos.caller.keep import Beacon
    from esos.cli.ways import jitter
    from esos.vault.chance import SystemClock, SystemDice

    return Beacon(
        voice=party.voice,
        clock=SystemClock(),
        dice=SystemDice(),
        book=party.book,
        heart=heart,
        jitter=jitter(),
        elapsed_ms=lambda: time.monotonic_ns() // 1_000_000,
    )


def _tell(seen: "StationHears", *, as_json: bool) -> None:
    from esos.vault.chance import SystemClock

    emit(seen, as_json=as_json, words=f"{clock(SystemClock().now_ms())}  {_sentence(seen)}")


def _sentence(seen: "StationHears") -> str:
    """One station in a line: what is so, since when, and what to do."""
    trip = f" {seen.rtt_ms} ms there and back." if seen.hears_you and seen.rtt_ms else ""
    since = "" if seen.hears_you else f" Last heard: {clock(seen.heard_ms)}." if seen.heard_ms else " It never did."
    return f"{seen.words}{trip}{since} {seen.do}".rstrip()


def _words(rows: "list[StationHears]", warnings: list[str]) -> str:
    shown = [
        (
            row.station,
            "hears you" if row.hears_you else "does not answer",
            f"{row.rtt_ms} ms" if row.rtt_ms else NONE,
            clock(row.heard_ms),
            row.do,
        )
        for row in rows
    ]
    return "\n".join([table(shown, ("station", "", "there and back", "last heard", "")), *warnings])


async def _show(key_file: Path, cards: tuple[str, ...], *, as_json: bool) -> None:
    from esos.caller.keep import seen_of
    from esos.cli.homes import warnings_of

    party = await open_party(key_file, cards)
    rows = [seen_of(station, party.book.pulse(station.home.kid)) for station in party.stations]
    warnings = warnings_of([station.home for station in party.stations])
    emit({"stations": rows, "warnings": warnings}, as_json=as_json, words=_words(rows, warnings))
