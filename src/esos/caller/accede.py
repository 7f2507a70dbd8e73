"""Accede to a pact: the member signs the digest of exactly what the pact says now, with its reservations.

A duty binds those who accepted it, so no station can do this for anybody.
"""

from esos.caller.circle import Reached, say_to
from esos.caller.ports import CallerClock, StationDoor
from esos.errors import Unknown
from esos.message.bodies import Acceded
from esos.message.voice import Voice


async def accede(
    door: StationDoor, *, voice: Voice, clock: CallerClock, pact: str, reservations: tuple[str, ...], member: str = ""
) -> Reached:
    """Bind the member to the newest version of this pact; raises ``Unknown`` (``pact.not_published``)."""
    digest = await digest_of(door, pact)
    body = Acceded(member=member or voice.kid.hex(), pact=pact, digest=digest, reservations=reservations)
    said = voice.say("acceded", body, now_ms=clock.now_ms())
    return await say_to([door], lambda _: said.raw)


async def digest_of(door: StationDoor, pact: str) -> bytes:
    """The digest of a pact published at a station, its newest version."""
    published = [one for one in await door.pacts() if one.get("name") == pact]
    if not published:
        names = ", ".join(sorted({str(one["name"]) for one in await door.pacts()}))
        hint = f"It has: {names}." if names else ""
        raise Unknown("pact.not_published", f"{door.home.name} has no pact named {pact!r}.", hint=hint)
    newest = max(published, key=lambda one: int(one.get("version", 0)))
    return bytes.fromhex(str(newest["digest"]))
