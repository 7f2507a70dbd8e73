"""``/v2/enqueue``: today's monitoring raises a call, in the form of PagerDuty's Events API v2.

Law 1: only what is observed is read. A repeated alarm joins its case; an alarm that is over takes back
the call only where nothing else was called in that case (law 8).
"""

import hashlib
from http import HTTPStatus
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta

from esos.case.calling import merge_details
from esos.case.model import Case, decode_case
from esos.errors import Unauthenticated
from esos.keys.speaker import Role
from esos.message.bodies import CallDetails, Called, Cancelled, Messaged, Updated
from esos.station.station import Station
from esos.web.auth import Party, bearer_party
from esos.web.given import TheStation
from esos.web.problems import problems
from esos.words.nature import Nature
from esos.words.urgency import Urgency

CALL_ID_BYTES = 8
WORDS_MAX_LETTERS = 1_000
_URGENCY = {
    "critical": Urgency.MAYDAY,
    "error": Urgency.PAN_PAN,
    "warning": Urgency.ADVISORY,
    "info": Urgency.ADVISORY,
}
"""A machine's word for how bad it is. An automatic mayday starts at concern "alert", below a person's."""


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """What the monitoring saw; further fields of the format are passed over, and no call is lost for its form.

    ``severity`` is ``critical``, ``error``, ``warning`` or ``info``; anything else counts as not known.
    Of the words as much is kept as a call can hold.
    """

    summary: str | None = ""
    source: str | None = ""
    severity: str | None = "critical"
    component: str | None = ""
    group: str | None = ""


class Enqueued(msgspec.Struct, frozen=True, kw_only=True):
    """An event of monitoring. ``routing_key`` is a member's program token; ``dedup_key`` names the alarm."""

    routing_key: Annotated[str, Meta(min_length=1, max_length=200)]
    event_action: Literal["trigger", "acknowledge", "resolve"]
    dedup_key: str | None = ""
    payload: Payload | None = None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it, as PagerDuty answers."""

    status: str
    message: str
    dedup_key: str


@post(
    "/v2/enqueue",
    summary="An event of monitoring (PagerDuty Events v2)",
    responses=problems(401, 403, 409, 413),
    status_code=202,
    tags=["bridges"],
)
async def post_enqueue(data: JSONBody[Enqueued], station: TheStation) -> Response[Taken]:
    """trigger: a call, or more facts on the open one. acknowledge: nothing changes. resolve: the call is taken back."""
    party = await _member(data.routing_key, station)
    key = data.dedup_key or station.dice.bytes(16).hex()
    message = await _ACTIONS[data.event_action](party, _call_id(party, key), data, station)
    return Response(Taken(status="success", message=message, dedup_key=key), status_code=HTTPStatus.ACCEPTED)


async def _member(secret: str, station: Station) -> Party:
    party = await bearer_party(secret, station)
    if not party.has(Role.MEMBER) or party.about:
        raise Unauthenticated("session.token", "The routing key is a member's program token.", hint="Ask your station.")
    return party


def _call_id(party: Party, key: str) -> bytes:
    return hashlib.sha256(f"{party.name}\n{key}".encode()).digest()[:CALL_ID_BYTES]


async def _open_case(party: Party, station: Station) -> Case | None:
    record = await station.journal.open_case_of(party.name)
    return decode_case(record.blob) if record else None


async def _trigger(party: Party, call: bytes, data: Enqueued, station: Station) -> str:
    details, case = _details(data.payload), await _open_case(party, station)
    if case is None or call not in case.calls:
        await station.desk.say_body(party.speaker, "called", Called(call=call, details=details), channel="pagerduty")
        return f"The call has arrived. {_who_has_charge(await _open_case(party, station))}"
    if merge_details(case.details, details) == case.details:
        return f"The call is known already. {_who_has_charge(case)}"
    body = Updated(number=case.update_number + 1, details=details)
    await station.desk.say_body(party.speaker, "updated", body, case=case.id, channel="pagerduty")
    return f"More facts on the call. {_who_has_charge(await _open_case(party, station))}"


def _who_has_charge(case: Case | None) -> str:
    """What a person has done about the case, in a sentence (law 4)."""
    if case is not None and case.lease is not None:
        return "A watch officer has charge of its case."
    if case is not None and case.acknowledged_ms:
        return "No person has charge of its case now."
    return "No person has seen it yet."


async def _acknowledge(party: Party, call: bytes, data: Enqueued, station: Station) -> str:
    del party, call, data, station
    return "Only a watch officer acknowledges a call; nothing changes."


async def _resolve(party: Party, call: bytes, data: Enqueued, station: Station) -> str:
    del data
    case = await _open_case(party, station)
    if case is None or call not in case.calls:
        return "No call of this alarm is open."
    if set(case.calls) == {call}:
        body = Cancelled(reason="The monitoring says that it is over.")
        await station.desk.say_body(party.speaker, "cancelled", body, case=case.id, channel="pagerduty")
        return "The call is taken back."
    note = Messaged(text="The monitoring says that one of the alarms of this case is over.")
    await station.desk.say_body(party.speaker, "messaged", note, case=case.id, channel="pagerduty")
    return "Other calls of this case go on; those on it are told that this alarm is over."


_ACTIONS: dict[str, Any] = {"trigger": _trigger, "acknowledge": _acknowledge, "resolve": _resolve}


def _details(payload: Payload | None) -> CallDetails:
    if payload is None:
        return CallDetails(origin="automatic", natures=(Nature.BEACON.value,))
    parts = (payload.summary, payload.source, payload.component, payload.group)
    words = " · ".join(part for part in parts if part)[:WORDS_MAX_LETTERS]
    urgency = _URGENCY.get((payload.severity or "").strip().lower())
    return CallDetails(origin="automatic", natures=(Nature.BEACON.value,), urgency=urgency, words=words)


HANDLERS = [post_enqueue]
