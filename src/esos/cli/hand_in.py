"""``esos hand-in``: hand in a call that somebody made offline: a file, a scanned code, or printed lines typed in."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from esos.cli.common import emit, json_option, note, read_input, run
from esos.cli.party import station_option
from esos.errors import EsosError, Malformed, Usage

if TYPE_CHECKING:
    from esos.carriers.offline import Carried
    from esos.message.card import HomeStation

PUBLIC_KEY_BYTES = 32


@click.command("hand-in")
@click.argument("file")
@station_option
@click.option("--public", default="", help="The author's public key in hexadecimal, where none came along.")
@json_option
def command(file: str, cards: tuple[str, ...], public: str, *, as_json: bool) -> None:
    """Hand in what somebody signed offline. You need no key: the author's signature is inside.

    FILE is a .esos file, a .txt with printed lines or a scanned code, a scanned code itself (ESOS1:…), what was
    read aloud over a telephone ("e-SOS call. Caller: …"), or - for typed-in lines on standard input.

    Example: esos hand-in call.esos --station station.json
    """
    run(_hand_in(file, cards, public, as_json=as_json))


async def _hand_in(file: str, cards: tuple[str, ...], public: str, *, as_json: bool) -> None:
    from esos.carriers.station_door import HttpStationDoor
    from esos.cli.hand_in_heard import hand_in_heard, is_heard
    from esos.message.reading import read_any
    from esos.vault.chance import SystemClock

    carried = read_input(file) if file == "-" else file.encode()
    if not cards:
        raise Usage("hand_in.no_station", "Hand in to whom?", hint="Give --station CARD.")
    if is_heard(text := carried.decode("utf-8", "replace")):
        await hand_in_heard(text, [await _home(card) for card in cards], as_json=as_json)
        return
    cose, carried_key = _from_input(carried) if file == "-" else read_carried(file)
    said, author = read_any(cose), _public(public) or carried_key
    rows: list[dict[str, Any]] = []
    refusal: EsosError | None = None
    for home in [await _home(card) for card in cards]:
        door = HttpStationDoor(home, voice=None, now_ms=SystemClock().now_ms, public=author)
        try:
            rows.append({"station": home.name, **await door.submit(cose)})
        except EsosError as cause:
            note(f"{home.name}: {cause.detail} [{cause.code}]")
            refusal = refusal or cause
    if not rows and refusal is not None:
        raise refusal
    result = {
        "case": rows[0].get("case", ""), "call": said.call.hex(), "statement": said.id.hex(), "kind": said.kind,
        "state": rows[0].get("state", ""), "realm": said.realm.value, "stations": rows,
    }  # fmt: skip
    names = ", ".join(str(row["station"]) for row in rows)
    emit(result, as_json=as_json, words=f"Handed in at {names}. Case {result['case']}: {_stands(result['state'])}.")


def _stands(state: str) -> str:
    """The state of a case as a list of cases says it; what is not of this protocol stays as it came."""
    from esos.words.life import Life

    return Life(state).words if state in set(Life) else state


def read_carried(file: str) -> "Carried":
    """What was carried, with its author's key where that came along; raises ``Malformed`` (``offline.*``)."""
    from esos.carriers.offline import QR_PREFIX, from_qr, read_call

    if file.startswith(QR_PREFIX):
        return from_qr(file)
    if file != "-":
        read_input(file)
        return read_call(Path(file))
    return _from_input(read_input(file))


def _from_input(raw: bytes) -> "Carried":
    from esos.carriers.offline import QR_PREFIX, from_file, from_print, from_qr

    try:
        text = raw.decode("ascii")
    except UnicodeDecodeError:
        return from_file(raw)
    return from_qr(text) if text.lstrip().startswith(QR_PREFIX) else from_print(text)


async def _home(card: str) -> "HomeStation":
    from esos.carriers.station_door import fetch_card, read_home

    if card.startswith(("http://", "https://")):
        return read_home(await fetch_card(card))[0]
    return read_home(card.encode() if card.lstrip().startswith("{") else read_input(card))[0]


def _public(text: str) -> bytes:
    try:
        public = bytes.fromhex(text)
    except ValueError:
        public = b"?"
    if public and len(public) != PUBLIC_KEY_BYTES:
        raise Malformed("hand_in.public", "A public key is 32 bytes in hexadecimal.", hint="See: esos key show FILE")
    return public
