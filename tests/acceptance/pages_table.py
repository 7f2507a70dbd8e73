"""Every page of the console, taken from its route table: who opens it, and where. A new page without a row here fails."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from esos.web import console

FILES = {
    "/c/{token:str}/proof/{statement:str}": "a receipt to keep as a file",
    "/watch/{case:str}/proof/{statement:str}": "a receipt to keep as a file",
    "/drill/{name:str}/files/{file:str}": "a case file to verify",
    "/worker.js": "the program that keeps the caller's page",
    "/manifest.webmanifest": "what a telephone reads when it keeps the page",
    "/kept/{version:str}/{name:path}": "a file of the page that is kept",
}
"""What is fetched by GET and is no page."""


@dataclass(frozen=True, slots=True)
class Opened:
    """One page as one person opens it; ``route`` is its row of the route table, empty where nothing is."""

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
    officer, member = house.live.officers[0].id, house.live.members[3].id
    path, case = urlsplit(made["page"]).path, made["case"]
    acks, answers = house.by_link(officer, case), house.by_link(member, case, requests[2])
    return [
        Opened("/", "", "/"), Opened("/keep", "", "/keep"), Opened("/c/{token:str}", "", path),
        Opened("/c/{token:str}", "", urlsplit(waiting["page"]).path), Opened("/c/{token:str}/cancel", "", f"{path}/cancel"),
        Opened("/c/{token:str}/report", "", f"{path}/report"), Opened("/log", "", "/log"), Opened("/enter", "", "/enter"),
        Opened("/enter/{secret:str}", "", f"/enter/{house.links[member]}"), Opened("/in/{secret:str}", "", "/in/none"),
        Opened("", "", "/nothing-here"), Opened("/a/{token:str}", "", f"/a/{acks}"), Opened("/r/{token:str}", "", f"/r/{answers}"),
        Opened("/drill", "", "/drill"), Opened("/watch", officer, "/watch"), Opened("/watch", officer, "/watch?ended=1"),
        Opened("/watch/map", officer, "/watch/map"),
        Opened("/watch/{case:str}", officer, f"/watch/{case}"), Opened("/watch/{case:str}", officer, f"/watch/{waiting['case']}"),
        Opened("/watch/{case:str}", officer, f"/watch/{case}?history=all"),
        Opened("/case/{case:str}/report", officer, f"/case/{case}/report"), Opened("/register", officer, "/register"),
        Opened("/register/{member:str}", officer, f"/register/{member}"), Opened("/sign-out", officer, "/sign-out"),
        Opened("/inbox", member, "/inbox"), Opened("/inbox/{request_id:str}", member, f"/inbox/{requests[2]}"),
        Opened("/register/{member:str}", member, f"/register/{member}"),
    ]  # fmt: skip
