"""Who looks at a page, and how a page is answered: one value a request, one way to render, one set of headers.

Nothing on a page comes from another host, no script or style stands inside it, and nobody may frame it.
"""

from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.params import SkipValidation
from litestar.response import Redirect

from esos.errors import Forbidden, Unauthenticated
from esos.keys.speaker import Role, Speaker
from esos.station.contacts import missed_of
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.station.views import CaseRow
from esos.web.auth import AnyRequest, Party
from esos.web.console import said, times, wording
from esos.web.console.fields import Filled
from esos.web.console.nav import nav_of
from esos.web.console.script_words import script_words
from esos.web.console.whom import OFFERED_MAX, WHOM_MAX
from esos.web.csrf import SESSION_COOKIE, Csrf
from esos.web.given import TheAsked, TheCsrf, TheSettings, TheStation
from esos.web.settings import WebSettings
from esos.words.access import ACT_WORDS, DEVICE_WORDS, WAY_WORDS
from esos.words.kept import kept_pieces, say_kept
from esos.words.language import LANGUAGES, direction, language, number
from esos.words.member_kind import kind_words
from esos.words.need import NeedLine
from esos.words.phrases import SECONDS_COUNT_MS, UNKNOWN_CALLER, caller_words
from esos.words.proposal import proposal_words
from esos.words.realm import Realm
from esos.words.urgency import Urgency

OFFSET_COOKIE, ZONE_COOKIE = "esos_offset", "esos_zone"
ALONE_MAX = 2_000
"""How many open cases are looked through for those without a person, on pages other than the watch floor."""
CUT_CHARS = 200
"""How much of a text a line of a history shows."""
TEMPLATES = Path(__file__).parent.parent / "templates"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
"""What every page is sent with. A page's address may carry a secret, so no address is passed on and nothing is kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One look at one page. ``speaker`` is None where nobody is signed in; ``zone`` is by whose clocks it reads.

    ``alone`` are the open cases without a person, gravest first, for whoever works here; not the one on the page.
    ``here`` is the address to come back to when only the language was chosen.
    """

    station: Station
    speaker: Speaker | None
    zone: tzinfo
    now_ms: int
    csrf: str
    path: str
    settings: WebSettings
    alone: tuple[str, ...] = ()
    here: str = "/"
    alone_maydays: int = 0
    still: bool = False
    """Whether the reader asked that the page does not reload by itself."""
    asked: tuple[tuple[str, str], ...] = ()
    """The rest of what was asked for behind the path, as to see ended cases too."""

    @property
    def still_here(self) -> str:
        """The address of the same page, not reloading by itself."""
        return f"{self.path}?{urlencode((*self.asked, ('still', '1')))}"

    @property
    def fresh_here(self) -> str:
        """The address of the same page, reloading by itself."""
        return self.path + (f"?{urlencode(self.asked)}" if self.asked else "")

    @property
    def is_officer(self) -> bool:
        """Whether the reader works at this station."""
        return self.speaker is not None and bool(STAFF & self.speaker.roles)

    @property
    def is_auditor(self) -> bool:
        """Whether the reader may read the record of accesses."""
        return self.speaker is not None and Role.AUDITOR in self.speaker.roles

    @property
    def provider(self) -> str:
        """What the organisation's own sign-in is called, empty where there is none."""
        return self.settings.oidc.name or self.settings.oidc.issuer

    @property
    def is_drill(self) -> bool:
        """Whether everything here is practice."""
        return self.station.identity.realm is Realm.EXERCISE

    @property
    def missed(self) -> tuple[str, ...]:
        """The reader's own addresses that did not answer their check, as they are written."""
        directory, party = self.station.directory, self.speaker.party if self.speaker else ""
        row = directory.officers.get(party) or directory.members.get(party)
        found = missed_of(directory.contacts, party, row.contacts, self.now_ms) if row else ()
        return tuple(f"{contact.channel}:{contact.address}" for contact, _ in found)

    def need_officer(self) -> Speaker:
        """The officer, auditor or registrar who looks; raises ``Unauthenticated`` or ``Forbidden``."""
        speaker = self.need_anybody()
        if not self.is_officer:
            raise Forbidden(
                "session.role",
                "This page is for the people of the watch station.",
                hint="Your own requests are in your inbox.",
            )
        return speaker

    def need_anybody(self) -> Speaker:
        """Whoever is signed in; raises ``Unauthenticated`` (``session.none``)."""
        if self.speaker is None:
            raise Unauthenticated(
                "session.none",
                "Nobody is signed in on this device.",
                hint="Open the sign-in link your station gave you.",
            )
        return self.speaker


TheVisit = NamedDependency[SkipValidation[Visit]]
"""``visit``: who looks at which page, as a handler asks for it."""
STAFF = frozenset({Role.OFFICER, Role.SECOND, Role.REGISTRAR, Role.AUDITOR})


