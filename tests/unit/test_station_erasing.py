"""Erasure and retention: the words go for good, the proof stays, and whoever asks is told who did it, when and why."""

import asyncio

import httpx
import msgspec
import pytest
from doubles.small_club import small_club

from esos.audit.case import verify_case_file
from esos.audit.log import verify_log, write_log
from esos.audit.receipt import verify_receipt_file
from esos.caller.ports import KnownStation
from esos.cli.main import run
from esos.errors import Busy, Conflict, Unknown
from esos.logbook.receipt import write_receipt
from esos.message import bodies as b
from esos.service import opened_station
from esos.settings import Settings
from esos.station.erasing import Eraser
from esos.station.export import export_case, export_erased
from esos.station.retention import DAY_MS, Retainer, erase_past_time, past_time
from esos.vault.chance import SystemClock
from esos.vault.home import JOURNAL_FILE, Home
from esos.web.csrf import SESSION_COOKIE
from esos.words.life import Life

pytestmark = pytest.mark.anyio
SECRET = "A word that nobody may find again"
PACT_DAYS = 730


class LaterClock:
    """The machine's clock, so many days ahead."""

    def __init__(self) -> None:
        self.days = 0

    def now_ms(self) -> int:
        return SystemClock().now_ms() + self.days * DAY_MS


@pytest.fixture
async def club(tmp_path):
    async with small_club(tmp_path / "home") as found:
        yield found


async def closed_case(club, name="Clinic", *, hold=False) -> str:
    """A call with words in it, cancelled and closed; its case."""
    voice = await club.join(name)
    details = b.CallDetails(words=SECRET)
    said = voice.say("called", b.Called(call=b"12345678", details=details), now_ms=SystemClock().now_ms())
    case = (await club.station.desk.submit(said.raw)).case
    over = voice.say("cancelled", b.Cancelled(reason=SECRET), now_ms=SystemClock().now_ms(), case=bytes.fromhex(case))
    await club.station.desk.submit(over.raw)
    if hold:
        await club.officer_says("hold_set", {"reason": "A court asked for it."}, case)
    await club.officer_says("closed", {"report": SECRET}, case)
    return case


async def settle(station) -> None:
    """Until everything said is folded, erased where it is to be, and in the log."""
    await station.fold_all()
    while await station.journal.unlogged(limit=1):
        await station.sequencer.run_once(now_ms=station.clock.now_ms())


def client_of(club, folder) -> httpx.AsyncClient:
    token = Home(folder).read_token()
    return httpx.AsyncClient(
        transport=club.transport, base_url="http://localhost", headers={"authorization": f"Bearer {token}"}
    )


def pin_of(station) -> dict:
    return {"pinned_public": station.identity.public, "origin": station.identity.origin}


async def log_of(station) -> list[bytes]:
    size, _ = await station.journal.checkpoint()
    return list(
        write_log(
            origin=station.identity.origin,
            public=station.identity.public,
            leaf_hashes=await station.journal.leaf_hashes(start=0, stop=size),
            checkpoints=await station.journal.checkpoints(),
        )
    )


# ------------------------------------------------------------------------------------------------ erasure
async def test_an_erased_case_has_lost_every_word_and_says_who_erased_it_when_and_why(club, tmp_path):
    case = await closed_case(club)
    await settle(club.station)
    count = len(await club.station.journal.read(case=bytes.fromhex(case)))
    await club.officer_says("erased", {"ground": "asked"}, case)
    await settle(club.station)
    entries = await club.station.journal.read(case=bytes.fromhex(case))
    assert [entry.kind for entry in entries if entry.cose] == ["erased"]
    assert (await club.station.journal.case(bytes.fromhex(case))).blob == b""
    left = await club.station.views.tombstone(bytes.fromhex(case))
    assert (left.name, left.ground, left.statements) == ("Officer One", "asked", count)
    with pytest.raises(Conflict) as refused:
        await club.station.views.record(bytes.fromhex(case))
    assert refused.value.code == "case.erased"
    assert "erased on 2" in refused.value.detail
    assert "by Officer One, because somebody whom it concerned asked for it" in refused.value.detail
    while not await club.station.journal.forget_erased():  # a reader may have been in the way, then it is tried again
        await asyncio.sleep(0.05)
    files = [path.read_bytes() for path in (tmp_path / "home").glob(f"{JOURNAL_FILE}*")]
    assert not any(SECRET.encode() in data for data in files)


