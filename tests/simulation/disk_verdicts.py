"""What has to be true of a disk after a loss of power: the real store opens what is left, and is asked about it."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from disk_recorder import History
from disk_states import Crash, Files, crashes
from disk_story import NAME, Acknowledged, Committed, Opened, Rows, rows_at, statement

from esos.errors import EsosError
from esos.storage import SqlJournal
from esos.storage.backup import BEFORE_RESTORE

JUNK = b"what a shared memory looks like after a loss of power, nobody knows" * 16
BATCH = 200

Judge = Callable[[Crash, Path], Iterator[str]]
"""Sentences on what is broken in a state that was laid into an empty folder; none where nothing is."""


@dataclass(slots=True)
class Exploration:
    """How many states were looked at, and what was broken in them, each with the state that shows it."""

    states: int = 0
    violations: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return f"states {self.states}, violations {len(self.violations)}"


def lay(files: Files, folder: Path) -> None:
    """Make a folder hold just these files, and junk where memory was shared."""
    for old in folder.iterdir():
        old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)
        if name.endswith("-wal"):
            (folder / name.replace("-wal", "-shm")).write_bytes(JUNK)


def explore(
    history: History, judge: Judge, folder: Path, *, budget: int, seed: int, after: int = 0, stop_after: int = 10
) -> Exploration:
    """Judge about so many states; it ends early once enough is broken to see what is wrong."""
    found = Exploration()
    for crash in crashes(history, budget=budget, seed=seed, after=after):
        lay(crash.files, folder)
        found.states += 1
        try:
            broken = list(judge(crash, folder))
        except (EsosError, sqlite3.Error, OSError) as error:
            broken = [f"it cannot be used any more: {error!r}"]
        found.violations += [f"{crash}: {sentence}" for sentence in broken]
        if len(found.violations) >= stop_after:
            break
    return found


# ------------------------------------------------------------------------------------------- the journal
async def broken_in_journal(crash: Crash, folder: Path) -> list[str]:
    """The promises of ``append`` and ``save`` that a journal does not keep in this state."""
    journal = await SqlJournal.open(folder / NAME)
    try:
        found = list(_broken_rows(crash, rows_at(folder / NAME)))
        found += await _broken_numbers(journal)
        found += await _broken_memory(crash, journal)
    finally:
        await journal.close()
    return [*found, *_broken_pages(folder / NAME)]


def _broken_rows(crash: Crash, rows: Rows) -> Iterator[str]:
    """Row for row, it is the journal of the last transaction called durable, or of the one under way."""
    past = [one.rows for one in crash.promised if isinstance(one, Committed)]
    next_one = [one.rows for one in crash.coming if isinstance(one, Committed)][:1]
    allowed = [*past[-1:], *next_one] if any(isinstance(one, Opened) for one in crash.promised) else next_one
    if rows not in allowed:
        wanted = allowed[0]
        differing = [name for name in wanted if rows.get(name) != wanted[name]]
        yield f"after transaction {len(past)} these tables are neither as before it nor as after the next: {differing}"


async def _broken_numbers(journal: SqlJournal) -> list[str]:
    """Numbers have no gap, and go on."""
    head = await journal.head()
    seqs = [one.seq for one in await journal.glance(after_seq=0, limit=1_000_000)]
    kept = await journal.append([statement("the first word after the loss", "register")], now_ms=10**9)
    found = [] if seqs == list(range(1, head + 1)) else [f"numbers have gaps: {seqs}"]
    return found + ([] if kept[0].fresh and kept[0].seq == head + 1 else [f"{kept[0]} follows {head}"])


async def _broken_memory(crash: Crash, journal: SqlJournal) -> list[str]:
    """Every statement that was acknowledged is there under its number, and is recognised when it comes again."""
    numbers = [pair for one in crash.promised if isinstance(one, Acknowledged) for pair in one.numbers]
    found: list[str] = []
    for start in range(0, len(numbers), BATCH):
        part = numbers[start : start + BATCH]
        answers = await journal.append([item for item, _ in part], now_ms=10**9)
        for (_, seq), answer in zip(part, answers, strict=True):
            if answer.fresh or not answer.same or answer.seq != seq:
                found.append(f"statement {seq} was acknowledged, and is now answered by {answer}")
    return found


def _broken_pages(path: Path) -> Iterator[str]:
    with closing(sqlite3.connect(path)) as driver:
        problems = [row[0] for row in driver.execute("PRAGMA integrity_check")]
    if problems != ["ok"]:
        yield f"the file is damaged: {problems}"


# ------------------------------------------------------------------------------------- copies of a journal
@dataclass(frozen=True, slots=True)
class Finished:
    """The command said that it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """A command that puts a file in the place of another: what was there, what it brings, how to give it again."""

    name: str
    before: Rows | None
    after: Rows
    again: Callable[[Path], object]
    is_kept_aside: bool = False

    def broken(self, crash: Crash, folder: Path) -> Iterator[str]:
        """At each moment the old or the new is there whole; once said done, the new; and it can be done again."""
        found = rows_if_there(folder / self.name)
        is_done = any(isinstance(one, Finished) for one in crash.promised)
        if found not in ([self.after] if is_done else [self.before, self.after]):
            yield f"{self.name} is neither the old nor the new" if not is_done else f"{self.name} is not the new"
        if self.is_kept_aside and found == self.after and self.before not in _asides(folder, self.name):
            yield f"the old {self.name} is gone"
        self.again(folder)
        if rows_if_there(folder / self.name) != self.after:
            yield f"done again, {self.name} is not the new"


def rows_if_there(path: Path) -> Rows | None:
    """What a journal holds; None where there is no file."""
    return rows_at(path) if path.exists() else None


def _asides(folder: Path, name: str) -> list[Rows]:
    return [rows_at(path) for path in folder.glob(f"{name}{BEFORE_RESTORE}-*") if path.name[-1].isdigit()]
