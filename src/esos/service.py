"""The composition root: the one place where adapters meet, and a station becomes a running process.

Nothing here decides anything: it opens the journal, gives the station its channels, opens the doors,
and shuts them: doors first, then the loops, then the store. What is acknowledged is durable (law 3): a stop may be cut.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from esos.carriers.address import address_taken, listed
from esos.carriers.doors import PacketDoors, WantedDoors, packet_doors
from esos.carriers.mail_elsewhere import call_instead
from esos.carriers.quic_extra import open_quic
from esos.carriers.udp_intake import station_keys
from esos.catalogues import tongues
from esos.errors import Conflict
from esos.paging.apprise_channel import SERVICES, AppriseChannel, AppriseConfig
from esos.paging.file import FileChannel, FileConfig
from esos.paging.operator_program import operator_channels
from esos.paging.smtp import SmtpChannel, SmtpConfig, SmtpSecurity
from esos.paging.webhook import WebhookChannel, WebhookConfig
from esos.settings import Settings
from esos.station.chores import chores_of
from esos.station.found import LOCAL_OFFICER, Founder
from esos.station.law import laws_with
from esos.station.ports import Channel
from esos.station.station import Station
from esos.station.tokens import PROGRAM_MS
from esos.storage.journal import SqlJournal
from esos.storage.stores import free_bytes_of
from esos.vault.chance import SystemClock, SystemDice
from esos.vault.door_certificate import door_certificate
from esos.vault.home import Home, RunFile
from esos.vault.kernel_clock import kernel_word
from esos.words.realm import Realm

if TYPE_CHECKING:
    from litestar import Litestar

    from esos.web.card import StationCard
    from esos.web.crowd import Crowd
    from esos.web.pressure import LoopWatch
    from esos.web.tls import Certificate

START_POLL_SECONDS = 0.01
NEWS_MS = 1_000
"""How long a station opened for one command sleeps between looks when nothing happens."""
OWN_ADDRESS = "127.0.0.1:0"
"""Where each of several processes also listens, for whoever means this one: any free port of this machine."""
_log = structlog.get_logger("esos.service")


class Running:
    """A station with its doors open. ``http`` and ``udp`` are where it really listens.

    Of several processes each has a ``slot``, and at ``own_http`` answers nobody but whoever means this one.
    ``stopped`` is set when it begins to stop, so that open streams end; ``failed`` ends when a part
    that must go on did not, and raises what stopped it.
    """

    def __init__(self, station: Station, home: Home, settings: Settings, slot: int = 0) -> None:
        self.station = station
        self.home = home
        self.settings = settings
        self.slot = slot
        self.keys = station_keys(station)
        self.http = ""
        self.own_http = ""
        self.udp = ""
        self.quic = ""
        self.dns = ""
        self.mail = ""
        self.doors = PacketDoors()
        self.quic_figures: Callable[[], Mapping[str, int]] = dict
        self.certificate: Certificate | None = None
        self.stopped = asyncio.Event()
        self.parts: list[asyncio.Task[None]] = []

    def card(self) -> "StationCard":
        """What callers pin and officers show: who this is and where it listens."""
        from esos.web.card import StationCard  # noqa: PLC0415 - see ``app_of``

        settings = self.settings
        strangers = settings.public_udp_strangers or self.doors.strangers_at or settings.udp_strangers
        udp, dns = settings.public_udp or self.udp, settings.public_dns or self.dns
        zone, mail = settings.dns_zone, settings.mail_address if settings.mail else ""
        return StationCard.of(
            self.station,
            http=self.base_url(),
            udp=listed(udp),
            quic=listed(settings.public_quic or self.quic),
            udp_strangers=listed(strangers),
            dns_zone=zone, dns=listed(dns) if zone else (), mail=mail,
            mail_hosts=listed(settings.public_mail or self.mail) if mail else (),
            sms=settings.sms_number, mesh=settings.mesh_node, telephone=listed(settings.watch_telephone),
            text=settings.watch_text, mailbox=settings.watch_mailbox,
        )  # fmt: skip

    @property
    def cert(self) -> str:
        """The file of the certificate that the door shows, empty where it speaks plain HTTP."""
        return str(self.certificate.cert) if self.certificate else ""

    def base_url(self) -> str:
        """Where people open the pages."""
        return (self.settings.public_url or self.http).rstrip("/")

    async def until(self, stop: asyncio.Event) -> None:
        """Wait until ``stop`` is set; raises where the doors or loops ended by themselves."""
        waiting = asyncio.create_task(stop.wait(), name="stop signal")
        try:
            done, _ = await asyncio.wait({waiting, *self.parts}, return_when=asyncio.FIRST_COMPLETED)
            for part in done - {waiting}:
                part.result()
                raise Conflict("station.part_ended", f"The station cannot go on: its {part.get_name()} ended.")
        finally:
            waiting.cancel()


@asynccontextmanager
async def opened_station(
    home: Home, settings: Settings, base_url: Callable[[], str], *, holder: str = "", processes: int = 1
) -> AsyncIterator[Station]:
    """A station without doors: journal open, register read. For the command line's own work on a home.

    ``holder`` names this process in leases; by default no other process has the same name.
    """
    identity = home.identity()
    if settings.speed > 1 and identity.realm is not Realm.EXERCISE:
        _log.warning("speed_ignored", why="only an exercise station runs faster than time")
    journal = await SqlJournal.open(settings.database or home.journal, create=not home.has_served)
    channels = _channels(home, settings, identity.name)
    try:
        station = Station(
            identity=identity,
            journal=journal,
            channels={channel.scheme: channel for channel in channels},
            clock=SystemClock(),
            dice=SystemDice(),
            base_url=base_url,
            speed=settings.speed if identity.realm is Realm.EXERCISE else 1,
            holder=holder or f"{socket.gethostname()}:{os.getpid()}",
            processes=processes,
            tongues=tongues(),
            language=settings.language,
            mail_address=settings.mail_address if settings.mail else "",
        )
        station.kernel = kernel_word
        station.laws = laws_with(home.laws.read_bytes()) if home.laws.is_file() else station.laws
        await station.open()
        yield station
    finally:
        for channel in channels:
            await channel.close()
        await journal.close()


def founder_of(station: Station) -> Founder:
    """The registrar's acts on this station, for whoever owns its home."""
    return Founder(
        identity=station.identity,
        journal=station.journal,
        directory=station.directory,
        clock=station.clock,
        dice=station.dice,
    )


