"""A station as an officer with a limited view sees it: whatever is outside is not there, for every door alike.

Doors hand this to their handlers in place of the station, so that no handler tests for itself what its reader sees, and
a new page shows nothing it should not. What was asked for by name and not shown is noted, for the record of accesses.
"""

import copy
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from esos.case.model import Case, Request
from esos.errors import Unknown
from esos.message.card import MemberCard
from esos.station.directory import Directory
from esos.station.files import Files
from esos.station.known import Invited
from esos.station.ports import Journal
from esos.station.records import AccessRecord, CaseRecord, DraftLine, Entry, ParcelRecord
from esos.station.sight import Outside, sees, sees_member, sees_record, sees_whole
from esos.station.station import Station
from esos.station.views import Views

MORE = 2
"""A list is looked for among so many times as many rows, again and again, since some are outside the view."""
LOOKED_THROUGH_MAX = 20_000
"""Among how many rows a list is looked for at most."""
SLICE_ROWS = 500
"""How many accesses are read at once while those in a view are looked for."""
PASSED: Final = frozenset({
    "append", "head", "glance", "claim_inbox", "let_go", "oldest_inbox_ms", "set_aside_count", "earliest_due_ms",
    "save", "open_case_of", "last_case_of", "cases_of", "count_cases", "cases_since", "claim_due", "next_due_ms",
    "claim_parcels", "settle_parcels", "count_parcels", "lease", "unlogged", "put_leaves", "leaf_of", "leaf_hashes",
    "checkpoint", "checkpoints", "put_token", "renew_token", "token", "spend_token", "use_once", "drop_tokens",
    "tokens_of", "drop_token", "add_passkey", "passkey", "passkeys_of", "use_passkey", "drop_passkey", "note_accesses",
    "forget_accesses", "keep_draft", "finish_draft", "put_file", "files_used", "fact", "set_fact", "wait_for_news",
    "erase_case", "forget_erased", "close",
})  # fmt: skip
"""What of a journal is the same for everybody: writing, counting, the log, tokens, and what only the machine reads."""


class SeenMembers(Mapping[str, MemberCard]):
    """The members in somebody's view."""

    def __init__(self, whole: Directory, officer: str, outside: Outside) -> None:
        self._whole = whole
        self._officer = officer
        self._outside = outside

    def _sees(self, member: str) -> bool:
        return sees_member(self._whole, self._officer, member)

    def __getitem__(self, member: str) -> MemberCard:
        """A member's card; one that is outside the view is as unknown as one that is not there."""
        card = self._whole.members[member]
        if not self._sees(member):
            self._outside.members.add(member)
            raise KeyError(member)
        return card

    def __iter__(self) -> Iterator[str]:
        """Those in the view."""
        return (member for member in self._whole.members if self._sees(member))

    def __len__(self) -> int:
        """How many are in the view."""
        return sum(1 for _ in self)


class SeenDirectory:
    """The register with ``members`` as somebody sees them; everything else is the station's own.

    Names stay known, and so does ``everybody``: who could help is asked across the whole station.
    """

    def __init__(self, whole: Directory, officer: str, outside: Outside) -> None:
        self._whole = whole
        self.members = SeenMembers(whole, officer, outside)
        self.invited = Invited()  # whoever is no member yet is in no constituency

    def __getattr__(self, name: str) -> Any:
        """The station's own."""
        return getattr(self._whole, name)


