"""A journal of an older release is brought forward: nothing is lost, and what people took with them then still holds."""

import contextlib
import json
import shutil
import sqlite3
import tarfile
from pathlib import Path

import pytest

from esos.audit.case import verify_case_file
from esos.audit.log import verify_log, write_log
from esos.audit.receipt import verify_receipt_file
from esos.cli.main import run
from esos.logbook.receipt import read_receipt
from esos.message import bodies as b
from esos.message.voice import Voice
from esos.service import opened_station
from esos.settings import Settings
from esos.storage import migrate as migrating
from esos.storage import schema
from esos.storage.migrate import SCRIPTS, migrate, revision_of
from esos.vault.chance import SystemClock
from esos.vault.home import JOURNAL_FILE, Home
from esos.words.realm import Realm

OLD_HOMES = sorted((Path(__file__).parent.parent / "old_homes").glob("*.tar.xz"))
REMADE = "It is not as its own migration makes it. If that was never released: scripts/make_old_journal.py"
NEXT = '''"""A step of a later release, for a test."""

import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{before}"


def upgrade() -> None:
    """Add a column{then}."""
    op.add_column("cases", sa.Column("later", sa.Text, nullable=False, server_default="as it was"))
    {work}
'''


@pytest.fixture(params=OLD_HOMES, ids=lambda path: path.name.partition(".")[0])
def old(request, tmp_path):
    """The folder with a copy of an old home, and what people took with them."""
    with tarfile.open(request.param) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path


@pytest.fixture
def newer(tmp_path, monkeypatch):
    """A release that comes after this one; called with what its migration does besides."""

    def release(work: str = "pass") -> None:
        scripts = tmp_path / "migrations"
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        step = NEXT.format(before=schema.REVISION, then="", work=work)
        (scripts / "versions" / "v9001_later.py").write_text(step, encoding="utf-8")
        monkeypatch.setattr(migrating, "SCRIPTS", scripts)
        monkeypatch.setattr(migrating, "REVISION", "9001")
        monkeypatch.setattr(schema, "REVISION", "9001")

    return release


def tables_of(path: Path) -> list[tuple]:
    with contextlib.closing(sqlite3.connect(path)) as driver:
        return driver.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()


def test_there_is_an_old_home_of_every_revision_there_was():
    revisions = {path.name.partition("_")[0].removeprefix("v") for path in (SCRIPTS / "versions").glob("v*.py")}
    assert {path.name.partition(".")[0] for path in OLD_HOMES} == revisions


def test_an_old_home_is_as_its_own_migration_made_it(old, tmp_path):
    journal, direct = old / "home" / JOURNAL_FILE, tmp_path / "direct.sqlite"
    migrate(direct)
    assert revision_of(journal) == schema.REVISION, "a step was added: bring the direct one to the old revision only"
    assert tables_of(journal) == tables_of(direct), REMADE


@pytest.mark.anyio
async def test_a_station_of_this_release_goes_on_where_an_old_one_stopped(old):
    taken = old / "taken"
    story = json.loads((taken / "story.json").read_text())
    card = json.loads((taken / "station.card").read_text())
    pin = {"pinned_public": bytes.fromhex(card["public"]), "origin": card["origin"]}
    receipts = [path.read_bytes() for path in sorted(taken.glob("*.receipt"))]
    assert len(receipts) >= 5
    async with opened_station(Home(old / "home"), Settings(), str) as station:
        for case, life in story["states"].items():
            assert (await station.journal.case(bytes.fromhex(case))).life == life
        clinic = Voice(seed=bytes.fromhex(story["clinic"]), realm=Realm.REAL)
        more = clinic.say(
            "messaged", b.Messaged(text="It spreads."), now_ms=SystemClock().now_ms(),
            case=bytes.fromhex(story["at_work"]),
        )  # fmt: skip
        kept = await station.intake.take(more.raw)
        await station.fold_all()
        entry = await station.journal.entry(more.id)
        assert (entry.seq, entry.verdict) == (kept.seq, "applied")
        while await station.journal.unlogged(limit=1):
            await station.sequencer.run_once(now_ms=SystemClock().now_ms())
        size, _ = await station.journal.checkpoint()
        log = write_log(
            origin=pin["origin"],
            public=pin["pinned_public"],
            leaf_hashes=await station.journal.leaf_hashes(start=0, stop=size),
            checkpoints=await station.journal.checkpoints(),
        )
        then = {"kept": [(taken / "checkpoint").read_bytes()], "receipts": [read_receipt(one) for one in receipts]}
        report = verify_log(list(log), **pin, **then)
        assert report.accepted, report.lines()
    assert all(verify_receipt_file(one, **pin).accepted for one in receipts)
    report = verify_case_file((taken / "case.esos").read_bytes(), **pin)
    assert report.accepted, report.lines()


# ------------------------------------------------------------------------------------------- the command
def upgrade(home: Path, capsys, *flags: str) -> tuple[int, list[dict]]:
    code = run(["station", "upgrade", "--home", str(home), "--json", *flags])
    out = capsys.readouterr().out
    return code, json.loads(out.splitlines()[0])["findings"] if out else []


def test_a_check_tries_it_on_a_copy_and_changes_nothing(old, newer, capsys):
    home = old / "home"
    before = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    newer()
    code, found = upgrade(home, capsys, "--check")
    sentences = " ".join(one["sentence"] for one in found)
    assert code == 0, sentences
    assert "from revision 0001 to 9001" in sentences
    assert "All 3 cases, folded again from their statements, come out as they were." in sentences
    after = {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}
    assert {name: after[name] for name in before} == before
    assert not list(home.glob(".upgrade-*"))


def test_an_upgrade_keeps_the_journal_as_it_was(old, newer, capsys):
    home = old / "home"
    newer()
    code, found = upgrade(home, capsys)
    assert code == 0, found
    kept = home / f"{JOURNAL_FILE}.before-upgrade-0001"
    assert (revision_of(home / JOURNAL_FILE), revision_of(kept)) == ("9001", "0001")
    code, found = upgrade(home, capsys)
    assert (code, found[-1]["sentence"]) == (0, "There is nothing to do.")


def test_the_journal_of_a_station_that_runs_is_only_looked_at(old, newer, capsys):
    home = old / "home"
    newer()
    with Home(home).alone():
        assert upgrade(home, capsys) == (3, [])
        assert upgrade(home, capsys, "--check")[0] == 0
    assert revision_of(home / JOURNAL_FILE) == "0001"


def test_a_step_that_fails_leaves_the_journal_as_it_was(old, newer, capsys):
    home = old / "home"
    newer('op.execute("INSERT INTO nowhere VALUES (1)")')
    before = (home / JOURNAL_FILE).read_bytes()
    code, found = upgrade(home, capsys)
    assert code == 3
    assert "The copy cannot be brought forward" in found[-1]["sentence"]
    assert (home / JOURNAL_FILE).read_bytes() == before
    assert revision_of(home / JOURNAL_FILE) == "0001"


def test_a_step_that_changes_what_a_case_says_is_found_before_anything_is_done(old, newer, capsys):
    home = old / "home"
    newer("op.execute(\"UPDATE entries SET verdict = 'case.state' WHERE kind = 'acknowledged'\")")
    code, found = upgrade(home, capsys)
    assert code == 3
    assert any("A case does not come out as it was" in one["sentence"] for one in found)
    assert revision_of(home / JOURNAL_FILE) == "0001"
