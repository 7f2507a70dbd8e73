"""A call made by a person at a page or a program with JSON: for itself, by its printed card, or for somebody else.

Law 2: nothing here refuses a call for who makes it. A card's number that does not hold makes it a
stranger's call, and says so.
"""

import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

import msgspec

from esos.errors import Malformed
from esos.keys.speaker import Speaker
from esos.message.bodies import CallDetails, Called, Relayed
from esos.station.desk import Outcome, visitor
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.words.life import Life
from esos.words.nature import read_nature

CALL_ID_BYTES = 8
VISITOR_BYTES = 8
NO_CASE = bytes(16)
CASE_LINK_MS = 90 * 86_400_000
"""How long the link to a caller's live page lives."""
WRONG_CARDS_MAX = 30
"""Wrong card numbers heeded in one minute; beyond it every number counts as wrong until the minute is over."""
MINUTE_MS = 60_000


class RelayFor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a relay calls for: a member's id, or a name; ``card_token`` is read from the caller's card."""

    caller: str = ""
    caller_name: str = ""
    vouched: bool = False
    card_token: str = ""


class CallMade(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a call: its outcome, the life of its case, and the secret of the caller's live page.

    ``card_accepted`` is None where no card was shown; ``caller`` is the member whose card it was, else empty.
    ``call`` is the call id in hex.
    """

    outcome: Outcome
    call: str
    state: str
    link: str
    party: str
    known_by: str
    card_accepted: bool | None
    caller: str


def details_from(plain: Mapping[str, Any]) -> CallDetails:
    """Call details from plain JSON, natures as words or numbers.

    Raises ``Malformed`` (``call.details``, ``nature.unknown``).
    """
    natures = plain.get("natures") or ()
    if not isinstance(natures, (list, tuple)):
        raise Malformed("call.details", "natures is a list of words or numbers.")
    codes = [int(read_nature(str(nature))) for nature in natures]
    try:
        return msgspec.convert({**plain, "natures": codes}, CallDetails)
    except msgspec.ValidationError as cause:
        raise Malformed("call.details", f"The details of the call are not as they should be: {cause}.") from cause


class Visits:
    """Takes calls at the pages and from programs without a key of their own. One instance a process."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._wrong_cards: list[int] = []

    async def call(
        self,
        details: CallDetails,
        *,
        speaker: Speaker | None = None,
        caller_name: str = "",
        call: bytes = b"",
        card_token: str = "",
        relay_for: RelayFor | None = None,
        channel: str = "page",
    ) -> CallMade:
        """Call for help; durable on return.

        ``speaker`` is whoever is signed in, None for somebody nobody knows. ``call`` is the caller's own
        call id (8 bytes) where it has one: whoever repeats a call under it word for word is the same
        visitor. Raises ``Malformed`` (``call.id``) and what ``Desk.say`` raises.
        """
        call_id = self._call_id(call)
        name = " ".join(caller_name.split())[:80]
        shown = card_token or (relay_for.card_token if relay_for else "")
        card = await self._card(shown)
        said_id = call_id
        if card is not None and relay_for is None:
            who = self._station.desk.speaker(card)
        elif speaker is not None:
            who = speaker
        else:
            who, said_id = self._visitor(call_id, name, details, relay_for)
        body = _body(said_id, details, relay_for, self._caller(relay_for, card), card)
        kind = "relayed" if isinstance(body, Relayed) else "called"
        outcome = await self._station.desk.say_body(who, kind, body, channel=channel)
        if card is not None:
            await self._station.tokens.spend(shown, "card")
        return CallMade(
            outcome=outcome,
            call=call_id.hex(),
            state=await self._state(outcome),
            link=await self._link(who.party, outcome),
            party=who.party,
            known_by=who.known_by.value,
            card_accepted=card is not None if shown else None,
            caller=card.party if card else "",
        )

    def _call_id(self, call: bytes) -> bytes:
        if call and len(call) != CALL_ID_BYTES:
            raise Malformed("call.id", f"A call id is {CALL_ID_BYTES} bytes.")
        return call or self._station.dice.bytes(CALL_ID_BYTES)

    def _visitor(
        self, call: bytes, name: str, details: CallDetails, relay_for: RelayFor | None
    ) -> tuple[Speaker, bytes]:
        """Who makes exactly this call, and the call id that others see.

        The caller's own id is a secret between it and the station, since whoever repeats the call gets the
        page of its case: the case shows a digest of it, from which nobody can repeat anything (decision 0034).
        """
        said = msgspec.json.encode((name, details, relay_for), order="deterministic")
        digest = hmac.digest(self._station.identity.master, b"esos-visit-call-1" + call + said, "sha256")
        party, call_id = digest[:VISITOR_BYTES], digest[VISITOR_BYTES : VISITOR_BYTES + CALL_ID_BYTES]
        return visitor(f"visitor:{party.hex()}", name), call_id

    async def _card(self, secret: str) -> Holder | None:
        """The member whose card this is. It is spent only when the call is kept, so that trouble costs no card."""
        now_ms = self._station.clock.now_ms()
        self._wrong_cards = [at_ms for at_ms in self._wrong_cards if now_ms - at_ms < MINUTE_MS]
        if not secret or len(self._wrong_cards) >= max(1, WRONG_CARDS_MAX // self._station.processes):
            return None
        holder = await self._station.tokens.holder(secret)
        if holder is not None and holder.party not in self._station.directory.members:
            await self._station.directory.refresh(self._station.journal)
        if holder is None or holder.purpose != "card" or holder.party not in self._station.directory.members:
            self._wrong_cards.append(now_ms)
            return None
        return holder

    def _caller(self, relay_for: RelayFor | None, card: Holder | None) -> str | None:
        if card is not None:
            return card.party
        return self._station.directory.member_named(relay_for.caller) or None if relay_for else None

    async def _state(self, outcome: Outcome) -> str:
        record = await self._station.journal.case(bytes.fromhex(outcome.case)) if outcome.case else None
        return record.life if record else Life.ARRIVED.value

    async def _link(self, party: str, outcome: Outcome) -> str:
        """The secret of the live page, which shows one case and no other; a visitor has no other.

        Where the fold is not done yet, a visitor's link is for whatever its case will be, and anybody
        else's for none: a link never does more than it was made for.
        """
        nothing_yet = b"" if party.startswith("visitor:") else NO_CASE
        about = bytes.fromhex(outcome.case) or nothing_yet
        return await self._station.tokens.make(party, "case", lives_ms=CASE_LINK_MS, about=about)


def returning_visitor(visit: str, name: str = "") -> Speaker:
    """The visitor behind a page's visit cookie (a secret of at least 16 random bytes), the same at each call."""
    digest = hashlib.sha256(b"esos-visit-1" + visit.encode()).digest()
    return visitor(f"visitor:{digest[:VISITOR_BYTES].hex()}", name)


def _body(
    call: bytes, details: CallDetails, relay_for: RelayFor | None, caller: str | None, card: Holder | None
) -> Called | Relayed:
    if relay_for is None:
        return Called(call=call, details=details)
    return Relayed(
        call=call,
        caller=caller,
        caller_name=" ".join((relay_for.caller_name or ("" if caller else relay_for.caller)).split())[:80],
        details=details,
        vouched=relay_for.vouched,
        card_token=relay_for.card_token if card else None,
    )