async def test_nothing_more_is_said_on_an_erased_case(club):
    case = await closed_case(club)
    await club.officer_says("erased", {"ground": "mistake"}, case)
    await settle(club.station)
    with pytest.raises(Conflict) as refused:
        await club.officer_says("messaged", {"text": "Hello?"}, case)
    assert refused.value.code == "case.erased"


async def test_a_call_repeated_after_its_erasure_is_known_and_brings_nothing_back(club, tmp_path):
    voice = await club.join("Clinic")
    details = b.CallDetails(words=SECRET)
    said = voice.say("called", b.Called(call=b"12345678", details=details), now_ms=SystemClock().now_ms())
    case = (await club.station.desk.submit(said.raw)).case
    over = voice.say("cancelled", b.Cancelled(), now_ms=SystemClock().now_ms(), case=bytes.fromhex(case))
    await club.station.desk.submit(over.raw)
    await club.officer_says("closed", {}, case)
    await club.officer_says("erased", {"ground": "asked"}, case)
    await settle(club.station)
    async with client_of(club, tmp_path / "home") as web:
        again = await web.post("/api/v1/statements", content=said.raw, headers={"content-type": "application/cose"})
    assert (again.status_code, again.json()["state"], again.json()["case"]) == (200, "erased", case)
    assert not (await club.station.journal.entry(said.id)).cose
    new = voice.say("called", b.Called(call=b"87654321"), now_ms=SystemClock().now_ms())
    fresh = await club.station.desk.submit(new.raw)
    assert fresh.case != case
    assert (await club.station.views.record(bytes.fromhex(fresh.case)))[1].linked_to == bytes.fromhex(case)


async def test_an_open_case_and_one_on_hold_are_not_erased(club):
    kept = await closed_case(club, hold=True)
    voice = await club.join("Other Clinic")
    opened = voice.say("called", b.Called(call=b"12345678"), now_ms=SystemClock().now_ms())
    still_open = (await club.station.desk.submit(opened.raw)).case
    for case, code in ((kept, "case.on_hold"), (still_open, "case.state")):
        with pytest.raises(Conflict) as refused:
            await club.officer_says("erased", {"ground": "asked"}, case)
        assert refused.value.code == code
        await settle(club.station)
        assert (await club.station.journal.case(bytes.fromhex(case))).blob
    await club.officer_says("hold_released", {"reason": "It is over."}, kept)
    await club.officer_says("erased", {"ground": "asked"}, kept)


async def test_an_erasure_that_a_crash_interrupted_is_finished_by_whoever_starts_next(tmp_path):
    folder = tmp_path / "home"
    async with small_club(folder) as club:
        case = bytes.fromhex(await closed_case(club))
        club.station.folder.folded = lambda _: None  # as if the process died between the two
        await club.officer_says("erased", {"ground": "ordered"}, case.hex())
        record = await club.station.journal.case(case)
        assert (record.life, bool(record.blob)) == (Life.ERASED, True)
        with pytest.raises(Conflict):
            await club.station.views.record(case)
    async with opened_station(Home(folder), Settings(), lambda: "") as again:
        await again.fold_all()
        assert (await again.journal.case(case)).blob == b""
        assert [entry.kind for entry in await again.journal.read(case=case) if entry.cose] == ["erased"]


async def test_a_store_in_trouble_puts_an_erasure_off_and_does_not_forget_it(club):
    case = bytes.fromhex(await closed_case(club))
    journal = club.station.journal

    class FullOnce:
        """The journal, on a disk that is full the first time."""

        tries = 0

        async def erase_case(self, case_id: bytes, *, now_ms: int) -> int:
            self.tries += 1
            if self.tries == 1:
                raise Busy("storage.full", "The disk is full.")
            return await journal.erase_case(case_id, now_ms=now_ms)

        async def forget_erased(self) -> bool:
            return await journal.forget_erased()

    club.station.folder.folded = lambda _: None
    await club.officer_says("erased", {"ground": "asked"}, case.hex())
    eraser = Eraser(FullOnce())
    eraser.note_record(await journal.case(case))
    with pytest.raises(Busy):
        await eraser.run_once(now_ms=1)
    assert await eraser.run_once(now_ms=2) > 2
    assert (await journal.case(case)).blob == b""
    assert await eraser.run_once(now_ms=3) == 0