@asynccontextmanager
async def running_station(home: Home, settings: Settings) -> AsyncIterator[Running]:
    """A station of one process, with its doors open and its loops running, until the block ends.

    Raises ``Conflict`` (``station.address_taken``, ``station.running``) and ``Malformed``
    (``station.address``, ``udp.address``).
    """
    home.identity()
    with home.alone():
        async with running_process(home, settings) as running:
            home.write_run(RunFile(http=running.http, udp=running.udp, pid=os.getpid(), cert=running.cert))
            try:
                yield running
            finally:
                home.forget_run()


@asynccontextmanager
async def running_process(home: Home, settings: Settings, *, slot: int = 0, of: int = 1) -> AsyncIterator[Running]:
    """One of so many processes of a station; whoever starts it sees to it that nobody else has its slot.

    Its name in leases is the slot's, so that a process started anew takes up at once what the last one had.
    """
    address: list[Running] = []
    holder = f"{socket.gethostname()}:{home.folder.resolve()}:{slot}"

    def base_url() -> str:
        return address[0].base_url()

    async with opened_station(home, settings, base_url, holder=holder, processes=of) as station:
        running = Running(station, home, settings, slot)
        address.append(running)
        if slot == 0:
            await ensure_local_officer(station, home)
        async with _in_service(running):
            yield running


