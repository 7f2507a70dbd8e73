"""Who may see what: officers and auditors what their view holds, a member the cases it is part of, a visitor its own.

A page's link shows one case and no other, whoever opened it. An officer's view is not looked at here: whoever has a
limited one is handed a station in which nothing else is (``station_seen``).
"""

import msgspec

from esos.case.model import Case, decode_case
from esos.case.talking import is_in_talk
from esos.errors import EsosError, Forbidden
from esos.keys.speaker import Role, Speaker, is_guest
from esos.message.bodies import MemberRegistered, Messaged
from esos.message.reading import read_any
from esos.station.narrow import seen_by
from esos.station.records import CaseRecord, Entry
from esos.station.station import Station
from esos.station.views import CaseView
from esos.web.auth import AnyRequest, Asked, Party

CASE_ID_BYTES = 16
SEEN_STATE = "esos_seen"
"""Under what name a request remembers the station that its reader sees, for the record of accesses."""
WATCHERS = frozenset({Role.OFFICER, Role.SECOND, Role.REGISTRAR, Role.AUDITOR, Role.STATION})
"""Roles that may read everything the station keeps."""

MAY_BE_HIDDEN = frozenset({"messaged", "law_drafted", "mail_came", "page_returned"})
"""Kinds of statement that may be written to some only; a draft is for its author, the caller and the station."""


_OF_THE_WATCH = frozenset({"mail_came", "page_returned"})


async def station_seen(request: AnyRequest, station: Station, asked: Asked) -> Station:
    """The station as whoever asks sees it: itself for all but an officer with a limited view.

    It narrows by the very party that the handler is told of: nothing that came along can name another.
    """
    if not station.directory.constituencies.views:
        return station
    party = await asked.known()
    seen = seen_by(station, party.name) if party else station
    request.scope["state"][SEEN_STATE] = seen
    return seen


def sees_all(party: Party) -> bool:
    """Whether nothing of what the party's station holds is hidden from it."""
    return bool(WATCHERS & party.speaker.roles) and not party.about


def speaks_for(case: Case, party: str) -> bool:
    """Whether a party called in this case: the caller, or a relay.

    Calling for somebody opens no door to what others said (brief 5): a relay that nobody knows reads a
    case only while it alone has called in it, for a caller that nobody knows either.
    """
    mine = [relay for relay in case.relays if relay.party == party]
    is_alone = is_guest(case.caller) and len(case.relays) == len(mine)
    return case.caller == party or any(relay.registered or is_alone for relay in mine)


def is_on(case: Case, party: str) -> bool:
    """Whether a party called in this case, or was asked to help."""
    return speaks_for(case, party) or any(request.responder == party for request in case.requests.values())


def may_see(party: Party, case: Case) -> bool:
    """Whether this party may read the case."""
    if party.about and party.about[:CASE_ID_BYTES] != case.id:
        return False
    return bool(WATCHERS & party.speaker.roles) or is_on(case, party.speaker.party)


def need_sight(party: Party, case: Case) -> None:
    """Raise ``Forbidden`` (``case.not_yours``) unless the party may read the case."""
    if not may_see(party, case):
        raise Forbidden(
            "case.not_yours", "You are not part of this case.", hint="Ask the station that keeps it, or its caller."
        )


def need_reach(party: Party, case_id: bytes) -> None:
    """Raise ``Forbidden`` (``session.other_case``) where a link for one case is used on another."""
    if party.about and party.about[:CASE_ID_BYTES] != case_id:
        raise Forbidden(
            "session.other_case", "This link is for another case.", hint="Sign in, or use that case's link."
        )


def visible(party: Party, records: list[CaseRecord]) -> list[CaseRecord]:
    """Those of these cases that the party may read."""
    if sees_all(party):
        return records
    return [record for record in records if may_see(party, decode_case(record.blob))]


def hidden_from(speaker: Speaker, entries: list[Entry], case: Case) -> frozenset[bytes]:
    """Statements among these that are not this reader's to see.

    What was written to others only; mail that nobody has proven, and addresses, which are the watch's; and on a
    restricted channel the talk, from whoever may not write there.
    """
    if WATCHERS & speaker.roles:
        return frozenset()
    is_in = speaks_for(case, speaker.party) or is_in_talk(case, speaker.party)
    mine = (entry for entry in entries if entry.kind in MAY_BE_HIDDEN and not _is_to(speaker, entry, case, is_in=is_in))
    return frozenset(entry.id for entry in mine)


def may_have(speaker: Speaker, case: Case, entry: Entry) -> bool:
    """Whether this statement of a case is a reader's to see."""
    return not hidden_from(speaker, [entry], case)


def may_have_of_register(party: Party, station: Station, entry: Entry) -> bool:
    """Whether a statement of the register is a reader's: a card has contacts, for its own and the whole station's eyes.

    ``station`` is the one that the reader sees.
    """
    if entry.kind != "member_registered" or (sees_all(party) and station.narrowed_from is None):
        return True
    body = read_any(entry.cose).body if entry.cose else None
    own = {party.speaker.party, *(station.directory.members if sees_all(party) else ())}
    return isinstance(body, MemberRegistered) and body.member in own


def seen_view(view: CaseView, speaker: Speaker, entries: list[Entry], case: Case) -> CaseView:
    """The case with what of its history this reader may see: what was judged among these statements, and no more."""
    if WATCHERS & speaker.roles:
        return view
    hidden = hidden_from(speaker, entries, case)
    shown = {entry.id.hex() for entry in entries if entry.id not in hidden}
    return msgspec.structs.replace(view, timeline=tuple(item for item in view.timeline if item.statement in shown))


def _is_to(speaker: Speaker, entry: Entry, case: Case, *, is_in: bool) -> bool:
    if entry.kind in _OF_THE_WATCH:
        return False
    if entry.kind == "law_drafted" and speaker.party == case.caller:
        return True
    if not entry.cose:
        return True
    try:
        statement = read_any(entry.cose)
    except EsosError:  # nobody here can read it, so nobody here is shown it
        return False
    body = statement.body
    if isinstance(body, Messaged) and is_in and (not body.to or speaker.party in body.to):
        return True
    author = statement.attests.party if statement.attests else ""
    return author == speaker.party or statement.author.hex() == speaker.party
