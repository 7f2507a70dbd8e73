"""What a row of the two tables is made of; ``table`` has the rows, ``step`` obeys them, ``spec/case.md`` shows them."""

from collections.abc import Callable
from typing import NamedTuple

from esos.case import guards
from esos.case.draft import Draft
from esos.case.event import Refused
from esos.case.model import CaseRole, Request
from esos.words.life import Life
from esos.words.request_state import RequestState


class LifeRow(NamedTuple):
    """Table A. ``to`` are the lives it may lead to, besides the one it came from.

    ``two`` says when a second officer must agree first. What a row does and when it may stands, as
    sentences, in the docstrings of ``do`` and ``guard``.
    """

    event: str
    frm: frozenset[Life]
    to: tuple[Life, ...]
    who: frozenset[CaseRole]
    do: Callable[[Draft], None]
    guard: Callable[[Draft], Refused | None] = guards.free
    two: Callable[[Draft], bool] = guards.never


class RequestRow(NamedTuple):
    """Table B. ``to`` are the states it may lead to; ``moves`` what it may do to the case's own life."""

    event: str
    frm: frozenset[RequestState]
    to: tuple[RequestState, ...]
    who: frozenset[CaseRole]
    do: Callable[[Draft, Request], None]
    guard: Callable[[Draft, Request], Refused | None] = guards.is_any
    two: Callable[[Draft], bool] = guards.never
    moves: tuple[tuple[Life, Life], ...] = ()
