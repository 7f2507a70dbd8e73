"""The table of roles, walked: every address, in every way it can be asked, by everybody there is."""

import sys
from pathlib import Path

import pytest

from esos.message import bodies as b
from esos.service import founder_of
from esos.web.accessing import LOOKS, NOT_LOOKS
from esos.web.csrf import Csrf
from esos.web.roles import DOORS, Kind, bare
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import bearer, founded, inside

pytestmark = pytest.mark.anyio
REFUSED = {401, 403}
PARTS = {
    "case": "ab" * 16, "case_id": "ab" * 16, "request_id": "cd" * 16, "request": "cd" * 16, "statement": "ef" * 32,
    "member": "01" * 8, "officer": "officer:none", "kind": "messaged", "name": "none", "file": "none", "token": "none",
    "secret": "none", "since": "1", "path": "x", "seat": "caller", "file_path": "esos.css", "digest": "ef" * 32, "version": "none",
    "draft": "12" * 16, "act": "none", "code": "none", "law": "none", "report": "none", "party": "none",
    "change": "34" * 32, "swap": "56" * 32, "nature": "flooding", "constituency": "north",
}  # fmt: skip
STREAM = "/api/v1/events"


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    nowhere = "http://127.0.0.1:9"  # a provider that answers nobody: the way there is open, the way back is not
    return founded(tmp_path_factory.mktemp("roles") / "home", members=3, realm=Realm.EXERCISE, oidc_issuer=nowhere)


async def parties_of(client, station, live) -> dict[Kind, str]:
    """One of each, and a case of another member with a request to a third, which none of them has a part in."""
    call = live.members[1].say("called", b.Called(call=b"theroles", details=b.CallDetails(natures=(2,))))
    PARTS["case"] = PARTS["case_id"] = (await client.post("/api/v1/statements", content=call.raw)).json()["case"]
    officer, path = bearer(live.officers[1].token), f"/api/v1/cases/{PARTS['case']}/statements"
    await client.post(path, headers=officer, json={"kind": "acknowledged"})
    lines = [{"line": "filtering", "quantity": 10}]
    body = {"request": PARTS["request"], "responder": live.members[2].id, "lines": lines}
    assert (await client.post(path, headers=officer, json={"kind": "requested", "body": body})).status_code == 201
    PARTS["member"] = live.members[2].id
    parties = {Kind.NOBODY: "", Kind.MEMBER: live.members[0].id}
    for role in ("officer", "second", "registrar", "auditor"):
        parties[Kind(role)] = await founder_of(station).add_officer(f"One {role}", (role,))
    await station.directory.refresh(station.journal)
    return parties


@pytest.fixture(scope="module")
async def web(live):
    async with inside(live) as (client, station):
        yield client, station, await parties_of(client, station, live)


def asked() -> list[tuple[str, str]]:
    return sorted(DOORS)


def filled(template: str) -> str:
    parts = PARTS | KINDS.get(template, {})
    return "/".join(parts[part[1:-1]] if part.startswith("{") else part for part in template.split("/")) or "/"


KINDS = {
    "/watch/{case}/{kind}": {"kind": "acknowledged"},
    "/register/{member}/{kind}": {"kind": "member_suspended"},
    "/inbox/{request_id}/{kind}": {"kind": "considering"},
    "/roster/{act}": {"act": "away"},
    "/roster/rules/{act}": {"act": "standing"},
    "/contacts/{act}": {"act": "ring"},
}
"""An act for each page on which one is said."""


def routes_of(app) -> set[tuple[str, str]]:
    found = set()
    for route in app.routes:
        for method in getattr(route, "methods", ()) or ():
            if method not in {"OPTIONS", "HEAD"}:
                found.add((method, bare(route.path_format)))
    return found


async def test_the_table_has_every_address_that_is_served_and_no_other(web):
    client, _, _ = web
    app = client._transport.app
    while not hasattr(app, "routes"):
        app = app.app
    served = {one for one in routes_of(app) if not one[1].startswith(("/schema", "/static"))}
    assert served - set(DOORS) == set(), "addresses without a row"
    assert set(DOORS) - served == set(), "rows without an address"


async def ask(client, station, method: str, template: str, party: str):
    is_page = not template.startswith(("/api/", "/v2/", "/log/", "/metrics", "/healthz", "/readyz"))
    headers = {"host": "localhost:8765"}
    more = {}
    if is_page:
        if party:
            session = await station.tokens.session(party)
            token = Csrf(station.identity.master).token_for(session)
            headers |= {"cookie": f"esos_session={session}", "esos-csrf": token}
            more = {"data": {"csrf": token}} if method == "POST" else {}
    elif party:
        headers |= bearer(await station.tokens.program_token(party))
    if method in {"POST", "PUT"} and not more and not is_page:
        more = {"json": BODIES.get(template, {"kind": "messaged", "body": {"text": "x"}})}
    return await client.request(method, filled(template), headers=headers, **more)


