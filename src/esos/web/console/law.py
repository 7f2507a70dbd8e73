"""Legal clocks for the caller and for officers: one action names a law; each report has a draft to change and print.

Help never waits for law: these pages stand beside the case, and the station sends nothing to anybody.
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from esos.case.model import Case
from esos.errors import EsosError, Malformed, Unknown
from esos.keys.speaker import Role, Speaker
from esos.law.clocks import RunningClock
from esos.law.draft import BLANK, Draft
from esos.law.model import Law
from esos.message.law_bodies import DRAFT_MAX_CHARACTERS
from esos.station.desk import need_role
from esos.station.law import clock_of, draft_of, is_named
from esos.web.auth import AnyRequest
from esos.web.console.caller import entrance
from esos.web.console.fields import Filled
from esos.web.console.proof import read_id
from esos.web.console.visit import TheVisit, Visit, filled, form_of, go, page
from esos.web.given import TheCsrf
from esos.web.sight import may_have
from esos.words.language import apart, say

CASE_ID_BYTES = 16
MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where somebody works on the laws of one case: as whom, and under which address."""

    visit: Visit
    speaker: Speaker
    case: Case
    base: str
    channel: str

    def law(self, name: str) -> Law:
        """The law of this name; raises ``Unknown`` (``law.unknown``)."""
        found = next((law for law in self.visit.station.laws if law.id == name), None)
        if found is None:
            raise Unknown("law.unknown", "This station knows no such law.", hint="See esos law --list.")
        return found

    def clock(self, law: Law, name: str) -> RunningClock:
        """The clock of this name; raises ``Unknown`` (``law.unknown``)."""
        found = clock_of(law, self.case, name)
        if found is None:
            raise Unknown("law.unknown", say("{law} has no such report.", law=apart(law.title)))
        return found

    async def draft(self, law: Law, clock: RunningClock) -> Draft:
        """The draft; raises ``Forbidden`` (``law.draft_of_another``)."""
        may_read = partial(may_have, self.speaker, self.case)
        return await draft_of(self.visit.station, law, clock, self.case, self.visit.zone, may_read=may_read)

    async def say(self, kind: str, body: dict[str, Any]) -> None:
        """Say something of a law on this case."""
        await self.visit.station.desk.say(self.speaker, kind, body, case=self.case.id, channel=self.channel)


async def _callers(visit: Visit, token: str) -> _Place:
    come = await entrance(visit.station, token)
    come.need_reading()
    if not come.case_id:
        raise Unknown("page.no_such_act", "This cannot be done here yet.", hint="Go back to your page.")
    _, case = await visit.station.views.record(come.case_id)
    return _Place(visit=visit, speaker=come.speaker, case=case, base=f"/c/{token}", channel="link")


async def _officers(visit: Visit, case: str, *, says: bool = False) -> _Place:
    speaker = visit.need_officer()
    if says:
        need_role(speaker, Role.OFFICER)
    _, kept = await visit.station.views.record(read_id(case, CASE_ID_BYTES))
    return _Place(visit=visit, speaker=speaker, case=kept, base=f"/watch/{case}", channel="page")


async def _name(place: _Place, name: str, form: Filled) -> Response[Any]:
    """A law applies or does not, or one of its moments is said; nothing else is asked."""
    law = place.law(name)
    wanted = form.get("applies")
    body: dict[str, Any] = {"law": law.id, "applies": is_named(law, place.case) if not wanted else wanted == "yes"}
    if moment := form.get("moment"):
        known = {one.id for one in law.moments} | {one.id for one in law.clocks}
        if moment not in known:
            raise Unknown("law.unknown", say("{law} has no such moment.", law=apart(law.title)))
        body["moments"] = {moment: _instant(form.get("at"), place.visit)}
    await place.say("law_named", body)
    return go(f"{place.base}#law")


def _instant(text: str, visit: Visit) -> int:
    """What somebody put into a field for local time; nothing means now. Raises ``Malformed`` (``page.field``)."""
    if not text.strip():
        return visit.now_ms
    try:
        local = datetime.fromisoformat(text.strip()).replace(tzinfo=visit.zone)
    except ValueError as cause:
        raise Malformed("page.field", "This is no date with a time.", hint="As 2026-11-27T06:30.") from cause
    return max(1, int(local.timestamp() * 1000))


async def _draft_page(place: _Place, name: str, report: str, notice: EsosError | None = None) -> Response[str]:
    law = place.law(name)
    clock = place.clock(law, report)
    text = await place.draft(law, clock)
    return page(
        place.visit,
        "law_draft.html",
        status=notice.status if notice else 200,
        law=law,
        report=clock,
        draft=text,
        base=place.base,
        blank=BLANK,
        text_max=DRAFT_MAX_CHARACTERS,
        notice=notice,
    )


async def _keep(place: _Place, name: str, report: str, form: Filled) -> Response[Any]:
    law = place.law(name)
    clock = place.clock(law, report)
    await place.draft(law, clock)  # nobody writes over what they may not read
    text = form.get("text").replace("\r\n", "\n")
    try:
        await place.say("law_drafted", {"law": law.id, "clock": clock.clock.id, "text": text})
    except EsosError as cause:
        return await _draft_page(place, name, report, cause)
    return go(f"{place.base}/law/{law.id}/{clock.clock.id}")


@post("/c/{token:str}/law/{law:str}", status_code=200)
async def callers_law(token: FromPath[str], law: FromPath[str], request: AnyRequest, visit: TheVisit) -> Response[Any]:
    """The caller says that a law applies, or when one of its moments was."""
    return await _name(await _callers(visit, token), law, await filled(request))


@get("/c/{token:str}/law/{law:str}/{report:str}")
async def callers_draft(
    token: FromPath[str], law: FromPath[str], report: FromPath[str], visit: TheVisit
) -> Response[str]:
    """The draft of one report, for the caller."""
    return await _draft_page(await _callers(visit, token), law, report)


@post("/c/{token:str}/law/{law:str}/{report:str}", status_code=200)
async def callers_draft_kept(
    token: FromPath[str], law: FromPath[str], report: FromPath[str], request: AnyRequest, visit: TheVisit
) -> Response[Any]:
    """The caller keeps its draft."""
    return await _keep(await _callers(visit, token), law, report, await filled(request))


@post("/watch/{case:str}/law/{law:str}", status_code=200)
async def officers_law(
    case: FromPath[str], law: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf
) -> Response[Any]:
    """An officer says for the caller that a law applies, or when one of its moments was."""
    form = await form_of(request, visit, csrf)
    return await _name(await _officers(visit, case, says=True), law, form)


@get("/watch/{case:str}/law/{law:str}/{report:str}")
async def officers_draft(
    case: FromPath[str], law: FromPath[str], report: FromPath[str], visit: TheVisit
) -> Response[str]:
    """The draft of one report, for officers."""
    return await _draft_page(await _officers(visit, case), law, report)


@post("/watch/{case:str}/law/{law:str}/{report:str}", status_code=200)
async def officers_draft_kept(
    case: FromPath[str], law: FromPath[str], report: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf
) -> Response[Any]:
    """An officer keeps a draft for the caller."""
    form = await form_of(request, visit, csrf)
    return await _keep(await _officers(visit, case, says=True), law, report, form)


HANDLERS = [callers_law, callers_draft, callers_draft_kept, officers_law, officers_draft, officers_draft_kept]
