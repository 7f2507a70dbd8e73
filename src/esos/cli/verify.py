"""``esos verify``: check a receipt, a log, its growth or a case offline, against a station's pinned key (law 11).

Exit code 5 when anything does not hold; every step is shown, also those after one that failed.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import emit, json_option, read_bytes, read_json
from esos.errors import Malformed, ProofFailed, Usage

if TYPE_CHECKING:
    from esos.audit.report import Report

PUBLIC_KEY_BYTES = 32
FILE_MAX_BYTES = 256 * 1024 * 1024


@click.group("verify")
def group() -> None:
    """Verify a receipt, a log, its growth or a case offline, with pinned keys."""


def _pin_options(verb: Callable[..., Any]) -> Callable[..., Any]:
    for option in (
        json_option,
        click.option("--origin", help="The name of its log, with --key."),
        click.option("--key", "public", help="The station's public key in hexadecimal, instead of a card."),
        click.option("--station", "card", help="The station's card that you kept (esos station card)."),
    ):
        verb = option(verb)
    return verb


@group.command("receipt")
@click.argument("file")
@_pin_options
def receipt(file: str, card: str | None, public: str | None, origin: str | None, *, as_json: bool) -> None:
    """Verify that a statement is in a station's log: FILE is a receipt, or - for standard input.

    Example: esos verify receipt call.receipt --station north-club.card
    """
    from esos.audit.receipt import verify_receipt_file

    key, name = _pin(card, public, origin)
    _show(verify_receipt_file(read_bytes(file, FILE_MAX_BYTES), pinned_public=key, origin=name), as_json=as_json)


@group.command("log")
@click.argument("file")
@click.option("--kept", multiple=True, help="A checkpoint that you kept from earlier. Repeatable.")
@click.option("--receipt", "receipts", multiple=True, help="A receipt that you kept from earlier. Repeatable.")
@_pin_options
def log(
    file: str,
    kept: tuple[str, ...],
    receipts: tuple[str, ...],
    card: str | None,
    public: str | None,
    origin: str | None,
    *,
    as_json: bool,
) -> None:
    """Verify a whole log: that it holds together, and that it still has what you kept of it.

    Example: esos verify log north-club.log --station north-club.card --kept checkpoint.txt
    """
    from esos.audit.log import verify_log
    from esos.logbook.receipt import read_receipt

    key, name = _pin(card, public, origin)
    report = verify_log(
        read_bytes(file, FILE_MAX_BYTES).splitlines(keepends=True),
        pinned_public=key,
        origin=name,
        kept=[read_bytes(one) for one in kept],
        receipts=[read_receipt(read_bytes(one)) for one in receipts],
    )
    _show(report, as_json=as_json)


@group.command("growth")
@click.argument("file")
@click.option("--since", required=True, help="The checkpoint that you kept from earlier.")
@_pin_options
def growth(file: str, since: str, card: str | None, public: str | None, origin: str | None, *, as_json: bool) -> None:
    """Verify that a log only grew since a checkpoint you kept: FILE is what /log/growth/SIZE gave.

    Example: esos verify growth growth.json --since checkpoint.txt --station north-club.card
    """
    from esos.audit.growth import verify_growth_file

    key, name = _pin(card, public, origin)
    data, kept = read_bytes(file, FILE_MAX_BYTES), read_bytes(since)
    _show(verify_growth_file(data, since=kept, pinned_public=key, origin=name), as_json=as_json)


@group.command("case")
@click.argument("file")
@_pin_options
def case(file: str, card: str | None, public: str | None, origin: str | None, *, as_json: bool) -> None:
    """Verify a case as its station exported it: who said what, when, and that its story follows from that.

    Example: esos verify case case.esos --station north-club.card
    """
    from esos.audit.case import verify_case_file

    key, name = _pin(card, public, origin)
    _show(verify_case_file(read_bytes(file, FILE_MAX_BYTES), pinned_public=key, origin=name), as_json=as_json)


def _pin(card: str | None, public: str | None, origin: str | None) -> tuple[bytes, str]:
    """The key and the log's name that are trusted.

    Raises ``Usage`` (``verify.pin``) and ``Malformed`` (``verify.card``, ``verify.key``).
    """
    if card:
        public, origin = _read_card(card)
    if not public or not origin:
        raise Usage(
            "verify.pin",
            "Nothing is proven without a key that you trust.",
            hint="Give --station CARD, or --key HEX and --origin NAME, had from the station beforehand.",
        )
    try:
        key = bytes.fromhex(public)
    except ValueError:
        key = b""
    if len(key) != PUBLIC_KEY_BYTES:
        raise Malformed("verify.key", f"A public key is {PUBLIC_KEY_BYTES} bytes in hexadecimal.")
    return key, origin


def _read_card(file: str) -> tuple[str, str]:
    """What a station's card says of its key and log; everything else on it is not used here."""
    read = read_json(file)
    card = read.get("card", read) if isinstance(read, dict) else None
    public, origin = (card.get("public"), card.get("origin")) if isinstance(card, dict) else (None, None)
    if not (isinstance(public, str) and isinstance(origin, str)):
        raise Malformed("verify.card", f"{file} is no station's card.", hint="esos station card prints one.")
    return public, origin


def _show(report: "Report", *, as_json: bool) -> None:
    """Show every step; raises ``ProofFailed`` (``verify.refused``) where one does not hold."""
    emit(report.plain(), as_json=as_json, words="\n".join(report.lines()))
    failed = report.first_failure
    if not report.accepted:
        which = f"Step {failed.number} does not hold: {failed.sentence}" if failed else "Nothing could be checked."
        raise ProofFailed("verify.refused", which, hint="Do not believe what it was to prove.")
