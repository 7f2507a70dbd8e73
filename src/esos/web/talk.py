"""Talk on a case at the door: what one reader may see of it, files in and out, and who may write.

A file is bytes that are handed on: it is never opened, shown or guessed at, and a browser is told not to either.
"""

from collections.abc import Iterable
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

TALK_MAX_ITEMS = 200
"""How many messages, the newest, a page shows."""
ENTRIES_MAX = 5_000
"""Among how many of a case's messages, the newest, those that its reader may see are looked for."""
_KINDS: Final = frozenset({"messaged", "mail_came"})
FILE_HEADERS = {
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class TalkItem(NamedTuple):
    """One message as a reader sees it."""

    who: str
    at_ms: int
    text: str
    known_by: str
    files: tuple[Attached, ...]
    conference: Conference | None
    to: tuple[str, ...]


async def talk_for(station: Station, case: Case, speaker: Speaker) -> tuple[TalkItem, ...]:
    """The messages that this reader may see, newest first."""
    entries = await _visible(station, case, speaker)
    said = [_item(entry, station, speaker) for entry in entries if entry.kind == "messaged" and entry.cose]
    return tuple(reversed([one for one in said if one is not None][-TALK_MAX_ITEMS:]))


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
    entries = await _visible(station, case, speaker)
    found = next((one for one in _files(entries, speaker) if one.digest == digest), None)
    if found is None:
        raise Unknown("file.unknown", "No message to you in this case names such a file.")
    content = await station.files.content(case.id, digest)
    name = clean_name(found.name)
    plain = name.encode("ascii", "replace").decode().replace("?", "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    headers = {**FILE_HEADERS, "content-disposition": disposition}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _files(entries: Iterable[Entry], speaker: Speaker) -> Iterable[Attached]:
    for entry in entries:
        if entry.cose and entry.verdict == APPLIED:
            statement = read_any(entry.cose)
            is_own = statement.attests is not None and statement.attests.party == speaker.party
            yield from files_in(statement.body, with_whole=bool(WATCHERS & speaker.roles) or is_own)


async def _visible(station: Station, case: Case, speaker: Speaker) -> list[Entry]:
    entries = await station.journal.newest(case.id, kinds=_KINDS, limit=ENTRIES_MAX)
    hidden = hidden_from(speaker, entries, case)
    return [entry for entry in entries if entry.id not in hidden and entry.verdict == APPLIED]


def _item(entry: Entry, station: Station, speaker: Speaker) -> TalkItem | None:
    statement = read_any(entry.cose)
    body = statement.body
    if not isinstance(body, Messaged):
        return None
    shown = timeline_item(entry, station.directory)
    is_own = shown.party == speaker.party
    return TalkItem(
        who=shown.who,
        at_ms=entry.at_ms,
        text=body.text,
        known_by=statement.attests.channel if statement.attests else "",
        files=files_in(body, with_whole=bool(WATCHERS & speaker.roles) or is_own),
        conference=read_conference(body.conference) if body.conference else None,
        to=tuple(station.directory.name_of(party) for party in body.to),
    )
