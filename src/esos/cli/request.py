"""``esos request``: a responder's side. Whoever is asked owes an answer; a lawful no is one.

Looking at the inbox countersigns each request as delivered, by this program and not by a person.
"""

from pathlib import Path
from typing import Any

import click

from esos.cli import request_answers, request_unasked  # noqa: F401 - they add their verbs to the group
from esos.cli.common import clock, emit, run, table
from esos.cli.party import open_desk
from esos.cli.request_group import desk_options, group

__all__ = ["group"]


@group.command("list")
@desk_options
@click.option("--open", "only_open", is_flag=True, help="Only what has no outcome yet.")
def list_(key_file: Path, cards: tuple[str, ...], member: str, *, only_open: bool, as_json: bool) -> None:
    """What you are asked, newest first.

    Example: esos request list --station station.json --key net.key
    """
    run(_list(key_file, cards, member, only_open=only_open, as_json=as_json))


async def _list(key_file: Path, cards: tuple[str, ...], member: str, *, only_open: bool, as_json: bool) -> None:
    from esos.responder.inbox import inbox

    views = await inbox(await open_desk(key_file, cards, member), only_open=only_open)
    rows = [
        (view["request"], view["word"], asks(view["lines"]), clock(view["reply_due_ms"]), view["tier_words"])
        for view in views
    ]
    words = table(rows, ("REQUEST", "", "ASKED FOR", "ANSWER DUE", "YOU ARE")) if rows else "Nothing is asked of you."
    emit({"requests": views}, as_json=as_json, words=words)


@group.command("show")
@click.argument("request")
@desk_options
def show(request: str, key_file: Path, cards: tuple[str, ...], member: str, *, as_json: bool) -> None:
    """One request: who calls, what is asked, by when, and why you.

    Example: esos request show 3f2a9c --station station.json --key net.key
    """
    run(_show(request, key_file, cards, member, as_json=as_json))


async def _show(request: str, key_file: Path, cards: tuple[str, ...], member: str, *, as_json: bool) -> None:
    from esos.responder.inbox import find_request

    desk = await open_desk(key_file, cards, member)
    view = await find_request(desk, request)
    case = await desk.door.case(str(view["case"]))
    emit({**view, "case_view": case} if as_json else view, as_json=as_json, words=words_of(view, case))


def asks(lines: list[dict[str, Any]]) -> str:
    """Need lines as one reads them."""
    return ", ".join(f"{ask['words']} {ask['quantity']} {ask['unit']}" for ask in lines)


def words_of(view: dict[str, Any], case: dict[str, Any]) -> str:
    """A request for a person."""
    told = case.get("told") or {}
    because = f"{view['tier_words']}{': ' + view['basis'] if view['basis'] else ''}"
    rows = [
        ("from", f"{case.get('caller_name', '')} ({', '.join(case.get('nature_words') or ['nature not known'])})"),
        ("urgency", f"{case.get('urgency_words', '')} ({case.get('urgency', '')})"),
        ("asked for", asks(view["lines"])),
        ("answer due", clock(view["reply_due_ms"])),
        ("you are", because),
        ("why you", view["why"] or CHOSEN_BY_HAND),
        ("offered", asks(view["offered"])),
        ("committed", asks(view["committed"])),
        ("now", f"{view['word']} ({view['state'].replace('_', ' ')})"),
        ("the case", f"{told.get('now', '')} {told.get('next', '')}".strip()),
        *_about_the_caller(case.get("details") or {}),
        ("allowed", _allowed(case)),
    ]
    return "\n".join(f"{name:<11} {text}" for name, text in [("request", view["request"]), *rows] if text)


CHOSEN_BY_HAND = "An officer chose you. Who caused the trouble plays no part: no such field is read."


def _about_the_caller(details: dict[str, Any]) -> list[tuple[str, str]]:
    """What a helper has to know to act: whose network, which products, where to answer; only what was told."""
    return [
        ("prefix", str(details.get("prefix") or "")),
        ("network", f"AS{details['asn']}" if details.get("asn") else ""),
        ("products", ", ".join(details.get("products") or ())),
        ("sector", str(details.get("sector") or "")),
        ("country", str(details.get("country") or "")),
        ("answer to", str(details.get("reply") or "")),
        ("in words", str(details.get("words") or "")),
    ]


def _allowed(case: dict[str, Any]) -> str:
    """What the caller consents to now."""
    grants = [one for one in case.get("grants") or () if one["live"]]
    return "; ".join(f"{one['help_class']}: {one['scope']}, until {clock(one['expires_ms'])}" for one in grants)
