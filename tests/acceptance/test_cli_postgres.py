"""A station moved to a database and back by the command line; what its doctor says of each place, and a copy of it."""

import pytest
from cli_club import Club

pytestmark = pytest.mark.timeout(300)
MENDED = 3
"""The exit code of ``esos station doctor`` where something must be mended."""


@pytest.fixture
def club(tmp_path):
    own = Club(folder=tmp_path).found()
    yield own
    own.stop()


def says(club, **expect) -> str:
    found = club.owner.run("station", "doctor", "--home", "home", **expect).json["findings"]
    return "\n".join(f"{one['subject']}: {one['sentence']}" for one in found)


def served_from(club, address: str) -> None:
    file = club.folder / "home" / "esos.toml"
    kept = [line for line in file.read_text().splitlines() if not line.startswith("database")] if file.exists() else []
    file.write_text("\n".join([f'database = "{address}"', *kept]) + "\n")
    file.chmod(0o600)


def test_a_station_moves_to_a_database_and_back_and_its_doctor_knows_each_place(club, postgres_server):
    owner, address = club.owner, postgres_server.new_database()
    before = owner.does("station", "move", "--home", "home", "--to", address)
    served_from(club, address)
    there = says(club, expect=MENDED)  # nobody is on watch yet, and nobody made a copy
    assert "database: PostgreSQL" in there
    assert "forces each commit to disk" in there
    assert "No standby is synchronous" in there
    assert "journal: The journal opens and takes a write" in there
    copied = owner.does("backup", "--home", "home", "--out", "copy.journal")
    assert copied["head"] >= before["head"]
    back = owner.does("station", "move", "--home", "home", "--to", "home/again.sqlite")
    assert back["head"] == copied["head"]
    served_from(club, str(club.folder / "home" / "again.sqlite"))
    again = says(club, expect=MENDED)
    assert "database:" not in again
    assert "journal: The journal opens and takes a write" in again
    served_from(club, address)
    assert "moved" in says(club, expect=MENDED)


def test_the_doctor_of_a_station_whose_database_is_gone_says_so(club):
    served_from(club, "postgresql://esos:secret@127.0.0.1:9/esos")
    gone = says(club, expect=MENDED)
    assert "database: Its database cannot be asked" in gone
    assert "secret" not in gone
