"""Addresses kept alive: once a week everybody is tried at an hour nobody knew, and whoever is silent is nagged.

The hour is drawn by the dice that the station was given and kept, so that a restart draws no other. A new address is
asked for its owner's word by itself, a few times and no more: it may be a stranger's.
"""

from collections.abc import Iterable, Iterator

import msgspec
import structlog

from esos.message.card import Contact
from esos.station.contact_desk import HOUR_MS, ContactDesk
from esos.station.contacts import DAY_MS, Asked, Standing, goes_out
from esos.station.lease import NamedLease
from esos.station.on_watch import is_their_hour, people_of
from esos.station.station import Station
from esos.words.contact import ContactWhy

CHECKS_LEASE = "contacts"
CHECKS_LEASE_MS = 60_000
CHECKS_FACT = "contacts.checks"
"""When everybody is tried next: a plan of the station's own, which nobody is shown."""
LOOK_MS = 60_000
"""How often it is looked who is to be tried."""
WEEK_MS = 7 * DAY_MS
NAG_AGAIN_MS = (0, 4 * HOUR_MS, DAY_MS, 3 * DAY_MS)
"""After a missed check, when its owner is asked by the others; then the next weekly check is due."""
CONFIRM_AGAIN_MS = (0, DAY_MS, 3 * DAY_MS, 7 * DAY_MS)
"""After the first question, when a new address is asked for its owner's word; then no more by itself."""
ASKED_MAX_COUNT = 50
"""How many people are tried in one look: the rest in the next."""
_DRAW_BYTES = 8
_HOURS_A_WEEK = WEEK_MS // HOUR_MS
_log = structlog.get_logger("esos.contacts")
_CHECK = frozenset({ContactWhy.CHECK})


class Turn(msgspec.Struct, frozen=True, array_like=True):
    """One person's week, by its beginning, and the moment in it that was drawn."""

    begins_ms: int
    due_ms: int


Plan = dict[str, Turn]


