"""Puts on record who opened what: one table of addresses, looked at when an answer goes out, so no page forgets.

A page that only keeps itself fresh goes on with a look that is on record. An answer that was refused showed nothing.
"""

from typing import Any, NamedTuple

from litestar.types import Message, Scope

from esos.station.station import Station
from esos.web.auth import CASE_STATE, PARTY_STATE, Party, Way
from esos.web.roles import bare
from esos.web.sight import SEEN_STATE
from esos.words.access import Act, device_of

_OK_BELOW, _REFUSED_FROM = 300, 400
_FRESH = b"esos-fresh"
_CASE_BYTES = 16


class Look(NamedTuple):
    """What opening an address is: an act, and which part of the address names the case, or what else it is about."""

    act: Act
    case: str = ""
    about: str = ""


LOOKS: dict[str, Look] = {
    "/watch/{case}": Look(Act.CASE, case="case"),
    "/watch/{case}/proof/{statement}": Look(Act.CASE, case="case"),
    "/watch/{case}/talk": Look(Act.CASE, case="case"),
    "/watch/{case}/talk/{digest}": Look(Act.ATTACHMENT, case="case", about="digest"),
    "/inbox/{request_id}": Look(Act.CASE),
    "/api/v1/requests/{request_id}": Look(Act.CASE),
    "/case/{case}/report": Look(Act.CASE, case="case"),
    "/a/{token}": Look(Act.CASE, case="token"),
    "/r/{token}": Look(Act.CASE, case="token"),
    "/a/{token}/talk": Look(Act.CASE, case="token"),
    "/a/{token}/talk/{digest}": Look(Act.ATTACHMENT, case="token", about="digest"),
    "/r/{token}/talk": Look(Act.CASE, case="token"),
    "/r/{token}/talk/{digest}": Look(Act.ATTACHMENT, case="token", about="digest"),
    "/c/{token}/talk/{digest}": Look(Act.ATTACHMENT, case="token", about="digest"),
    "/register": Look(Act.REGISTER),
    "/register/{member}": Look(Act.MEMBER, about="member"),
    "/register/{member}/card": Look(Act.MEMBER, about="member"),
    "/access": Look(Act.ACCESSES),
    "/api/v1/accesses": Look(Act.ACCESSES),
    "/api/v1/cases/{case_id}": Look(Act.CASE, case="case_id"),
    "/api/v1/cases/{case_id}/statements": Look(Act.CASE, case="case_id"),
    "/api/v1/cases/{case_id}/requests": Look(Act.CASE, case="case_id"),
    "/api/v1/cases/{case_id}/export": Look(Act.CASE_EXPORTED, case="case_id"),
    "/api/v1/cases/{case_id}/messages": Look(Act.CASE, case="case_id"),
    "/api/v1/cases/{case_id}/files/{digest}": Look(Act.ATTACHMENT, case="case_id", about="digest"),
    "/api/v1/members": Look(Act.REGISTER),
    "/api/v1/members/{member}": Look(Act.MEMBER, about="member"),
    "/watch": Look(Act.CASES),
    "/watch/map": Look(Act.CASES),
    "/api/v1/cases": Look(Act.CASES),
    "/api/v1/retention": Look(Act.CASES),
    "/api/v1/requests": Look(Act.CASES),
    "/api/v1/events": Look(Act.CASES),
    "/read-out/{case}": Look(Act.CASE, case="case"),
    "/watch/{case}/law/{law}/{report}": Look(Act.REPORT, case="case", about="law"),
    "/api/v1/cases/{case_id}/laws": Look(Act.CASE, case="case_id"),
    "/api/v1/cases/{case_id}/laws/{law}/{report}": Look(Act.REPORT, case="case_id", about="law"),
    "/api/v1/cases/{case_id}/accesses": Look(Act.ACCESSES, case="case_id"),
    "/take": Look(Act.DRAFT),
    "/take/{draft}": Look(Act.DRAFT, about="draft"),
    "/take/{draft}/aside": Look(Act.DRAFT, about="draft"),
    "/api/v1/drafts": Look(Act.DRAFT),
    "/api/v1/drafts/{draft}": Look(Act.DRAFT, about="draft"),
    "/practice": Look(Act.PRACTICE),
    "/practice/{case}": Look(Act.PRACTICE, case="case"),
    "/practice/{case}/certificate/{party}": Look(Act.PRACTICE, case="case", about="party"),
    "/api/v1/practice": Look(Act.PRACTICE),
    "/api/v1/practice/runs/{case_id}": Look(Act.PRACTICE, case="case_id"),
    "/contacts": Look(Act.CONTACTS),
    "/api/v1/contacts/{party}": Look(Act.CONTACTS, about="party"),
    "/ready": Look(Act.READINESS),
    "/api/v1/ready": Look(Act.READINESS),
    "/telephone-tree": Look(Act.NUMBERS),
    "/api/v1/telephone-tree": Look(Act.NUMBERS),
    "/roster": Look(Act.ROSTER),
    "/roster/rules": Look(Act.ROSTER),
    "/api/v1/roster": Look(Act.ROSTER),
    "/api/v1/roster/calendar": Look(Act.ROSTER),
    "/api/v1/roster/gaps": Look(Act.ROSTER),
    "/api/v1/roster/now": Look(Act.ROSTER),
    "/api/v1/roster/stretches": Look(Act.ROSTER),
    "/roster/brief": Look(Act.BRIEF),
    "/api/v1/roster/brief": Look(Act.BRIEF),
    "/api/v1/officers": Look(Act.PEOPLE),
    "/api/v1/invitations": Look(Act.INVITED),
    "/api/v1/beacons": Look(Act.BEACONS),
    "/constituencies": Look(Act.CONSTITUENCIES),
    "/api/v1/constituencies": Look(Act.CONSTITUENCIES),
}
"""Every address at which somebody reads what is not everybody's, without the types of its parts."""

