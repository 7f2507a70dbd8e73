"""Taking a call by telephone: the questions in order, each answer kept as it is typed, and at any moment a call.

Law 2: no answer is needed. Law 4: what is written down is not a call yet, and the page says so until it is one.
"""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from esos.case.model import Case
from esos.errors import Conflict, EsosError, Forbidden
from esos.keys.speaker import Role, Speaker
from esos.station.drafts import Drafts, DraftView, read_need_words
from esos.triage.questions import QUESTIONS
from esos.web.auth import AnyRequest
from esos.web.console import parts
from esos.web.console.call import FIRST_NATURES, MORE_NATURES
from esos.web.console.fields import Filled
from esos.web.console.proof import read_id
from esos.web.console.visit import HEADERS, TheVisit, Visit, form_of, go, page
from esos.web.given import TheCsrf, TheVisits
from esos.words.need import NeedLine
from esos.words.take_call import CONSENTS, TAKE_QUESTIONS, Ask, Moment, aloud
from esos.words.urgency import Urgency

CASE_ID_BYTES = 16
NAMES_MAX = 500
_NO_REASON_TO_WAIT = frozenset({"draft.done", "draft.too_many", "draft.answer_long"})
"""Why answers may not be kept, when the call is made at once and takes them along."""
FIRST_NEEDS = (
    NeedLine.ADVICE, NeedLine.TRIAGE, NeedLine.FILTERING, NeedLine.BACKUP_AND_RESTORE, NeedLine.PEOPLE_ON_SITE,
    NeedLine.COMMUNICATIONS,
)  # fmt: skip
"""What callers by telephone name most; the rest is one tap away."""
MORE_NEEDS = tuple(one for one in NeedLine if one not in FIRST_NEEDS)


def need_taker(visit: Visit) -> Speaker:
    """The officer who takes the call; raises ``Unauthenticated``, or ``Forbidden`` (``session.role``)."""
    speaker = visit.need_officer()
    if not {Role.OFFICER, Role.SECOND} & speaker.roles:
        raise Forbidden("session.role", "This is for officers of the station.", hint="Ask one to sign in.")
    return speaker


@get("/take")
async def show_new(visit: TheVisit) -> Response[str]:
    """A blank page to write on, and what others have begun."""
    need_taker(visit)
    return await _page(visit, DraftView(draft=Drafts(visit.station).new(), answers={}))


@get("/take/{draft:str}")
async def show(draft: FromPath[str], visit: TheVisit) -> Response[Any]:
    """A call that is being written down; where it became one, the case with what to read out."""
    need_taker(visit)
    view = await Drafts(visit.station).find(draft)
    return _done(view) if view.done else await _page(visit, view)


def _done(view: DraftView) -> Response[Any]:
    return go(f"/read-out/{view.case}?draft={view.draft}" if view.case else "/take")


async def _page(visit: Visit, view: DraftView, notice: EsosError | None = None) -> Response[str]:
    others = [one for one in await Drafts(visit.station).open() if one.draft != view.draft]
    reply = view.answers.get(Ask.REPLY, "")
    return page(
        visit,
        "take.html",
        status=notice.status if notice else 200,
        draft=view,
        others=others,
        questions=TAKE_QUESTIONS,
        facts={one.id: one.options for one in QUESTIONS},
        natures=(FIRST_NATURES, MORE_NATURES),
        needs=(FIRST_NEEDS, MORE_NEEDS),
        needed={one["line"]: one["quantity"] for one in read_need_words(view.answers)},
        urgencies=tuple(Urgency),
        consents=CONSENTS,
        names=sorted(card.name for card in visit.station.directory.members.values())[:NAMES_MAX],
        aloud=aloud(Moment.NUMBER_KNOWN if reply else Moment.BEGUN, reply=reply),
        notice=notice,
    )


def answers_in(form: Filled, only: str = "") -> dict[str, str]:
    """The answers in a form, or the one to ``only``; ticks and numbers as words in a row."""
    asked = (one for one in TAKE_QUESTIONS if not only or one.ask == only)
    return {one.ask.value: _answer(one.kind, one.ask, form) for one in asked}


def _answer(kind: str, ask: Ask, form: Filled) -> str:
    if kind == "natures":
        return " ".join(form.all(ask))
    if kind == "needs":
        given = ((line, form.get(f"{ask}.{line}", "").strip()) for line in NeedLine)
        return " ".join(f"{line}={units}" for line, units in given if units.strip("0"))
    return form.get(ask, "")


