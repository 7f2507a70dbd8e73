"""Which addresses are proved: each asked by the station, answered by its owner, and never believed for ever.

No address counts until its owner said so with the code that was sent there. Folded from the register like all
that others rely on; what is red or grown old is then a question of the clock alone.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import msgspec

from esos.errors import Conflict, Forbidden, Unknown
from esos.message.card import Contact
from esos.message.contact_bodies import ContactAnswered, ContactAsked
from esos.words.contact import ContactWhy

DAY_MS = 86_400_000
PROVEN_LASTS_MS = 15 * DAY_MS
"""How long an answer proves an address: two weekly checks may lie so far apart."""
ASKS_KEPT_COUNT = 12
"""How many of the newest questions to one address are remembered."""
DIALLED = frozenset({"voice"})
"""Channels of numbers that people dial, to call back. Where a machine rings them, officers' pages go by them too."""
_CHECKS = frozenset({ContactWhy.CHECK, ContactWhy.NAG})
_LOOKALIKES = str.maketrans({"I": "1", "L": "1", "O": "0", " ": None, "-": None})


class Way(NamedTuple):
    """One address of one party."""

    party: str
    channel: str
    address: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question to an address, and when it was answered (0: not yet)."""

    id: bytes
    body: ContactAsked
    at_ms: int
    answered_ms: int = 0

    @property
    def way(self) -> Way:
        """The address that was asked."""
        return Way(self.body.party, self.body.contact.channel, self.body.contact.address)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How an address stands: when its owner confirmed it, when it was last proved, what it was asked, oldest first."""

    confirmed_ms: int = 0
    proven_ms: int = 0
    asks: tuple[Asked, ...] = ()

    def missed(self, now_ms: int, whys: frozenset[ContactWhy] = _CHECKS) -> Asked | None:
        """The first check since the address was last proved that was not answered in time."""
        late = (one for one in self.asks if one.body.why in whys and one.body.answer_by_ms <= now_ms)
        return next((one for one in late if not one.answered_ms and one.at_ms >= self.proven_ms), None)

    def is_fresh(self, now_ms: int) -> bool:
        """Whether its last proof is young enough."""
        return now_ms - self.proven_ms < PROVEN_LASTS_MS

    def wakes(self, now_ms: int) -> bool:
        """Whether it is confirmed, proved of late, and has not missed a check since."""
        return bool(self.confirmed_ms) and self.is_fresh(now_ms) and self.missed(now_ms) is None


_NEW = Standing()


class Contacts:
    """Every address that was ever asked, and every code that may still come back."""

    def __init__(self) -> None:
        self._ways: dict[Way, Standing] = {}
        self._by_digest: dict[bytes, Way] = {}

    def standing(self, party: str, contact: Contact) -> Standing:
        """How an address of a party stands."""
        return self._ways.get(Way(party, contact.channel, contact.address), _NEW)

    def ask(self, ask: Asked) -> None:
        """The station asked; of many questions to one address the oldest are forgotten, and their codes with them."""
        standing = self._ways.get(ask.way, _NEW)
        asks = (*standing.asks, ask)
        for old in asks[:-ASKS_KEPT_COUNT]:
            self._by_digest.pop(old.body.digest, None)
        self._ways[ask.way] = msgspec.structs.replace(standing, asks=asks[-ASKS_KEPT_COUNT:])
        self._by_digest[ask.body.digest] = ask.way

    def forget(self, party: str, contact: Contact) -> None:
        """Of this address nothing is known any more, and no code that was sent there is good."""
        standing = self._ways.pop(Way(party, contact.channel, contact.address), _NEW)
        for ask in standing.asks:
            self._by_digest.pop(ask.body.digest, None)

    def find(self, code: str) -> Asked | None:
        """The question that a code answers, None where there is none (any more)."""
        digest = digest_of(code)
        way = self._by_digest.get(digest)
        return next((one for one in self._ways[way].asks if one.body.digest == digest), None) if way else None

    def check(self, body: ContactAnswered, party: str, now_ms: int) -> Asked:
        """The question this answers.

        Raises ``Unknown`` (``contact.code``), ``Forbidden`` (``contact.not_yours``) and ``Conflict``
        (``contact.too_late``).
        """
        ask = self.find(body.code)
        if ask is None:
            raise Unknown("contact.code", "No address here was sent this code.", hint="Type it in as it came.")
        if ask.body.party != party:
            raise Forbidden("contact.not_yours", "This code was sent to somebody else, who must say so themselves.")
        if now_ms >= ask.body.until_ms:
            raise Conflict("contact.too_late", "This code is too old.", hint="Ask for a new one: esos contact ring")
        return ask

    def answer(self, body: ContactAnswered, party: str, at_ms: int) -> None:
        """The owner answered: the address is confirmed and proved. Raises as ``check`` does."""
        ask = self.check(body, party, at_ms)
        standing = self._ways[ask.way]
        answered = msgspec.structs.replace(ask, answered_ms=ask.answered_ms or at_ms)
        self._ways[ask.way] = msgspec.structs.replace(
            standing,
            confirmed_ms=standing.confirmed_ms or at_ms,
            proven_ms=max(standing.proven_ms, at_ms),
            asks=tuple(answered if one.id == ask.id else one for one in standing.asks),
        )

    def tried(
        self, party: str, given: Iterable[Contact], now_ms: int, goes: Callable[[Contact], bool]
    ) -> list[tuple[Contact, bool]]:
        """The addresses a page goes to, and whether each is confirmed; ``goes``: whether a page goes by it at all.

        Where a confirmed one wakes, no other is tried: it might be a stranger's. Else all are, the confirmed first.
        """
        marked = [(contact, self.standing(party, contact)) for contact in given]
        is_sure = any(one.wakes(now_ms) for contact, one in marked if goes(contact))
        kept = [
            (contact, bool(one.confirmed_ms))
            for contact, one in marked
            if one.confirmed_ms or not is_sure or not goes(contact)
        ]
        return sorted(kept, key=lambda pair: not pair[1])


def missed_of(contacts: Contacts, party: str, given: Iterable[Contact], now_ms: int) -> list[tuple[Contact, Asked]]:
    """The confirmed addresses of a party that did not answer, each with the check that it missed."""
    found = [(contact, contacts.standing(party, contact)) for contact in given]
    marked = [(contact, one.missed(now_ms)) for contact, one in found if one.confirmed_ms]
    return [(contact, missed) for contact, missed in marked if missed]


class Ringing(Protocol):
    """What is asked of a register: its members, and which of the numbers that people dial a machine rings here."""

    @property
    def members(self) -> Mapping[str, Any]:
        """Members by their ids."""

    rung: frozenset[str]


def goes_out(register: Ringing, party: str, contact: Contact) -> bool:
    """Whether a page goes by this address of a party: by a telephone number too, where a machine rings officers.

    A member's number is for calling back, and no machine rings it. A neighbour's watch is rung as officers are.
    """
    return contact.channel not in DIALLED or (contact.channel in register.rung and party not in register.members)


def digest_of(code: str) -> bytes:
    """What is kept of a code."""
    return hashlib.sha256(b"esos-contact-1" + code.encode()).digest()


def read_code(written: str) -> str:
    """A code as people type it: in either case, with blanks and hyphens, and I, L, O for the digits they look like."""
    return written.upper().translate(_LOOKALIKES)
