"""What ``esos watch`` shows: the floor once, as lines, or as a board that answers to keys.

Law 4: a case that no person has seen says so, first and loudest; the bell rings for each of them, and
again while any of them waits. A board that can no longer be kept fresh says since when.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from esos.cli.board import floor, needs_a_person, opened
from esos.cli.common import emit
from esos.cli.where import Where
from esos.errors import EsosError, NotDelivered

if TYPE_CHECKING:
    from rich.live import Live

    from esos.cli.client import StationClient

LOOK_SECONDS = 1.0
AGAIN_SECONDS = 2.0
BELL_SECONDS = 10.0
ESCAPE, ENTER = "\x1b", ("\r", "\n")


async def once(where: Where, *, show_all: bool, as_json: bool) -> None:
    """Show the floor once."""
    from rich.console import Console

    async with where.reached() as client:
        snapshot = await _look(client, show_all=show_all)
    if as_json:
        emit(snapshot, as_json=True)
    else:
        console = Console()
        console.print(floor(snapshot, columns=console.width))


async def lines(where: Where, *, show_all: bool) -> None:
    """A line for the floor now, and one for each change of it."""
    before: Any = None
    async with where.reached() as client, aclosing(_looks(client, show_all=show_all)) as looks:
        async for snapshot in looks:
            said = {**snapshot, "now_ms": 0}
            if said != before:
                emit(snapshot, as_json=True)
            before = said


async def _look(client: "StationClient", *, show_all: bool) -> dict[str, Any]:
    from esos.vault.chance import SystemClock

    station = await client.get("/station")
    cases = (await client.get("/cases", open=int(not show_all)))["cases"]
    return {
        "station": station["name"],
        "realm": station["realm"],
        "now_ms": SystemClock().now_ms(),
        "stale_since_ms": 0,
        "without_a_person": sum(needs_a_person(case) for case in cases),
        "overdue": sum(case["overdue"] for case in cases),
        "cases": cases,
    }


async def _looks(
    client: "StationClient", *, show_all: bool, news: asyncio.Event | None = None
) -> AsyncGenerator[dict[str, Any], None]:
    """The floor now, and again at once when something happens, else every second for the countdowns.

    While the station does not answer it is the last floor that was seen, with since when; the first must be seen.
    """
    news = news or asyncio.Event()
    last = await _look(client, show_all=show_all)
    listening = asyncio.create_task(_listen(client, news), name="events of the station")
    try:
        while True:
            yield last
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await news.wait()
            news.clear()
            try:
                last = await _look(client, show_all=show_all)
            except NotDelivered:
                last = {**last, "stale_since_ms": last["stale_since_ms"] or last["now_ms"]}
    finally:
        listening.cancel()


async def _listen(client: "StationClient", news: asyncio.Event) -> None:
    """Set ``news`` at each event; where the stream ends, or cannot be had, it is asked for again."""
    while True:
        with suppress(NotDelivered):
            async for _ in client.events():
                news.set()
        await asyncio.sleep(AGAIN_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What the person at the board has chosen, opened and was told last."""

    chosen: str = ""
    open: str = ""
    said: str = ""


@dataclass(slots=True)
class Bell:
    """Rings for each new call without a person, and again while any of them waits."""

    ring: Any
    rung: frozenset[str] = frozenset()
    last_s: float = field(default=0.0)

    def hear(self, snapshot: dict[str, Any]) -> None:
        """Look at a floor, and ring where it says so."""
        waiting = frozenset(case["case"] for case in snapshot["cases"] if needs_a_person(case))
        now_s = asyncio.get_running_loop().time()
        if waiting - self.rung or (waiting and now_s - self.last_s >= BELL_SECONDS):
            self.ring()
            self.last_s = now_s
        self.rung = waiting


async def live(where: Where, *, show_all: bool, is_loud: bool) -> None:
    """The board, kept fresh, until its reader leaves."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    bell, board, news = Bell(console.bell), Board(), asyncio.Event()
    async with where.reached() as client, _keys(news) as keys:
        with Live(console=console, auto_refresh=False, screen=console.is_terminal) as live:
            async with aclosing(_looks(client, show_all=show_all, news=news)) as looks:
                async for snapshot in looks:
                    for key in _taken(keys):
                        if key == "q":
                            return
                        board = await _press(client, board, key, snapshot["cases"])
                    await _show(client, live, board, snapshot)
                    if is_loud:
                        bell.hear(snapshot)


async def _show(client: "StationClient", live: "Live", board: Board, snapshot: dict[str, Any]) -> None:
    size = live.console.size
    if board.open and not snapshot["stale_since_ms"]:
        case = await client.get(f"/cases/{board.open}")
        live.update(opened(case, board.said, lines=size.height), refresh=True)
        return
    shown = floor(snapshot, chosen=board.chosen, columns=size.width, lines=size.height, with_keys=True)
    live.update(shown, refresh=True)


def _taken(keys: "asyncio.Queue[str]") -> list[str]:
    return [keys.get_nowait() for _ in range(keys.qsize())]


async def _press(client: "StationClient", board: Board, key: str, cases: list[dict[str, Any]]) -> Board:
    """What the board is after a key."""
    ids = [case["case"] for case in cases]
    at = ids.index(board.chosen) if board.chosen in ids else -1
    if key in "jk" and ids:
        step = 1 if key == "j" else -1
        return replace(board, chosen=ids[max(0, min(at + step, len(ids) - 1))], said="")
    if key in ENTER and at >= 0:
        return replace(board, open=board.chosen)
    if key == ESCAPE:
        return replace(board, open="", said="")
    if key == "a":
        alone = next((case["case"] for case in cases if needs_a_person(case)), "")
        return await _take_charge(client, board, board.chosen if at >= 0 else alone)
    return board


async def _take_charge(client: "StationClient", board: Board, case: str) -> Board:
    if not case:
        return board
    try:
        await client.post(f"/cases/{case}/statements", {"kind": "acknowledged", "body": {}})
    except EsosError as cause:
        return replace(board, chosen=case, open=case, said=cause.detail)
    return replace(board, chosen=case, open=case, said="You have charge of this case.")


@asynccontextmanager
async def _keys(news: asyncio.Event) -> AsyncIterator["asyncio.Queue[str]"]:
    """The keys that are pressed, one by one, where there is a keyboard; the terminal is put back afterwards."""
    import os
    import sys

    pressed: asyncio.Queue[str] = asyncio.Queue(maxsize=64)
    if not sys.stdin.isatty():
        yield pressed
        return
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)

    def read() -> None:
        for key in os.read(keyboard, 64).decode("utf-8", "replace"):
            with suppress(asyncio.QueueFull):  # nobody means the sixty-fifth key in one second
                pressed.put_nowait(key)
        news.set()

    tty.setcbreak(keyboard)
    asyncio.get_running_loop().add_reader(keyboard, read)
    try:
        yield pressed
    finally:
        asyncio.get_running_loop().remove_reader(keyboard)
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
