"""Keep in touch with the stations of the home list in peace time, so that a call finds every way ready.

Heartbeats go to each station; the key is renewed over HTTPS before it grows old; each station learns the home
list. Law 7: a heartbeat is a message of its own under its own realm, and can open nothing. Law 2: a wrong clock
of this machine changes only what it shows, since the station's own clock says when a key is old.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from esos.beacon.pulse import Beat, Pulse, answered, is_key_due, next_beat_ms, unanswered
from esos.beacon.schedule import start_offset_ms
from esos.caller.make import CALL_ID_BYTES, make_heartbeat
from esos.caller.ports import CallBook, CallerClock, CallerDice, HeartDoor, KnownStation, StationDoor
from esos.caller.register import register
from esos.errors import Busy, EsosError
from esos.message.bodies import HomesStated
from esos.message.packet import SignedPacket
from esos.message.packet_limits import SEQUENCE_MAX
from esos.message.packet_payload import home_digest_of
from esos.message.packet_seal import epoch_of
from esos.message.voice import Voice

HTTPS_AGAIN_MS = 600_000
"""How long after one attempt over HTTPS the next is made while a station stays silent."""


class StationHears(msgspec.Struct, frozen=True, kw_only=True):
    """One station as the last heartbeat left it.

    ``hears_you``: it answered. ``way`` is ``udp``, ``https`` or empty. ``heard_ms`` and ``silent_since_ms`` are
    this machine's clock, 0 for never. ``words`` is a sentence, and ``do`` what to do about it, empty for nothing.
    """

    station: str
    kid: str
    hears_you: bool
    way: str
    words: str
    do: str = ""
    rtt_ms: int | None = None
    heard_ms: int = 0
    silent_since_ms: int = 0
    key_epoch: int = -1

    @property
    def mark(self) -> tuple[bool, str, str]:
        """What is worth telling again when it changes."""
        return self.hears_you, self.way, self.do


class Beacon:
    """One caller's beacon. ``elapsed_ms`` is a stopwatch; ``jitter`` gives values in [-1, 1]."""

    def __init__(
        self,
        *,
        voice: Voice,
        clock: CallerClock,
        dice: CallerDice,
        book: CallBook,
        heart: HeartDoor,
        jitter: Callable[[], float],
        elapsed_ms: Callable[[], int],
    ) -> None:
        self.voice, self.clock, self.dice, self.book = voice, clock, dice, book
        self.heart, self.jitter, self.elapsed_ms = heart, jitter, elapsed_ms

    async def once(self, stations: Sequence[KnownStation], doors: Sequence[StationDoor]) -> list[StationHears]:
        """One heartbeat to each station, in the order of the home list."""
        lines = self._lines(stations, doors)
        return list(await asyncio.gather(*(line.beat(is_only=True) for line in lines)))

    async def run(
        self,
        stations: Sequence[KnownStation],
        doors: Sequence[StationDoor],
        *,
        every_ms: int,
        tell: Callable[[StationHears], None],
    ) -> None:
        """Heartbeats to each station until cancelled; what changed is told, the first answer of each too."""
        async with asyncio.TaskGroup() as group:
            for index, line in enumerate(self._lines(stations, doors)):
                group.create_task(self._keep(line, start_offset_ms(index), every_ms, tell), name=line.name)

    async def _keep(self, line: "Line", offset_ms: int, every_ms: int, tell: Callable[[StationHears], None]) -> None:
        told: tuple[bool, str, str] | None = None
        await asyncio.sleep(offset_ms / 1000)
        while True:
            began_ms = self.elapsed_ms()
            seen = await line.beat()
            if seen.mark != told:
                told = seen.mark
                tell(seen)
            took_ms = self.elapsed_ms() - began_ms
            await asyncio.sleep(max(0, next_beat_ms(every_ms, self.jitter()) - took_ms) / 1000)

    def _lines(self, stations: Sequence[KnownStation], doors: Sequence[StationDoor]) -> list["Line"]:
        homes = tuple(station.home.kid for station in stations)
        by_kid = {door.home.kid: door for door in doors}
        return [Line(self, station, by_kid.get(station.home.kid), homes) for station in stations]


