"""Where an ordered page waits: in the lane of whom and what it is for, the gravest first, one of a topic at a time.

No registered caller's page waits behind strangers', and no channel or address that hangs holds up another.
"""

import hashlib

import msgspec

from esos.case.event import Audience, Page, Reason
from esos.case.model import Case
from esos.station.records import STRANGERS_CALLERS
from esos.words.life import Verification
from esos.words.urgency import Urgency

LADDER = frozenset({Reason.WATCH_DUE, Reason.BACKUP_DUE, Reason.NEIGHBOUR_DUE})
"""Steps of the ladder wake for one reason: nobody has the case."""
OFFICERS_AUDIENCES = frozenset({
    Audience.WATCH,
    Audience.BACKUP,
    Audience.NEIGHBOUR,
    Audience.EVERYONE,
    Audience.COORDINATOR,
    Audience.SECOND,
})  # fmt: skip
OFFICERS, MEMBERS, STRANGERS = "officers", "members", "strangers"
"""The lanes of each channel, by whom and what a page in them is for."""
_DIGEST_BYTES = 16
_RANKS = {urgency: rank for rank, urgency in enumerate(Urgency)}


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A page's lane, its rank there (lower goes first), whom it goes to, and the topic it is the newest page of."""

    lane: str
    rank: int
    recipient: bytes
    topic: bytes | None


def place_of(page: Page, case: Case, channel: str, address: str, why: str) -> Place:
    """Where a page to an address waits; ``why`` tells one reason for waking somebody from another."""
    lane = lane_of(page, case)
    has_topic = page.reason in LADDER or lane == STRANGERS
    return Place(
        lane=f"{channel}/{lane}",
        rank=_RANKS[case.waking],
        recipient=digest(b"esos-page-to-1", f"{lane}\n{address}"),
        topic=_topic(case, lane, why, address) if has_topic else None,
    )


def lane_of(page: Page, case: Case) -> str:
    """Which lane a page waits in."""
    if page.audience not in OFFICERS_AUDIENCES:
        return MEMBERS
    return STRANGERS if is_strangers(case) and case.lease is None else OFFICERS


def is_strangers(case: Case) -> bool:
    """Whether nobody here knows whose case it is, and nobody who is known speaks for its caller."""
    is_vouched_for = case.verification is not Verification.UNVERIFIED or any(one.registered for one in case.relays)
    return case.caller.startswith(STRANGERS_CALLERS) and not is_vouched_for


def digest(what: bytes, of: str) -> bytes:
    """A stable name of 16 bytes for something within a domain."""
    return hashlib.sha256(what + of.encode()).digest()[:_DIGEST_BYTES]


def _topic(case: Case, lane: str, why: str, address: str) -> bytes:
    """One for each case and address on the ladder; one for all strangers' cases."""
    if lane == STRANGERS:
        return digest(b"esos-topic-strangers-1", address)
    return digest(b"esos-topic-1" + case.id, why)
