"""The responder's inbox: why you, what is asked, by when; offer, commit or decline with a ground in two taps.

Law 6: every request here ends in exactly one outcome. Declining with a ground is a full answer.
"""

import contextlib
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from esos.case.model import Case, Request
from esos.errors import Conflict, EsosError, Forbidden, Unauthenticated, Unknown
from esos.keys.speaker import Speaker
from esos.message.bodies import OnRequest
from esos.station.views import request_view
from esos.web.auth import AnyRequest, remember_case
from esos.web.console import parts
from esos.web.console.act_tables import RESPONDER_ACTS
from esos.web.console.acts import request_acts
from esos.web.console.fields import GROUNDS, Filled, read_body
from esos.web.console.proof import read_id
from esos.web.console.sight import view_for
from esos.web.console.visit import TheVisit, Visit, filled, form_of, go, page, speaker_of
from esos.web.given import TheCsrf
from esos.words.ground import never_a_ground
from esos.words.request_state import RequestState

ID_BYTES = 16


@get("/inbox")
async def show_inbox(visit: TheVisit) -> Response[str]:
    """What this member was asked, what still waits for its answer first; and its own calls."""
    speaker = visit.need_anybody()
    requests = await visit.station.views.requests_of(speaker.party)
    own = [row for row in await visit.station.views.rows(now_ms=visit.now_ms) if row.caller == speaker.party]
    waiting = [one for one in requests if one.state in _WAITING]
    others = [one for one in requests if one.state not in _WAITING]
    return page(visit, "inbox.html", waiting=waiting, others=others[:50], own=own, speaker=speaker)


_WAITING = frozenset({"sent", "delivered", "considering", "selected"})


@get("/inbox/{request_id:str}")
async def show_request(request_id: FromPath[str], request: AnyRequest, visit: TheVisit) -> Response[str]:
    """One request."""
    speaker = visit.need_anybody()
    case, asked = await _mine(visit, speaker, read_id(request_id, ID_BYTES))
    remember_case(request, case.id)
    return await _request_page(visit, speaker, case, asked, f"/inbox/{request_id}")


async def _mine(visit: Visit, speaker: Speaker, request_id: bytes) -> tuple[Case, Request]:
    case, request = await visit.station.views.find_request(request_id)
    if request.responder != speaker.party and not visit.is_officer:
        raise Forbidden("request.not_yours", "This request was made to somebody else.")
    return case, request


async def _request_page(
    visit: Visit,
    speaker: Speaker,
    case: Case,
    request: Request,
    base: str,
    *,
    notice: EsosError | None = None,
) -> Response[str]:
    view = await view_for(visit, case.id, speaker)
    asked = request.offered if request.state is RequestState.SELECTED else request.lines
    return page(
        visit,
        "request.html",
        status=notice.status if notice else 200,
        view=view,
        request=request_view(case, request),
        state_words=request.state.words,
        acts=request_acts(case, request, speaker, RESPONDER_ACTS, visit.now_ms),
        choices={"needs": [(ask.line.value, str(ask.quantity)) for ask in asked]},
        talk=parts.talk_of(view) if request.is_bound else (),
        bars=parts.bars_of(view),
        grants=[grant for grant in view.grants if grant.live and (not grant.to or request.responder in grant.to)],
        never=never_a_ground(),
        may_write=request.is_bound and case.is_open,
        base=base,
        by_link=base.startswith("/r/"),
        grounds=GROUNDS,
        notice=notice,
    )


async def _answer(
    visit: Visit, speaker: Speaker, case: Case, request: Request, kind: str, form: Filled, channel: str
) -> None:
    """Turn the form into the answer; raises what the desk raises."""
    if kind == "messaged":
        await visit.station.desk.say(
            speaker, kind, {"text": form.get("text", "").strip()}, case=case.id, channel=channel
        )
        return
    wanted = next((one for one in RESPONDER_ACTS if one.kind == kind), None)
    if wanted is None:
        raise Unknown("page.no_such_act", "This cannot be done here.", hint="Go back to the request.")
    body = {**read_body(wanted, form), "request": request.id}
    await visit.station.desk.say(speaker, kind, body, case=case.id, channel=channel)


@post("/inbox/{request_id:str}/{kind:str}", status_code=200)
async def answer(
    request_id: FromPath[str], kind: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf
) -> Response[Any]:
    """The member's answer."""
    speaker = visit.need_anybody()
    form = await form_of(request, visit, csrf)
    case, found = await _mine(visit, speaker, read_id(request_id, ID_BYTES))
    try:
        await _answer(visit, speaker, case, found, kind, form, "page")
    except EsosError as cause:
        return await _request_page(visit, speaker, case, found, f"/inbox/{request_id}", notice=cause)
    return go(f"/inbox/{request_id}")


async def _by_link(visit: Visit, token: str) -> tuple[Speaker, Case, Request]:
    """Who was paged with this link, and about which request; raises ``Unauthenticated`` (``session.link``)."""
    station = visit.station
    holder = await station.tokens.holder(token)
    speaker = await speaker_of(station, holder)
    if holder is None or speaker is None or holder.purpose != "ack":
        raise Unauthenticated("session.link", "This link is no longer good.", hint="Sign in and look into your inbox.")
    record, case = await station.views.record(holder.about[:ID_BYTES])
    del record
    request = case.requests.get(holder.about[ID_BYTES:]) or next(
        (one for one in reversed(case.requests.values()) if one.responder == speaker.party), None
    )
    if request is None or request.responder != speaker.party:
        raise Unknown("request.unknown", "This case holds no request to you any more.")
    return speaker, case, request


@get("/r/{token:str}")
async def show_by_link(token: FromPath[str], visit: TheVisit) -> Response[str]:
    """The request a page was about. That it was opened is noted; nobody has answered by that."""
    speaker, case, request = await _by_link(visit, token)
    if request.state is RequestState.SENT and case.is_open:
        with contextlib.suppress(Conflict):
            await visit.station.desk.say_body(
                speaker, "delivered", OnRequest(request=request.id), case=case.id, channel="link"
            )
        speaker, case, request = await _by_link(visit, token)
    return await _request_page(visit, speaker, case, request, f"/r/{token}")


@post("/r/{token:str}/{kind:str}", status_code=200)
async def answer_by_link(
    token: FromPath[str], kind: FromPath[str], request: AnyRequest, visit: TheVisit
) -> Response[Any]:
    """An answer by a page's link: recorded as known by that link only."""
    speaker, case, found = await _by_link(visit, token)
    try:
        await _answer(visit, speaker, case, found, kind, await filled(request), "link")
    except EsosError as cause:
        return await _request_page(visit, speaker, case, found, f"/r/{token}", notice=cause)
    return go(f"/r/{token}")


HANDLERS = [show_inbox, show_request, answer, show_by_link, answer_by_link]