class Line:
    """One station on the line: its pin, its pulse, and the run of heartbeats to it."""

    def __init__(
        self, beacon: Beacon, station: KnownStation, door: StationDoor | None, homes: tuple[bytes, ...]
    ) -> None:
        self._beacon = beacon
        self._station = station
        self._door = door
        self._homes = homes
        self._pulse: Pulse = beacon.book.pulse(station.home.kid)
        self._call = b""
        self._sequence = SEQUENCE_MAX
        self._station_ms = 0
        self._https_ms: int | None = None
        self._trouble: EsosError | None = None

    @property
    def name(self) -> str:
        """The station's name."""
        return self._station.home.name

    async def beat(self, *, is_only: bool = False) -> StationHears:
        """One heartbeat, and over HTTPS whatever it shows to be due.

        Where it is the only one of this program, its silence is looked into at once.
        """
        if not self._station.sealing_key:
            await self._renew()
        beat = await self._send()
        if beat is None and (is_only or self._is_due_for_https(self._pulse.missed + 1)):
            before = self._station.sealing_key
            await self._renew()
            beat = await self._send() if self._station.sealing_key != before else None
        self._note(beat)
        if beat is not None and (self._is_key_old() or self._trouble is not None):
            await self._renew()
        await self._tell_homes()
        self._keep()
        is_looked_into = is_only or self._pulse.is_silent
        return seen_of(self._station, self._pulse, self._trouble, is_looked_into=is_looked_into)

    async def _send(self) -> Beat | None:
        """A heartbeat by datagram; where the station has no such door, HTTPS having answered stands for it."""
        if self._station.home.udp:
            return await self._beacon.heart.beat(self._next_packet(), self._station)
        if self._is_due_for_https(self._pulse.missed):
            await self._renew()
        return Beat(station_ms=0) if self._trouble is None and self._https_ms is not None else None

    def _next_packet(self) -> SignedPacket:
        """The next of a run of at most 256; each run, and each start of this program, has a fresh call id."""
        self._sequence += 1
        if self._sequence > SEQUENCE_MAX:
            self._call, self._sequence = self._beacon.dice.bytes(CALL_ID_BYTES), 0
        voice = self._beacon.voice
        return make_heartbeat(
            seed=voice.seed,
            realm=voice.realm,
            call=self._call,
            sequence=self._sequence,
            homes=self._homes,
            hears_you=self._pulse.hears_us,
            now_ms=self._beacon.clock.now_ms(),
        )

    def _note(self, beat: Beat | None) -> None:
        now_ms = self._beacon.clock.now_ms()
        if beat is None:
            self._pulse = unanswered(self._pulse, now_ms)
            return
        self._station_ms = beat.station_ms
        self._pulse = answered(self._pulse, beat, now_ms)

    def _is_key_old(self) -> bool:
        epoch = epoch_of(self._station_ms) if self._station_ms else None
        return is_key_due(self._station.sealing_epoch, epoch, self._pulse)

    def _is_due_for_https(self, missed: int) -> bool:
        would_be = msgspec.structs.replace(self._pulse, missed=missed)
        return self._may_ask() and (would_be.is_silent or not self._station.home.udp)

    def _may_ask(self) -> bool:
        """Whether HTTPS was not tried a moment ago."""
        return self._https_ms is None or self._beacon.elapsed_ms() - self._https_ms >= HTTPS_AGAIN_MS

    async def _renew(self) -> None:
        """Ask for the present key. What was pinned stays where that cannot be had now."""
        if self._door is None or not self._may_ask():
            return
        self._https_ms = self._beacon.elapsed_ms()
        try:
            self._station = await register(self._door, self._beacon.book, self._station)
        except EsosError as trouble:
            self._trouble = trouble
        else:
            self._trouble = None

    async def _tell_homes(self) -> None:
        """The home list whole, once for each list: a call names it by its digest only."""
        digest = home_digest_of(self._homes)
        if self._door is None or self._pulse.home_list == digest or not self._pulse.hears_us:
            return
        voice = self._beacon.voice
        said = voice.say("homes_stated", HomesStated(homes=self._homes), now_ms=self._beacon.clock.now_ms())
        try:
            await self._door.submit(said.raw)
        except EsosError as trouble:
            self._trouble = trouble
            return
        self._pulse = msgspec.structs.replace(self._pulse, home_list=digest)

    def _keep(self) -> None:
        try:
            self._beacon.book.keep_pulse(self._station.home.kid, self._pulse)
        except Busy as trouble:
            self._trouble = trouble


def seen_of(
    station: KnownStation, pulse: Pulse, trouble: EsosError | None = None, *, is_looked_into: bool = False
) -> StationHears:
    """A station as its pulse shows it, in words. ``is_looked_into``: HTTPS was asked why it is silent."""
    home = station.home
    words, do = _words(home.name, pulse, trouble, home.udp if is_looked_into else ())
    return StationHears(
        station=home.name,
        kid=home.kid.hex(),
        hears_you=pulse.hears_us,
        way=("udp" if home.udp else "https") if pulse.hears_us else "",
        words=words,
        do=do,
        rtt_ms=pulse.rtt_ms,
        heard_ms=pulse.heard_ms,
        silent_since_ms=pulse.silent_since_ms,
        key_epoch=station.sealing_epoch,
    )


def _words(name: str, pulse: Pulse, trouble: EsosError | None, lost: tuple[str, ...]) -> tuple[str, str]:
    """What is so, and what to do about it; ``lost`` are the addresses at which datagrams get lost."""
    if pulse.hears_us:
        return f"{name} hears you.", f"{trouble.detail} {trouble.hint}".strip() if trouble else ""
    said = f"{name} does not answer."
    if trouble is not None and trouble.status >= _SERVER_TROUBLE:
        return said, "HTTPS does not reach it either. Look at your own network; then ring the station."
    if trouble is not None:
        return said, f"{trouble.detail} {trouble.hint}".strip()
    through = f"Let datagrams to {' and '.join(lost)} through your firewall, and their answers back."
    return said, through if lost else ""


_SERVER_TROUBLE = 500
