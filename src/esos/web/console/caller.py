"""The caller's live page: what has happened, what happens next and when, what to do meanwhile; and its few acts.

The address is the caller's own: whoever has it speaks for the caller by link, and nothing more. Law 8:
cancelling is one tap and one confirmation away at every moment.
"""

from dataclasses import dataclass, replace
from typing import Any, NoReturn

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from esos.case.model import Case
from esos.errors import EsosError, Unauthenticated, Unknown
from esos.keys.speaker import Speaker
from esos.station.law import law_views
from esos.station.records import CaseRecord
from esos.station.station import Station
from esos.web.auth import AnyRequest
from esos.web.console import parts
from esos.web.console.act_tables import CALLER_ACTS
from esos.web.console.acts import case_acts
from esos.web.console.fields import Act, read_body
from esos.web.console.proof import receipt_file, report_page
from esos.web.console.sight import view_for
from esos.web.console.visit import TheVisit, Visit, filled, go, page, speaker_of
from esos.web.sight import speaks_for
from esos.words.need import NeedLine

CASE_ID_BYTES = 16
_PURPOSES = frozenset({"case", "ack"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Who came by a caller's link, and to which case; ``case_id`` is empty while the call is not filed yet.

    ``reads`` is false for a relay who called in a case that is not its own to read: it sees only how far it has come.
    """

    token: str
    speaker: Speaker
    case_id: bytes
    reads: bool = True

    def need_reading(self) -> None:
        """Raise ``Unauthenticated`` (``session.link``) for a relay to whom the case is closed."""
        if not self.reads:
            _turn_away()


async def entrance(station: Station, token: str) -> Entrance:
    """Whose link this is, for the caller and whoever called for it; raises ``Unauthenticated`` (``session.link``)."""
    holder = await station.tokens.holder(token)
    speaker = await speaker_of(station, holder)
    if holder is None or speaker is None or holder.purpose not in _PURPOSES:
        _turn_away()
    case_id = holder.about[:CASE_ID_BYTES]
    if not case_id:
        record = await station.journal.last_case_of(holder.party)
        case_id = record.id if record else b""
    kept = await station.views.record(case_id) if case_id else None
    if kept is not None and not is_callers(kept, speaker):
        _turn_away()
    reads = kept is None or speaks_for(kept[1], speaker.party)
    return Entrance(token=token, speaker=speaker, case_id=case_id, reads=reads)


def is_callers(kept: tuple[CaseRecord, Case], speaker: Speaker) -> bool:
    """Whether this is the caller, or one who called for it: a team's link to the same case opens no caller's page."""
    case = kept[1]
    return speaker.party == case.caller or any(relay.party == speaker.party for relay in case.relays)


def _turn_away() -> NoReturn:
    raise Unauthenticated(
        "session.link",
        "This link does not open a case, or no longer.",
        hint="If you need help, call again: nothing of what you said before is lost.",
    )


@get("/c/{token:str}")
async def show(token: FromPath[str], visit: TheVisit, card: FromQuery[str] = "") -> Response[str]:
    """The caller's page."""
    come = await entrance(visit.station, token)
    return await _show(visit, come, card_unknown=card == "unknown")


async def _show(
    visit: Visit, come: Entrance, *, notice: EsosError | None = None, card_unknown: bool = False
) -> Response[str]:
    if not come.case_id:
        return page(visit, "caller_waiting.html")
    station = visit.station
    record, case = await station.views.record(come.case_id)
    if not come.reads:
        return page(visit, "caller_relayed.html", code=record.page_code, state_words=case.life.words)
    view = await view_for(visit, come.case_id, come.speaker)
    return page(
        visit,
        "caller.html",
        status=notice.status if notice else 200,
        view=view,
        steps=parts.steps_of(view),
        coming=parts.coming_of(view),
        counts=parts.counts_of(view),
        bars=parts.bars_of(view),
        talk=parts.talk_of(view),
        cards=parts.cards_of(view),
        laws=law_views(station.laws, case, visit.now_ms),
        law_said=bool(case.laws),
        acts=_acts(case, come.speaker, visit.now_ms),
        again=_may_call_again(case, come.speaker, visit.now_ms),
        choices={"needs": [(line.value, str(case.needs.get(line, "") or "")) for line in _lines(case)]},
        base=f"/c/{come.token}",
        is_caller=come.speaker.party == case.caller,
        notice=notice,
        card_unknown=card_unknown,
    )


def _acts(case: Case, speaker: Speaker, now_ms: int) -> tuple[Act, ...]:
    """What the caller may do; of an ended case only calling again, and what closes it."""
    acts = case_acts(case, speaker, CALLER_ACTS, now_ms)
    return acts if case.is_open else tuple(one for one in acts if one.kind not in {"updated", "urgency_changed"})


def _may_call_again(case: Case, speaker: Speaker, now_ms: int) -> bool:
    return any(one.kind == "urgency_changed" for one in case_acts(case, speaker, CALLER_ACTS, now_ms))


def _lines(case: Case) -> tuple[NeedLine, ...]:
    """Every line of help, what is needed first."""
    return (*case.needs, *(line for line in NeedLine if line not in case.needs))


@post("/c/{token:str}/{kind:str}", status_code=200)
async def act(token: FromPath[str], kind: FromPath[str], request: AnyRequest, visit: TheVisit) -> Response[Any]:
    """Something the caller says."""
    come = await entrance(visit.station, token)
    come.need_reading()
    wanted = next((one for one in CALLER_ACTS if one.kind == kind), None)
    if wanted is None or not come.case_id:
        raise Unknown("page.no_such_act", "This cannot be done here.", hint="Go back to your page.")
    try:
        body = read_body(wanted, await filled(request))
        if kind == "updated":
            body = {"details": body}
        await visit.station.desk.say(come.speaker, kind, body, case=come.case_id, channel="link")
    except EsosError as cause:
        return await _show(replace(visit, still=True), come, notice=cause)
    return go(f"/c/{token}")


@get("/c/{token:str}/cancel")
async def ask_to_cancel(token: FromPath[str], visit: TheVisit) -> Response[str]:
    """One question before the call is taken back."""
    come = await entrance(visit.station, token)
    return page(visit, "cancel.html", base=f"/c/{come.token}")


@get("/c/{token:str}/report")
async def report(token: FromPath[str], visit: TheVisit) -> Response[str]:
    """The report on the caller's own case."""
    come = await entrance(visit.station, token)
    come.need_reading()
    return await report_page(visit, come.case_id, come.speaker, receipts=f"/c/{token}/proof/")


@get("/c/{token:str}/proof/{statement:str}")
async def proof(token: FromPath[str], statement: FromPath[str], visit: TheVisit) -> Response[bytes]:
    """The receipt of one statement of this case."""
    come = await entrance(visit.station, token)
    come.need_reading()
    return await receipt_file(visit.station, statement, case_id=come.case_id, speaker=come.speaker)


HANDLERS = [show, ask_to_cancel, act, report, proof]
