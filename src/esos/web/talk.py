"""Talk on a case at the door: what one reader may see of it, files in and out, and who may write.

A file is bytes that are handed on: it is never opened, shown or guessed at, and a browser is told not to either.
"""

import asyncio
from collections.abc import AsyncIterator
from html import escape
from typing import Final, NamedTuple
from urllib.parse import quote

from litestar import Response

from esos.case.model import Case
from esos.case.talking import is_in_talk
from esos.errors import Forbidden, Unknown
from esos.keys.speaker import Role, Speaker
from esos.message.bodies import Attached, Messaged
from esos.message.reading import read_any
from esos.station.files import clean_name, files_in
from esos.station.history import timeline_item
from esos.station.records import APPLIED, Entry
from esos.station.station import Station
from esos.web.sight import WATCHERS, hidden_from, speaks_for
from esos.words.conference import Conference, read_conference

TALK_MAX_ITEMS = 100
"""How many messages are shown at once, the newest first; the others come after them."""
TALK_MAX_BYTES = 48_000
"""How long the words of these may be together, so that a page stays small; one message is always shown."""
SLICE_ENTRIES = 500
"""How many messages of a case are read at once; in between whatever else waits has its turn."""
_KINDS: Final = frozenset({"messaged", "mail_came"})
FILE_HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class TalkItem(NamedTuple):
    """One message as a reader sees it; ``place`` is its place among what was said on the case."""

    place: int
    who: str
    at_ms: int
    text: str
    known_by: str
    files: tuple[Attached, ...]
    conference: Conference | None
    to: tuple[str, ...]


class Talk(NamedTuple):
    """Messages, newest first; before ``earlier`` there are more that their reader may see, 0: none."""

    items: tuple[TalkItem, ...]
    earlier: int


async def talk_for(station: Station, case: Case, speaker: Speaker, *, before: int = 0) -> Talk:
    """The newest messages that this reader may see, of those before a place where one is given."""
    shown: list[TalkItem] = []
    size_bytes = 0
    async for entry in _visible(station, case, speaker, before=before):
        item = _item(entry, station, speaker) if entry.kind == "messaged" and entry.cose else None
        if item is None:
            continue
        size_bytes += len(escape(item.text).encode())
        if shown and (len(shown) >= TALK_MAX_ITEMS or size_bytes > TALK_MAX_BYTES):
            return Talk(tuple(shown), shown[-1].place)
        shown.append(item)
    return Talk(tuple(shown), 0)


def need_pen(case: Case, speaker: Speaker) -> None:
    """Raise ``Forbidden`` (``case.restricted``) before a file is kept for somebody who may not write here now."""
    is_officer = Role.OFFICER in speaker.roles
    is_open = is_in_talk(case, speaker.party)
    if is_open and (is_officer or speaks_for(case, speaker.party) or _is_asked(case, speaker.party)):
        return
    if case.caller == speaker.party or (is_officer and case.lease is not None and case.lease.holder == speaker.party):
        return
    raise Forbidden(
        "case.restricted",
        "Only the caller, the coordinator and bound helpers write here now.",
        hint="The coordinator can open the channel, or ask you for help.",
    )


def _is_asked(case: Case, party: str) -> bool:
    return any(request.responder == party for request in case.requests.values())


async def file_for(station: Station, case: Case, speaker: Speaker, digest: bytes) -> Response[bytes]:
    """A file that a message to this reader names, to be saved and never shown; ``Unknown`` (``file.unknown``)."""
    found = await _named(station, case, speaker, digest)
    if found is None:
        raise Unknown("file.unknown", "No message to you in this case names such a file.")
    content = await station.files.content(case.id, digest)
    name = clean_name(found.name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {**FILE_HEADERS, "content-disposition": disposition}
    return Response(content, media_type="application/octet-stream", headers=headers)


async def _named(station: Station, case: Case, speaker: Speaker, digest: bytes) -> Attached | None:
    async for entry in _visible(station, case, speaker):
        for one in _files(entry, speaker):
            if one.digest == digest:
                return one
    return None


def _files(entry: Entry, speaker: Speaker) -> tuple[Attached, ...]:
    if not entry.cose:
        return ()
    statement = read_any(entry.cose)
    is_own = statement.attests is not None and statement.attests.party == speaker.party
    return files_in(statement.body, with_whole=bool(WATCHERS & speaker.roles) or is_own)


async def _visible(station: Station, case: Case, speaker: Speaker, *, before: int = 0) -> AsyncIterator[Entry]:
    """What was said on the case and is this reader's to see, newest first, however much stands in between."""
    while True:
        entries = await station.journal.newest(case.id, kinds=_KINDS, limit=SLICE_ENTRIES, before_place=before)
        hidden = hidden_from(speaker, entries, case)
        for entry in reversed(entries):
            if entry.id not in hidden and entry.verdict == APPLIED:
                yield entry
        if len(entries) < SLICE_ENTRIES:
            return
        before = entries[0].place
        await asyncio.sleep(0)


def _item(entry: Entry, station: Station, speaker: Speaker) -> TalkItem | None:
    statement = read_any(entry.cose)
    body = statement.body
    if not isinstance(body, Messaged):
        return None
    shown = timeline_item(entry, station.directory)
    is_own = shown.party == speaker.party
    return TalkItem(
        place=entry.place,
        who=shown.who,
        at_ms=entry.at_ms,
        text=body.text,
        known_by=statement.attests.channel if statement.attests else "",
        files=files_in(body, with_whole=bool(WATCHERS & speaker.roles) or is_own),
        conference=read_conference(body.conference) if body.conference else None,
        to=tuple(station.directory.name_of(party) for party in body.to),
    )
