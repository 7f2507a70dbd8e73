"""What a station needs of the world, declared by the station: journal, log book, clock, channels.

Law 3 lives in ``Journal.append``: it returns only when what it was given would survive the loss of
power. Every implementation passes the same contract suite in ``tests/contract``.
"""

from collections.abc import Collection, Sequence
from typing import Protocol, Self

from esos.station.records import (
    AccessRecord,
    Admitted,
    CaseCount,
    CaseRecord,
    ClaimedDue,
    DraftLine,
    Entry,
    FileRoom,
    FilesUsed,
    Folding,
    Glance,
    Kept,
    Leaf,
    ParcelCount,
    ParcelOutcome,
    ParcelRecord,
    PasskeyRecord,
    Room,
    RouteWork,
    TokenRecord,
    Value,
)
from esos.words.language import later, say
from esos.words.urgency import Urgency


class Journal(Protocol):
    """The station's record of truth: statements in order, cases, timers, effects, log and tokens.

    Times are given by the caller in ms, but for leases: those are counted by the store's own clock, so that
    processes whose clocks differ agree on who holds what. A lease, or a claim, that ends more than ``LEASE_SLACK_MS``
    later than the one that is asked for would is free: the store's clock was set back since it was given.

    All methods raise ``Busy`` (codes ``storage.locked``, ``storage.full``, ``storage.unreachable``; where the journal
    went to another place, those that write raise ``storage.moved_away``) where the store cannot do it now. Then nothing
    was kept, but for ``storage.unreachable``: there it is not known, and the same again is kept once.
    """

    async def append(self, batch: Sequence[Admitted], *, now_ms: int) -> list[Kept]:
        """Commit a batch in one transaction: statement, deduplication key, inbox row. Durable on return.

        One answer per item, in order. A repetition inside the batch or against the store is answered
        with the first one's number and time. Items with an empty route get no inbox row.
        """

    async def head(self) -> int:
        """The highest journal number, 0 when empty."""

    async def read(
        self, *, after_seq: int = 0, limit: int = 1000, route: str | None = None, case: bytes | None = None
    ) -> list[Entry]:
        """Entries in journal order after a number, of one route; those of one case in the order of ``place``."""

    async def newest(
        self, case: bytes, *, kinds: Collection[str] = (), limit: int, before_place: int = 0
    ) -> list[Entry]:
        """The last so many entries of one case in the order of ``place``: of these kinds, before a place, if given."""

    async def glance(self, *, after_seq: int, limit: int) -> list[Glance]:
        """The same of all routes without what was said, however long that is."""

    async def entry(self, statement_id: bytes) -> Entry | None:
        """The entry of a statement, or None."""

    async def claim_inbox(self, *, holder: str, lease_ms: int, limit: int) -> list[RouteWork]:
        """Lease up to ``limit`` routes with unfolded entries, oldest first; no route twice until saved or lapsed.

        No registered call waits behind strangers: of the routes of ``STRANGERS_ROUTES`` at most one in
        ``STRANGERS_SHARE``, and at least one, is handed out. The register's own route comes last: however
        many members are entered at once, no call waits for it.
        """

    async def let_go(self, *, holder: str, parcels: bool) -> None:
        """Give back every lease of a holder on routes and timers, with ``parcels`` also on effects.

        A process that starts anew under its old name takes up at once what it had in hand when it died.
        """

    async def oldest_inbox_ms(self) -> int | None:
        """Arrival of the oldest unfolded entry: no inbox row may age."""

    async def set_aside(self, *, limit: int) -> list[Entry]:
        """Entries that could not be folded at all, newest first."""

    async def set_aside_count(self) -> int:
        """How many entries could not be folded at all (verdict ``fold.set_aside``): each is for a person to look at."""

    async def earliest_due_ms(self) -> int | None:
        """When the first of all running timers falls, or fell, due: one long past is one that cannot be folded."""

    async def save(self, foldings: Sequence[Folding], *, now_ms: int, term: int = 0) -> list[bool]:
        """Save folds, all of one folding or nothing of it, in as few transactions as possible.

        False for a folding whose case version or fence was overtaken; then nothing of it was kept and
        its entries stay in the inbox. With a ``term``, all are False once the lease ``FOLDING`` has another.
        Entries named in ``verdicts`` leave the inbox and get the case's id. ``said`` go into the journal
        without an inbox row, idempotently. Each save of a case has a higher ``change`` than all before it.
        """

    async def case(self, case_id: bytes) -> CaseRecord | None:
        """The case with this id."""

    async def open_case_of(self, caller: str) -> CaseRecord | None:
        """The newest open case of a caller."""

    async def last_case_of(self, caller: str) -> CaseRecord | None:
        """The newest case of a caller, open or not."""

    async def cases_of(self, routes: Sequence[str]) -> dict[str, CaseRecord]:
        """The cases that routes lead to; routes that lead to none are left out.

        ``case:<hex>`` leads to that case, ``caller:<party>`` to its newest open one, else to its newest.
        """

    async def cases(
        self, *, only_open: bool = False, limit: int = 1000, before_ms: int | None = None
    ) -> list[CaseRecord]:
        """Cases, newest first by ``opened_ms``."""

    async def count_cases(self, *, before_ms: int | None = None) -> CaseCount:
        """All open cases, counted; with ``before_ms`` those alone that were opened before."""

    async def cases_since(self, change: int, *, limit: int) -> list[CaseRecord]:
        """Cases whose last save came after that of number ``change``, in the order of their saves."""

    async def claim_due(self, *, holder: str, now_ms: int, lease_ms: int, limit: int) -> list[ClaimedDue]:
        """Lease timers with ``due_ms <= now_ms``, earliest first. A saved folding replaces them."""

    async def next_due_ms(self) -> int | None:
        """When the next unleased timer or waiting parcel falls due."""

    async def claim_parcels(self, *, holder: str, now_ms: int, lease_ms: int, room: Room) -> list[ParcelRecord]:
        """Lease waiting parcels whose time has come: of each lane as many as there is room for, by rank, then age.

        A parcel that waits while a newer one of its topic is there becomes ``not_needed`` instead.
        """

    async def settle_parcels(self, outcomes: Sequence[ParcelOutcome], *, now_ms: int) -> None:
        """The fates of several parcels in one transaction, free of their leases again.

        What was performed is ``done``, whoever says so. Any other fate is of no account where the parcel was
        done already, or was handed out again since that attempt. Raises ``Unknown`` (``storage.parcel``) where
        one of them is not there; then none was settled.
        """

    async def parcels(
        self, *, case: bytes | None = None, state: str | None = None, limit: int = 1000
    ) -> list[ParcelRecord]:
        """Effects with their fate, newest first."""

    async def count_parcels(self, *, before_ms: int | None = None) -> ParcelCount:
        """All effects that wait or were given up, counted; with ``before_ms`` of what waits what was due before."""

    async def lease(self, name: str, *, holder: str, lease_ms: int, longest_ms: int = 0) -> int:
        """Take or renew a named lease (the sequencer's, the folding one's); 0 while another holds it.

        Otherwise its term, which grows whenever the holder is another than before. With 0 ms it is given back.
        ``longest_ms`` is the longest for which anybody takes it, where that is not ``lease_ms``.
        """

    async def unlogged(self, *, limit: int) -> list[Entry]:
        """Committed entries without a leaf, in journal order."""

    async def put_leaves(self, leaves: Sequence[Leaf], *, checkpoint: bytes, size: int, now_ms: int) -> None:
        """Add leaves at the end of the tree with the checkpoint that covers them, in one transaction.

        The checkpoint replaces the one of the same hour; those of hours before stay (``checkpoints``).
        Raises ``Conflict`` (``log.gap``) unless the first index is the present size and all follow on.
        """

    async def leaf_of(self, seq: int) -> Leaf | None:
        """The leaf of an entry, None while it has none."""

    async def leaf_hashes(self, *, start: int, stop: int) -> list[bytes]:
        """Leaf hashes with ``start <= index < stop``."""

    async def checkpoint(self) -> tuple[int, bytes]:
        """Size of the tree and its newest signed checkpoint, ``(0, b"")`` when there is none."""

    async def checkpoints(self) -> list[bytes]:
        """The last signed checkpoint of each of the last ``CHECKPOINTS_MAX_HOURS``, oldest first, then the newest."""

    async def put_token(self, token: TokenRecord) -> None:
        """Keep a token, replacing one with the same digest."""

    async def renew_token(self, digest: bytes, *, expires_ms: int) -> bool:
        """Let a token that is there live longer; whether it does. One that was revoked meanwhile stays revoked."""

    async def token(self, digest: bytes, *, now_ms: int) -> TokenRecord | None:
        """A live token; None when absent or expired. Does not spend it."""

    async def spend_token(self, digest: bytes, *, now_ms: int) -> TokenRecord | None:
        """Take a one-time token: exactly one caller gets it."""

    async def use_once(self, digest: bytes, *, expires_ms: int, now_ms: int) -> bool:
        """Mark what is kept nowhere as used, until then: True for exactly one caller, False for every later one."""

    async def drop_tokens(self, *, party: str, purpose: str | None = None) -> int:
        """Revoke a party's tokens; how many there were."""

    async def tokens_of(self, *, party: str, purpose: str, now_ms: int) -> list[TokenRecord]:
        """A party's live tokens of one purpose, those that run out last first."""

    async def drop_token(self, digest: bytes, *, party: str) -> bool:
        """Revoke one token if it is the party's; whether it was there."""

    async def add_passkey(self, passkey: PasskeyRecord) -> bool:
        """Keep a passkey; False, and nothing kept, where one with this id is there."""

    async def passkey(self, credential: bytes) -> PasskeyRecord | None:
        """The passkey with this credential id."""

    async def passkeys_of(self, party: str) -> list[PasskeyRecord]:
        """A party's passkeys, oldest first."""

    async def use_passkey(self, credential: bytes, *, before: int, count: int, now_ms: int) -> bool:
        """Note a use; False where its count is no longer ``before``, or it is gone. Of two at once one wins."""

    async def drop_passkey(self, credential: bytes, *, party: str) -> bool:
        """Remove a passkey if it is the party's; whether it was there."""

    async def note_accesses(self, rows: Sequence[AccessRecord]) -> None:
        """Add rows to the record of accesses, each with the next number. Durable on return; no row ever changes."""

    async def accesses(
        self, *, limit: int, before_num: int = 0, party: str = "", case: bytes | None = None, about: str = ""
    ) -> list[AccessRecord]:
        """Accesses, newest first: those before a number, of one party, to one case, about one subject, if given."""

    async def forget_accesses(self, *, before_ms: int, keep_max: int) -> int:
        """Remove accesses before a time, and the oldest beyond so many; how many."""

    async def keep_draft(self, lines: Sequence[DraftLine]) -> bool:
        """Keep answers of one draft, durably on return; False where the draft is done, and nothing was kept.

        An answer of an earlier ``turn`` changes nothing. Raises ``Busy`` (``draft.too_many``) for a draft beyond
        ``DRAFTS_MAX``.
        """

    async def draft(self, draft: bytes) -> list[DraftLine]:
        """The answers of a draft by name; of one that is done the line ``DRAFT_DONE`` alone."""

    async def drafts(self) -> list[DraftLine]:
        """Every answer of every draft that is not done, by draft and name."""

    async def finish_draft(self, done: DraftLine) -> bool:
        """Put ``done`` in place of all of a draft's answers; False where the draft was done before, and stays so.

        What has been done for longer than ``DRAFT_DONE_MS`` at ``done.at_ms`` is forgotten.
        """

    async def put_file(self, case_id: bytes, digest: bytes, content: bytes, *, now_ms: int, room: FileRoom) -> bool:
        """Keep a file of a case under its digest; whether it was not there yet. It goes when the case is erased.

        Raises ``Conflict`` where it finds no room (``file.*``, as ``station/files.py`` has them) or the case was erased
        (``case.erased``), and ``Unknown`` (``case.unknown``) where there is no case to keep it for.
        """

    async def files_used(self) -> FilesUsed:
        """How much room files take."""

    async def file(self, case_id: bytes, digest: bytes) -> bytes | None:
        """The bytes of a file of a case, None where it has no such file."""

    async def fact(self, name: str) -> bytes | None:
        """A small named value of the station (its realm, its speed factor)."""

    async def set_fact(self, name: str, value: bytes) -> None:
        """Keep a small named value."""

    async def wait_for_news(self, *, after_seq: int, timeout_ms: int) -> int:
        """Return the head as soon as it passes ``after_seq``, or after the timeout.

        It may return earlier, where another process wrote something that added no entry.
        """

    async def erase_case(self, case_id: bytes, *, now_ms: int) -> int:
        """Destroy bodies and commitment keys of a case's entries, keep ids, leaves and tree; how many."""

    async def forget_erased(self) -> bool:
        """Take old copies of what was erased out of the store's own files; whether nothing of it is left to do.

        False while somebody still reads what stood there before: ask again later, also after a restart.
        """

    async def close(self) -> None:
        """Finish what runs and let go of the store."""