BODIES = {
    "/api/v1/constituencies/{constituency}": {"name": "North"},
    "/api/v1/constituencies/{constituency}/members": {"members": ["01" * 8]},
    "/api/v1/officers/{officer}/view": {"constituencies": []},
    "/api/v1/contacts/{party}/add": {"channel": "mail", "address": "x@example.org"},
    "/api/v1/contacts/{party}/remove": {"channel": "mail", "address": "x@example.org"},
    "/api/v1/contacts/{party}/language": {"language": "fr"},
    "/api/v1/roster": {},
    "/api/v1/officers": {"name": "x", "roles": ["officer"]},
    "/api/v1/pacts": {"text": "x"},
    "/api/v1/members": {"statement": "eA"},
    "/api/v1/members/{member}/card": {"count": 1},
    "/api/v1/members/{member}/secrets": {"purpose": "token"},
    "/api/v1/retention": {},
    "/api/v1/calls": {"details": {"natures": ["flooding"]}},
    "/api/v1/drills/{name}": {},
    "/api/v1/cases/{case_id}/statements": {"kind": "called_back", "body": {"result": "no_answer"}},
    "/api/v1/members/{member}/statements": {"kind": "member_suspended", "body": {"suspended": False}},
    "/api/v1/requests/{request_id}/statements": {"kind": "considering"},
    "/api/v1/drafts/{draft}": {"answers": {"words": "x"}},
    "/api/v1/gateways": {"name": "x", "carries": "text"},
    "/api/v1/invitations": {"invite": [{"name": "x"}]},
    "/api/v1/invitations/accept": {"secret": "x", "statement": "eA"},
    "/api/v1/practice/plan": {},
    "/api/v1/practice/runs": {"scene": "none"},
    "/api/v1/practice/runs/{case_id}/next": {"piece": 0},
    "/api/v1/rings": {"ring": "x"},
    "/api/v1/roster/absences": {"officer": "x", "from_ms": 1, "until_ms": 2},
    "/api/v1/roster/feeds": {},
    "/api/v1/roster/overrides": {"officers": ["x"], "from_ms": 1, "until_ms": 2},
    "/api/v1/roster/shifts": {"source": "x", "calendar": "x"},
    "/api/v1/roster/swaps": {"other": "x", "give_from_ms": 1, "give_until_ms": 2},
    "/api/v1/roster/swaps/{swap}": {"accepted": True},
    "/api/v1/texts": {"number": "+353999000111", "text": "x"},
}


def test_an_auditor_reads_and_says_nothing():
    says = {door for door, may in DOORS.items() if Kind.AUDITOR in may and door[0] != "GET"}
    own = {door for door in says if door[1].startswith(("/me/", "/contacts/", "/enter/", "/sign-out", "/drill/"))}
    anybodys = {door for door in says if Kind.NOBODY in DOORS[door]}
    assert says - own - anybodys == {("PUT", "/api/v1/drills/{name}"), ("POST", "/api/v1/roster/feeds")}


def test_every_look_that_is_recorded_is_at_an_address_that_is_served():
    assert {("GET", path) for path in LOOKS} <= set(DOORS)


def test_reading_what_is_not_everybodys_is_on_record_or_has_a_reason_why_not():
    closed = {path for (method, path), may in DOORS.items() if method == "GET" and Kind.NOBODY not in may}
    assert closed - set(LOOKS) == set(NOT_LOOKS), "each of these needs a row in LOOKS, or a reason in NOT_LOOKS"
    assert all(reason.endswith(".") for reason in NOT_LOOKS.values())


@pytest.mark.parametrize("kind", list(Kind))
async def test_every_address_lets_in_whom_the_table_names_and_nobody_else(web, kind):
    client, station, parties = web
    seen = {}
    for method, template in asked():
        if template == STREAM or (method, template) == ("POST", "/sign-out"):
            continue  # a stream does not end by itself, and signing out ends what this test holds; both have tests
        answer = await ask(client, station, method, template, parties[kind])
        seen[method, template] = answer.status_code not in REFUSED
    wanted = {one: kind in DOORS[one] for one in seen}
    assert {one: got for one, got in seen.items() if got != wanted[one]} == {}
