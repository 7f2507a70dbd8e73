"""The caller's page kept on a telephone: it opens without a network, and an update never leaves a mixed page.

Law 4: what is kept never says that anything arrived; only the station's own answer does. Law 7: a page of an
exercise station is marked as one, wherever it is opened.
"""

import functools
import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any

from litestar import Response, get
from litestar.params import FromPath

from esos.errors import Unknown
from esos.web.auth import AnyRequest
from esos.web.card import StationCard
from esos.web.console.call import form_values
from esos.web.console.visit import HEADERS, TheVisit, Visit, nobody, rendered
from esos.web.given import CardOf
from esos.words.first_aid import card_for
from esos.words.language import say
from esos.words.nature import Nature

STATIC = Path(__file__).parent.parent / "static"
KEPT_FILES = (
    "call.js", "esos.css", "icon.svg", "icon-192.png", "icon-512.png", "keep.css", "keep.js", "spoken.js",
    "unsent.js", "words.js", "worker-ask.js",
)  # fmt: skip
"""What the kept page is made of; it loads nothing else, and a test opens it without a network."""
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".png": "image/png"}
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable", "x-content-type-options": "nosniff"}
VERSION_CHARACTERS = 16
VERSION_HEADER = "esos-version"


@functools.cache
def _files() -> dict[str, bytes]:
    return {name: (STATIC / name).read_bytes() for name in KEPT_FILES}


@functools.cache
def files_version() -> str:
    """The version of all the files together: one of them changed gives each another address."""
    digest = hashlib.sha256()
    for name, content in sorted(_files().items()):
        digest.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
    return digest.hexdigest()[:VERSION_CHARACTERS]


def _kept_page(visit: Visit, card: StationCard) -> str:
    """The page as it is kept: of nobody in particular and at no time, so that the same is the same to a byte."""
    anybody = replace(visit, now_ms=0, zone=UTC, path="/keep", here="/keep")
    return rendered(
        anybody,
        "keep.html",
        files=f"/kept/{files_version()}",
        card=card,
        code=_code(card.http),
        first_aid=tuple(card_for(nature) for nature in Nature),
        earlier=None,
        secret="",
        **form_values(anybody, {}),
    )


def _code(address: str) -> str:
    """The address of the station's page as a code for another telephone's camera, as SVG."""
    import segno  # noqa: PLC0415 - only this page draws a code

    out = io.BytesIO()
    segno.make(address, micro=False, error="m").save(out, kind="svg", xmldecl=False, svgns=True, border=3, light="#fff")
    return out.getvalue().decode()


def _version(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()[:VERSION_CHARACTERS]


@get("/keep")
async def show(request: AnyRequest, visit: TheVisit, card_of: CardOf) -> Response[str]:
    """The page to keep. It is the same for everybody, and says nothing of anybody."""
    html = _kept_page(nobody(request, visit.station), card_of())
    headers = HEADERS | {VERSION_HEADER: _version(html)}
    return Response(html, media_type="text/html", headers=headers)


@get("/kept/{version:str}/{name:path}")
async def kept_file(version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """A file of one version of the page; raises ``Unknown`` (``keep.no_file``) for any other version."""
    name = str(name).removeprefix("/")
    if version != files_version() or name not in _files():
        raise Unknown("keep.no_file", "This version of the page is no longer here.", hint="Load the page again.")
    return Response(_files()[name], media_type=_TYPES[Path(name).suffix], headers=_FOR_EVER)


@get("/worker.js")
async def worker(request: AnyRequest, visit: TheVisit, card_of: CardOf) -> Response[str]:
    """The program by which a browser keeps the page: another version of the page is another program to the byte."""
    version = _version(_kept_page(nobody(request, visit.station), card_of()))
    paths = [f"/kept/{files_version()}/{name}" for name in KEPT_FILES]
    head = f"const VERSION = {json.dumps(version)};\nconst FILES = {json.dumps(paths)};\n"
    body = (STATIC / "worker.js").read_text(encoding="utf-8")
    return Response(head + body, media_type="text/javascript", headers=HEADERS)


@get("/manifest.webmanifest")
async def manifest(visit: TheVisit) -> Response[dict[str, Any]]:
    """What a telephone needs to put the page among its programs."""
    station = visit.station.identity.name
    whole = say("DRILL e-SOS: {station}", station=station)
    name = whole if visit.is_drill else say("e-SOS: {station}", station=station)
    icons = [
        {"src": "/static/icon-192.png", "sizes": "192x192", "type": "image/png"},
        {"src": "/static/icon-512.png", "sizes": "512x512", "type": "image/png"},
        {"src": "/static/icon-512.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
    ]
    colour = "#5a2a9c" if visit.is_drill else "#a3161b"
    says = {
        "id": "/keep", "start_url": "/keep", "scope": "/", "display": "standalone", "name": name,
        "short_name": say("DRILL e-SOS") if visit.is_drill else "e-SOS", "icons": icons,
        "description": say("Call the watch for help; the page opens without a network."),
        "background_color": "#f4f6f8", "theme_color": colour,
    }  # fmt: skip
    return Response(says, media_type="application/manifest+json", headers=HEADERS)


HANDLERS = [show, kept_file, worker, manifest]