@post("/take/{draft:str}/keep", status_code=204)
async def keep(draft: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[None]:
    """Keep one answer while it is typed: for the page's script, which shows "saved" only after this."""
    speaker = need_taker(visit)
    form = await form_of(request, visit, csrf)
    turn = form.get("turn", "")
    number = int(turn) if turn.isascii() and turn.isdigit() and len(turn) <= 15 else 0  # noqa: PLR2004 - ms since 1970
    answers = answers_in(form, form.get("ask", ""))
    await Drafts(visit.station).keep(draft, answers, party=speaker.party, turn=number)
    return Response(None, status_code=204, headers=HEADERS)


@post("/take/{draft:str}", status_code=200)
async def step(draft: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Without a script: keep the whole form, and go on to the next question."""
    speaker = need_taker(visit)
    form = await form_of(request, visit, csrf)
    answers = answers_in(form)
    try:
        await Drafts(visit.station).keep(draft, await _changed(visit, draft, answers), party=speaker.party)
    except EsosError as cause:
        return await _page(visit, DraftView(draft=draft, answers=answers), cause)
    following = form.get("step", "")
    return go(f"/take/{draft}#q-{following}" if following in set(Ask) else f"/take/{draft}")


async def _changed(visit: Visit, draft: str, answers: Mapping[str, str]) -> dict[str, str]:
    """Those that are not kept like this already: an answer that nobody touched is not written again."""
    kept = (await Drafts(visit.station).find(draft)).answers
    return {name: text for name, text in answers.items() if text.strip() != kept.get(name, "")}


@post("/take/{draft:str}/call", status_code=200)
async def make_call(
    draft: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf, visits: TheVisits
) -> Response[Any]:
    """Make it a signed call, and take charge of it where that was asked for."""
    speaker = need_taker(visit)
    form = await form_of(request, visit, csrf)
    answers = answers_in(form)
    try:
        await _keep_if_possible(visit, draft, answers, speaker)
        case = await Drafts(visit.station).make_call(draft, speaker=speaker, visits=visits, answers=answers)
        if case and form.get("charge"):
            await _take_charge(visit, speaker, case)
    except EsosError as cause:
        return await _page(visit, DraftView(draft=draft, answers=answers), cause)
    return go(f"/read-out/{case}?draft={draft}" if case else "/watch")


async def _keep_if_possible(visit: Visit, draft: str, answers: Mapping[str, str], speaker: Speaker) -> None:
    """What is in the form counts, kept or not: a call needs no room among those that are written down (law 2).

    A draft that was made a call meanwhile stays what it is.
    """
    try:
        await Drafts(visit.station).keep(draft, await _changed(visit, draft, answers), party=speaker.party)
    except EsosError as cause:
        if cause.code not in _NO_REASON_TO_WAIT:
            raise


async def _take_charge(visit: Visit, speaker: Speaker, case: str) -> None:
    """Whoever has it already keeps it: the call joined a case that somebody holds."""
    try:
        await visit.station.desk.say(speaker, "acknowledged", {}, case=bytes.fromhex(case), channel="telephone")
    except Conflict as cause:
        if not cause.code.startswith("case."):
            raise


@get("/take/{draft:str}/aside")
async def ask_to_put_aside(draft: FromPath[str], visit: TheVisit) -> Response[Any]:
    """One question before what is written down is forgotten."""
    need_taker(visit)
    view = await Drafts(visit.station).find(draft)
    return _done(view) if view.done else page(visit, "take_aside.html", draft=view)


@post("/take/{draft:str}/aside", status_code=303)
async def put_aside(draft: FromPath[str], request: AnyRequest, visit: TheVisit, csrf: TheCsrf) -> Response[Any]:
    """Forget what was written down; nothing was said."""
    speaker = need_taker(visit)
    await form_of(request, visit, csrf)
    await Drafts(visit.station).put_aside(draft, party=speaker.party)
    return go("/take")


@get("/read-out/{case:str}")
async def read_out(case: FromPath[str], visit: TheVisit, draft: FromQuery[str] = "") -> Response[str]:
    """A case for whoever has its caller on the telephone: what to say, and first aid to read out.

    ``draft`` is what it was written down under: the browser forgets its own copy.
    """
    speaker = visit.need_officer()
    case_id = read_id(case, CASE_ID_BYTES)
    record, found = await visit.station.views.record(case_id)
    view = await visit.station.views.case(case_id, now_ms=visit.now_ms, zone=visit.zone)
    return page(
        visit,
        "read_out.html",
        view=view,
        code=record.page_code,
        taken=draft,
        cards=parts.cards_of(view),
        aloud=aloud(_moment(found), code=" ".join(record.page_code), officer=view.holder_name),
        may_take=not view.holder and Role.OFFICER in speaker.roles and found.is_open,
    )


def _moment(case: Case) -> Moment:
    if not case.is_open:
        return Moment.OVER
    return Moment.TAKEN if case.lease is not None else Moment.ARRIVED


HANDLERS = [show_new, show, keep, step, make_call, ask_to_put_aside, put_aside, read_out]
