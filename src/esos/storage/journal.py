"""The journal port on SQL: each method one job for the writer or a reader, and no SQL of its own."""

import asyncio
from collections.abc import Callable, Collection, Sequence
from functools import partial
from pathlib import Path
from typing import Self

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
    StoreLoad,
    TokenRecord,
)
from esos.storage import (
    accesses,
    cases,
    claims,
    counts,
    drafts,
    entries,
    erase,
    files,
    folds,
    leafs,
    outbox,
    passkeys,
    timers,
    tokens,
)
from esos.storage.bell import bell_of
from esos.storage.lanes import Lanes, translated
from esos.storage.limits import BUSY_TIMEOUT_MS, NEWS_POLL_MS
from esos.storage.migrate import migrate
from esos.storage.moved import MOVED_TO, need_not_moved
from esos.storage.news import News
from esos.storage.stores import Store, store_of


class SqlJournal:
    """``esos.station.ports.Journal`` on a database. Open it with ``open``; it belongs to that event loop."""

    def __init__(self, store: Store, *, poll_ms: int, clock_ms: Callable[[], int] | None) -> None:
        self._news = News(self.head, poll_ms=poll_ms)
        self._bell = bell_of(store, heard=self._news.hear)
        self._file_turn = asyncio.Lock()
        """One file at a time, so that calls wait for the bytes of one at most."""
        self._lanes = Lanes(store, told=self._tell, clock_ms=clock_ms)

    @classmethod
    async def open(
        cls,
        url_or_path: str | Path,
        *,
        busy_timeout_ms: int = BUSY_TIMEOUT_MS,
        poll_ms: int = NEWS_POLL_MS,
        create: bool = True,
        clock_ms: Callable[[], int] | None = None,
    ) -> Self:
        """Open a journal and bring its schema up to date; with ``create`` also where there is none yet.

        Leases are counted by the store's own clock, unless another is given. Raises ``Usage`` for an address
        that is not served, ``Conflict`` for a journal of a newer release (``storage.newer``) and for one that was
        moved (``storage.moved``), ``Unknown``
        (``storage.journal_gone``) where there is none and none may be made, ``Busy`` where it cannot be had now.
        """
        store = store_of(url_or_path, busy_timeout_ms=busy_timeout_ms)
        await asyncio.to_thread(translated, partial(migrate, store, create=create), is_opening=True)
        journal = cls(store, poll_ms=poll_ms, clock_ms=clock_ms)
        await journal._start()
        return journal

    async def _start(self) -> None:
        self._news.tell(await self._lanes.open())
        try:
            need_not_moved(await self.fact(MOVED_TO))
        except BaseException:
            await self._lanes.close()
            raise
        self._bell.listen()

    def _tell(self, head: int, is_news: bool) -> None:  # noqa: FBT001 - called by the lanes alone
        """After a write of this process its own waiters know at once, other processes as soon as the bell is heard."""
        self._news.tell(head)
        if is_news:
            self._bell.ring(head)

    def load(self) -> StoreLoad:
        """How full its queues are now."""
        return self._lanes.load()

    async def append(self, batch: Sequence[Admitted], *, now_ms: int) -> list[Kept]:
        """Commit a batch; durable on return."""
        return await self._lanes.append(batch, now_ms=now_ms)

    async def head(self) -> int:
        """The highest journal number."""
        return await self._lanes.read(entries.head)

    async def read(
        self, *, after_seq: int = 0, limit: int = 1000, route: str | None = None, case: bytes | None = None
    ) -> list[Entry]:
        """Entries in order."""
        return await self._lanes.read(partial(entries.read, after_seq=after_seq, limit=limit, route=route, case=case))

    async def newest(
        self, case: bytes, *, kinds: Collection[str] = (), limit: int, before_place: int = 0
    ) -> list[Entry]:
        """The last entries of a case, in order."""
        job = partial(entries.newest, case=case, kinds=kinds, limit=limit, before_place=before_place)
        return await self._lanes.read(job)

    async def glance(self, *, after_seq: int, limit: int) -> list[Glance]:
        """Entries in order, without what was said."""
        return await self._lanes.read(partial(entries.glance, after_seq=after_seq, limit=limit))

    async def entry(self, statement_id: bytes) -> Entry | None:
        """The entry of a statement."""
        return await self._lanes.read(partial(entries.entry, recall=self._lanes.recall, statement_id=statement_id))

    async def claim_inbox(self, *, holder: str, lease_ms: int, limit: int) -> list[RouteWork]:
        """Lease routes with unfolded entries."""
        job = partial(claims.claim_inbox, holder=holder, lease_ms=lease_ms, limit=limit)
        return await self._lanes.write(job, alone=True)

    async def let_go(self, *, holder: str, parcels: bool) -> None:
        """Give back a holder's leases."""
        await self._lanes.write(partial(claims.let_go, holder=holder, with_parcels=parcels), alone=True)

    async def oldest_inbox_ms(self) -> int | None:
        """Arrival of the oldest unfolded entry."""
        return await self._lanes.read(entries.oldest_inbox_ms)

    async def set_aside(self, *, limit: int) -> list[Entry]:
        """Entries that could not be folded."""
        return await self._lanes.read(partial(entries.set_aside, limit=limit))

    async def set_aside_count(self) -> int:
        """Entries that could not be folded at all."""
        return await self._lanes.read(entries.set_aside_count)

    async def earliest_due_ms(self) -> int | None:
        """When the first timer falls due."""
        return await self._lanes.read(timers.earliest_due_ms)

    async def save(self, foldings: Sequence[Folding], *, now_ms: int, term: int = 0) -> list[bool]:
        """Save folds."""
        return await self._lanes.write(
            partial(folds.save, foldings=tuple(foldings), now_ms=now_ms, term=term), alone=True, is_news=True
        )

    async def case(self, case_id: bytes) -> CaseRecord | None:
        """A case by id."""
        return await self._lanes.read(partial(cases.case, case_id=case_id))

    async def cases_of(self, routes: Sequence[str]) -> dict[str, CaseRecord]:
        """The cases that routes lead to."""
        return await self._lanes.read(partial(cases.of_routes, routes=tuple(routes)))

    async def open_case_of(self, caller: str) -> CaseRecord | None:
        """The newest open case of a caller."""
        return await self._lanes.read(partial(cases.open_case_of, caller=caller))

    async def last_case_of(self, caller: str) -> CaseRecord | None:
        """The newest case of a caller."""
        return await self._lanes.read(partial(cases.last_case_of, caller=caller))

    async def cases(
        self, *, only_open: bool = False, limit: int = 1000, before_ms: int | None = None
    ) -> list[CaseRecord]:
        """Cases, newest first."""
        return await self._lanes.read(partial(cases.newest, only_open=only_open, limit=limit, before_ms=before_ms))

    async def count_cases(self, *, before_ms: int | None = None) -> CaseCount:
        """Open cases, counted."""
        return await self._lanes.read(partial(counts.count_cases, before_ms=before_ms))

    async def cases_since(self, change: int, *, limit: int) -> list[CaseRecord]:
        """Cases saved since, in the order of their saves."""
        return await self._lanes.read(partial(cases.since, change=change, limit=limit))

    async def claim_due(self, *, holder: str, now_ms: int, lease_ms: int, limit: int) -> list[ClaimedDue]:
        """Lease timers that have run out."""
        job = partial(timers.claim_due, holder=holder, now_ms=now_ms, lease_ms=lease_ms, limit=limit)
        return await self._lanes.write(job, alone=True)

    async def next_due_ms(self) -> int | None:
        """When something falls due next; what is leased counts at the end of its lease."""
        return await self._lanes.read(timers.next_due_ms)

    async def claim_parcels(self, *, holder: str, now_ms: int, lease_ms: int, room: Room) -> list[ParcelRecord]:
        """Lease effects whose time has come."""
        job = partial(outbox.claim_parcels, holder=holder, now_ms=now_ms, lease_ms=lease_ms, room=room)
        return await self._lanes.write(job, alone=True)

    async def settle_parcels(self, outcomes: Sequence[ParcelOutcome], *, now_ms: int) -> None:
        """Several fates in one transaction. ``Unknown`` (``storage.parcel``) for an id that is not there: then none."""
        if outcomes:
            await self._lanes.write(partial(outbox.settle_parcels, outcomes=outcomes, now_ms=now_ms))

    async def parcels(
        self, *, case: bytes | None = None, state: str | None = None, limit: int = 1000
    ) -> list[ParcelRecord]:
        """Effects, newest first."""
        return await self._lanes.read(partial(outbox.newest, case=case, state=state, limit=limit))

    async def count_parcels(self, *, before_ms: int | None = None) -> ParcelCount:
        """Effects that wait or were given up, counted."""
        return await self._lanes.read(partial(counts.count_parcels, before_ms=before_ms))

    async def lease(self, name: str, *, holder: str, lease_ms: int, longest_ms: int = 0) -> int:
        """Take or renew a named lease."""
        job = partial(tokens.lease, name=name, holder=holder, lease_ms=lease_ms, longest_ms=longest_ms)
        return await self._lanes.write(job)

    async def unlogged(self, *, limit: int) -> list[Entry]:
        """Entries without a leaf."""
        return await self._lanes.read(partial(leafs.unlogged, limit=limit))

    async def put_leaves(self, leaves: Sequence[Leaf], *, checkpoint: bytes, size: int, now_ms: int) -> None:
        """Add leaves at the end of the tree."""
        job = partial(leafs.put_leaves, batch=tuple(leaves), checkpoint=checkpoint, size=size, now_ms=now_ms)
        await self._lanes.write(job, alone=True)

    async def leaf_of(self, seq: int) -> Leaf | None:
        """The leaf of an entry."""
        return await self._lanes.read(partial(leafs.leaf_of, seq=seq))

    async def leaf_hashes(self, *, start: int, stop: int) -> list[bytes]:
        """Hashes of a range of leaves."""
        return await self._lanes.read(partial(leafs.leaf_hashes, start=start, stop=stop))

    async def checkpoint(self) -> tuple[int, bytes]:
        """Size of the tree and its newest checkpoint."""
        return await self._lanes.read(leafs.newest_checkpoint)

    async def checkpoints(self) -> list[bytes]:
        """The checkpoints kept, oldest first."""
        return await self._lanes.read(leafs.kept_checkpoints)

    async def put_token(self, token: TokenRecord) -> None:
        """Keep a token."""
        await self._lanes.write(partial(tokens.put_token, token=token))

    async def renew_token(self, digest: bytes, *, expires_ms: int) -> bool:
        """Let a token that is there live longer."""
        return await self._lanes.write(partial(tokens.renew_token, digest=digest, expires_ms=expires_ms))

    async def token(self, digest: bytes, *, now_ms: int) -> TokenRecord | None:
        """A live token."""
        return await self._lanes.read(partial(tokens.token, digest=digest, now_ms=now_ms))

    async def spend_token(self, digest: bytes, *, now_ms: int) -> TokenRecord | None:
        """Take a live one-time token; None for any other."""
        return await self._lanes.write(partial(tokens.spend_token, digest=digest, now_ms=now_ms))

    async def use_once(self, digest: bytes, *, expires_ms: int, now_ms: int) -> bool:
        """Mark what is kept nowhere as used; whether it was not yet."""
        job = partial(tokens.use_once, digest=digest, expires_ms=expires_ms, now_ms=now_ms)
        return await self._lanes.write(job)

    async def drop_tokens(self, *, party: str, purpose: str | None = None) -> int:
        """Revoke a party's tokens."""
        return await self._lanes.write(partial(tokens.drop_tokens, party=party, purpose=purpose))

    async def tokens_of(self, *, party: str, purpose: str, now_ms: int) -> list[TokenRecord]:
        """A party's live tokens of one purpose."""
        return await self._lanes.read(partial(tokens.tokens_of, party=party, purpose=purpose, now_ms=now_ms))

    async def drop_token(self, digest: bytes, *, party: str) -> bool:
        """Revoke one token of a party."""
        return await self._lanes.write(partial(tokens.drop_token, digest=digest, party=party))

    async def add_passkey(self, passkey: PasskeyRecord) -> bool:
        """Keep a passkey; False where one with this id is there."""
        return await self._lanes.write(partial(passkeys.add_passkey, passkey=passkey))

    async def passkey(self, credential: bytes) -> PasskeyRecord | None:
        """The passkey with this id."""
        return await self._lanes.read(partial(passkeys.passkey, credential=credential))

    async def passkeys_of(self, party: str) -> list[PasskeyRecord]:
        """A party's passkeys, oldest first."""
        return await self._lanes.read(partial(passkeys.passkeys_of, party=party))

    async def use_passkey(self, credential: bytes, *, before: int, count: int, now_ms: int) -> bool:
        """Note a use of a passkey whose count is still the one that was read."""
        job = partial(passkeys.use_passkey, credential=credential, before=before, count=count, now_ms=now_ms)
        return await self._lanes.write(job)

    async def drop_passkey(self, credential: bytes, *, party: str) -> bool:
        """Remove a passkey of a party."""
        return await self._lanes.write(partial(passkeys.drop_passkey, credential=credential, party=party))

    async def note_accesses(self, rows: Sequence[AccessRecord]) -> None:
        """Add rows to the record of accesses."""
        await self._lanes.write(partial(accesses.note, rows=tuple(rows)))

    async def accesses(
        self, *, limit: int, before_num: int = 0, party: str = "", case: bytes | None = None, about: str = ""
    ) -> list[AccessRecord]:
        """Accesses, newest first."""
        job = partial(accesses.newest, limit=limit, before_num=before_num, party=party, case=case, about=about)
        return await self._lanes.read(job)

    async def forget_accesses(self, *, before_ms: int, keep_max: int) -> int:
        """Remove accesses that are kept no longer."""
        return await self._lanes.write(partial(accesses.forget, before_ms=before_ms, keep_max=keep_max))

    async def keep_draft(self, lines: Sequence[DraftLine]) -> bool:
        """Keep answers of one draft, unless it is done."""
        return await self._lanes.write(partial(drafts.keep, lines=lines))

    async def draft(self, draft: bytes) -> list[DraftLine]:
        """The answers of a draft."""
        return await self._lanes.read(partial(drafts.of_one, draft=draft))

    async def drafts(self) -> list[DraftLine]:
        """The answers of all that are not done."""
        return await self._lanes.read(drafts.of_all)

    async def finish_draft(self, done: DraftLine) -> bool:
        """Put this line in the place of all of a draft's."""
        return await self._lanes.write(partial(drafts.finish, done=done), is_news=True)

    async def put_file(self, case_id: bytes, digest: bytes, content: bytes, *, now_ms: int, room: FileRoom) -> bool:
        """Keep a file of a case, once; ``Conflict`` (``file.*``) where it finds no room."""
        job = partial(files.put_file, case_id=case_id, digest=digest, content=content, now_ms=now_ms, room=room)
        async with self._file_turn:
            return await self._lanes.write(job, alone=True)

    async def files_used(self) -> FilesUsed:
        """How much room files take."""
        return await self._lanes.read(files.used_by)

    async def file(self, case_id: bytes, digest: bytes) -> bytes | None:
        """The bytes of a file of a case."""
        return await self._lanes.read(partial(files.file, case_id=case_id, digest=digest))

    async def fact(self, name: str) -> bytes | None:
        """A small named value."""
        return await self._lanes.read(partial(tokens.fact, name=name))

    async def set_fact(self, name: str, value: bytes) -> None:
        """Keep a small named value."""
        await self._lanes.write(partial(tokens.set_fact, name=name, value=value), is_news=True)

    async def wait_for_news(self, *, after_seq: int, timeout_ms: int) -> int:
        """The head once it passes ``after_seq``, or after the timeout."""
        return await self._news.wait(after_seq=after_seq, timeout_ms=timeout_ms)

    async def erase_case(self, case_id: bytes, *, now_ms: int) -> int:
        """Destroy bodies and keys of an ended case; ``Conflict`` (``storage.case_open``) while it is open."""
        return await self._lanes.write(partial(erase.erase_case, case_id=case_id, now_ms=now_ms), alone=True)

    async def forget_erased(self) -> bool:
        """Whether no old copy of what was erased stands where the store itself wrote one."""
        erased_ms = await self._lanes.read(erase.to_forget)
        if erased_ms is None:
            return True
        if not await self._lanes.outside(lambda driver: driver.forget_erased(erased_ms=erased_ms)):
            return False
        await self._lanes.write(partial(erase.forgotten, erased_ms=erased_ms))
        return True

    async def close(self) -> None:
        """Write what waits and let go of the store. Safe to call twice."""
        await self._lanes.close()
        await self._bell.close()