@asynccontextmanager
async def _in_service(running: Running) -> AsyncIterator[None]:
    """Loops first, then doors; and back in the other order."""
    async with contextlib.AsyncExitStack() as stack:
        retains = running.settings.retain_daily and running.slot == 0
        running.station.chores |= chores_of(running.station, retains=retains, checks=running.settings.contact_checks)
        loops = asyncio.create_task(running.station.run(), name="loops")
        running.parts.append(loops)
        stack.push_async_callback(_cancel, loops)
        await stack.enter_async_context(_packets(running))
        await stack.enter_async_context(_http(running))
        yield


@asynccontextmanager
async def serving_in_process(
    home: Home, settings: Settings, *, shows_pages: bool = True
) -> AsyncIterator["tuple[Litestar, Station]"]:
    """The interface of a station that does not run, without any socket: for one command at its own machine.

    What is said is folded; who is to be paged waits in the journal. Its card shows the addresses of its settings.
    """
    async with opened_station(home, settings, lambda: settings.public_url) as station:
        running = Running(station, home, settings)
        running.quic, running.http, running.udp = settings.quic, f"http://{settings.http}", settings.udp
        running.dns, running.mail = settings.dns, settings.mail
        await ensure_local_officer(station, home)
        app = app_of(running, shows_pages=shows_pages)
        folding = asyncio.create_task(_keep_folding(station), name="fold")
        try:
            async with app.lifespan():
                yield app, station
        finally:
            running.stopped.set()
            await _cancel(folding)
            await station.fold_all()
            await station.give_up_leases()


async def _keep_folding(station: Station) -> None:
    head = 0
    while True:
        await station.fold_all()
        station.signal.ring()
        await station.sequencer.run_once(now_ms=station.clock.now_ms())
        head = await station.journal.wait_for_news(after_seq=head, timeout_ms=NEWS_MS)


async def ensure_local_officer(station: Station, home: Home) -> None:
    """Whoever owns the home folder may act as its officer from the command line."""
    if LOCAL_OFFICER not in station.directory.officers:
        await founder_of(station).add_officer(
            "The officer at the station", ("officer", "registrar"), officer=LOCAL_OFFICER
        )
    if not home.read_token() or await station.tokens.holder(home.read_token()) is None:
        home.write_token(await station.tokens.make(LOCAL_OFFICER, "token", lives_ms=PROGRAM_MS))


def _channels(home: Home, settings: Settings, name: str) -> Sequence[Channel]:
    """The ways out that this station is configured for; pages to ``file:`` contacts always work."""
    secrets = {"*": settings.webhook_secret} if settings.webhook_secret else {}
    services = listed(settings.apprise_services.lower()) or SERVICES
    channels: list[Channel] = [
        FileChannel(FileConfig(directory=home.folder / "pages")),
        WebhookChannel(WebhookConfig(secrets=secrets, may_reach_private=settings.webhook_private)),
        AppriseChannel(AppriseConfig(services=services, may_reach_private=settings.apprise_private)),
    ]
    if settings.smtp_host:
        security = SmtpSecurity.PLAIN if settings.smtp_tls == "none" else SmtpSecurity(settings.smtp_tls)
        config = SmtpConfig(
            host=settings.smtp_host, port=settings.smtp_port, sender=settings.smtp_from, station_name=name,
            security=security, username=settings.smtp_user, password=settings.smtp_password,
        )  # fmt: skip
        channels.append(SmtpChannel(config))
    return [*channels, *operator_channels(settings.text_gateway, settings.voice_gateway, settings.gateway_secret)]


@asynccontextmanager
async def _packets(running: Running) -> AsyncIterator[None]:
    settings = running.settings
    wanted = WantedDoors(
        udp=settings.udp, udp_strangers=settings.udp_strangers if running.slot == 0 else "",
        dns_zone=settings.dns_zone, dns=settings.dns, public_dns=listed(settings.public_dns),
        mail=settings.mail, mail_address=settings.mail_address,
    )  # fmt: skip
    running.certificate = _certificate(settings)
    tls = running.certificate.context if running.certificate else None
    doors = packet_doors(running.station, running.keys, wanted, tls=tls, instead=lambda: call_instead(running.card()))
    async with doors as running.doors:
        running.udp, running.dns, running.mail = running.doors.udp_at, running.doors.dns_at, running.doors.mail_at
        is_first, seed = running.slot == 0, running.station.identity.seed
        opening = open_quic(running.station, settings.quic, lambda: door_certificate(seed), is_first=is_first)
        async with opening as (running.quic_figures, running.quic):
            yield


