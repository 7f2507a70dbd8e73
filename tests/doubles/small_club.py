"""A real station without sockets, with a journal, an officer and members, for tests of those who talk to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from esos.caller.ports import KnownStation
from esos.carriers.station_door import HttpStationDoor
from esos.keys.speaker import KnownBy
from esos.message import bodies as b
from esos.message.card import Capability, HomeStation, MemberCard, PublicKey
from esos.message.voice import Voice
from esos.pact import shipped
from esos.service import founder_of, serving_in_process
from esos.settings import Settings
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.vault.chance import SystemClock
from esos.vault.home import Home
from esos.vault.keyfile import new_key
from esos.words.need import NeedLine
from esos.words.realm import Realm

HTTP = "http://127.0.0.1:8765"


@dataclass(slots=True, kw_only=True)
class SmallClub:
    """A station and its people."""

    station: Station
    transport: httpx.ASGITransport
    officer: str
    voices: dict[str, Voice] = field(default_factory=dict)

    @property
    def known(self) -> KnownStation:
        """The station as a caller pins it."""
        one = self.station.identity
        home = HomeStation(name=one.name, kid=one.kid, public=one.public, realm=one.realm, http=HTTP)
        return KnownStation(home=home, origin=one.origin)

    def door(self, voice: Voice | None, *, now_ms=None, public: bytes = b"") -> HttpStationDoor:
        """The way to the station for whoever has this voice."""
        return HttpStationDoor(
            self.known.home,
            voice=voice,
            now_ms=now_ms or SystemClock().now_ms,
            public=public,
            transport=self.transport,
        )

    async def join(self, name: str) -> Voice:
        """Another member that filters and advises."""
        key = new_key(self.station.identity.realm)
        voice = Voice(seed=key.seed, realm=key.realm)
        card = MemberCard(
            name=name,
            keys=(PublicKey(public=key.public, realm=key.realm),),
            capabilities=(
                Capability(line=NeedLine.FILTERING, units=40),
                Capability(line=NeedLine.ADVICE, units=8),
            ),
        )
        proof = voice.say("card_signed", b.CardSigned(card=card), now_ms=SystemClock().now_ms())
        await founder_of(self.station).register(proof.raw)
        self.voices[name] = voice
        return voice

    async def officer_says(self, kind: str, plain: dict, case: str) -> None:
        """The officer acts on a case."""
        holder = Holder(party=self.officer, purpose="session", known_by=KnownBy.SESSION)
        speaker = self.station.desk.speaker(holder)
        await self.station.desk.say(speaker, kind, plain, case=bytes.fromhex(case))

    async def ask(self, case: str, voice: Voice, line: NeedLine = NeedLine.FILTERING, quantity: int = 20) -> str:
        """The officer asks a member; the request's id."""
        request = new_key(Realm.REAL).seed[:16]
        asked = {
            "request": request,
            "responder": voice.kid.hex(),
            "lines": [{"line": line.value, "quantity": quantity}],
        }
        await self.officer_says("requested", asked, case)
        return request.hex()


@asynccontextmanager
async def small_club(folder: Path, *, realm: Realm = Realm.REAL) -> AsyncIterator[SmallClub]:
    """A station that lives as long as the block."""
    home = Home(folder)
    home.create(name="Example Watch", realm=realm)
    async with serving_in_process(home, Settings()) as (app, station):
        founder = founder_of(station)
        await founder.publish_pact(shipped.load("club")[0])
        officer = await founder.add_officer("Officer One", ("officer", "registrar"))
        yield SmallClub(station=station, transport=httpx.ASGITransport(app=app), officer=officer)
