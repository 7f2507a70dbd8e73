"""Who goes first when there is too much: callers' words, people at work, anybody's pages, and then the rest.

Law 2: a call is never refused for what others ask for. Two tables decide: what kind of work a request is, and how much
of what runs short has to be used before a kind of work is refused. Nothing here waits or measures.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from esos.web.csrf import SESSION_COOKIE


class Work(StrEnum):
    """Kinds of work, the first goes first. ``health`` is apart: what an overloaded station is looked after with."""

    HEALTH = "health"
    WORDS = "words"
    DESK = "desk"
    PAGES = "pages"
    UPLOADS = "uploads"
    REST = "rest"


class Pressure(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is short just now: how late the event loop is, and how full what has a limit is."""

    loop_late_ms: int = 0
    writer_percent: int = 0
    reader_percent: int = 0
    connection_percent: int = 0


class Step(NamedTuple):
    """From which value of a measure each kind of work is refused; words never are."""

    rest: int
    pages: int
    desk: int

    @property
    def uploads(self) -> int:
        """Files go with pages: what is written of them is a word, and is taken."""
        return self.pages


REFUSED_FROM: Mapping[str, Step] = {
    "loop_late_ms": Step(rest=250, pages=500, desk=2_000),
    "writer_percent": Step(rest=25, pages=40, desk=60),
    "reader_percent": Step(rest=25, pages=40, desk=60),
    "connection_percent": Step(rest=70, pages=80, desk=90),
}
"""The last tenth of the connections, and two fifths of either queue of the store, are for callers' words alone."""

_SHORT_OF: Mapping[str, str] = {
    "loop_late_ms": "time",
    "writer_percent": "room to write",
    "reader_percent": "room to read",
    "connection_percent": "connections",
}
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})
_ANSWERS = ("/c/", "/a/", "/r/")
"""Pages behind a signed link, where a caller, an officer or a helper says the next word. A wrong link costs nothing."""
_CARD = "/api/v1/station"
_CALLS = frozenset({"/", "/api/v1/calls", "/api/v1/statements", "/api/v1/packets", "/api/v1/beacon", "/v2/enqueue"})
"""Where anybody posts a call, or a word that shows by itself whose it is."""
_ACTS = re.compile(
    r"/(watch|inbox)/[^/]+/[^/]+|/take/[^/]+(/keep|/call)?"
    r"|/api/v1/((cases|requests)/[^/]+/statements|drafts/[^/]+(/call)?|texts|rings)"
)
"""Where somebody signed in, or with a token, says something on a case, answers a request, or writes down a call."""
_UPLOADS = re.compile(r"/+([acr]|watch)/+[^/]+/+talk|/+api/+v1/+cases/+[^/]+/+files")
"""Where files are taken: the only bodies that are large, so that they have few places of their own."""
SMALL_BODY_MAX_BYTES = 65_536
"""Up to which length, as its sender declares it, what is posted where files are taken is no upload but words alone."""
_LAW = "/law/"
"""Help never waits for law, so what is said of a law waits for help."""
_SIGNING_IN = "/enter/"
_REST = (
    "/log", "/schema", "/drill", "/api/v1/drills", "/api/v1/members", "/api/v1/receipts", "/api/v1/checkpoint",
    "/api/v1/pacts",
)  # fmt: skip
_LISTS = frozenset({"/api/v1/cases", "/api/v1/requests", "/api/v1/statements", "/api/v1/officers"})
_HEAVY_ENDS = ("/export",)
_EXERCISES = ("/drill", "/api/v1/drills")


def work_of(method: str, path: str, *, is_known: bool, body_bytes: int | None = 0) -> Work:
    """What kind of work a request is. ``is_known`` is whether it shows a session or a token, right or wrong.

    ``body_bytes`` is the length that its sender declares, None where it declares none.
    """
    path = path.rstrip("/") or "/"  # as the router reads it
    if path in _HEALTH:
        return Work.HEALTH
    if method not in _READING and is_large(body_bytes) and _UPLOADS.fullmatch(path):
        return Work.UPLOADS
    if _is_word(method, path, is_known=is_known):
        return Work.WORDS
    if method not in _READING:
        return Work.REST if _is_under(path, _EXERCISES) else _of_sight(is_known or path.startswith(_SIGNING_IN))
    if _is_under(path, _REST) or path in _LISTS or path.endswith(_HEAVY_ENDS):
        return Work.REST
    return _of_sight(is_known)


def _is_word(method: str, path: str, *, is_known: bool) -> bool:
    """Named one by one, since nothing refuses them: whatever else is posted, anywhere, has no place among calls."""
    answers = path.startswith(_ANSWERS) and _LAW not in path
    if method in {"POST", "PUT"}:
        return path in _CALLS or answers or (is_known and _ACTS.fullmatch(path) is not None)
    return method in _READING and (path == _CARD or answers)


def _of_sight(is_known: bool) -> Work:  # noqa: FBT001 - called here alone
    return Work.DESK if is_known else Work.PAGES


def is_known(headers: Mapping[str, str]) -> bool:
    """Whether a request shows a session or a token; whether it is one is looked at later."""
    return "authorization" in headers or f"{SESSION_COOKIE}=" in headers.get("cookie", "")


def declared_bytes(headers: Mapping[str, str]) -> int | None:
    """How long a request says its body is, None where it does not say."""
    length = headers.get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() and "transfer-encoding" not in headers else None


def is_large(body_bytes: int | None) -> bool:
    """Whether a body is, or may be, more than words take."""
    return body_bytes is None or body_bytes > SMALL_BODY_MAX_BYTES


def short_of(work: Work, pressure: Pressure) -> str:
    """What the station is too short of for this kind of work at this pressure; empty where it is admitted."""
    if work in {Work.HEALTH, Work.WORDS}:
        return ""
    for measure, step in REFUSED_FROM.items():
        if getattr(pressure, measure) >= getattr(step, work.value):
            return _SHORT_OF[measure]
    return ""


class Places(NamedTuple):
    """How many requests of a kind are worked on at once, how many more may wait, and how long, in ms."""

    at_once: int
    waiting: int
    wait_ms: int


PLACES: Mapping[Work, Places] = {
    Work.HEALTH: Places(at_once=4, waiting=64, wait_ms=2_000),
    Work.WORDS: Places(at_once=512, waiting=2_048, wait_ms=10_000),
    Work.DESK: Places(at_once=24, waiting=256, wait_ms=5_000),
    Work.PAGES: Places(at_once=12, waiting=64, wait_ms=2_000),
    Work.UPLOADS: Places(at_once=8, waiting=32, wait_ms=10_000),
    Work.REST: Places(at_once=4, waiting=16, wait_ms=1_000),
}
"""At what each kind of work is bounded, however little is short: pages cannot take all turns of the event loop."""

RETRY_SECONDS: Mapping[Work, int] = {
    Work.HEALTH: 1,
    Work.WORDS: 1,
    Work.DESK: 2,
    Work.PAGES: 5,
    Work.UPLOADS: 10,
    Work.REST: 15,
}
"""After how long to ask again; the less it matters the later."""


def _is_under(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)
