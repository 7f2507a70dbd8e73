"""The doctor finds each fault that was planted, says it in whole sentences, and says what to do next."""

import asyncio
import json
import os
import shutil
import socket
import sqlite3
import sys
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from doubles.ports import free_port

from esos.cli import doctor as doctor_module
from esos.cli.doctor import examine, health_of
from esos.cli.doctor_station import span
from esos.cli.main import run
from esos.cli.station import doctor as verb
from esos.errors import Conflict
from esos.message import bodies as b
from esos.message.card import Contact
from esos.service import founder_of, opened_station
from esos.settings import Settings
from esos.station.contact_desk import ContactDesk
from esos.station.contact_page import parcels_of, read_contact_page
from esos.station.ports import Sent
from esos.station.records import SET_ASIDE, Admitted, CaseRecord, Due, Folding, Parcel, ParcelOutcome, Verdict
from esos.storage.stores import free_bytes_of
from esos.vault.backups import BACKUP_MARK, mark_backup
from esos.vault.home import Home, RunFile
from esos.words.contact import ContactWhy
from esos.words.realm import Realm

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded

SECOND_MS, MINUTE_MS, HOUR_MS = 1_000, 60_000, 3_600_000
CASE = b"c" * 16
FLOOD = 1_001
"""More cases than a list was ever read for one sentence."""


@pytest.fixture(scope="module")
def well(tmp_path_factory):
    """A station that is well: somebody would wake, and its journal was copied."""
    live = founded(tmp_path_factory.mktemp("doctor") / "home", members=2)
    inside(live.home.folder, give_contact)
    mark_backup(live.home.folder)
    return live.home.folder


@pytest.fixture
def home(well, tmp_path):
    """The same, to plant a fault in."""
    return Path(shutil.copytree(well, tmp_path / "home"))


def inside(folder: Path, work) -> None:
    """Do something in the station of this home, which does not run."""

    async def play() -> None:
        async with opened_station(Home(folder), Settings(), lambda: "") as station:
            await work(station)

    asyncio.run(play())


async def give_contact(station) -> None:
    founder, contact = founder_of(station), Contact(channel="file", address="watch")
    officer = await founder.add_officer("Ada on watch", ("officer",), (contact,))
    await founder.say("roster_set", b.RosterSet(watch=(officer,)))
    await confirm(station, officer, contact)
    await log_all(station)


async def confirm(station, officer: str, contact: Contact) -> None:
    """The owner of an address sends back the code that came there."""
    await ContactDesk(station).ask(officer, [contact], ContactWhy.RING)
    parcel = (await station.journal.parcels(case=parcels_of(officer)))[0].parcel
    said = asyncio.create_task(ContactDesk(station).answer(read_contact_page(parcel.blob).code))
    while not said.done():
        await station.fold_all()
        station.signal.ring()
        await asyncio.sleep(0.01)
    await said
    await station.journal.settle_parcels(
        [ParcelOutcome(id=parcel.id, state="done", result=msgspec.msgpack.encode(Sent(provider="file", detail="")))],
        now_ms=station.clock.now_ms(),
    )


async def log_all(station) -> None:
    await station.fold_all()
    while await station.sequencer.run_once(now_ms=station.clock.now_ms()):
        pass


def examined(folder: Path, **how):
    return asyncio.run(examine(folder, **how))


def to_mend(folder: Path, **how) -> dict[str, str]:
    """What is to be mended, by subject; each with a sentence and mostly with what to do next."""
    found = [one for one in examined(folder, **how) if one.is_trouble]
    assert all(
        (one.sentence[0].isupper() or one.sentence[0].isdigit()) and one.sentence.rstrip().endswith((".", "?"))
        for one in found
    ), found
    return {one.subject: f"{one.sentence} {one.hint}" for one in found}


def kept(*, kind: str = "called", route: str = "caller:somebody") -> Admitted:
    return Admitted(id=os.urandom(32), kind=kind, dedupe=os.urandom(32), route=route, cose=b"x", admission=b"{}")


