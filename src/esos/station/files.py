"""Files that go with messages: kept for their case as bytes, named by their hash, and never opened.

Who may have one is who may read a message that names it; the whole of a mail is for its writer and the watch.
"""

import hashlib
import unicodedata
from collections.abc import Iterable
from typing import Final, Literal

import structlog

from esos.case.model import decode_case
from esos.errors import Conflict, Malformed, TooLarge, Unknown
from esos.message.bodies import Attached, Body, MailCame, Messaged
from esos.message.talk_bodies import FILE_MAX_BYTES, FILE_NAME_MAX_CHARS, FILES_MAX_COUNT, WHOLE_MAX_BYTES
from esos.station.directory import Directory
from esos.station.ports import Clock, Journal
from esos.station.records import FileRoom, Space
from esos.words.language import say

CASE_FILES_MAX_BYTES = 64 * 1024 * 1024
"""How much room the files of one case have together."""
CASE_FILES_MAX_COUNT = 1_000
"""How many files one case keeps."""
PARTY_FILES_MAX_BYTES = CASE_FILES_MAX_BYTES // 4
"""How much of that room one party takes at most, unless it is the caller; and all together that nobody has proven."""
PARTY_FILES_MAX_COUNT = CASE_FILES_MAX_COUNT // 4
"""How many of these files are one party's at most, unless it is the caller."""
Share = Literal["caller", "mail", "message", "unproven"]
SHARES_MAX_BYTES: Final[dict[Share, int]] = {
    "caller": CASE_FILES_MAX_BYTES,
    "mail": CASE_FILES_MAX_BYTES * 7 // 8,
    "message": CASE_FILES_MAX_BYTES * 3 // 4,
    "unproven": CASE_FILES_MAX_BYTES // 2,
}
"""How far each may fill the room of a case: what nobody has proven leaves some for messages, these some for whole
mails, and all of them some for the caller."""
SHARES_MAX_COUNT: Final[dict[Share, int]] = {
    "caller": CASE_FILES_MAX_COUNT,
    "mail": CASE_FILES_MAX_COUNT * 7 // 8,
    "message": CASE_FILES_MAX_COUNT * 3 // 4,
    "unproven": CASE_FILES_MAX_COUNT // 2,
}
"""The same by the number of files."""
STRANGER_FILES_MAX_BYTES = 2 * 1024 * 1024
"""How much room a case's files have whose caller nobody has called back or confirmed, of whoever is not registered."""
STRANGER_FILES_MAX_COUNT = 40
"""How many files that are."""
STRANGERS_FILES_MAX_BYTES = 256 * 1024 * 1024
"""How much room the files of all these have together."""
STRANGERS_FILES_MAX_COUNT = 10_000
"""How many files of all these are kept."""
STATION_FILES_MAX_BYTES = 16 * 1024 * 1024 * 1024
"""How much room the files of all cases of a station have together."""
STATION_FILES_MAX_COUNT = 250_000
"""How many files a station keeps."""
ENDING_MAX_CHARS = 10
NO_ROOM = frozenset({
    "file.case_full", "file.case_many", "file.own_full", "file.own_many", "file.stranger_room", "file.stranger_many",
    "file.strangers_full", "file.station_full",
})  # fmt: skip
NO_NAME = "file"
_log = structlog.get_logger("esos.files")
_UNFIT = frozenset("/\\:*?\"<>|%;'`$&")
_TURNING = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


