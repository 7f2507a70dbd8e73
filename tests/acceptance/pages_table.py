"""Every page of the console, taken from its route table: who opens it, and where. A new page without a row here fails.

The pictures of the documentation are taken by this table too (``scripts/take_pictures.py``).
"""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from esos.web import console

FILES = {
    "/c/{token:str}/proof/{statement:str}": "a receipt to keep as a file",
    "/watch/{case:str}/proof/{statement:str}": "a receipt to keep as a file",
    "/drill/{name:str}/files/{file:str}": "a case file to verify",
    "/worker.js": "the program that keeps the caller's page",
    "/manifest.webmanifest": "what a telephone reads when it keeps the page",
    "/kept/{version:str}/{name:path}": "a file of the page that is kept",
    "/watch/{case:str}/talk/{digest:str}": "a file to save",
    "/a/{token:str}/talk/{digest:str}": "a file to save",
    "/c/{token:str}/talk/{digest:str}": "a file to save",
    "/r/{token:str}/talk/{digest:str}": "a file to save",
    "/calendar/{name:str}": "a calendar to subscribe to",
    "/enter/oidc": "the way to the organisation's own sign-in",
    "/enter/oidc/back": "the way back from it",
}
"""What is fetched by GET and is no page."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One page as one person opens it; ``route`` is its row of the route table, empty where nothing is."""

    name: str
    route: str
    reader: str
    path: str


def routes_of_pages() -> set[str]:
    """The address of every page that a browser can open."""
    pages = console.routes()[0]
    return {route.path for route in pages.routes if "GET" in route.methods} - set(FILES)


def opened_pages(house) -> list[Opened]:
    """Every page on a case that has been through something, and where there is little to show."""
    made = house.call(needs=[{"line": "filtering", "quantity": 40}], words="A long word: " + "x" * 60, country="IE")
    house.take(made["case"])
    requests = [house.ask(made["case"], number) for number in (1, 2, 3)]
    for number, kind, body in ((1, "committed", {}), (2, "declined", {"ground": "D6", "sentence": "Export rules."})):
        house.say(house.member(number), f"/requests/{requests[number - 1]}", kind, **body)
    waiting = house.call(4)
    _constituted(house, house.live.members[3].id)
    practised, played = _practised(house)
    paths = {
        "path": urlsplit(made["page"]).path,
        "waits": urlsplit(waiting["page"]).path,
        "case": made["case"],
        "other": waiting["case"],
        "request": requests[2],
        "member": house.live.members[3].id,
        "link": house.links[house.live.members[3].id],
        "acks": house.by_link(house.live.officers[0].id, made["case"]),
        "answers": house.by_link(house.live.members[3].id, made["case"], requests[2]),
        "code": house.rung(house.live.members[5].id),
        "draft": _written_down(house),
        "practised": practised,
        "played": played,
    }
    _law_applies(house, paths["path"])
    readers = {
        "": "",
        "officer": house.live.officers[0].id,
        "auditor": house.live.officers[2].id,
        "member": house.live.members[3].id,
    }
    return [Opened(name, route, readers[who], path.format_map(paths)) for name, route, who, path in PAGES]


def _post(house, party: str, path: str, **form: str) -> httpx.Response:
    """What a browser without a script posts, with the token of the page before."""
    cookies = {"esos_session": house.sessions[party]} if party else {}
    with httpx.Client(base_url=house.http, cookies=cookies, timeout=30) as client:
        token = re.search(r'name="csrf" value="([^"]+)"', client.get("/me").text) if party else None
        answer = client.post(path, data=form | ({"csrf": token.group(1)} if token else {}))
    assert answer.status_code < 400, answer.text
    return answer


def _law_applies(house, page: str) -> None:
    """The caller says that a law applies, so that its draft is there."""
    _post(house, "", f"{page}/law/nis2", applies="yes")


def _constituted(house, member: str) -> None:
    """A constituency with one member, so that the floor says whose view it is."""
    with house.live.client(house.live.officers[0].token) as registrar:
        registrar.put("/api/v1/constituencies/north", json={"name": "Hospitals of the North"}).raise_for_status()
        registrar.put("/api/v1/constituencies/north/members", json={"members": [member]}).raise_for_status()


def _written_down(house) -> str:
    """A call that an officer is writing down."""
    draft = "d0" * 16
    _post(house, house.live.officers[0].id, f"/take/{draft}", caller="Example Harbour", reply="+353 999 000 111")
    return draft


def _practised(house) -> tuple[str, str]:
    """A practice that is over, and one that is being played."""
    over = _practise(house)
    house.end(over)
    house.say(house.client(), f"/cases/{over}", "closed")
    return over, _practise(house)