def case_of(*, opened_ms: int, due_ms: int, parcels=(), holder: str = "", case_id: bytes = CASE) -> Folding:
    record = CaseRecord(
        id=case_id, caller="somebody", version=1, life="arrived", is_open=True, urgency="mayday", concern="alert",
        holder=holder, page_code="", opened_ms=opened_ms, updated_ms=opened_ms, blob=b"",
    )  # fmt: skip
    due = (Due(key="ack", due_ms=due_ms),)
    return Folding(
        route="", fence=0, case=record, expected_version=0, verdicts=(), said=(), due=due, parcels=tuple(parcels)
    )


def page(not_before_ms: int, page_id: bytes = b"p" * 16) -> Parcel:
    return Parcel(id=page_id, case=CASE, kind="page", not_before_ms=not_before_ms, blob=b"")


# ---------------------------------------------------------------------------------------------------------- well
def test_a_station_that_is_well_has_nothing_to_mend_and_says_what_was_looked_at(home):
    found = examined(home, whole=True)
    assert to_mend(home) == {}
    subjects = {one.subject for one in found if one.mark == "ok"}
    assert {
        "files",
        "disk",
        "journal",
        "inbox",
        "timers",
        "cases",
        "log",
        "pages",
        "watch",
        "backup",
        "pact",
    } <= subjects
    said = " ".join(one.sentence for one in found)
    assert "A call would wake Ada on watch." in said
    assert "Every page of the journal is whole." in said
    assert "as this release expects" in said


def test_the_verb_says_it_in_words_or_json_and_its_exit_tells_whether_anything_is_to_be_mended(home):
    well = CliRunner().invoke(verb, ["--home", str(home), "--json"])
    assert well.exit_code == 0
    assert json.loads(well.stdout)["ok"] is True
    (home / BACKUP_MARK).unlink()
    ill = CliRunner().invoke(verb, ["--home", str(home), "--json"])
    assert isinstance(ill.exception, Conflict)
    assert (ill.exception.code, ill.exception.exit_code) == ("station.findings", 3)
    report = json.loads(ill.stdout)
    assert report["ok"] is False
    [finding] = [one for one in report["findings"] if one["mark"] == "MEND"]
    assert finding["subject"] == "backup"
    assert "esos backup" in finding["hint"]
    words = CliRunner().invoke(verb, ["--home", str(home)]).stdout
    assert "MEND  Nobody has ever said that this journal was copied.\n      Run: esos backup." in words


# ------------------------------------------------------------------------------------------- faults in the journal
def test_words_that_wait_to_be_folded_or_have_no_proof_for_long_are_to_be_mended(home):
    async def plant(station):
        await station.journal.append([kept()], now_ms=station.clock.now_ms() - 7 * MINUTE_MS)

    inside(home, plant)
    found = to_mend(home)
    assert set(found) == {"inbox", "log"}
    assert "has waited 7 minutes to be folded: nobody has acted on it." in found["inbox"]
    assert "esos station run" in found["inbox"]
    assert "The log is behind by 7 minutes" in found["log"]


def test_what_could_not_be_folded_is_named(home):
    async def plant(station):
        [one] = await station.journal.append([kept()], now_ms=station.clock.now_ms())
        verdict = Verdict(seq=one.seq, code=SET_ASIDE, reason="It could not be folded.")
        bare = Folding(
            route="", fence=0, case=None, expected_version=0, verdicts=(verdict,), said=(), due=(), parcels=()
        )  # fmt: skip
        await station.journal.save([bare], now_ms=station.clock.now_ms())
        await log_all(station)

    inside(home, plant)
    found = to_mend(home)
    assert set(found) == {"inbox"}
    assert "1 statement could not be folded" in found["inbox"]
    assert "called (number" in found["inbox"]
    assert "Call back whoever called" in found["inbox"]


def test_a_late_timer_and_a_case_without_a_person_are_to_be_mended(home):
    async def plant(station):
        now_ms = station.clock.now_ms()
        folding = case_of(opened_ms=now_ms - 2 * HOUR_MS, due_ms=now_ms - HOUR_MS)
        assert await station.journal.save([folding], now_ms=now_ms) == [True]

    inside(home, plant)
    found = to_mend(home)
    assert set(found) == {"timers", "cases"}
    assert "late by 1 hour: whoever is silent is not replaced." in found["timers"]
    assert "1 open case is without a person" in found["cases"]
    assert "esos station ready" in found["cases"]


