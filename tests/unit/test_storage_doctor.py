"""The doctor says in words what is wrong with a journal, and finds what was broken on purpose."""

import hashlib
import sqlite3

import pytest

from esos.station.records import Admitted
from esos.storage import SqlJournal
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
    findings = doctor(tmp_path / "journal.db")
    assert grave(findings) == []
    said = " ".join(finding.sentence for finding in findings)
    assert "It holds 3 statements" in said
    assert "Every page of the journal is whole." in said


async def test_a_running_journal_can_be_examined(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    journal = await SqlJournal.open(tmp_path / "journal.db")
    assert grave(doctor(tmp_path / "journal.db")) == []
    await journal.close()


async def test_damage_is_found(tmp_path):
    await fill(tmp_path / "journal.db", 300)
    content = bytearray((tmp_path / "journal.db").read_bytes())
    content[-8 * 4096 : -4 * 4096] = b"\xff" * 4 * 4096
    (tmp_path / "journal.db").write_bytes(content)
    assert any(
        "damaged" in sentence or "cannot be read" in sentence for sentence in grave(doctor(tmp_path / "journal.db"))
    )


async def test_an_inbox_row_without_its_entry_is_found(tmp_path):
    await fill(tmp_path / "journal.db", 1)
    driver = sqlite3.connect(tmp_path / "journal.db")
    driver.execute("INSERT INTO inbox VALUES (99, 'caller:a')")
    driver.commit()
    driver.close()
    assert grave(doctor(tmp_path / "journal.db")) == ["The journal is damaged: inbox names a missing entries."]


@pytest.mark.parametrize("content", [None, b"", b"no database " * 1000])
def test_what_is_no_journal_is_said(tmp_path, content):
    path = tmp_path / "journal.db"
    if content is not None:
        path.write_bytes(content)
    assert grave(doctor(path)) != []