def _practise(house) -> str:
    answer = house.client().post("/api/v1/practice/runs", json={"by_hand": True})
    assert answer.status_code in {200, 201}, answer.text
    return answer.json()["case"]


PAGES = (
    ("call", "/", "", "/"),
    ("keep", "/keep", "", "/keep"),
    ("your-call", "/c/{token:str}", "", "{path}"),
    ("your-call-waits", "/c/{token:str}", "", "{waits}"),
    ("your-call-cancel", "/c/{token:str}/cancel", "", "{path}/cancel"),
    ("your-call-report", "/c/{token:str}/report", "", "{path}/report"),
    ("your-call-looks", "/c/{token:str}/looks", "", "{path}/looks"),
    ("your-call-law", "/c/{token:str}/law/{law:str}/{report:str}", "", "{path}/law/nis2/early-warning"),
    ("your-call-talk", "/c/{token:str}/talk", "", "{path}/talk"),
    ("page-link-talk", "/a/{token:str}/talk", "", "/a/{acks}/talk"),
    ("request-link-talk", "/r/{token:str}/talk", "", "/r/{answers}/talk"),
    ("log", "/log", "", "/log"),
    ("first-aid", "/first-aid", "", "/first-aid"),
    ("first-aid-wall", "/first-aid/wall", "", "/first-aid/wall"),
    ("first-aid-card", "/first-aid/{nature:str}", "", "/first-aid/destruction"),
    ("enter", "/enter", "", "/enter"),
    ("enter-link", "/enter/{secret:str}", "", "/enter/{link}"),
    ("enter-refused", "/in/{secret:str}", "", "/in/none"),
    ("nothing-here", "", "", "/nothing-here"),
    ("address-test", "/t/{code:str}", "", "/t/{code}"),
    ("page-link", "/a/{token:str}", "", "/a/{acks}"),
    ("request-link", "/r/{token:str}", "", "/r/{answers}"),
    ("drill", "/drill", "", "/drill"),
    ("floor", "/watch", "officer", "/watch"),
    ("floor-ended", "/watch", "officer", "/watch?ended=1"),
    ("map", "/watch/map", "officer", "/watch/map"),
    ("case", "/watch/{case:str}", "officer", "/watch/{case}"),
    ("case-waits", "/watch/{case:str}", "officer", "/watch/{other}"),
    ("case-history", "/watch/{case:str}", "officer", "/watch/{case}?history=all"),
    ("case-talk", "/watch/{case:str}/talk", "officer", "/watch/{case}/talk"),
    ("case-report", "/case/{case:str}/report", "officer", "/case/{case}/report"),
    ("case-law", "/watch/{case:str}/law/{law:str}/{report:str}", "officer", "/watch/{case}/law/nis2/early-warning"),
    ("take", "/take", "officer", "/take"),
    ("take-begun", "/take/{draft:str}", "officer", "/take/{draft}"),
    ("take-aside", "/take/{draft:str}/aside", "officer", "/take/{draft}/aside"),
    ("read-out", "/read-out/{case:str}", "officer", "/read-out/{other}"),
    ("telephone-tree", "/telephone-tree", "officer", "/telephone-tree"),
    ("roster", "/roster", "officer", "/roster"),
    ("roster-brief", "/roster/brief", "officer", "/roster/brief"),
    ("roster-rules", "/roster/rules", "officer", "/roster/rules"),
    ("ready", "/ready", "officer", "/ready"),
    ("contacts", "/contacts", "member", "/contacts"),
    ("contacts-officer", "/contacts", "officer", "/contacts"),
    ("practice", "/practice", "officer", "/practice"),
    ("practice-played", "/practice/{case:str}", "officer", "/practice/{played}"),
    ("practice-over", "/practice/{case:str}", "officer", "/practice/{practised}"),
    (
        "certificate",
        "/practice/{case:str}/certificate/{party:str}",
        "officer",
        "/practice/{practised}/certificate/club",
    ),
    ("me", "/me", "officer", "/me"),
    ("access", "/access", "auditor", "/access"),
    ("constituencies", "/constituencies", "officer", "/constituencies"),
    ("register", "/register", "officer", "/register"),
    ("register-member", "/register/{member:str}", "officer", "/register/{member}"),
    ("register-card", "/register/{member:str}/card", "officer", "/register/{member}/card"),
    ("sign-out", "/sign-out", "officer", "/sign-out"),
    ("inbox", "/inbox", "member", "/inbox"),
    ("request", "/inbox/{request_id:str}", "member", "/inbox/{request}"),
    ("register-own", "/register/{member:str}", "member", "/register/{member}"),
)
"""Name, route, who reads it, and the address that is opened."""
