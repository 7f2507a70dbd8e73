"""How the crowd calls: at its own times, by datagram, by signed statement and as visitors, each until it is kept.

Law 3 from the other side: nobody stops before the station has said that it has the call, however often it is killed.
"""

import asyncio
import contextlib

from esos.drill.datagram import call_by_datagram, now_s
from esos.drill.director import Director
from esos.drill.stage import Stage, StageRefused
from esos.drill.wannacry.crowd import Voice
from esos.drill.wannacry.facts import COUNTRY, NATURES, SECTOR, Door
from esos.errors import NotDelivered
from esos.message.bodies import CallDetails, Called, NeedAsk
from esos.message.packet_payload import CallFields

AT_ONCE = 64
"""How many callers speak to the station at the same time, at most; the others wait like anybody before a busy line."""
SECONDS_A_MINUTE = 60
FOLD_WAIT_SECONDS, FOLD_WAIT_MAX_SECONDS = 0.3, 5.0
"""The pause before a visitor asks what became of its call: it grows, for each question is one more statement."""


class Calling:
    """The callers while they call; ``called`` counts those that the station has."""

    def __init__(self, d: Director, voices: list[Voice]) -> None:
        self._d = d
        self._voices = voices
        self._lines = asyncio.Semaphore(AT_ONCE)
        self.called = 0

    @property
    def share_called(self) -> int:
        """How many in a hundred the station has."""
        return 100 * self.called // len(self._voices)

    async def all_call(self) -> None:
        """Everybody calls at its time, and goes on until it is kept."""
        async with asyncio.TaskGroup() as group:
            for voice in self._voices:
                group.create_task(self._at_its_time(voice))

    async def _at_its_time(self, voice: Voice) -> None:
        wait_minutes = voice.at_minutes - self._d.minutes
        await asyncio.sleep(max(0, wait_minutes) * SECONDS_A_MINUTE / self._d.speed)
        async with self._lines:
            while not voice.kept:
                with contextlib.suppress(NotDelivered):  # the station was gone for long: call again
                    await _BY_DOOR[voice.kind.door](self._d, voice)
        voice.called_minutes = self._d.minutes
        self.called += 1


async def _by_signed_statement(d: Director, voice: Voice) -> None:
    if voice.actor is None:
        return
    plain = voice.details()
    details = CallDetails(
        urgency=voice.kind.urgency,
        natures=tuple(int(nature) for nature in NATURES),
        sector=SECTOR,
        country=COUNTRY,
        products=tuple(plain["products"]),
        facts=voice.kind.facts,
        words=plain["words"],
        needs=tuple(NeedAsk(line=line, quantity=units) for line, units in voice.kind.needs),
    )
    voice.signed = voice.signed or voice.actor.sign("called", Called(call=voice.call_id, details=details))
    said = await d.stage.hand_in(voice.signed)
    _keep(d.stage, voice, said["id"])
    voice.case = said["case"]


async def _by_datagram(d: Director, voice: Voice) -> None:
    if voice.actor is None:
        return
    fields = CallFields(
        time_s=now_s(),
        urgency=voice.kind.urgency,
        natures=NATURES,
        sector=SECTOR,
        country=COUNTRY,
        needs=tuple(NeedAsk(line=line, quantity=units) for line, units in voice.kind.needs),
    )
    await call_by_datagram(
        d.host, voice.actor, voice.sealing_key, voice.call_id, fields, lambda kept: _keep(d.stage, voice, kept.hex())
    )


async def _as_visitor(d: Director, voice: Voice) -> None:
    body = {"details": voice.details(), "caller_name": voice.name, "call": voice.call_id.hex()}
    made = await d.stage.call(body)
    _keep(d.stage, voice, made["statement"])
    pause_seconds = FOLD_WAIT_SECONDS
    while not made["case"]:  # kept, not folded yet: word for word the same again gives the same case
        await asyncio.sleep(pause_seconds)
        pause_seconds = min(FOLD_WAIT_MAX_SECONDS, pause_seconds * 2)
        with contextlib.suppress(StageRefused, NotDelivered):
            made = await d.stage.call(body)
    voice.case, voice.token = made["case"], made["token"]


def _keep(stage: Stage, voice: Voice, statement: str) -> None:
    """The station has said that it has the call: from now on it may not be lost."""
    voice.kept = statement
    stage.kept.add(statement)


_BY_DOOR = {Door.SIGNED: _by_signed_statement, Door.UDP: _by_datagram, Door.VISITOR: _as_visitor}
