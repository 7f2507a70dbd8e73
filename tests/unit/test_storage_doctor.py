"""The doctor says in words what is wrong with a journal, and finds what was broken on purpose."""

import hashlib
import sqlite3

import pytest

from esos.station.records import Admitted
from esos.storage import SqlJournal
from esos.storage import doctor as doctor_module
from esos.storage.doctor import Finding, doctor

pytestmark = pytest.mark.anyio


async def fill(path, count: int, *, now_ms: int = 1000) -> None:
    items = [hashlib.sha256(str(number).encode()).digest() for number in range(count)]
    journal = await SqlJournal.open(path)
    await journal.append(
        [
            Admitted(id=one, kind="called", dedupe=one, route="caller:a", cose=b"x" * 300, admission=b"")
            for one in items
        ],
        now_ms=now_ms,
    )
    await journal.close()


def grave(findings: list[Finding]) -> list[str]:
    return [finding.sentence for finding in findings if finding.is_grave]


async def test_a_sound_journal_has_nothing_grave(tmp_path):
    await fill(tmp_path / "journal.db", 3)
    findings = doctor(tmp_path / "journal.db", now_ms=5000)
    assert grave(findings) == []
    said = " ".join(finding.sentence for finding in findings)
    assert "It holds 3 statements" in said
    assert "3 statements wait to be folded; the oldest has waited 4 s." in said
    assert "Every page of the journal is whole." in said


async def test_a_running_journal_can_be_examined(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    journal = await SqlJournal.open(tmp_path / "journal.db")
    assert grave(doctor(tmp_path / "journal.db", now_ms=5000)) == []
    await journal.close()


async def test_an_ageing_inbox_is_grave(tmp_path):
    await fill(tmp_path / "journal.db", 2, now_ms=0)
    age_ms = doctor_module.INBOX_MAX_AGE_MS
    assert grave(doctor(tmp_path / "journal.db", now_ms=age_ms)) == []
    assert grave(doctor(tmp_path / "journal.db", now_ms=age_ms + 1000)) == [
        "2 statements wait to be folded; the oldest has waited 61 s."
    ]


async def test_damage_is_found(tmp_path):
    await fill(tmp_path / "journal.db", 300)
    content = bytearray((tmp_path / "journal.db").read_bytes())
    content[-8 * 4096 : -4 * 4096] = b"\xff" * 4 * 4096
    (tmp_path / "journal.db").write_bytes(content)
    assert any(
        "damaged" in sentence or "cannot be read" in sentence
        for sentence in grave(doctor(tmp_path / "journal.db", now_ms=0))
    )


async def test_an_inbox_row_without_its_entry_is_found(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    driver = sqlite3.connect(tmp_path / "journal.db")
    driver.execute("INSERT INTO inbox VALUES (99, 'caller:a')")
    driver.commit()
    driver.close()
    assert grave(doctor(tmp_path / "journal.db", now_ms=0)) == [
        "The journal is damaged: inbox names a missing entries."
    ]


async def test_statements_far_behind_in_the_log_are_grave(tmp_path, monkeypatch):
    await fill(tmp_path / "journal.db", 5)
    monkeypatch.setattr(doctor_module, "LOG_LAG_MAX_ENTRIES", 4)
    assert grave(doctor(tmp_path / "journal.db", now_ms=0)) == ["5 statements have no proof in the log yet."]


async def test_a_disk_that_fills_up_is_grave(tmp_path, monkeypatch):
    await fill(tmp_path / "journal.db", 1)
    monkeypatch.setattr(doctor_module, "FREE_DISK_FLOOR_BYTES", 2**62)
    assert len(grave(doctor(tmp_path / "journal.db", now_ms=0))) == 1


@pytest.mark.parametrize("content", [None, b"", b"no database " * 1000])
def test_what_is_no_journal_is_said(tmp_path, content):
    path = tmp_path / "journal.db"
    if content is not None:
        path.write_bytes(content)
    assert grave(doctor(path, now_ms=0)) != []
