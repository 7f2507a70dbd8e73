"""``esos request``, the verbs that answer no request: help nobody asked for, and what a member says in peace time."""

from typing import TYPE_CHECKING

import click

from esos.cli.request_group import Subject, answering, lines_option, note_option, ready_option
from esos.words.need import NeedLine
from esos.words.urgency import Urgency

if TYPE_CHECKING:
    from esos.responder.desk import ResponderDesk, Said


@answering("volunteer", subject=Subject.CASE)
@lines_option
@note_option
@ready_option
async def _volunteer(
    desk: "ResponderDesk", case: str, *, lines: tuple[str, ...], note: str, ready_minutes: int
) -> "Said":
    """Offer help on a case without being asked; the coordinator decides.

    Example: esos request volunteer CASE --line filtering=10Gbit/s --station station.json --key net.key
    """
    from esos.cli.details import read_needs
    from esos.responder.volunteer import volunteer

    return await volunteer(desk, case, lines=read_needs(lines), note=note, ready_minutes=ready_minutes)


@answering("standby", subject=Subject.CASE)
@lines_option
@note_option
@ready_option
async def _standby(
    desk: "ResponderDesk", case: str, *, lines: tuple[str, ...], note: str, ready_minutes: int
) -> "Said":
    """Say that you can help on a case if you are needed.

    Example: esos request standby CASE --note "Two people tonight" --station station.json --key net.key
    """
    from esos.cli.details import read_needs
    from esos.responder.volunteer import stand_by

    return await stand_by(desk, case, lines=read_needs(lines), note=note, ready_minutes=ready_minutes)


@answering("availability", subject=Subject.NOTHING)
@click.option("--line", required=True, type=click.Choice([one.value for one in NeedLine]), help="Of which help.")
@click.option("--units", required=True, type=click.IntRange(0, 1_000_000), help="How much of it is free now.")
@click.option(
    "--ttl-minutes", type=click.IntRange(1, 525_600), default=1440, show_default=True, help="How long that holds."
)
async def _availability(desk: "ResponderDesk", *, line: str, units: int, ttl_minutes: int) -> "Said":
    """State what is free now, so that you are asked for what you have.

    Example: esos request availability --line filtering --units 40 --station station.json --key net.key
    """
    from esos.responder.register import state_availability

    return await state_availability(desk, line=NeedLine(line), units=units, ttl_minutes=ttl_minutes)


@answering("package", subject=Subject.NOTHING)
@click.option("--line", "lines", multiple=True, required=True, help="As filtering=20Gbit/s. Repeatable.")
@click.option("--urgency", "urgencies", multiple=True, type=click.Choice([one.value for one in Urgency]),
              default=[Urgency.MAYDAY.value], show_default=True, help="At which urgency. Repeatable.")  # fmt: skip
@click.option("--days", type=click.IntRange(0, 3650), default=0, help="For how long; 0: until you say otherwise.")
async def _package(desk: "ResponderDesk", *, lines: tuple[str, ...], urgencies: tuple[str, ...], days: int) -> "Said":
    """Promise help beforehand: a request within it is committed at once, the one-minute path.

    Example: esos request package --line filtering=20Gbit/s --days 365 --station station.json --key net.key
    """
    from esos.cli.details import read_needs
    from esos.responder.register import lodge_package

    levels = tuple(Urgency(one) for one in urgencies)
    return await lodge_package(desk, lines=read_needs(lines), urgencies=levels, valid_days=days)


@answering("conflict", subject=Subject.NOTHING)
@click.option("--with", "other", required=True, help="The other member's id.")
@click.option("--reason", default="", help="Why, in a sentence.")
async def _conflict(desk: "ResponderDesk", *, other: str, reason: str) -> "Said":
    """Declare a conflict of interest: you are not asked to help that member, nor it to help you.

    Example: esos request conflict --with 0123456789abcdef --station station.json --key net.key
    """
    from esos.responder.register import declare_conflict

    return await declare_conflict(desk, other=other, reason=reason)
