"""Addresses as people see them: proved or not, since when, and what came of the last test, in seconds."""

import msgspec

from esos.message.card import Contact
from esos.station.contact_desk import ContactDesk
from esos.station.contact_page import parcel_id, parcels_of
from esos.station.contacts import Asked, Standing, goes_out
from esos.station.ports import Sent
from esos.station.records import ParcelRecord
from esos.station.station import Station
from esos.station.view_parts import View
from esos.words.contact import WAY_WORDS, WayState
from esos.words.language import say


class WayView(View, kw_only=True):
    """One address: ``state`` and the same in words, when its owner confirmed it, when it was last proved (0: never)."""

    channel: str
    address: str
    state: str
    words: str
    confirmed_ms: int
    proven_ms: int

    @property
    def wakes(self) -> bool:
        """Whether it would wake its owner, as far as anybody can know."""
        return self.state == WayState.PROVEN


class PersonView(View, kw_only=True):
    """Somebody whom pages go to, with every address; ``proven_ms`` is the newest proof of any (0: never)."""

    party: str
    name: str
    wakes: bool
    proven_ms: int
    ways: tuple[WayView, ...]


class TrialView(View, kw_only=True):
    """One test of an address: when it was asked for, handed over (0: not yet) and answered (0: not yet).

    ``delivery`` is what the channel said, or why it could not. The two ``…_seconds`` count from when it was asked for.
    """

    channel: str
    address: str
    why: str
    why_words: str
    asked_ms: int
    sent_ms: int
    answered_ms: int
    sent_seconds: int
    answered_seconds: int
    delivery: str


def way_view(station: Station, party: str, contact: Contact, now_ms: int) -> WayView:
    """How one address stands now."""
    standing = station.directory.contacts.standing(party, contact)
    state = _state(
        standing,
        now_ms,
        is_set_up=contact.channel in station.channels,
        is_dialled=not goes_out(station.directory, party, contact),
    )
    return WayView(
        channel=contact.channel,
        address=contact.address,
        state=state.value,
        words=say(WAY_WORDS[state]),
        confirmed_ms=standing.confirmed_ms,
        proven_ms=standing.proven_ms,
    )


def person_view(station: Station, party: str, now_ms: int) -> PersonView:
    """Somebody's addresses, and whether any of them would wake them. Raises ``Unknown`` (``contact.party``)."""
    contacts = ContactDesk(station).contacts_of(party)
    ways = tuple(way_view(station, party, one, now_ms) for one in contacts)
    return PersonView(
        party=party,
        name=station.directory.name_of(party),
        wakes=any(one.wakes for one in ways),
        proven_ms=max((one.proven_ms for one in ways), default=0),
        ways=ways,
    )


async def trials_of(station: Station, party: str) -> tuple[TrialView, ...]:
    """Everything that the addresses of a party were asked of late, newest first, and what came of each."""
    asks = ContactDesk(station).asks_of(party)
    if not asks:
        return ()
    parcels = {one.parcel.id: one for one in await station.journal.parcels(case=parcels_of(party))}
    return tuple(_trial(ask, parcels.get(parcel_id(ask.id))) for ask in asks)


def _trial(ask: Asked, record: ParcelRecord | None) -> TrialView:
    is_sent = record is not None and record.state == "done"
    sent_ms = record.updated_ms if record and is_sent else 0
    return TrialView(
        channel=ask.body.contact.channel,
        address=ask.body.contact.address,
        why=ask.body.why.value,
        why_words=ask.body.why.words,
        asked_ms=ask.at_ms,
        sent_ms=sent_ms,
        answered_ms=ask.answered_ms,
        sent_seconds=_seconds(ask.at_ms, sent_ms),
        answered_seconds=_seconds(ask.at_ms, ask.answered_ms),
        delivery=_delivery(record),
    )


def _seconds(from_ms: int, to_ms: int) -> int:
    return max(0, (to_ms - from_ms + 500) // 1000) if to_ms else 0


def _delivery(record: ParcelRecord | None) -> str:
    """What is known of the way there; a provider's "sent" is not "delivered" (law 4)."""
    if record is None:
        return say("Nothing is known of it any more.")
    if record.state == "done":
        sent = msgspec.msgpack.decode(record.result, type=Sent)
        return say("It was handed over: {detail}", detail=sent.detail)
    if record.state == "waiting" and not record.error:
        return say("It is on its way.")
    if record.state == "waiting":
        return say("It could not be handed over yet: {error}", error=record.error)
    return say("It was not handed over: {error}", error=record.error)


def _state(standing: Standing, now_ms: int, *, is_set_up: bool, is_dialled: bool) -> WayState:
    if is_dialled:
        return WayState.DIALLED
    if not is_set_up:
        return WayState.NO_CHANNEL
    if not standing.confirmed_ms:
        return WayState.UNCONFIRMED
    if standing.missed(now_ms):
        return WayState.MISSED
    return WayState.PROVEN if standing.is_fresh(now_ms) else WayState.OLD
