"""Make a home as this release leaves it, for the test that later releases bring it forward: once a schema is released.

``tests/old_homes/<revision>.tar.xz`` holds the home of a small station with cases in several states, with a card,
receipts, a checkpoint and a case file that people took with them then. All its keys are worthless. What is there is
never made anew, unless that revision was not released yet.
"""

import asyncio
import json
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from doubles.small_club import SmallClub, small_club  # noqa: E402 - the path comes first

from esos.logbook.receipt import write_receipt  # noqa: E402 - likewise
from esos.message import bodies as b  # noqa: E402 - likewise
from esos.message.voice import Voice  # noqa: E402 - likewise
from esos.station.export import export_case  # noqa: E402 - likewise
from esos.storage.schema import REVISION  # noqa: E402 - likewise
from esos.vault.chance import SystemClock  # noqa: E402 - likewise
from esos.vault.home import TOKEN_FILE  # noqa: E402 - likewise

TARGET = ROOT / "tests" / "old_homes" / f"{REVISION}.tar.xz"


def main() -> int:
    """0 when it is made."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        taken = Path(folder) / "taken"
        taken.mkdir()
        asyncio.run(_story(home, taken))
        (home / "run.lock").unlink(missing_ok=True)
        TARGET.parent.mkdir(exist_ok=True)
        with tarfile.open(TARGET, "w:xz") as archive:
            for part in (home, taken):
                archive.add(part, part.name, filter=_anonymous)
    print(f"{TARGET.relative_to(ROOT)}: {TARGET.stat().st_size} bytes")
    return 0


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.uid = member.gid = 0
    member.uname = member.gname = ""
    return member


async def _story(home: Path, taken: Path) -> None:
    async with small_club(home) as club:
        clinic, port = await club.join("Example Clinic"), await club.join("Example Port")
        helper = await club.join("Example Team")
        at_work = await _called(club, clinic, "Two wards are dark.")
        await club.officer_says("acknowledged", {}, at_work)
        request = await club.ask(at_work, helper)
        await _say(club, helper, "committed", b.Committed(request=bytes.fromhex(request)), at_work)
        ended = await _called(club, port, "The cranes stand still.")
        await _say(club, port, "cancelled", b.Cancelled(reason="It works again."), ended)
        await club.officer_says("closed", {"report": "A loose plug."}, ended)
        unseen = await _called(club, port, "They stand still again.")
        await _logged(club)
        await _take(club, taken, at_work)
        left = {"at_work": at_work, "ended": ended, "unseen": unseen, "clinic": clinic.seed.hex()}
        states = {case: await _life(club, case) for case in (at_work, ended, unseen)}
        (taken / "story.json").write_text(json.dumps({**left, "states": states, "token": TOKEN_FILE}, indent=1))


async def _called(club: SmallClub, voice: Voice, words: str) -> str:
    body = b.Called(call=voice.kid[:7] + bytes([len(words)]), details=b.CallDetails(words=words, natures=(2,)))
    said = voice.say("called", body, now_ms=SystemClock().now_ms())
    return (await club.station.desk.submit(said.raw)).case


async def _say(club: SmallClub, voice: Voice, kind: str, body: b.Body, case: str) -> None:
    said = voice.say(kind, body, now_ms=SystemClock().now_ms(), case=bytes.fromhex(case))
    await club.station.desk.submit(said.raw)


async def _life(club: SmallClub, case: str) -> str:
    record = await club.station.journal.case(bytes.fromhex(case))
    return record.life if record else ""


async def _logged(club: SmallClub) -> None:
    while await club.station.journal.unlogged(limit=1):  # noqa: ASYNC110 - the log rings no bell
        await asyncio.sleep(0.05)


async def _take(club: SmallClub, taken: Path, case: str) -> None:
    """What people took with them: proofs that must hold for ever."""
    station = club.station
    for number, entry in enumerate(await station.journal.read(case=bytes.fromhex(case))):
        (taken / f"{number}.receipt").write_bytes(write_receipt(await station.sequencer.receipt(entry.id)))
    (taken / "case.esos").write_bytes(await export_case(station, bytes.fromhex(case)))
    _, note = await station.journal.checkpoint()
    (taken / "checkpoint").write_bytes(note)
    one = station.identity
    (taken / "station.card").write_text(json.dumps({"public": one.public.hex(), "origin": one.origin}))


if __name__ == "__main__":
    sys.exit(main())