async def visit_of(
    request: AnyRequest, asked: TheAsked, station: TheStation, csrf: TheCsrf, settings: TheSettings
) -> Visit:
    """Who looks now."""
    party = await asked.party()
    now_ms = station.clock.now_ms()
    alone = await _alone(request, station, party, now_ms)
    return Visit(
        station=station,
        speaker=party.speaker if party else None,
        zone=_zone(request, now_ms),
        now_ms=now_ms,
        csrf=csrf.token_for(request.cookies[SESSION_COOKIE]) if party else "",
        path=request.url.path,
        settings=settings,
        alone=tuple(row.case for row in alone),
        here=_here(request),
        alone_maydays=sum(row.urgency == Urgency.MAYDAY for row in alone),
        still=bool(request.query_params.get("still")),
        asked=tuple(one for one in parse_qsl(request.url.query, keep_blank_values=True) if one[0] != "still"),
    )


def _zone(request: AnyRequest, now_ms: int) -> tzinfo:
    """The zone that the reader's browser named; where only its offset is known, or nothing, a fixed offset."""
    return times.read_zone(request.cookies.get(ZONE_COOKIE), request.cookies.get(OFFSET_COOKIE), now_ms)


def _here(request: AnyRequest) -> str:
    """What was asked for, where asking again shows it again."""
    if request.method != "GET":
        return "/"
    return request.url.path + (f"?{request.url.query}" if request.url.query else "")


async def _alone(request: AnyRequest, station: Station, party: Party | None, now_ms: int) -> list[CaseRow]:
    """Cases that wait for a person while an officer reads something else; the watch floor counts for itself."""
    path = request.url.path
    if party is None or request.method != "GET" or path == "/watch" or not STAFF & party.speaker.roles:
        return []
    records = await station.journal.cases(only_open=True, limit=ALONE_MAX)
    waiting = [record for record in records if not record.holder and record.blob and record.id.hex() not in path]
    return station.views.rows_of(waiting, now_ms)


def nobody(request: AnyRequest, station: Station) -> Visit:
    """A look by somebody who was not asked who it is, as at an address where nothing is."""
    now_ms = station.clock.now_ms()
    return Visit(
        station=station,
        speaker=None,
        zone=_zone(request, now_ms),
        now_ms=now_ms,
        csrf="",
        path=request.url.path,
        settings=WebSettings(),
    )


async def filled(request: AnyRequest) -> Filled:
    """The form that was posted."""
    form = await request.form()
    return Filled(form.multi_items())


async def form_of(request: AnyRequest, visit: Visit, csrf: Csrf) -> Filled:
    """The form that was posted; of somebody signed in it must carry the token of the session (``csrf.*``)."""
    form = await filled(request)
    if visit.speaker is not None:
        csrf.check_token(form.get("csrf"), request)
    return form


async def speaker_of(station: Station, holder: Holder | None) -> Speaker | None:
    """Who a token's holder is, None where nobody any more."""
    if holder is None:
        return None
    try:
        return await station.desk.known(holder)
    except Unauthenticated:
        return None


def rendered(visit: Visit, template: str, **values: Any) -> str:
    """A page as its text."""
    spoken = {"language": language(), "direction": direction()}
    return ENVIRONMENT.get_template(template).render(visit=visit, station=visit.station, **spoken, **values)


def page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """A page, rendered whole on this side."""
    html = rendered(visit, template, **values)
    return Response(html, media_type=MediaType.HTML, status_code=status, headers=HEADERS)


def go(path: str) -> Redirect:
    """To another page after something was done, so that a reload does not do it again."""
    return Redirect(path, status_code=303, headers=HEADERS)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(wording=wording, iso=times.iso, span=times.span, until=times.until)
    environment.globals.update(
        clock=times.clock,
        utc_clock=times.utc_clock,
        is_utc=times.is_utc,
        zone_name=times.zone_name,
        full_utc=times.full_utc,
        need_line=NeedLine,
    )
    environment.globals.update(say=said.say, say_count=said.say_count, languages=LANGUAGES, script_words=script_words)
    environment.globals.update(nav_of=nav_of, kind_words=kind_words, say_kept=say_kept, kept_pieces=kept_pieces)
    environment.globals.update(cut=cut, whom_max=WHOM_MAX, offered_max=OFFERED_MAX)
    environment.globals.update(act_words=ACT_WORDS, way_words=WAY_WORDS, device_words=DEVICE_WORDS)
    environment.globals.update(files="/static")
    environment.globals.update(caller_words=caller_words, unknown_caller=UNKNOWN_CALLER)
    environment.globals.update(proposal_words=proposal_words, seconds_count_ms=SECONDS_COUNT_MS)
    environment.filters["upper_first"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["number"] = number
    return environment


def cut(text: str) -> str:
    """A long text as a list shows it; whole it stands where messages are read."""
    return text if len(text) <= CUT_CHARS else f"{text[:CUT_CHARS].rstrip()}…"


ENVIRONMENT = _environment()