def test_pages_that_are_late_or_were_given_up_are_to_be_mended(home):
    async def plant(station):
        now_ms = station.clock.now_ms()
        folding = case_of(
            opened_ms=now_ms, due_ms=now_ms + HOUR_MS, holder="officer", parcels=[page(now_ms - 10 * MINUTE_MS)]
        )
        assert await station.journal.save([folding], now_ms=now_ms) == [True]

    inside(home, plant)
    assert "1 page is late, the first by 10 minutes. Reach them by telephone." in to_mend(home)["pages"]

    async def give_up(station):
        over = ParcelOutcome(id=b"p" * 16, state="given_up", error="No such address.")
        await station.journal.settle_parcels([over], now_ms=station.clock.now_ms())

    inside(home, give_up)
    assert "1 page is given up; the newest because: No such address." in to_mend(home)["pages"]


def test_in_a_flood_of_fresh_cases_and_pages_the_one_that_has_waited_longest_is_still_seen(home):
    async def plant(station):
        now_ms = station.clock.now_ms()
        fresh = [
            case_of(
                case_id=b"%16d" % number, opened_ms=now_ms, due_ms=now_ms + HOUR_MS,
                parcels=[page(now_ms, page_id=b"%16d" % number)],
            )
            for number in range(FLOOD)
        ]  # fmt: skip
        old = case_of(opened_ms=now_ms - 24 * HOUR_MS, due_ms=now_ms + HOUR_MS, parcels=[page(now_ms - HOUR_MS)])
        assert all(await station.journal.save([old, *fresh], now_ms=now_ms))

    inside(home, plant)
    found = to_mend(home)
    assert "1 open case is without a person for more than 15 minutes; the first since" in found["cases"]
    assert "1 page is late, the first by 1 hour." in found["pages"]


def test_pages_that_merely_wait_are_not_said_to_be_handed_over(home):
    async def plant(station):
        now_ms = station.clock.now_ms()
        folding = case_of(opened_ms=now_ms, due_ms=now_ms + HOUR_MS, holder="officer", parcels=[page(now_ms + HOUR_MS)])
        assert await station.journal.save([folding], now_ms=now_ms) == [True]

    inside(home, plant)
    said = [one.sentence for one in examined(home) if one.subject == "pages" and one.mark == "ok"]
    assert said == ["1 page is still to go, and none is late."]


def test_a_clock_that_went_back_is_to_be_mended(home):
    async def plant(station):
        await station.journal.append([kept(route="")], now_ms=station.clock.now_ms() + 2 * HOUR_MS)

    inside(home, plant)
    assert "The clock went back" in to_mend(home)["clock"]


def test_a_leaf_that_was_changed_is_found_by_the_signed_head(home):
    with sqlite3.connect(home / "journal.sqlite") as driver:
        driver.execute('UPDATE leaves SET leaf_hash = ? WHERE "index" = 0', (bytes(32),))
    assert "The head of the log does not hold" in to_mend(home)["log"]


def test_a_journal_of_a_newer_release_is_not_opened_and_said(home):
    with sqlite3.connect(home / "journal.sqlite") as driver:
        driver.execute("UPDATE alembic_version SET version_num = '9999'")
    found = to_mend(home)
    assert "A newer release wrote it" in found["journal"]
    assert "Install that release again" in found["journal"]


@pytest.mark.parametrize("content", [b"", b"no database " * 1_000])
def test_a_journal_that_cannot_be_read_is_said_with_the_way_back(home, content):
    for file in home.glob("journal.sqlite-*"):
        file.unlink()
    (home / "journal.sqlite").write_bytes(content)
    for _ in range(2):
        assert "restore the newest backup" in to_mend(home)["journal"]
    assert (home / "journal.sqlite").read_bytes() == content, "looking at it changes nothing"


# -------------------------------------------------------------------------------------------------- people and pact
def test_where_nobody_would_wake_it_is_said(home):
    async def plant(station):
        founder = founder_of(station)
        officer = await founder.add_officer("Officer without a way", ("officer",))
        await founder.say("roster_set", b.RosterSet(watch=(officer,)))
        await log_all(station)

    inside(home, plant)
    assert "Nobody who is on watch has a contact that a page would reach" in to_mend(home)["watch"]