@asynccontextmanager
async def _http(running: Running) -> AsyncIterator[None]:
    from esos.web.crowd import Crowd, CrowdLimits  # noqa: PLC0415 - see ``app_of``
    from esos.web.pressure import LoopWatch  # noqa: PLC0415 - see ``app_of``
    from esos.web.proxies import read_proxies  # noqa: PLC0415 - see ``app_of``
    from esos.web.serving import crowd_limits, raise_open_files, server_of, tended  # noqa: PLC0415 - see ``app_of``
    from esos.web.sockets import listening_socket, url_of  # noqa: PLC0415 - see ``app_of``

    settings, is_shared = running.settings, running.station.processes > 1
    proxies = read_proxies(settings.trusted_proxies)
    try:
        socks = [listening_socket(settings.http, is_shared=is_shared)]
    except OSError as cause:
        raise address_taken(f"HTTP {settings.http}", cause) from cause
    if is_shared:
        socks.append(listening_socket(OWN_ADDRESS))
    by_tls = running.certificate is not None
    running.http, running.own_http = url_of(socks[0], by_tls=by_tls), url_of(socks[-1], by_tls=by_tls)
    wanted = CrowdLimits(total_max=settings.http_connections, per_address_max=settings.http_per_address)
    crowd = Crowd(crowd_limits(wanted=wanted, open_files=raise_open_files()))
    loop = LoopWatch()
    server = server_of(app_of(running, crowd, loop), crowd, certificate=running.certificate, proxies=proxies)
    serving = asyncio.create_task(server.serve(sockets=socks), name="HTTP door")
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event to wait for
        await asyncio.sleep(START_POLL_SECONDS)
    running.parts.append(serving)
    async with tended(crowd, loop, running.stopped):
        try:
            yield
        finally:
            running.stopped.set()
            server.should_exit = True
            await serving
            for sock in socks:
                sock.close()


def _certificate(settings: Settings) -> "Certificate | None":
    from esos.web.tls import Certificate  # noqa: PLC0415 - see ``app_of``

    if not settings.tls_cert:
        return None
    return Certificate(Path(settings.tls_cert), Path(settings.tls_key or settings.tls_cert))


def app_of(
    running: Running, crowd: "Crowd | None" = None, loop: "LoopWatch | None" = None, *, shows_pages: bool = True
) -> "Litestar":
    """The interface and pages of a station. Loaded here, so that commands which only open a home do without.

    ``crowd`` is who stays at the door; streams of events may take half of its places.
    """
    from esos.web.app import create_app  # noqa: PLC0415
    from esos.web.metrics import Doors  # noqa: PLC0415
    from esos.web.settings import WebSettings  # noqa: PLC0415

    limits = WebSettings.of(running.settings)
    if crowd is not None:
        streams = min(limits.events_max_streams, crowd.limits.total_max // 2)
        limits = msgspec.structs.replace(limits, events_max_streams=streams)
    doors = Doors(
        datagrams=lambda: {**running.doors.figures(), **running.quic_figures()},
        strangers=running.doors.strangers_figures,
        strangers_shut=running.doors.is_strangers_shut,
        connections=lambda: crowd.counters if crowd else {},
        busy_percent=lambda: crowd.busy_percent if crowd else 0,
        disk_free_bytes=lambda: free_bytes_of(running.settings.database or running.home.journal),
        slot=running.slot,
        packets=running.doors.gateways.take if running.doors.gateways else None,
    )
    return create_app(
        running.station,
        card=running.card,
        keys=running.keys,
        settings=limits,
        doors=doors,
        loop=loop,
        stopping=running.stopped,
        shows_pages=shows_pages,
    )


async def _cancel(task: asyncio.Task[Any]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
