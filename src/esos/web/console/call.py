"""Call for help: three questions, one button, five seconds to think better of it, then a live page.

Law 2: nothing here is compulsory, and what cannot be read is left out rather than refused. Law 8: a call
that was not meant is aborted before it leaves, or taken back after, both for free.
"""

import hashlib
from typing import Any

from litestar import Response, get, post

from esos.keys.speaker import Speaker
from esos.station.station import Station
from esos.station.visit import CALL_ID_BYTES, RelayFor, Visits, details_from, returning_visitor
from esos.triage.questions import QUESTIONS, Question
from esos.web.auth import AnyRequest
from esos.web.console.fields import Filled
from esos.web.console.visit import Visit, form_of, go, page
from esos.web.csrf import Csrf
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
async def show(visit: Visit) -> Response[str]:
    """The page to call from."""
    return _form_page(visit, {}, visit.station.dice.bytes(SECRET_BYTES).hex())


def _form_page(visit: Visit, values: dict[str, Any], secret: str) -> Response[str]:
    return page(
        visit,
        "call.html",
        urgencies=tuple(Urgency),
        first=FIRST_NATURES,
        more=MORE_NATURES,
        asked=ASKED,
        asked_more=ASKED_MORE,
        values=values,
        secret=secret,
        arm_seconds=_arm_seconds(visit.station),
    )


def _arm_seconds(station: Station) -> int:
    """How long a call can be stopped before it leaves; the pact says so."""
    if station.directory.pact is None:
        return 5
    return -(-station.directory.rules.timers(Urgency.MAYDAY).arm_ms // 1000)


@post("/", status_code=200)
async def send(request: AnyRequest, visit: Visit, csrf: Csrf, visits: Visits) -> Response[Any]:
    """Send the call; without a script this first shows once more what will be sent."""
    form = await form_of(request, visit, csrf)
    secret = form.get("visit", "") or visit.station.dice.bytes(SECRET_BYTES).hex()
    if form.get("change"):
        return _form_page(visit, _values(form), secret)
    details = read_details(form)
    if not form.get("confirmed") and details.get("urgency") != Urgency.ADVISORY:
        return _confirm_page(visit, form, details, secret)
    return go(await _call(visit, visits, form, details, secret))


def _values(form: Filled) -> dict[str, Any]:
    names = ("urgency", "name", "card", "words", "reply", "other", *(one.id for one in (*ASKED, *ASKED_MORE)))
    return {**{name: form.get(name, "") for name in names}, "natures": form.all("nature")}


def _confirm_page(visit: Visit, form: Filled, details: dict[str, Any], secret: str) -> Response[str]:
    questions = {one.id: one for one in (*ASKED, *ASKED_MORE)}
    answers = [
        (question.words, option.words)
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


async def _call(visit: Visit, visits: Visits, form: Filled, details: dict[str, Any], secret: str) -> str:
    """Say it, and give the address of the caller's live page. The same form sent twice is one call."""
    made = await visits.call(
        details_from(details),
        speaker=_caller(visit, form, secret),
        caller_name=_name(form),
        call=hashlib.sha256(b"esos-page-call-1" + secret.encode()).digest()[:CALL_ID_BYTES],
        card_token="".join(letter for letter in form.get("card", "") if letter.isalnum()),
        relay_for=RelayFor(caller_name=_name(form)) if form.get("other") else None,
    )
    return f"/c/{made.link}" + ("?card=unknown" if made.card_accepted is False else "")


def _caller(visit: Visit, form: Filled, secret: str) -> Speaker:
    """Who calls: whoever is signed in, or a visitor. An officer calls only for somebody else."""
    if visit.speaker is not None and (form.get("other") or not visit.is_officer):
        return visit.speaker
    return returning_visitor(secret, _name(form))


def _name(form: Filled) -> str:
    return " ".join(form.get("name", "").split())[:_NAME_MAX]


HANDLERS = [show, send]
