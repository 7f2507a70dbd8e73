"""The scene of ``esos up``: the demonstration's home, the supervised station, and the drill if one is played.

Law 7: everything on it is an exercise, and says so.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import click
import msgspec

from esos.cli.common import emit, note
from esos.cli.demo import DemoMember, make_demo, sign_in_secret
from esos.cli.ports import LOOPBACK, port_for
from esos.drill.host import Host
from esos.drill.options import Options
from esos.drill.processes import Processes
from esos.drill.supervisor import Supervisor
from esos.errors import Conflict
from esos.settings import SETTINGS_FILE, Settings
from esos.station.drills import OWN_CLUB
from esos.vault.home import STATION_FILE
from esos.vault.keyfile import write_private


class Scene:
    """One run of ``esos up``."""

    def __init__(
        self,
        *,
        folder: Path,
        drill: str | None,
        speed: int | None,
        port: int,
        is_port_chosen: bool,
        auto_exit: bool,
        may_open: bool,
        as_json: bool,
        options: Options,
        settings: Settings,
    ) -> None:
        self._folder = folder
        self._options = options
        self._settings = settings
        self._drill = drill
        self._speed = speed
        self._port = port
        self._is_port_chosen = is_port_chosen
        self._auto_exit = auto_exit
        self._may_open = may_open
        self._as_json = as_json
        self._stop = asyncio.Event()

    async def play(self) -> None:
        """Until the drill is over and nobody stays, or somebody stops it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop.set)
        usual = _usual_speed(self._drill, self._options) if self._drill is not None else 1
        speed = self._speed or usual
        port = self._free_port()
        if self._drill is not None:
            _need_fresh(self._folder)
        members = await self._make_home()
        address, keeping = f"{LOOPBACK}:{port}", _environment(self._settings)
        async with Supervisor(self._folder, http=address, udp=address, speed=speed, environment=keeping) as supervisor:
            if self._drill is None:
                await self._announce(supervisor, [member.name for member in members])
            else:
                self._announce_drill(supervisor)
                await self._unless_stopped(self._play_drill(supervisor, self._drill, speed))
            if not self._auto_exit:
                await self._stop.wait()
        note(f"Stopped. Everything said is kept in {self._folder}.")

    async def _make_home(self) -> list[DemoMember]:
        """The home with what is in it, on the database that was named; that must be empty for a new home.

        Raises ``Conflict`` (``station.one_process``, ``up.database_used``).
        """
        from esos.cli.several import need_shared_store

        need_shared_store(self._settings)
        if self._settings.database and not (self._folder / STATION_FILE).exists():
            await asyncio.to_thread(_need_empty, self._settings.database)
        members = await make_demo(self._folder, self._settings, with_members=self._drill is None)
        _keep_settings(self._folder, self._settings)
        return members

    def _free_port(self) -> int:
        port = port_for(self._port, is_chosen=self._is_port_chosen)
        if port != self._port:
            note(f"Port {self._port} is taken by another program; another is used instead.")
        return port

    async def _announce(self, supervisor: Supervisor, members: list[str]) -> None:
        link = f"{supervisor.url}/in/{await sign_in_secret(self._folder, self._settings)}"
        said = {"ready": True, "http": supervisor.url, "udp": supervisor.udp, "card": supervisor.card}
        said |= {"home": str(self._folder), "officer_link": link, "members": members}
        words = (
            f"The demonstration station is up: {supervisor.url}\n"
            f"Call for help:          {supervisor.url}/\n"
            f"Sign in as the officer: {link}\n"
            f"In another terminal:    esos watch --home {self._folder}\n"
            f"Everything here is an exercise; no real call can reach it. Ctrl-C ends it.\n"
        )
        emit(said, as_json=self._as_json, words=words)
        if self._may_open:
            open_browser(link)

    def _announce_drill(self, supervisor: Supervisor) -> None:
        page = f"{supervisor.url}/drill"
        said = {"ready": True, "http": supervisor.url, "udp": supervisor.udp, "card": supervisor.card}
        said |= {"home": str(self._folder), "drill": page}
        see = "See it:" if self._auto_exit else "See it, and take a part in it:"
        words = (
            f"DRILL. Everything here is practice; no real call can reach it.\n\n"
            f"{see} {page}\n"
            f"It is told here too. Ctrl-C ends it.\n"
        )
        emit(said, as_json=self._as_json, words=words)
        if self._may_open:
            open_browser(page)

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> None:
        """Do it, or leave it when somebody stops the whole; what it raises is raised.

        Raises ``Conflict`` (``drill.stopped``) where nobody is there to look on: a program waits for an end.
        """
        playing = asyncio.create_task(work, name="drill")
        stopping = asyncio.create_task(self._stop.wait(), name="stop signal")
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        for task in (playing, stopping):
            task.cancel()
        results = await asyncio.gather(playing, stopping, return_exceptions=True)
        if isinstance(results[0], Exception):
            raise results[0]
        if self._auto_exit and isinstance(results[0], asyncio.CancelledError):
            raise Conflict(
                "drill.stopped",
                "The drill was stopped before its end, so nothing is shown by it.",
                hint=f"What was said until then is kept in {self._folder}; play it again in another folder.",
            )

    async def _play_drill(self, supervisor: Supervisor, name: str, speed: int) -> None:
        from esos.cli.drill_report import show_ending, show_report
        from esos.cli.drill_screen import screen_for
        from esos.drill.play import run as play
        from esos.vault.home import Home

        processes = self._settings.processes
        host: Host = Processes(supervisor, processes) if processes > 1 else supervisor
        with screen_for(as_json=self._as_json) as screen:
            report = await play(
                host=host,
                registrar_token=Home(self._folder).read_token(),
                name=name,
                speed=speed,
                options=self._options,
                screen=screen,
            )
        if self._as_json:
            show_report(report, self._folder, as_json=True)
            return
        show_ending(report, self._folder)
        click.echo(f"\nStart your own club in one command:\n  {OWN_CLUB}")
        if not self._auto_exit:
            click.echo(f"\nThe station stays up for you to look around: {supervisor.url}/drill (Ctrl-C ends it).")