class Files:
    """Keeps and hands out the files of cases."""

    def __init__(self, journal: Journal, clock: Clock, directory: Directory) -> None:
        self._journal = journal
        self._clock = clock
        self._directory = directory

    async def keep(
        self,
        case: bytes,
        name: str,
        content: bytes,
        *,
        by: str,
        most_bytes: int = FILE_MAX_BYTES,
        share: Share = "message",
    ) -> Attached:
        """Keep a file that ``by`` hands in (empty: nobody proven); how a message names it.

        Raises ``TooLarge`` (``file.too_large``), ``Malformed`` (``file.empty``), and what ``Journal.put_file`` does.
        """
        if len(content) > most_bytes:
            raise TooLarge(
                "file.too_large",
                say("A file has at most {count} MiB here.", count=most_bytes // 1_048_576),
                hint="Make it smaller, or put it where its readers can fetch it and write down where that is.",
            )
        if not content:
            raise Malformed("file.empty", "This file has nothing in it.")
        digest = hashlib.sha256(content).digest()
        room = await self._room(case, by, share)
        await self._journal.put_file(case, digest, content, now_ms=self._clock.now_ms(), room=room)
        return Attached(name=clean_name(name), size_bytes=len(content), digest=digest)

    async def _room(self, case: bytes, by: str, share: Share) -> FileRoom:
        """How much may be kept: little of strangers, until somebody has found out who called."""
        record = await self._journal.case(case)
        folded = decode_case(record.blob) if record is not None and record.blob else None
        is_known = folded is not None and folded.verification.level > 0
        is_strangers = not is_known and by not in self._directory.members and by not in self._directory.officers
        of: Share = "caller" if folded is not None and by == folded.caller else share
        of_case = Space(SHARES_MAX_BYTES[of], SHARES_MAX_COUNT[of])
        if is_strangers:
            of_case = Space(STRANGER_FILES_MAX_BYTES, STRANGER_FILES_MAX_COUNT)
        return FileRoom(
            case=of_case,
            own=of_case if is_strangers or of == "caller" else Space(PARTY_FILES_MAX_BYTES, PARTY_FILES_MAX_COUNT),
            station=Space(STATION_FILES_MAX_BYTES, STATION_FILES_MAX_COUNT),
            strangers=Space(STRANGERS_FILES_MAX_BYTES, STRANGERS_FILES_MAX_COUNT),
            party=by,
            is_strangers=is_strangers,
            is_known=is_known,
        )

    async def keep_all(self, case: bytes, files: Iterable[tuple[str, bytes]], *, by: str) -> tuple[Attached, ...]:
        """Keep the files of one message; raises as ``keep``, and ``TooLarge`` (``file.too_many``) first."""
        found = [(name, content) for name, content in files if name or content]
        if len(found) > FILES_MAX_COUNT:
            raise TooLarge("file.too_many", say("One message carries at most {count} files.", count=FILES_MAX_COUNT))
        return tuple([await self.keep(case, name, content, by=by) for name, content in found])

    async def keep_whole(self, case: bytes, mail: bytes, *, by: str, share: Share) -> Attached | None:
        """Keep a mail as it came; None, and a line in the log, where there is no room: its words are taken anyway."""
        try:
            return await self.keep(case, "mail.eml", mail, by=by, most_bytes=WHOLE_MAX_BYTES, share=share)
        except Conflict as full:
            if full.code not in NO_ROOM:
                raise
            _log.warning("mail_not_kept_whole", case=case.hex(), size_bytes=len(mail))
            return None

    async def content(self, case: bytes, digest: bytes) -> bytes:
        """The bytes; raises ``Unknown`` (``file.unknown``) where the station does not have them."""
        found = await self._journal.file(case, digest)
        if found is None:
            raise Unknown("file.unknown", "This case has no such file.", hint="See the messages of the case.")
        return found


def files_in(body: Body, *, with_whole: bool) -> tuple[Attached, ...]:
    """The files that a statement names; the whole of a mail only for whoever may have it."""
    files = body.files if isinstance(body, Messaged) else ()
    whole = body.whole if with_whole and isinstance(body, Messaged | MailCame) else None
    return (*files, whole) if whole else files


def clean_name(name: str) -> str:
    """A name that is a name of a file everywhere and nothing else: no path, no mark that turns writing around."""
    kept = "".join(" " if one in _UNFIT or unicodedata.category(one) in _TURNING else one for one in name)
    tidy = " ".join(kept.split()).strip(". ")
    stem, dot, ending = tidy.rpartition(".")
    if len(tidy) > FILE_NAME_MAX_CHARS and dot and len(ending) <= ENDING_MAX_CHARS:
        return f"{stem[: FILE_NAME_MAX_CHARS - len(ending) - 1].rstrip()}.{ending}"
    return tidy[:FILE_NAME_MAX_CHARS].rstrip() or NO_NAME