class SeenJournal:
    """The journal with what somebody sees of cases, statements, pages, accesses and drafts.

    Whatever method this does not name, and ``PASSED`` does not either, is not there: a new one must be decided on.
    """

    def __init__(self, whole: Journal, directory: Directory, officer: str, outside: Outside) -> None:
        self._whole = whole
        self._directory = directory
        self._officer = officer
        self._outside = outside
        self._seen: dict[bytes, bool] = {}

    def __getattr__(self, name: str) -> Any:
        """What is the same for everybody."""
        if name not in PASSED:
            raise AttributeError(name)
        return getattr(self._whole, name)

    def _sees(self, record: CaseRecord) -> bool:
        return sees_record(self._directory, self._officer, record)

    async def case(self, case_id: bytes) -> CaseRecord | None:
        """The case with this id, if it is in the view."""
        record = await self._whole.case(case_id)
        if record is None or self._sees(record):
            return record
        self._outside.cases.add(case_id)
        return None

    async def cases(
        self, *, only_open: bool = False, limit: int = 1000, before_ms: int | None = None
    ) -> list[CaseRecord]:
        """Cases in the view, newest first."""
        wanted = limit
        while True:
            found = await self._whole.cases(only_open=only_open, limit=wanted, before_ms=before_ms)
            seen = [record for record in found if self._sees(record)]
            if len(seen) >= limit or len(found) < wanted or wanted >= LOOKED_THROUGH_MAX:
                return seen[:limit]
            wanted = min(LOOKED_THROUGH_MAX, wanted * MORE)

    async def read(
        self, *, after_seq: int = 0, limit: int = 1000, route: str | None = None, case: bytes | None = None
    ) -> list[Entry]:
        """Statements of a case in the view; the register's own are everybody's, since all is judged by them."""
        if case is not None and await self.case(case) is None:
            return []
        found = await self._whole.read(after_seq=after_seq, limit=limit, route=route, case=case)
        return found if case is not None or route == "register" else [one for one in found if await self._shows(one)]

    async def newest(
        self, case: bytes, *, kinds: Collection[str] = (), limit: int, before_place: int = 0
    ) -> list[Entry]:
        """The last statements of a case in the view: of these kinds, before a place, if given."""
        if await self.case(case) is None:
            return []
        return await self._whole.newest(case, kinds=kinds, limit=limit, before_place=before_place)

    async def entry(self, statement_id: bytes) -> Entry | None:
        """A statement, if what it is about is in the view."""
        found = await self._whole.entry(statement_id)
        if found is None or await self._shows(found):
            return found
        if found.case is not None:
            self._outside.cases.add(found.case)
        return None

    async def _shows(self, entry: Entry) -> bool:
        if entry.case is not None:
            return await self._shows_case(entry.case)
        kind, _, name = entry.route.partition(":")
        if kind == "case":
            return await self._shows_case(bytes.fromhex(name))
        return kind != "caller" or sees_member(self._directory, self._officer, name)

    async def _shows_case(self, case_id: bytes) -> bool:
        if case_id not in self._seen:
            record = await self._whole.case(case_id)
            self._seen[case_id] = record is not None and self._sees(record)
        return self._seen[case_id]

    async def set_aside(self, *, limit: int) -> list[Entry]:
        """Calls in the view that could not be folded."""
        return [one for one in await self._whole.set_aside(limit=limit) if await self._shows(one)]

    async def parcels(
        self, *, case: bytes | None = None, state: str | None = None, limit: int = 1000
    ) -> list[ParcelRecord]:
        """Pages about cases in the view, and about none."""
        found = await self._whole.parcels(case=case, state=state, limit=limit)
        cases = {one.parcel.case for one in found if one.parcel.case is not None}
        hidden = {one for one in cases if await self._whole.case(one) is not None and not await self._shows_case(one)}
        return [one for one in found if one.parcel.case not in hidden]

    async def accesses(
        self, *, limit: int, before_num: int = 0, party: str = "", case: bytes | None = None, about: str = ""
    ) -> list[AccessRecord]:
        """One's own accesses, and those to cases in the view; not that one asked for what is outside."""
        shown: list[AccessRecord] = []
        for _ in range(LOOKED_THROUGH_MAX // SLICE_ROWS):
            found = await self._whole.accesses(
                limit=SLICE_ROWS, before_num=before_num, party=party, case=case, about=about
            )
            shown += [one for one in found if await self._shows_access(one)]
            if len(found) < SLICE_ROWS or len(shown) >= limit:
                break
            before_num = found[-1].num
        return shown[:limit]

    async def _shows_access(self, row: AccessRecord) -> bool:
        if row.case is not None:
            return await self._shows_case(row.case)
        is_outside = row.about in self._directory.members and not sees_member(self._directory, self._officer, row.about)
        return row.party == self._officer and not is_outside

    async def file(self, case_id: bytes, digest: bytes) -> bytes | None:
        """A file of a case in the view."""
        return await self._whole.file(case_id, digest) if await self.case(case_id) else None

    async def draft(self, draft: bytes) -> list[DraftLine]:
        """A call that is being written down, if it is one's own."""
        return self._own(await self._whole.draft(draft))

    async def drafts(self) -> list[DraftLine]:
        """The same of all of them."""
        return self._own(await self._whole.drafts())

    def _own(self, lines: Sequence[DraftLine]) -> list[DraftLine]:
        """Whose call it will be nobody knows before it is one; whoever writes it down sees it."""
        own = {line.draft for line in lines if line.party == self._officer}
        return [line for line in lines if line.draft in own]


class SeenViews(Views):
    """Views of cases in the view; a request outside it is as unknown as one that is not there."""

    def __init__(self, whole: Views, journal: Journal, sees_case: Callable[[Case], bool], outside: Outside) -> None:
        self.__dict__.update(whole.__dict__)  # what was read before of a case is remembered for all readers together
        self._journal = journal
        self._whole = whole
        self._sees_case = sees_case
        self._outside = outside

    async def find_request(self, request_id: bytes) -> tuple[Case, Request]:
        """A request with its case; raises ``Unknown`` (``request.unknown``)."""
        case, request = await self._whole.find_request(request_id)
        if self._sees_case(case):
            return case, request
        self._outside.cases.add(case.id)
        raise Unknown("request.unknown", "This station has no such request.")


def seen_by(station: Station, officer: str) -> Station:
    """The station as somebody sees it: itself, unless it is an officer whose view is limited."""
    station = station.whole
    if sees_whole(station.directory, officer):
        return station
    outside, directory = Outside(), station.directory
    seen = copy.copy(station)
    seen.narrowed_from, seen.outside = station, outside
    seen.directory = cast("Directory", SeenDirectory(directory, officer, outside))
    seen.journal = cast("Journal", SeenJournal(station.journal, directory, officer, outside))
    seen.views = SeenViews(station.views, seen.journal, lambda case: sees(directory, officer, case), outside)
    seen.desk = station.desk.reading(seen.journal)
    seen.files = Files(seen.journal, station.clock, directory)
    return seen
