"""Call for help: three questions, one button, five seconds to think better of it, then a live page.

Law 2: nothing here is compulsory, and what cannot be read is left out rather than refused. Law 8: a call
that was not meant is aborted before it leaves, or taken back after, both for free.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
from litestar import Response, get, post

from esos.errors import EsosError
from esos.keys.speaker import Role, Speaker
from esos.station.station import Station
from esos.station.visit import CALL_ID_BYTES, RelayFor, Visits, details_from, returning_visitor
from esos.triage.questions import QUESTIONS, Question
from esos.web.auth import AnyRequest, visit_cookie, visit_of
from esos.web.console.caller import entrance
from esos.web.console.fields import Filled
from esos.web.console.visit import TheVisit, Visit, form_of, go, page
from esos.web.given import TheCsrf, TheVisits
from esos.words.language import say
from esos.words.nature import Nature
from esos.words.urgency import Urgency

ASKED = tuple(question for question in QUESTIONS if question.id in {"safety", "service", "restore"})
ASKED_MORE = tuple(question for question in QUESTIONS if question.id in {"activity", "reach", "place"})
_N = Nature
FIRST_NATURES = (
    _N.DESTRUCTION, _N.HELD_TO_RANSOM, _N.FLOODING, _N.INTRUDER, _N.OUTAGE, _N.LOSS_OF_CONTROL, _N.SPREADING,
    _N.UNDESIGNATED,
)  # fmt: skip
"""What a caller is shown first; the rest is one tap away."""
MORE_NATURES = tuple(one for one in Nature if one not in {*FIRST_NATURES, Nature.BEACON})
SECRET_BYTES = 16
_WORDS_MAX, _NAME_MAX, _REPLY_MAX, _NATURES_MAX = 4000, 80, 280, 8


@get("/", name="call")
async def show(request: AnyRequest, visit: TheVisit) -> Response[str]:
    """The page to call from; where a call of this browser is open, the way back to it stands first."""
    earlier = await _earlier(request, visit.station)
    return _form_page(visit, {}, visit.station.dice.bytes(SECRET_BYTES).hex(), earlier)


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """The call made last in this browser: who made it, its link, and its code while it is open."""

    speaker: Speaker
    link: str
    code: str


async def _earlier(request: AnyRequest, station: Station) -> Earlier | None:
    link = visit_of(request)
    try:
        come = await entrance(station, link) if link else None
    except EsosError:  # a link that has lapsed, or a case that is erased: then there is no way back
        return None
    if come is None:
        return None
    record = await station.journal.case(come.case_id) if come.case_id else None
    return Earlier(speaker=come.speaker, link=link, code=record.page_code if record and record.is_open else "")


def _form_page(visit: Visit, values: dict[str, Any], secret: str, earlier: Earlier | None = None) -> Response[str]:
    shown = earlier if earlier and earlier.code else None
    return page(visit, "call.html", earlier=shown, secret=secret, **form_values(visit, values))


def form_values(visit: Visit, values: dict[str, Any]) -> dict[str, Any]:
    """What the three questions are made of; ``values`` is what was filled in already."""
    return {
        "urgencies": tuple(Urgency),
        "first": FIRST_NATURES,
        "more": MORE_NATURES,
        "asked": ASKED,
        "asked_more": ASKED_MORE,
        "values": values,
        "arm_seconds": _arm_seconds(visit.station),
    }


def _arm_seconds(station: Station) -> int:
    """How long a call can be stopped before it leaves; the pact says so."""
    if station.directory.pact is None:
        return 5
    return -(-station.directory.rules.timers(Urgency.MAYDAY).arm_ms // 1000)


@post("/", status_code=200)
async def send(request: AnyRequest, visit: TheVisit, csrf: TheCsrf, visits: TheVisits) -> Response[Any]:
    """Send the call; without a script this first shows once more what will be sent."""
    form = await form_of(request, visit, csrf)
    secret = form.get("visit", "") or visit.station.dice.bytes(SECRET_BYTES).hex()
    if form.get("change"):
        return _form_page(visit, _values(form), secret)
    details = read_details(form)
    if not form.get("confirmed") and details.get("urgency") != Urgency.ADVISORY:
        return _confirm_page(visit, form, details, secret)
    speaker = _caller(visit, form, secret, await _earlier(request, visit.station))
    link, after = await _call(visits, form, details, speaker, secret)
    response = go(f"/c/{link}{after}")
    response.set_cookie(visit_cookie(link, visit.settings))
    return response


def _values(form: Filled) -> dict[str, Any]:
    names = ("urgency", "name", "card", "words", "reply", "other", *(one.id for one in (*ASKED, *ASKED_MORE)))
    return {**{name: form.get(name, "") for name in names}, "natures": form.all("nature")}


def _confirm_page(visit: Visit, form: Filled, details: dict[str, Any], secret: str) -> Response[str]:
    questions = {one.id: one for one in (*ASKED, *ASKED_MORE)}
    answers = [
        (say(question.words), say(option.words))
        for name, question in questions.items()
        for option in question.options
        if option.id == form.get(name, "") and option.id != "unknown"
    ]
    return page(
        visit,
        "confirm.html",
        natures=tuple(Nature(code) for code in details["natures"]),
        urgency=Urgency(details["urgency"]) if "urgency" in details else None,
        answers=answers,
        values=_values(form),
        secret=secret,
    )


def read_details(form: Filled) -> dict[str, Any]:
    """What was filled in, as far as it can be read (law 2): never a refusal."""
    details: dict[str, Any] = {"natures": _natures(form), "facts": _facts(form)}
    if form.get("urgency", "") in set(Urgency):
        details["urgency"] = form.get("urgency")
    words = form.get("words", "").strip()[:_WORDS_MAX]
    reply = form.get("reply", "").strip()[:_REPLY_MAX]
    return {**details, **({"words": words} if words else {}), **({"reply": reply} if reply else {})}


def _natures(form: Filled) -> list[int]:
    by_slug = {one.slug: one.value for one in Nature}
    named = [by_slug[slug] for slug in form.all("nature") if slug in by_slug]
    return list(dict.fromkeys(named))[:_NATURES_MAX]


def _facts(form: Filled) -> dict[str, str | bool]:
    facts: dict[str, str | bool] = {}
    for question in (*ASKED, *ASKED_MORE):
        facts.update(_answer(question, form.get(question.id, "")))
    return facts


def _answer(question: Question, option_id: str) -> dict[str, str | bool]:
    for option in question.options:
        if option.id == option_id:
            codes = zip(question.facts, option.codes, strict=True)
            return {name: code for name, code in codes if code is not None}
    return {}


async def _call(
    visits: Visits, form: Filled, details: dict[str, Any], speaker: Speaker, secret: str
) -> tuple[str, str]:
    """Say it; the secret of the caller's live page, and what that is to say first. A form sent twice is one call."""
    made = await visits.call(
        details_from(details),
        speaker=speaker,
        caller_name=_name(form),
        call=hashlib.sha256(b"esos-page-call-1" + secret.encode()).digest()[:CALL_ID_BYTES],
        card_token="".join(letter for letter in form.get("card", "") if letter.isalnum()),
        relay_for=RelayFor(caller_name=_name(form)) if form.get("other") else None,
    )
    return made.link, "?card=unknown" if made.card_accepted is False else ""


def _caller(visit: Visit, form: Filled, secret: str, earlier: Earlier | None) -> Speaker:
    """Who calls: whoever is signed in, whoever called from this browser before, or a visitor.

    An officer calls only for somebody else; and whoever calls for somebody else is not the caller before.
    """
    if visit.speaker is not None and (form.get("other") or not visit.is_officer):
        return visit.speaker
    if earlier is None or visit.speaker is not None or form.get("other"):
        return returning_visitor(secret, _name(form))
    is_visitor = Role.STRANGER in earlier.speaker.roles
    return msgspec.structs.replace(earlier.speaker, name=_name(form)) if is_visitor else earlier.speaker


def _name(form: Filled) -> str:
    return " ".join(form.get("name", "").split())[:_NAME_MAX]


HANDLERS = [show, send]