def test_where_nobody_is_on_watch_it_is_said(home):
    async def plant(station):
        await founder_of(station).say("roster_set", b.RosterSet())
        await log_all(station)

    inside(home, plant)
    notes = [one.sentence for one in examined(home) if one.mark == "NOTE"]
    assert "Nobody is on watch, so every officer is paged." in notes


def test_a_station_without_a_pact_or_people_is_not_well(tmp_path):
    folder = tmp_path / "bare"
    Home(folder).create(name="Example Watch", realm=Realm.REAL)
    inside(folder, log_all)
    found = to_mend(folder)
    assert "No pact is in force" in found["pact"]
    assert "a call would wake nobody" in found["watch"]


# ------------------------------------------------------------------------------------------------------ the machine
def test_secrets_that_others_can_read_are_to_be_mended_a_password_in_the_settings_among_them(home):
    (home / "esos.toml").write_text('smtp_password = "secret"\nsmtp_tls = "tls"\n')
    (home / "esos.toml").chmod(0o644)
    found = [one for one in examined(home) if one.is_trouble]
    assert [(one.subject, one.hint) for one in found] == [("files", f"Run: chmod 600 {home / 'esos.toml'}")]
    (home / "esos.toml").chmod(0o600)
    (home / "station.json").chmod(0o640)
    assert "can read station.json" in to_mend(home)["files"]


@pytest.mark.parametrize(
    ("database", "is_secret"),
    [
        ("postgresql://esos:secret@db.example/esos", True),
        ("postgresql://db.example/esos?user=esos&password=secret", True),
        ("postgresql://esos@db.example/esos", False),
        ("/var/lib/esos/journal.sqlite", False),
    ],
)
def test_a_password_of_the_database_in_the_settings_is_a_secret_too(home, database, is_secret):
    (home / "esos.toml").write_text(f'database = "{database}"\n')
    (home / "esos.toml").chmod(0o644)
    said = [one.hint for one in doctor_module._files(home, Settings()) if one.is_trouble]
    assert said == ([f"Run: chmod 600 {home / 'esos.toml'}"] if is_secret else [])


def test_why_a_database_cannot_be_asked_is_said_in_its_own_words_and_without_its_password(home):
    (home / "esos.toml").write_text('database = "postgresql://esos:hunter-two@127.0.0.1:9/esos"\n')
    (home / "esos.toml").chmod(0o600)
    said = to_mend(home)["database"]
    assert "cannot be opened now" in said
    assert "whether this was kept" not in said
    assert "port 9 failed: Connection refused" in said
    assert "hunter-two" not in said


def test_a_command_that_cannot_open_the_journal_says_what_the_database_said(home, capsys):
    (home / "esos.toml").write_text('database = "postgresql://esos:hunter-two@127.0.0.1:9/esos"\n')
    assert run(["member", "list", "--home", str(home)]) != 0
    told = capsys.readouterr().err
    assert "The database says: " in told
    assert "Connection refused" in told
    assert "hunter-two" not in told


def test_a_disk_that_fills_up_is_to_be_mended(home, monkeypatch):
    monkeypatch.setattr(doctor_module, "DISK_LOW_BYTES", 2**62)
    assert "no call can be acknowledged" in to_mend(home)["disk"]


@pytest.mark.parametrize(
    ("database", "looked_at"),
    [("", ["home"]), ("elsewhere/journal.sqlite", ["elsewhere"]), ("postgresql://db.example/esos", [])],
)
def test_the_disk_that_is_looked_at_is_the_one_that_the_journal_fills(tmp_path, monkeypatch, database, looked_at):
    (tmp_path / "home").mkdir()
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    asked, usage = [], shutil.disk_usage
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: asked.append(Path(folder).name) or usage(folder))
    found = list(doctor_module._disk(tmp_path / "home", Settings(database=database)))
    assert asked == looked_at
    assert len(found) == len(looked_at)
    assert (free_bytes_of(database or tmp_path / "home" / "journal.sqlite") is None) == (not looked_at)


def test_a_copy_that_is_too_old_is_to_be_mended(home):
    os.utime(home / BACKUP_MARK, (1_700_000_000, 1_700_000_000))
    assert "last copied 2023-11-14" in to_mend(home)["backup"]