_OWN_CALL = "The caller's own page of its own call, for whoever holds its link."
NOT_LOOKS: dict[str, str] = {
    "/inbox": "Lists what its reader was asked; opening one of them is on record.",
    "/me": "Shows its reader themselves.",
    "/api/v1/erased": "Says who erased a case, when and why, and nothing of what was in it.",
    "/enter/oidc/back": "A way in: who came in by it is on record as that.",
    "/calendar/{name}": "A calendar program asks by itself every hour, for the shifts of whoever made the address.",
    "/c/{token}": _OWN_CALL,
    "/c/{token}/cancel": _OWN_CALL,
    "/c/{token}/looks": _OWN_CALL,
    "/c/{token}/report": _OWN_CALL,
    "/c/{token}/proof/{statement}": _OWN_CALL,
    "/c/{token}/law/{law}/{report}": _OWN_CALL,
    "/c/{token}/talk": _OWN_CALL,
}
"""Every other address that is not open to everybody, and why reading it is not put on record."""


def accessing_hook(station: Station) -> Any:
    """A hook that records a look before its answer goes out."""

    async def record(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        if message["status"] >= _REFUSED_FROM:
            await _note_outside(station, scope)
        if message["status"] >= _OK_BELOW or scope.get("method") != "GET":
            return
        look = LOOKS.get(bare(str(scope.get("path_template") or "")))
        if look is not None:
            await _note(station, look, scope)

    return record


async def _note(station: Station, look: Look, scope: Scope) -> None:
    asked: dict[str, Any] = scope.get("path_params") or {}
    party: Party | None = scope["state"].get(PARTY_STATE)
    named = str(asked.get(look.case, "")) if look.case else ""
    if look.case == "token":
        holder = await station.tokens.holder(named)
        who, way = (holder.party, "page-link") if holder else ("", "page-link")
        case = holder.about[:_CASE_BYTES] if holder else b""
    else:
        who, way = (party.name, party.way.value) if party else ("", "")
        case = bytes.fromhex(named) if named else scope["state"].get(CASE_STATE, b"")
    if party is not None and party.about and party.way is Way.BEARER:
        way = "page-link"
    about = str(asked.get(look.about, "")) if look.about else ""
    is_fresh = any(name == _FRESH for name, _ in scope["headers"])
    await station.accesses.note(
        who, look.act, way=way, device=_device(scope), case=case or None, about=about, is_fresh=is_fresh
    )


async def _note_outside(station: Station, scope: Scope) -> None:
    """What was asked for by name, is there, and was answered as if it were not, since it is outside the view."""
    seen: Station | None = scope["state"].get(SEEN_STATE)
    if seen is None or seen.outside is None:
        return
    party: Party | None = scope["state"].get(PARTY_STATE)
    who, way = (party.name, party.way.value) if party else ("", "")
    for case in seen.outside.cases:
        await station.accesses.note(who, Act.OUTSIDE, way=way, device=_device(scope), case=case)
    for member in seen.outside.members if not seen.outside.cases else ():
        await station.accesses.note(who, Act.OUTSIDE, way=way, device=_device(scope), about=member)


def _device(scope: Scope) -> str:
    agent = next((value for name, value in scope["headers"] if name == b"user-agent"), b"")
    return device_of(agent.decode("latin-1"))
