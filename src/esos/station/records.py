"""What goes into a journal and comes out of it: values, with the names of the queues they wait in."""

from typing import Literal, NamedTuple, dataclass_transform

import msgspec


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the journal's values: frozen, named arguments only."""


REGISTER_ROUTE = "register"
"""The route of statements about the register."""
FOLDING = "fold"
"""The name of the lease under which one process at a time folds."""
SEQUENCING = "sequencer"
"""The name of the lease under which one process at a time gives places in the log."""
LEASE_SLACK_MS = 5_000
"""A lease that ends so much later than it could was counted by a clock that was set back since: it is free."""
STRANGERS_ROUTES = ("caller:stranger:", "caller:visitor:", "caller:guest:")
"""How the routes of callers begin whom nobody knows."""
APPLIED = "applied"
"""The verdict of an entry that was folded and changed what it should."""
SET_ASIDE = "fold.set_aside"
"""The verdict of an entry that could not be folded at all."""
STRANGERS_CALLERS = ("stranger:", "visitor:", "guest:")
"""How those callers' own names begin."""
STRANGERS_SHARE = 4
"""One in so many routes of a turn is a stranger's while others wait."""


class StoreLoad(Value, kw_only=True):
    """How full a store's queues are: what waits in each, of what it may hold in percent; refused since the start."""

    writer_waiting: int
    writer_percent: int
    reader_waiting: int
    reader_percent: int
    refused: int


class Admitted(Value, kw_only=True):
    """A judged statement on its way into the journal.

    ``dedupe`` is the key under which a repetition is recognised (32 bytes of the statement id, or a
    call packet's kid + call id + sequence). ``route`` names the queue that folds it: ``case:<hex>``,
    ``caller:<party>``, ``register``, or ``""`` for a statement that nothing folds. ``admission`` is
    the canonical encoding of the ``Speaker`` it was judged to come from.
    """

    id: bytes
    kind: str
    dedupe: bytes
    route: str
    cose: bytes
    admission: bytes


class Kept(Value, kw_only=True):
    """What became of an ``Admitted``: its journal number and the time the station first had it.

    ``fresh`` is false for a repetition; ``same`` is false when the deduplication key had already
    been used by other bytes (a sequence number used twice): then nothing was kept.
    """

    seq: int
    at_ms: int
    fresh: bool
    same: bool


class Entry(Value, kw_only=True):
    """One statement in the journal. ``verdict`` is ``""`` while unfolded, ``applied``, or a refusal's code.

    ``place`` orders the statements of one case as they were folded, 0 while unfolded.
    """

    seq: int
    at_ms: int
    id: bytes
    kind: str
    route: str
    cose: bytes
    admission: bytes
    case: bytes | None
    verdict: str
    reason: str
    place: int = 0


class Glance(Value, kw_only=True):
    """What a list or stream shows of an entry: everything but the bytes that were said."""

    seq: int
    at_ms: int
    id: bytes
    kind: str
    route: str
    case: bytes | None
    verdict: str


class RouteWork(Value, kw_only=True):
    """Unfolded entries of one route, in journal order, leased to one worker under a fencing number."""

    route: str
    fence: int
    entries: tuple[Entry, ...]


class CaseRecord(Value, kw_only=True):
    """A case as kept: columns to list by, and the encoded fold itself in ``blob``.

    ``version`` counts saves from 1. ``page_code`` is the short code people read aloud. ``change`` is the
    journal's own number of the last save, growing over all cases; whatever is given to ``save`` is replaced.
    """

    id: bytes
    caller: str
    version: int
    life: str
    is_open: bool
    urgency: str
    concern: str
    holder: str
    page_code: str
    opened_ms: int
    updated_ms: int
    blob: bytes
    change: int = 0


class Space(NamedTuple):
    """How many bytes files have together, and how many files they may be."""

    size_bytes: int
    number: int


class FileRoom(Value, kw_only=True):
    """What room there is for a file of ``party`` (empty: of nobody proven).

    The files of one case have ``case`` together, those of one party in it ``own``, those of the station ``station``,
    and of these those of strangers ``strangers``. ``is_strangers``: nobody vouches for whoever hands this file in.
    ``is_known``: the case's caller is known by now, so that what was handed in as a stranger's there counts as such no
    more.
    """

    case: Space
    own: Space
    station: Space
    strangers: Space
    party: str = ""
    is_strangers: bool = False
    is_known: bool = False


class FilesUsed(Value, kw_only=True):
    """How much room files of the station take, and how much of it those that came from strangers."""

    station: Space
    strangers: Space


class CaseCount(Value, kw_only=True):
    """Open cases, counted: all, those of which no person has charge, and when the longest open of these began."""

    open: int
    unheld: int
    unheld_since_ms: int | None


class ParcelCount(Value, kw_only=True):
    """Effects, counted: those that wait, when the first of them was to go, how many failed, how many for good."""

    waiting: int
    first_ms: int | None
    failed: int
    given_up: int


class Due(Value, kw_only=True):
    """A running timer of a case: ``key`` is unique within the case, as ``ack`` or ``reply:<request>``."""

    key: str
    due_ms: int


class ClaimedDue(Value, kw_only=True):
    """A timer that ran out, leased to one worker."""

    case: bytes
    key: str
    due_ms: int


