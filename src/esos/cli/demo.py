"""The demonstration: an exercise station with plainly fictitious members, made once and kept in its home.

Law 7: everything here is of the exercise realm, so that nothing of it can ever become a call.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from esos.cli.cards import build_card, sign_card
from esos.cli.common import open_home

if TYPE_CHECKING:
    from esos.settings import Settings

DEMO_FOLDER = "demo"
MEMBERS_FILE = "members.json"
STATION_NAME = "Demonstration station"
PACT = "club"
OFFICERS = (
    ("Officer on watch (demo)", ("officer", "registrar"), "watch"),
    ("Second officer (demo)", ("officer", "second"), "second"),
)
MEMBERS: tuple[dict[str, Any], ...] = (
    {"name": "Example Hospital (demo)", "kind": "hospital", "sectors": ["health"], "country": "IE",
     "capabilities": {"advice": 8, "shift-relief": 2}},
    {"name": "Example Net (demo)", "kind": "network", "sectors": ["communications"], "country": "IE",
     "asns": [64500], "prefixes": ["192.0.2.0/24"],
     "capabilities": {"filtering": 40, "bandwidth": 20, "abuse-notice-at-source": 20}},
    {"name": "Example Exchange (demo)", "kind": "exchange", "sectors": ["communications"], "country": "FR",
     "asns": [64501], "capabilities": {"filtering": 30, "scrubbing": 30, "find-contact": 5}},
    {"name": "Example University (demo)", "kind": "university", "sectors": ["it"], "country": "EE",
     "capabilities": {"forensics": 4, "malware-analysis": 3, "triage": 16, "advice": 16}},
    {"name": "Example Town (demo)", "kind": "municipality", "sectors": ["government"], "country": "PT",
     "capabilities": {"people-remote": 3, "communications": 2, "triage": 8}},
    {"name": "Example Cloud (demo)", "kind": "provider", "sectors": ["it"], "country": "FR",
     "capabilities": {"backup-and-restore": 10, "hosting-or-mirror": 5, "patch-or-fix": 10, "filtering": 20}},
)  # fmt: skip
"""Fictitious members; their keys are kept in the home's ``demo`` folder."""


class DemoMember(msgspec.Struct, frozen=True, kw_only=True):
    """A demonstration member: its id, name, and where its key is, from the home folder."""

    member: str
    name: str
    key: str


async def make_demo(folder: Path, settings: "Settings", *, with_members: bool = True) -> list[DemoMember]:
    """Make the demonstration's home where there is none; its members, without any for a drill that brings its own."""
    from esos.service import ensure_local_officer, founder_of
    from esos.vault.home import STATION_FILE, Home
    from esos.words.realm import Realm

    listed = folder / DEMO_FOLDER / MEMBERS_FILE
    if listed.is_file():
        return msgspec.json.decode(listed.read_bytes(), type=list[DemoMember])
    home = Home(folder)
    if not (folder / STATION_FILE).is_file():
        home.create(name=STATION_NAME, realm=Realm.EXERCISE)
    async with open_home(folder, settings) as station:
        await _found(station, founder_of(station))
        await ensure_local_officer(station, home)
        cast = MEMBERS if with_members else ()
        made = [await _enter(folder, number, plain, station) for number, plain in enumerate(cast, start=1)]
        await station.fold_all()
    listed.parent.mkdir(parents=True, exist_ok=True)
    listed.write_bytes(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    return made


async def _found(station: Any, founder: Any) -> None:
    from esos.message.bodies import RosterSet
    from esos.message.card import Contact
    from esos.pact import shipped

    if station.directory.pact is None:
        await founder.publish_pact(shipped.load(PACT)[0])
    named = [
        await founder.add_officer(name, roles, (Contact(channel="file", address=file),))
        for name, roles, file in OFFICERS
    ]
    await founder.say("roster_set", RosterSet(watch=(named[0],), backup=(named[1],)))


async def _enter(folder: Path, number: int, plain: dict[str, Any], station: Any) -> DemoMember:
    """Make a member's key, register its card, and let it accede to the pact: all as a real member would."""
    from esos.message.bodies import Acceded
    from esos.message.statement import write_statement
    from esos.service import founder_of
    from esos.vault.keyfile import new_key, write_key
    from esos.words.realm import Realm

    key, name = new_key(Realm.EXERCISE), f"member-{number}"
    lines = [{"line": line, "units": units, "lead_minutes": 10} for line, units in plain["capabilities"].items()]
    contacts = [{"channel": "file", "address": name}]
    card = build_card(key, {**plain, "capabilities": lines, "contacts": contacts})
    path = folder / DEMO_FOLDER / f"{name}.key"
    write_key(path, key)
    member = await founder_of(station).register(sign_card(key, card).raw)
    pact = station.directory.pact
    body = Acceded(member=member, pact=pact.name, digest=pact.digest)
    said = write_statement(seed=key.seed, realm=key.realm, kind="acceded", body=body, time_ms=station.clock.now_ms())
    await station.intake.take(said.raw)
    return DemoMember(member=member, name=plain["name"], key=f"{DEMO_FOLDER}/{path.name}")


async def sign_in_secret(folder: Path, settings: "Settings") -> str:
    """A fresh one-time secret for the officer on watch."""
    async with open_home(folder, settings) as station:
        officer = next((one.officer for one in station.directory.officers.values() if one.name == OFFICERS[0][0]), "")
        return await station.tokens.link(officer) if officer else ""