def _need_fresh(folder: Path) -> None:
    """Raise ``Conflict`` (``drill.home_used``) where the home is in use: a drill has its own members and journal."""
    if (folder / STATION_FILE).exists():
        raise Conflict(
            "drill.home_used",
            f"{folder} is a station's home already; a drill is played in one of its own.",
            hint="Choose a folder that does not exist yet, or leave --home out.",
        )


def _need_empty(database: str) -> None:
    """Raise ``Conflict`` (``up.database_used``) where anything stands in the database; its password is not told."""
    from esos.storage.stores import store_of
    from esos.storage.unused import is_unused

    store = store_of(database)
    if not is_unused(store):
        raise Conflict(
            "up.database_used",
            f"There is something in the database {store.address} already; a drill or demonstration begins in an empty "
            "one.",
            hint="Make one, for instance with createdb, and name that with --database.",
        )


def _environment(settings: Settings) -> dict[str, str]:
    """What the station is told where nobody can read it off a list of processes."""
    if not settings.database:
        return {}
    return {"ESOS_DATABASE": settings.database, "ESOS_PROCESSES": str(settings.processes)}


def _keep_settings(folder: Path, settings: Settings) -> None:
    """The database is written into the home's own settings, so that later commands find its journal."""
    file = folder / SETTINGS_FILE
    if settings.database and not file.exists():
        written = msgspec.json.encode(settings.database).decode()
        write_private(file, f"database = {written}\nprocesses = {settings.processes}\n".encode())


def _usual_speed(name: str, options: Options) -> int:
    """The speed a drill is made for; what it cannot be played with is refused before anything is started.

    Raises ``Unknown`` (``drill.unknown``) and ``Malformed`` (``drill.callers``).
    """
    from esos.drill.incidents import need_incident

    incident = need_incident(name)
    incident.callers_of(options.callers)
    return incident.speed


def open_browser(url: str) -> None:
    """Try to show a page; where there is no display, or none will open, the address was printed."""
    import webbrowser

    has_display = sys.platform in {"darwin", "win32"} or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_display:
        try:
            webbrowser.open(url)
        except webbrowser.Error:
            note("No browser could be opened.")