class Parcel(Value, kw_only=True):
    """An effect to perform at least once, under a stable id its receivers deduplicate on.

    ``lane`` names the queue it waits in, so that one way that hangs holds up no other; ``rank`` its turn
    there, 0 first. ``recipient`` is a digest of the address, for the most that may be under way to one.
    Of one ``topic`` only the newest is worth performing; None where each is.
    """

    id: bytes
    case: bytes | None
    kind: str
    not_before_ms: int
    blob: bytes
    lane: str = ""
    rank: int = 0
    recipient: bytes = b""
    topic: bytes | None = None


class ParcelRecord(Value, kw_only=True):
    """A parcel with its fate: ``waiting``, ``done``, ``not_needed`` or ``given_up``; ``result`` is its maker's own."""

    parcel: Parcel
    state: str
    attempts: int
    result: bytes
    error: str
    updated_ms: int


Fate = Literal["done", "waiting", "not_needed", "given_up"]


class ParcelOutcome(Value, kw_only=True):
    """What became of a claimed parcel: ``done`` with a result, or ``waiting`` until a time, or an end, with why.

    ``not_needed`` ends what nobody needs any more, ``given_up`` what failed for good. ``attempt`` says of which
    claim this came (``ParcelRecord.attempts``); 0: of whichever was the last.
    """

    id: bytes
    state: Fate
    result: bytes = b""
    error: str = ""
    not_before_ms: int = 0
    attempt: int = 0


class Room(Value, kw_only=True):
    """How many parcels a claim may take: ``lane`` of each lane, or as ``lanes`` says for one by name.

    ``recipient`` is the most that may be under way to one; ``recipients`` are under way already.
    """

    lane: int
    lanes: dict[str, int] = {}
    recipient: int = 1_000_000
    recipients: dict[bytes, int] = {}

    def of(self, lane: str) -> int:
        """The room in one lane."""
        return self.lanes.get(lane, self.lane)


class Verdict(Value, kw_only=True):
    """How folding judged an entry: ``code`` is ``applied`` or a refusal's stable code, ``reason`` its sentence."""

    seq: int
    code: str
    reason: str
    place: int = 0


class Said(Value, kw_only=True):
    """A statement the station makes while folding; it is already part of the fold it is saved with."""

    admitted: Admitted
    code: str
    reason: str
    place: int = 0


class Folding(Value, kw_only=True):
    """Everything one fold changes, saved in one transaction or not at all.

    ``route``/``fence`` release the lease taken by ``claim_inbox`` (``fence`` 0: none was taken, as for
    a timer). ``expected_version`` is the version of the case that was read, 0 for a new one; ``due``
    is the whole new set of the case's timers. ``case`` is None where the entries concern no case.
    """

    route: str
    fence: int
    case: CaseRecord | None
    expected_version: int
    verdicts: tuple[Verdict, ...]
    said: tuple[Said, ...]
    due: tuple[Due, ...]
    parcels: tuple[Parcel, ...]


class Leaf(Value, kw_only=True):
    """One line of the log: ``key`` is the hiding key of the commitment, empty after erasure."""

    index: int
    seq: int
    leaf_hash: bytes
    key: bytes


DRAFTS_MAX = 500
"""How many calls may be being written down at once; one more is refused by name, and none is pushed out."""
DRAFT_DONE_MS = 7 * 86_400_000
"""How long it is remembered that a draft became a call or was put aside, so that a late save brings nothing back."""


class DraftLine(Value, kw_only=True):
    """One answer of a call that an officer writes down while somebody talks; nothing of it is said yet.

    ``name`` is the question's, ``turn`` grows with each save of it: of two saves the later one stands, in whichever
    order they come. ``party`` wrote it. The line named ``DRAFT_DONE`` says what became of a draft that is done.
    """

    draft: bytes
    name: str
    text: str
    turn: int
    at_ms: int
    party: str


DRAFT_DONE = ""
"""The name of the one line of a draft that is done; its text is the case in hexadecimal, empty where put aside."""


class TokenRecord(Value, kw_only=True):
    """A secret a person holds, kept only as its SHA-256: one-time link, session, program token, page link.

    ``purpose`` is ``link``, ``session``, ``token``, ``ack`` or ``card``; ``blob`` is its maker's own.
    """

    digest: bytes
    purpose: str
    party: str
    expires_ms: int
    once: bool
    blob: bytes


class PasskeyRecord(Value, kw_only=True):
    """A passkey of one party: the credential's id, its public key (COSE), and how often it was used by its own count.

    ``name`` is what its owner calls it; ``used_ms`` is 0 until it first signed somebody in. ``rp_id`` is the host it
    was made for: it works nowhere else.
    """

    id: bytes
    party: str
    name: str
    public: bytes
    count: int
    rp_id: str
    added_ms: int
    used_ms: int = 0


class AccessRecord(Value, kw_only=True):
    """Who came in, or looked at what, and when. ``num`` is the journal's own, growing; what is given to ``note`` is 0.

    ``act`` is one of ``esos.words.access.Act``, ``way`` how the party was known, ``device`` the kind of device.
    ``about`` is what was looked at where that is no case: a member, a statement, a setting of one's own.
    """

    num: int = 0
    at_ms: int
    party: str
    act: str
    way: str
    device: str = ""
    case: bytes | None = None
    about: str = ""