# ------------------------------------------------------------------------------------------------- proofs
async def test_the_log_and_every_receipt_kept_from_before_still_verify_after_an_erasure(club):
    case = await closed_case(club)
    await settle(club.station)
    calls = [one for one in await club.station.journal.read(case=bytes.fromhex(case)) if one.kind == "called"]
    receipt = await club.station.sequencer.receipt(calls[0].id)
    _, kept = await club.station.journal.checkpoint()
    await club.officer_says("erased", {"ground": "asked"}, case)
    await settle(club.station)
    report = verify_log(await log_of(club.station), **pin_of(club.station), kept=[kept], receipts=[receipt])
    assert report.accepted, report.lines()
    assert verify_receipt_file(write_receipt(receipt), **pin_of(club.station)).accepted
    with pytest.raises(Unknown) as refused:
        await club.station.sequencer.receipt(calls[0].id)
    assert refused.value.code == "receipt.erased"
    assert "erased on 2" in refused.value.detail


async def test_a_statement_that_was_erased_before_it_had_a_leaf_has_no_receipt(club):
    case = await closed_case(club)
    await club.station.journal.erase_case(bytes.fromhex(case), now_ms=1)
    await settle(club.station)
    (entry, *_) = await club.station.journal.read(case=bytes.fromhex(case))
    with pytest.raises(Unknown) as refused:
        await club.station.sequencer.receipt(entry.id)
    assert refused.value.code == "receipt.erased"


async def test_an_erased_case_is_exported_as_its_erasure_and_the_file_verifies_and_says_so(club):
    case = bytes.fromhex(await closed_case(club))
    await settle(club.station)
    before = await export_case(club.station, case)
    await club.officer_says("erased", {"ground": "ordered"}, case.hex())
    await settle(club.station)
    with pytest.raises(Conflict) as refused:
        await export_case(club.station, case)
    assert refused.value.code == "case.erased"
    data = await export_erased(club.station, case)
    report = verify_case_file(data, **pin_of(club.station))
    assert report.accepted, report.lines()
    assert any("by Officer One, because an authority ordered it" in remark for remark in report.remarks)
    assert SECRET.encode() not in data
    assert verify_case_file(before, **pin_of(club.station)).accepted


@pytest.mark.parametrize("part", ["at_ms", "case", "checkpoint", "cose", "key"])
async def test_a_changed_file_of_an_erased_case_is_refused(club, part):
    case = bytes.fromhex(await closed_case(club))
    await club.officer_says("erased", {"ground": "asked"}, case.hex())
    await settle(club.station)
    plain = msgspec.json.decode(await export_erased(club.station, case))
    changes = {
        "at_ms": lambda: plain["erased"].update(at_ms=plain["erased"]["at_ms"] + 1),
        "case": lambda: plain.update(case="AAAAAAAAAAAAAAAAAAAAAA=="),
        "checkpoint": lambda: plain.update(checkpoint=plain["checkpoint"].replace("\n", "\n1", 1)),
        "cose": lambda: plain["erased"].update(cose=plain["erased"]["cose"][:-8] + "AAAAAAA="),
        "key": lambda: plain["erased"]["proof"].update(key="A" * 43 + "="),
    }
    changes[part]()
    changed = msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n"
    assert not verify_case_file(changed, **pin_of(club.station)).accepted


