"""The talk of a case on a page of its own: write, attach files, name a conference; the same for each who takes part.

Whoever came by a link sees the one case of that link, at the address of what they are in it and at no other. On a
restricted channel whoever may not write may not read.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery

from esos.case.model import Case
from esos.errors import EsosError, Unauthenticated
from esos.keys.speaker import Speaker
from esos.message.talk_bodies import FILE_MAX_BYTES, FILES_MAX_COUNT, TEXT_MAX_CHARS
from esos.station.narrow import seen_by
from esos.station.tokens import Holder
from esos.web.admission import declared_bytes, is_large
from esos.web.auth import AnyRequest
from esos.web.console.fields import Filled
from esos.web.console.proof import read_id
from esos.web.console.visit import TheVisit, Visit, filled, form_of, go, page, speaker_of
from esos.web.given import TheCsrf
from esos.web.sight import speaks_for
from esos.web.talk import file_for, need_pen, talk_for
from esos.words.conference import read_conference

CASE_BYTES, DIGEST_BYTES = 16, 32
FORM_MAX_BYTES = 4 * FILE_MAX_BYTES
"""How much one form with files may carry."""


class _Seat(NamedTuple):
    """Who takes part, in which case, and under which address."""

    speaker: Speaker
    case: Case
    base: str
    back: str
    channel: str


async def _by_session(visit: Visit, case: str) -> _Seat:
    speaker = visit.need_officer()
    _, found = await visit.station.views.record(read_id(case, CASE_BYTES))
    return _Seat(speaker, found, f"/watch/{case}/talk", f"/watch/{case}", "page")


async def _by_link(visit: Visit, room: str, token: str) -> _Seat:
    """Whoever has a link of this room to a case that it is part of; raises ``Unauthenticated`` (``session.link``)."""
    holder = await visit.station.tokens.holder(token)
    speaker = await speaker_of(visit.station, holder)
    case = await _case_of(visit, holder)
    if speaker is None or case is None or not _ROOMS[room](visit, case, speaker.party):
        raise Unauthenticated("session.link", "This link is no longer good.", hint="Sign in, or ask for a new one.")
    return _Seat(speaker, case, f"/{room}/{token}/talk", f"/{room}/{token}", "link")


def _is_officers(visit: Visit, case: Case, party: str) -> bool:
    del case
    return party in visit.station.directory.officers


def _is_callers(visit: Visit, case: Case, party: str) -> bool:
    del visit
    return speaks_for(case, party)


def _is_responders(visit: Visit, case: Case, party: str) -> bool:
    del visit
    return any(request.responder == party for request in case.requests.values())


_ROOMS = {"a": _is_officers, "c": _is_callers, "r": _is_responders}
"""Who may come in by a link under which address: so the record of accesses says rightly who looked, and as what."""


async def _case_of(visit: Visit, holder: Holder | None) -> Case | None:
    if holder is None or holder.purpose not in {"ack", "case"}:
        return None
    case_id = holder.about[:CASE_BYTES]
    if not case_id:
        record = await visit.station.journal.last_case_of(holder.party)
        case_id = record.id if record else b""
    seen = seen_by(visit.station, holder.party)
    return (await seen.views.record(case_id))[1] if case_id else None


async def _show(
    visit: Visit, seat: _Seat, *, before: int = 0, notice: EsosError | None = None, form: Filled | None = None
) -> Response[str]:
    talk = await talk_for(visit.station, seat.case, seat.speaker, before=max(0, before))
    return page(
        visit,
        "talk.html",
        status=notice.status if notice else 200,
        talk=talk.items,
        earlier=talk.earlier,
        is_newest=not before,
        may_write=_may_write(seat),
        is_quiet=seat.case.channel.value == "restricted",
        base=seat.base,
        back=seat.back,
        notice=notice,
        typed=form.get("text") if form else "",
        linked=form.get("conference") if form else "",
        file_mib=FILE_MAX_BYTES // 1_048_576,
        files_max=FILES_MAX_COUNT,
        text_max=TEXT_MAX_CHARS,
    )


def _may_write(seat: _Seat) -> bool:
    try:
        need_pen(seat.case, seat.speaker)
    except EsosError:
        return False
    return True


async def _write(
    visit: Visit, seat: _Seat, request: AnyRequest, read: Callable[[], Awaitable[Filled]]
) -> Response[Any]:
    """Keep the files, then say the message that names them; what was typed is there again after a refusal.

    Of whoever may not write here nothing large is read.
    """
    form: Filled | None = None
    try:
        if is_large(declared_bytes(request.headers)):
            need_pen(seat.case, seat.speaker)
        form = await read()
        need_pen(seat.case, seat.speaker)
        link = form.get("conference").strip()
        conference = read_conference(link).link if link else ""
        uploads = [one for _, one in (await request.form()).multi_items() if isinstance(one, UploadFile)]
        read_in = [(one.filename, await one.read()) for one in uploads]
        files = await visit.station.files.keep_all(seat.case.id, read_in, by=seat.speaker.party)
        said = {"text": form.get("text").strip(), "files": [_plain(one) for one in files], "conference": conference}
        await visit.station.desk.say(seat.speaker, "messaged", said, case=seat.case.id, channel=seat.channel)
    except EsosError as cause:
        return await _show(visit, seat, notice=cause, form=form)
    return go(seat.base)


def _plain(file: Any) -> dict[str, Any]:
    return {"name": file.name, "size_bytes": file.size_bytes, "digest": file.digest}


@get("/watch/{case:str}/talk")
async def show_watch(case: FromPath[str], visit: TheVisit, before: FromQuery[int] = 0) -> Response[Any]:
    """The talk, for the people of the station."""
    return await _show(visit, await _by_session(visit, case), before=before)


@post("/watch/{case:str}/talk", status_code=200, request_max_body_size=FORM_MAX_BYTES)
async def write_watch(case: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """An officer writes."""
    seat = await _by_session(visit, case)
    return await _write(visit, seat, request, partial(form_of, request, visit, csrf))


@get("/watch/{case:str}/talk/{digest:str}")
async def file_watch(case: FromPath[str], digest: FromPath[str], visit: TheVisit) -> Response[bytes]:
    """A file, for the people of the station."""
    seat = await _by_session(visit, case)
    return await file_for(visit.station, seat.case, seat.speaker, read_id(digest, DIGEST_BYTES))


def _rooms(room: str) -> list[Any]:
    """The same three for whoever came by a link."""

    @get(f"/{room}/{{token:str}}/talk", name=f"talk_{room}")
    async def show(token: FromPath[str], visit: TheVisit, before: FromQuery[int] = 0) -> Response[Any]:
        return await _show(visit, await _by_link(visit, room, token), before=before)

    @post(f"/{room}/{{token:str}}/talk", status_code=200, request_max_body_size=FORM_MAX_BYTES)
    async def write(token: FromPath[str], request: AnyRequest, visit: TheVisit) -> Response[Any]:
        seat = await _by_link(visit, room, token)
        return await _write(visit, seat, request, partial(filled, request))

    @get(f"/{room}/{{token:str}}/talk/{{digest:str}}")
    async def download(token: FromPath[str], digest: FromPath[str], visit: TheVisit) -> Response[bytes]:
        seat = await _by_link(visit, room, token)
        return await file_for(visit.station, seat.case, seat.speaker, read_id(digest, DIGEST_BYTES))

    return [show, write, download]


HANDLERS = [show_watch, write_watch, file_watch, *_rooms("c"), *_rooms("r"), *_rooms("a")]