@pytest.mark.parametrize("kind", ["http", "udp", "udp_strangers", "quic"])
def test_an_address_that_another_program_has_is_to_be_mended(home, kind):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "http" else socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        if kind == "http":
            other.listen()
        other_address = f"127.0.0.1:{other.getsockname()[1]}"
        free = {"http": "127.0.0.1:0", "udp": "127.0.0.1:0"} | {kind: other_address}
        (home / "esos.toml").write_text("".join(f'{name} = "{address}"\n' for name, address in free.items()))
        assert f"It could not listen on {kind} {other_address}: address already in use." in to_mend(home)["address"]


def test_an_address_that_is_none_of_this_machine_is_to_be_mended(home):
    (home / "esos.toml").write_text(
        'http = "192.0.2.7:8765"\nudp = ""\npublic_url = "https://esos.example"\ntls_cert = "none"\n'
    )
    assert "It could not listen on http 192.0.2.7:8765" in to_mend(home)["address"]


NOWHERE, PLAIN, NO_HTTPS = "that leads nowhere", "by plain HTTP", "without HTTPS"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ({"http": "0.0.0.0:8765"}, [NOWHERE, PLAIN]),
        ({"http": "[::]:8765", "tls_cert": "cert.pem"}, [NOWHERE]),
        ({"http": "0.0.0.0:8765", "public_url": "https://esos.example"}, [PLAIN]),
        ({"http": "0.0.0.0:8765", "public_url": "http://esos.example"}, [NO_HTTPS]),
        ({"http": "0.0.0.0:8765", "public_url": "https://esos.example", "trusted_proxies": "192.0.2.1"}, []),
        ({"http": "0.0.0.0:8765", "public_url": "https://esos.example", "tls_cert": "cert.pem"}, []),
        ({"http": "127.0.0.1:8765", "public_url": "https://esos.example"}, []),
        ({"http": "[::1]:8765"}, []),
    ],
)
def test_a_door_whose_address_leads_nowhere_or_whose_words_could_be_read_is_to_be_mended(written, wanted):
    found = [one for one in doctor_module._reached(Settings(**written)) if one.is_trouble]
    assert len(found) == len(wanted)
    assert all(words in one.sentence for words, one in zip(wanted, found, strict=True))


def test_a_process_that_was_killed_is_to_be_mended(home):
    Home(home).write_run(RunFile(http=f"http://127.0.0.1:{free_port()}", udp="", pid=1))
    assert "does not answer: it was killed." in to_mend(home)["process"]


def test_a_station_that_lives_and_is_silent_is_not_said_to_be_dead(home, monkeypatch):
    monkeypatch.setattr(doctor_module, "HEALTH_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        Home(home).write_run(RunFile(http=f"http://127.0.0.1:{silent.getsockname()[1]}", udp="", pid=1))
        said = asyncio.run(health_of(Home(home)))
    assert said.sentence.endswith("does not answer in time.")
    assert "Start it" not in said.hint


REFUSED = b'{"type":"x","title":"Busy","status":503,"code":"overload.refused","detail":"The station is short of time."}'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"ok":false,"troubles":["No pact is in force.","It is late."]}', "No pact is in force. It is late."),
        (REFUSED, "The station is short of time."),
        (b"<html>a proxy</html>", "it answers with status 503 and no reason."),
    ],
)
def test_a_station_that_refuses_to_say_whether_it_is_ready_is_said_in_its_own_words(home, body, words):
    async def asked() -> str:
        async def answer(_reader, writer) -> None:
            head = b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
            writer.write(head + body)
            await writer.drain()
            writer.close()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            Home(home).write_run(RunFile(http=f"http://127.0.0.1:{port}", udp="", pid=1))
            return (await health_of(Home(home))).sentence

    assert asyncio.run(asked()).endswith(f" and is not ready: {words}")


@pytest.mark.parametrize(
    ("ms", "words"),
    [(999, "0 seconds"), (1_000, "1 second"), (90_000, "1 minute"), (2 * HOUR_MS, "2 hours"), (49 * HOUR_MS, "2 days")],
)
def test_a_length_of_time_is_said_in_its_largest_unit(ms, words):
    assert span(ms) == words