# ---------------------------------------------------------------------------------------------- retention
async def test_what_the_pact_keeps_no_longer_is_shown_and_only_erased_when_told_to(club):
    case, held = await closed_case(club), await closed_case(club, "Other Clinic", hold=True)
    clock = club.station.clock = LaterClock()
    clock.days = PACT_DAYS - 1
    assert (await past_time(club.station)).past == ()
    clock.days = PACT_DAYS + 1
    found = await past_time(club.station)
    assert (found.days, {one.case: one.on_hold for one in found.past}) == (PACT_DAYS, {case: False, held: True})
    await erase_past_time(club.station)
    await settle(club.station)
    assert (await club.station.journal.case(bytes.fromhex(case))).blob == b""
    assert (await club.station.journal.case(bytes.fromhex(held))).blob
    left = await club.station.views.tombstone(bytes.fromhex(case))
    assert (left.party, left.ground) == (club.station.identity.party, "retention")


async def test_an_open_case_is_never_past_its_time(club):
    voice = await club.join("Clinic")
    said = voice.say("called", b.Called(call=b"12345678"), now_ms=SystemClock().now_ms())
    await club.station.desk.submit(said.raw)
    station = club.station
    station.clock = LaterClock()
    station.clock.days = 40 * 365
    assert (await past_time(station)).past == ()


async def test_a_station_that_was_told_to_looks_once_a_day(club):
    case = bytes.fromhex(await closed_case(club))
    clock = club.station.clock = LaterClock()
    looks = [Retainer(club.station), Retainer(club.station)]
    assert [await one.run_once() for one in looks] == [0, 0]
    clock.days = PACT_DAYS + 1
    assert [await one.run_once() for one in looks] == [1, 0]
    await settle(club.station)
    assert (await club.station.journal.case(case)).blob == b""


# ----------------------------------------------------------------------------------- interface and pages
async def test_programs_and_people_are_shown_what_is_left(club, tmp_path):
    case = await closed_case(club)
    await club.officer_says("erased", {"ground": "asked"}, case)
    await settle(club.station)
    async with client_of(club, tmp_path / "home") as web:
        (left,) = (await web.get("/api/v1/erased")).json()["erased"]
        assert (left["case"], left["ground"]) == (case, "asked")
        assert (await web.get(f"/api/v1/cases/{case}")).json()["code"] == "case.erased"
        assert (await web.get("/api/v1/cases")).json()["cases"] == []
        file = await web.get(f"/api/v1/cases/{case}/export")
        assert verify_case_file(file.content, **pin_of(club.station)).accepted
        assert (await web.get("/api/v1/retention")).json() == {"days": PACT_DAYS, "past": []}
        web.headers.pop("authorization")
        assert (await web.get("/api/v1/erased")).status_code == 401
        web.cookies.set(SESSION_COOKIE, await club.station.tokens.make(club.officer, "session", lives_ms=DAY_MS))
        page = await web.get(f"/watch/{case}")
        assert page.status_code == 200
        assert "was erased on 2" in page.text
        assert SECRET not in page.text


async def test_the_commands_hold_erase_list_and_verify(tmp_path, capsys):
    folder, file, card = tmp_path / "home", tmp_path / "case.esos", tmp_path / "club.card"
    async with small_club(folder) as club:
        case = await closed_case(club)
        pin: KnownStation = club.known
        await settle(club.station)
    del card

    def esos(*arguments: str) -> tuple[int, str]:
        import concurrent.futures

        with concurrent.futures.ThreadPoolExecutor(1) as pool:  # it runs a loop of its own
            code = pool.submit(run, [*arguments]).result()
        return code, capsys.readouterr().out

    home = ("--home", str(folder))
    assert esos("case", "hold", case, "--reason", "A court asked for it.", *home)[0] == 0
    assert esos("case", "erase", case, "--ground", "asked", "--yes", *home)[0] == 3
    assert esos("case", "release-hold", case, "--reason", "It is over.", *home)[0] == 0
    code, out = esos("case", "erase", case, "--ground", "asked", "--yes", *home)
    assert (code, out.startswith("Erased, because somebody")) == (0, True)
    assert "somebody whom it concerned" in esos("case", "erased", *home)[1]
    assert esos("case", "show", case, *home)[0] == 3
    assert esos("case", "export", case, "--out", str(file), *home)[0] == 0
    key = ("--key", pin.home.public.hex(), "--origin", pin.origin)
    code, out = esos("verify", "case", str(file), *key)
    assert (code, "Erased on 2" in out) == (0, True)
    assert "keeps a case for 730 days" in esos("station", "retain", *home)[1]
