"""``esos station move``: a station's journal into another database, with the proof that nothing changed."""

import sys
from pathlib import Path

import msgspec

from esos.cli.common import emit, note, settings_for
from esos.storage import move
from esos.storage.stores import store_of
from esos.vault.home import Home

SHOWN_ROWS = 10_000
"""After so many rows of a table the person who waits is told again."""


def move_journal(folder: Path, source: str | None, target: str, *, as_json: bool) -> None:
    """Copy, prove, and from then on serve only the new place. A copy given by ``source`` stays as it is."""
    home = Home(folder)
    home.identity()
    own = settings_for(folder).database or str(home.journal)
    with home.alone():
        origin, wanted = store_of(source or own), store_of(target)
        carry = move.move_journal if source is None else move.copy_journal
        moved = carry(origin, wanted, told=_told)
    words = (
        f"{moved.head} statements, {moved.rows['cases']} cases, {moved.tree_size} leaves of the log are at "
        f"{wanted.address}.\n"
        f"Read again and compared row by row: nothing changed. The log's root is {moved.root}.\n"
        f'Next: write  database = "{wanted.address}"  into {folder}/esos.toml, with its password if it has one.'
    )
    if source is None:
        words += f"\nThe old journal stays at {origin.address}, and is served no more."
    plain: dict[str, object] = msgspec.to_builtins(moved)
    emit({"from": origin.address, "to": wanted.address, **plain}, as_json=as_json, words=words)


def _told(table: str, count: int) -> None:
    if count % SHOWN_ROWS == 0 and sys.stderr.isatty():
        note(f"{table}: {count} rows so far.")
