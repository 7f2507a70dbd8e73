"""The frame of ``esos request``: its group, its options, and how a use case becomes a verb."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from esos.cli.common import emit, json_option, run
from esos.cli.party import open_desk, party_options
from esos.words.ground import Ground

if TYPE_CHECKING:
    from esos.responder.desk import Said

Verb = TypeVar("Verb", bound=Callable[..., Any])
Work = TypeVar("Work", bound="Callable[..., Awaitable[Said]]")
_WAS = {
    "declined": "You had declined",
    "no_reply": "The time to answer was over",
    "withdrawn": "You had withdrawn",
    "not_taken": "You had been thanked and let go",
    "cancelled": "The request had been taken back",
}
MINUTES_MAX = 525_600
EUR_MAX = 1_000_000_000

member_option = click.option("--member", default="", help="Your member id, where this key is not your first one.")
lines_option = click.option(
    "--line", "lines", multiple=True, help="As filtering=20Gbit/s. Repeatable; none: all that is asked."
)
ready_option = click.option(
    "--ready-minutes", type=click.IntRange(0, MINUTES_MAX), default=0, help="Until you are there."
)
note_option = click.option("--note", default="", help="A sentence.")
ground_option = click.option(
    "--ground", required=True, type=click.Choice([one.value for one in Ground], case_sensitive=False),
    help="; ".join(f"{one.value} {one.words}" for one in Ground),
)  # fmt: skip


def desk_options(verb: Verb) -> Verb:
    """Who answers, at which station, and in which form."""
    return party_options(member_option(json_option(verb)))


def cost_options(verb: Verb) -> Verb:
    """What it costs."""
    ceiling = click.option("--ceiling-eur", type=click.IntRange(0, EUR_MAX), default=0, help="With --cost ceiling.")
    cost = click.option(
        "--cost",
        type=click.Choice(["free", "at-rate", "ceiling"]),
        default="free",
        show_default=True,
        help="What it costs the caller: nothing, by your tariff, or at most a ceiling.",
    )
    return cost(ceiling(verb))


@click.group("request")
def group() -> None:
    """A responder's side: see what is asked, answer, work, settle."""


class Subject(StrEnum):
    """What a verb is about, which is its argument."""

    REQUEST = "request"
    CASE = "case"
    NOTHING = ""


def answering(name: str, *, subject: Subject = Subject.REQUEST) -> Callable[[Work], Work]:
    """Make a verb of a use case: it finds the request (or takes the case), answers, and shows how things stand."""

    def make(work: Work) -> Work:
        def verb(key_file: Path, cards: tuple[str, ...], member: str, *, as_json: bool, **given: Any) -> None:
            run(_answer(work, key_file, cards, member, given, as_json=as_json))

        verb.__doc__ = work.__doc__
        verb.__click_params__ = list(getattr(work, "__click_params__", []))  # type: ignore[attr-defined]
        described = desk_options(verb)
        group.command(name)(click.argument(subject.value)(described) if subject else described)
        return work

    return make


async def _answer(
    work: Work, key_file: Path, cards: tuple[str, ...], member: str, given: dict[str, Any], *, as_json: bool
) -> None:
    from esos.responder.inbox import find_case, find_request

    desk = await open_desk(key_file, cards, member)
    if "case" in given:
        given["case"] = await find_case(desk, given["case"])
    subject = [await find_request(desk, given.pop("request"))] if "request" in given else []
    said = await work(desk, *subject, **given)
    emit(said, as_json=as_json, words=f"Said at {said.station}. {_stands(said)}".rstrip())


def _stands(said: "Said") -> str:
    if said.late_for is not None and said.request is not None:
        was = _WAS.get(said.late_for["state"], "The request was over")
        return f"{was}; this is now an offer, request {said.request['request']}. The coordinator decides."
    if said.request is not None:
        return f"The request is now: {said.request['word']} ({said.request['state'].replace('_', ' ')})."
    return f"Case {said.case}." if said.case else ""
