"""``esos request``, the verbs that answer a request and do its work."""

from typing import TYPE_CHECKING, Any

import click

from esos.cli.request_group import (
    EUR_MAX,
    MINUTES_MAX,
    answering,
    cost_options,
    ground_option,
    lines_option,
    note_option,
    ready_option,
)
from esos.words.ground import Ground

if TYPE_CHECKING:
    from esos.responder.desk import ResponderDesk, Said


@answering("consider")
@note_option
async def _consider(desk: "ResponderDesk", view: dict[str, Any], *, note: str) -> "Said":
    """Say that a person has seen it and is deciding.

    Example: esos request consider 3f2a9c --station station.json --key net.key
    """
    from esos.responder.answer import consider

    return await consider(desk, view, note)


@answering("offer")
@lines_option
@ready_option
@cost_options
@click.option("--condition", default="", help="The offer holds only if.")
@click.option("--hold-minutes", type=click.IntRange(0, MINUTES_MAX), default=0, help="The offer is held so long.")
async def _offer(
    desk: "ResponderDesk", view: dict[str, Any], *, lines: tuple[str, ...], hold_minutes: int, **given: Any
) -> "Said":
    """Offer help: all that is asked, or some lines; you are bound when you commit.

    Example: esos request offer 3f2a9c --line filtering=20Gbit/s --ready-minutes 15 --station station.json --key net.key
    """
    from esos.cli.details import read_needs
    from esos.responder.answer import offer

    return await offer(desk, view, lines=read_needs(lines), held_minutes=hold_minutes, **given)


@answering("commit")
@lines_option
@ready_option
@cost_options
async def _commit(desk: "ResponderDesk", view: dict[str, Any], *, lines: tuple[str, ...], **given: Any) -> "Said":
    """Commit yourself: to these lines, or as offered or asked.

    Example: esos request commit 3f2a9c --ready-minutes 10 --station station.json --key net.key
    """
    from esos.cli.details import read_needs
    from esos.responder.answer import commit

    return await commit(desk, view, lines=read_needs(lines), **given)


@answering("decline")
@ground_option
@click.option("--sentence", default="", help="One sentence beside the ground.")
@click.option("--could-meet", multiple=True, help="A line you could meet instead, as advice=4. Repeatable.")
async def _decline(
    desk: "ResponderDesk", view: dict[str, Any], *, ground: str, sentence: str, could_meet: tuple[str, ...]
) -> "Said":
    """Decline, with a lawful ground; it is recorded, and told to caller and station.

    Example: esos request decline 3f2a9c --ground D2 --sentence "So are we" --station station.json --key net.key
    """
    from esos.cli.details import read_needs
    from esos.responder.answer import decline

    return await decline(
        desk, view, ground=Ground(ground.upper()), sentence=sentence, could_meet=read_needs(could_meet)
    )


@answering("withdraw")
@ground_option
@click.option("--sentence", default="", help="One sentence beside the ground.")
@click.option("--notice-minutes", type=click.IntRange(0, 10_080), default=0, help="How long you still stay.")
async def _withdraw(
    desk: "ResponderDesk", view: dict[str, Any], *, ground: str, sentence: str, notice_minutes: int
) -> "Said":
    """Withdraw an offer or a commitment, with a lawful ground and notice.

    Example: esos request withdraw 3f2a9c --ground D3 --notice-minutes 60 --station station.json --key net.key
    """
    from esos.responder.work import withdraw

    return await withdraw(desk, view, ground=Ground(ground.upper()), notice_minutes=notice_minutes, sentence=sentence)


@answering("progress")
@note_option
@click.option("--percent", type=click.IntRange(0, 100), default=0, help="How much is done.")
async def _progress(desk: "ResponderDesk", view: dict[str, Any], *, note: str, percent: int) -> "Said":
    """Report work; the first report is the first useful act.

    Example: esos request progress 3f2a9c --percent 50 --note "20 Gbit/s filtered" --station station.json --key net.key
    """
    from esos.responder.work import progress

    return await progress(desk, view, note=note, done_percent=percent)


@answering("extend")
@note_option
@click.option("--days", type=click.IntRange(1, 90), default=7, show_default=True, help="How much longer.")
async def _extend(desk: "ResponderDesk", view: dict[str, Any], *, note: str, days: int) -> "Said":
    """Ask to go on beyond the agreed time; it counts once the caller or the coordinator agrees.

    Example: esos request extend 3f2a9c --days 7 --station station.json --key net.key
    """
    from esos.responder.work import extend

    return await extend(desk, view, days=days, note=note)


@answering("return")
@note_option
async def _return(desk: "ResponderDesk", view: dict[str, Any], *, note: str) -> "Said":
    """Say that your work is over and what you held is handed back.

    Example: esos request return 3f2a9c --station station.json --key net.key
    """
    from esos.responder.work import come_back

    return await come_back(desk, view, note)


@answering("settle")
@note_option
@click.option("--hours", type=click.IntRange(0, 100_000), default=0, help="Hours of work.")
@click.option("--cost-eur", type=click.IntRange(0, EUR_MAX), default=0, help="What it cost, in euro.")
async def _settle(desk: "ResponderDesk", view: dict[str, Any], *, note: str, hours: int, cost_eur: int) -> "Said":
    """Close the account of a request.

    Example: esos request settle 3f2a9c --hours 6 --station station.json --key net.key
    """
    from esos.responder.work import settle

    return await settle(desk, view, hours=hours, cost_eur=cost_eur, note=note)
