"""What a database server does not promise is said in words before somebody finds it out."""

import pytest
from doubles.postgres_server import PostgresServer, server_programs

from esos.errors import Busy
from esos.storage.doctor import Finding
from esos.storage.durability import durability


@pytest.fixture(scope="module")
def careless_server():
    """A server that forces nothing to disk, and waits for a standby that is not there."""
    if server_programs() is None:
        pytest.skip("no PostgreSQL server here: make parts says how to have it")
    careless = {"fsync": "off", "full_page_writes": "off", "synchronous_standby_names": "elsewhere"}
    own = PostgresServer(settings=careless)
    try:
        yield own.start()
    finally:
        own.remove()


def grave(findings: list[Finding]) -> str:
    return " ".join(one.sentence for one in findings if one.is_grave)


def test_a_file_has_no_server_to_speak_of(tmp_path):
    assert durability(tmp_path / "journal.db") == []


def test_a_server_as_it_is_installed_is_durable_and_has_no_standby(postgres_server):
    disk, standby = durability(postgres_server.url())
    assert not disk.is_grave
    assert "forces each commit to disk" in disk.sentence
    assert not standby.is_grave
    assert "No standby is synchronous" in standby.sentence


def test_a_server_that_forces_nothing_and_one_without_its_standby_are_grave(careless_server):
    said = grave(durability(careless_server.url()))
    assert "fsync is off" in said
    assert "full_page_writes is off" in said
    assert "none is there: no commit is answered" in said


def test_a_server_that_is_not_there_cannot_be_asked():
    with pytest.raises(Busy) as refusal:
        durability("postgresql://esos@127.0.0.1:9/nothing")
    assert refusal.value.code == "storage.unreachable"
