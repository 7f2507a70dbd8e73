"""Relay: call for somebody who cannot, and say that it is not oneself. A relay never relays a relay.

The caller's identity is kept: its member id where it is known, else its name in words.
"""

import msgspec

from esos.caller.make import MadeCall, make_call, record_of_statement
from esos.message.bodies import CallDetails, Relayed, SitrepGiven
from esos.message.card import HomeStation
from esos.message.voice import Voice


class RelayFor(msgspec.Struct, frozen=True, kw_only=True):
    """Whom one calls for. ``vouched`` says that the relay knows the caller and answers for its being in distress."""

    member: str = ""
    name: str = ""
    vouched: bool = False
    card_number: str = ""


def make_relay(
    *,
    voice: Voice,
    call: bytes,
    relay_for: RelayFor,
    details: CallDetails,
    stations: tuple[HomeStation, ...],
    now_ms: int,
    sitrep: SitrepGiven | None = None,
    short: bool = False,
) -> MadeCall:
    """Sign a relayed call. For a known member it is a packet at once; what a packet cannot say follows whole.

    A caller known by name only travels whole, over HTTPS and offline.
    """
    body = Relayed(
        call=call,
        caller=relay_for.member or None,
        caller_name=relay_for.name[:80],
        details=details,
        vouched=relay_for.vouched,
        card_token=relay_for.card_number or None,
    )
    whole = voice.say("relayed", body, now_ms=now_ms)
    if not relay_for.member:
        made = record_of_statement(whole.raw, call, stations, now_ms)
        return MadeCall(record=msgspec.structs.replace(made.record, sitrep=sitrep), packet=None)
    made = make_call(
        seed=voice.seed,
        realm=voice.realm,
        call=call,
        details=details,
        stations=stations,
        now_ms=now_ms,
        relay_for=bytes.fromhex(relay_for.member),
        sitrep=sitrep,
        short=short,
    )
    if made.rest is None and not relay_for.vouched and not relay_for.card_number:
        return made
    record = msgspec.structs.replace(made.record, rest=None, also=(whole.raw,))
    return MadeCall(record=record, packet=made.packet)