class Sent(Value, kw_only=True):
    """What a channel said about a page: never proof that a person has it."""

    provider: str
    detail: str


DRILL_PREFIX = later("DRILL – ")  # noqa: RUF001 - people read this dash
DRILL_LINE = later("This is a drill. Nobody is in distress.")
TEST_TITLE = later("TEST, not a call: {title}")
TEST_LINE = later("This is a test of this address. Nobody is in distress.")
ANSWER_HERE, PAGE_ID = later("Answer here: {link}"), later("Page {id}")


class PageFrame(Value, kw_only=True):
    """What stands around the body of every page, in its reader's language: a channel may be another process."""

    drill_prefix: str = DRILL_PREFIX
    drill_line: str = DRILL_LINE
    test_title: str = TEST_TITLE
    test_line: str = TEST_LINE
    answer_here: str = ANSWER_HERE
    page_id: str = PAGE_ID

    @classmethod
    def spoken(cls) -> Self:
        """The same in the language spoken now."""
        return cls(
            drill_prefix=say(DRILL_PREFIX),
            drill_line=say(DRILL_LINE),
            test_title=say(TEST_TITLE),
            test_line=say(TEST_LINE),
            answer_here=say(ANSWER_HERE),
            page_id=say(PAGE_ID),
        )


class PageMessage(Value, kw_only=True):
    """One page to one address. ``stable_id`` is the same on every retry; receivers deduplicate on it.

    ``is_test``: it tries the address and is about nobody's distress, so that it has no urgency of its own. It goes as
    loud as the loudest call all the same, since that is what it tries.
    ``answer`` says how a text message answers it, with the code of this page; empty where none can.
    ``thread`` names the conversation it belongs to, the same for one person and case, and ``subject`` that
    conversation's; ``reply_to`` takes replies, as answers too where ``takes_answer``, and ``back_to`` what bounces.
    ``answers`` is the Message-ID of the mail that it answers.
    """

    stable_id: str
    address: str
    title: str
    body: str
    link: str
    urgency: str
    is_exercise: bool
    frame: PageFrame = PageFrame()
    is_test: bool = False
    answer: str = ""
    thread: str = ""
    subject: str = ""
    reply_to: str = ""
    back_to: str = ""
    takes_answer: bool = False
    answers: str = ""

    @property
    def loudness(self) -> str:
        """The urgency as loud as which it is handed over."""
        return Urgency.MAYDAY.value if self.is_test else self.urgency


class Channel(Protocol):
    """A way to reach a person.

    Raises ``Busy`` (``paging.unreachable``) when it could not hand the page over now, ``Malformed``
    (``paging.address``) when the address can never work.
    """

    @property
    def scheme(self) -> str:
        """The contact channel this serves: ``mail``, ``webhook``, ``apprise`` and so on."""

    async def send(self, page: PageMessage) -> Sent:
        """Hand the page over. "Sent" is not "delivered"."""

    async def close(self) -> None:
        """Let go of connections."""


class Clock(Protocol):
    """Time as an argument: wall time in ms since 1970 (UTC)."""

    def now_ms(self) -> int:
        """Now."""


class Dice(Protocol):
    """Chance as an argument: for keys of commitments, ids and tokens."""

    def bytes(self, count: int) -> bytes:
        """Fresh unpredictable bytes."""
