"""``/requests``: what responders are asked, and what they answer."""

from litestar import Response, get, post
from litestar.params import JSONBody

from esos.case.model import decode_case
from esos.message.kinds import Scope
from esos.station.desk import Outcome
from esos.station.views import RequestView, request_view
from esos.web.api.cases import Requests
from esos.web.api.common import READING, SAYING, SIGNED_IN, OnlyOpen, RequestId, SayingOnRequest, answer, body_for
from esos.web.auth import AnyRequest, remember_case
from esos.web.given import Me, TheSettings, TheStation
from esos.web.problems import problems
from esos.web.sight import CASE_ID_BYTES, need_reach, need_sight, sees_all


@get("/requests", summary="Requests", security=SIGNED_IN, responses=problems(401, 403), tags=["requests"])
async def get_requests(me: Me, station: TheStation, settings: TheSettings, open_only: OnlyOpen = 0) -> Requests:
    """A member's inbox: what it is asked, newest first. Officers and auditors see every request."""
    if not sees_all(me):
        found = await station.views.requests_of(me.name, only_open=bool(open_only))
        about = me.about[:CASE_ID_BYTES].hex()
        return Requests(requests=tuple(one for one in found if not about or one.case == about))
    views: list[RequestView] = []
    for record in await station.views.records(only_open=bool(open_only), limit=settings.list_max_items):
        case = decode_case(record.blob)
        views += [request_view(case, one) for one in case.requests.values()]
    views.sort(key=lambda view: view.asked_ms, reverse=True)
    return Requests(requests=tuple(views[: settings.list_max_items]))


@get("/requests/{request_id:str}", summary="A request", security=SIGNED_IN, responses=READING, tags=["requests"])
async def get_request(request_id: RequestId, request: AnyRequest, me: Me, station: TheStation) -> RequestView:
    """One request: what is asked, by when, why this responder, and how it stands."""
    case, asked = await station.views.find_request(bytes.fromhex(request_id))
    need_sight(me, case)
    remember_case(request, case.id)
    return request_view(case, asked)


@post(
    "/requests/{request_id:str}/statements",
    summary="Answer a request",
    security=SIGNED_IN,
    response_description="It was said, and changed something.",
    responses=SAYING,
    tags=["requests"],
)
async def post_request_statement(
    request_id: RequestId, data: JSONBody[SayingOnRequest], me: Me, station: TheStation
) -> Response[Outcome]:
    """Offer, decline, commit, report, withdraw, return or settle; the request's id is filled in."""
    me.need_voice()
    case, _ = await station.views.find_request(bytes.fromhex(request_id))
    need_reach(me, case.id)
    body = body_for(data, Scope.CASE, request=request_id)
    return answer(await station.desk.say_body(me.speaker, data.kind, body, case=case.id, channel="api"))


HANDLERS = [get_requests, get_request, post_request_statement]