class ContactChecks:
    """The look of one process; of several, the one with the lease looks."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._desk = ContactDesk(station)
        self._lease = NamedLease(station.journal, CHECKS_LEASE, holder=station.holder, lease_ms=CHECKS_LEASE_MS)
        self._looked_ms = -LOOK_MS

    async def run_once(self) -> int:
        """Try whoever is due, where it is time and this process's turn; how many addresses were tried."""
        now_ms = self._station.clock.now_ms()
        if 0 <= now_ms - self._looked_ms < LOOK_MS or not await self._lease.take(now_ms=now_ms):
            return 0
        self._looked_ms = now_ms
        await self._station.directory.refresh(self._station.journal)
        people = self._people()
        asked = await self._check_due(people, now_ms)
        for party in people:
            if asked >= ASKED_MAX_COUNT:
                break
            asked += await self._nag(party, now_ms) + await self._ask_for_word(party, now_ms)
        return asked

    def _people(self) -> tuple[str, ...]:
        directory = self._station.directory
        return (*people_of(directory), *(one for one in directory.members if one not in directory.suspended))

    async def _check_due(self, people: tuple[str, ...], now_ms: int) -> int:
        """The weekly check of whoever is due. The plan is written before they are asked: nobody is asked twice."""
        journal = self._station.journal
        before = _read(await journal.fact(CHECKS_FACT))
        plan = {one: before.get(one) or self._draw(one, now_ms) for one in people}
        due = [one for one in people if plan[one].due_ms <= now_ms][:ASKED_MAX_COUNT]
        plan |= {one: self._draw(one, max(now_ms, plan[one].begins_ms + WEEK_MS)) for one in due}
        if plan != before:
            await journal.set_fact(CHECKS_FACT, msgspec.msgpack.encode(plan))
        # A station that was down comes back at any hour: whose hours are over has another one drawn, and is not woken.
        return sum([await self._check(one) for one in due if is_their_hour(self._station.directory, one, now_ms)])

    def _draw(self, party: str, begins_ms: int) -> Turn:
        """A moment of the week that begins then, in their own hours; any moment where none of it is theirs."""
        directory = self._station.directory
        hours = [begins_ms + count * HOUR_MS for count in range(_HOURS_A_WEEK)]
        theirs = [at_ms for at_ms in hours if is_their_hour(directory, party, at_ms)] or hours
        drawn = int.from_bytes(self._station.dice.bytes(_DRAW_BYTES))
        hour_ms = theirs[drawn % len(theirs)]
        moment_ms = hour_ms + drawn // len(theirs) % HOUR_MS
        is_theirs = is_their_hour(directory, party, moment_ms)
        return Turn(begins_ms, moment_ms if is_theirs else hour_ms)

    async def _check(self, party: str) -> int:
        """Try the confirmed address that was proved longest ago."""
        confirmed = self._confirmed(party)
        oldest = min(confirmed, key=lambda pair: pair[1].proven_ms, default=None)
        return await self._ask(party, [oldest[0]], ContactWhy.CHECK) if oldest else 0

    async def _nag(self, party: str, now_ms: int) -> int:
        """Where a check was missed, ask by the other confirmed addresses; by the same where it is the only one."""
        confirmed = self._confirmed(party)
        for contact, standing in confirmed:
            missed = standing.missed(now_ms, _CHECK)
            others = [one for one, _ in confirmed if one != contact] or [contact]
            if missed and _is_time(self._nagged(party, missed), NAG_AGAIN_MS, missed.body.answer_by_ms, now_ms):
                _log.warning("contact_check_missed", channel=contact.channel)
                return await self._ask(party, others, ContactWhy.NAG, missed=f"{contact.channel}:{contact.address}")
        return 0

    def _nagged(self, party: str, missed: Asked) -> int:
        """How often they were nagged since the check they missed."""
        nags = [ask for ask in self._desk.asks_of(party) if ask.body.why is ContactWhy.NAG]
        return len({ask.at_ms for ask in nags if ask.at_ms > missed.at_ms})

    async def _ask_for_word(self, party: str, now_ms: int) -> int:
        """Ask new addresses for their owner's word."""
        due = [
            contact
            for contact, standing in self._ways(party)
            if not standing.confirmed_ms and _is_time_to_ask(standing, now_ms)
        ]
        return await self._ask(party, due, ContactWhy.CONFIRM)

    def _ways(self, party: str) -> Iterator[tuple[Contact, Standing]]:
        """The addresses that this station can send to."""
        for contact in self._desk.contacts_of(party):
            if goes_out(self._station.directory, party, contact) and contact.channel in self._station.channels:
                yield contact, self._station.directory.contacts.standing(party, contact)

    def _confirmed(self, party: str) -> list[tuple[Contact, Standing]]:
        return [pair for pair in self._ways(party) if pair[1].confirmed_ms]

    async def _ask(self, party: str, contacts: Iterable[Contact], why: ContactWhy, *, missed: str = "") -> int:
        return len(await self._desk.ask(party, contacts, why, missed=missed))


def _is_time(count: int, steps_ms: tuple[int, ...], since_ms: int, now_ms: int) -> bool:
    """Whether the next of some steps has come, where ``count`` were taken."""
    return count < len(steps_ms) and now_ms >= since_ms + steps_ms[count]


def _is_time_to_ask(standing: Standing, now_ms: int) -> bool:
    asks = [one for one in standing.asks if one.body.why is ContactWhy.CONFIRM]
    return not asks or _is_time(len(asks), CONFIRM_AGAIN_MS, asks[0].at_ms, now_ms)


def _read(written: bytes | None) -> Plan:
    try:
        return msgspec.msgpack.decode(written, type=Plan) if written else {}
    except msgspec.DecodeError:
        _log.warning("contact_plan_unreadable")
        return {}
