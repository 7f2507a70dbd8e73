"""``esos constituency``: the station is divided, and put together again, from the command line."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from esos.cli.constituency import group

sys.path.insert(0, str(Path(__file__).parent.parent / "acceptance"))

from live import founded


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return str(founded(tmp_path_factory.mktemp("divided") / "home", members=2).home.folder)


def esos(home: str, *arguments: str, code: int = 0) -> str:
    done = CliRunner().invoke(group, [*arguments, "--home", home])
    assert done.exit_code == code, (done.output, done.exception)
    return done.output


def test_a_station_is_divided_and_put_together_again(home):
    esos(home, "add", "north", "--name", "Hospitals of the North")
    listed = json.loads(esos(home, "members", "north", "--put", "Example Team 0", "--json"))
    assert [one["name"] for one in listed["members"]] == ["Example Team 0"]
    assert "Second officer sees: north" in esos(home, "view", "Second officer", "north")
    words = esos(home, "list")
    assert "Example Team 0" in words
    assert "Second officer" in words
    assert "1 member is in none" in words
    assert "no constituency any more" in esos(home, "end", "north")


def test_a_view_names_constituencies_or_the_whole_station_and_not_both(home):
    esos(home, "view", "Second officer", code=2)
    esos(home, "view", "Second officer", "north", "--whole", code=2)
