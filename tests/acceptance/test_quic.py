"""A call by QUIC as its users have it: switched on by a setting, made ready by a test of the way, shown in words."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from esos.carriers.quic_extra import has_quic

pytestmark = pytest.mark.skipif(
    not has_quic(), reason="the library for QUIC is an extra and is not installed here: pip install 'esos[quic]'"
)

ESOS = str(Path(sys.executable).parent / "esos")
DEADLINE_S = 100


def esos(*arguments, code=0):
    done = subprocess.run(
        [ESOS, *map(str, arguments)],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done


@contextmanager
def running(home, *options):
    """A station in a process of its own; yields what its ready line says."""
    child = subprocess.Popen(
        [ESOS, "station", "run", "--home", str(home), "--http", "127.0.0.1:0", "--udp", "", *options, "--json"],
        env={"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield json.loads(child.stdout.readline())
    finally:
        child.terminate()
        child.wait(DEADLINE_S)
        child.stdout.close()


def test_after_a_test_of_the_way_a_call_gets_through_by_quic_where_no_other_carrier_does(tmp_path):
    home, key, card = tmp_path / "club", tmp_path / "own.key", tmp_path / "station.json"
    esos("station", "init", "--home", home, "--name", "North")
    esos("key", "new", "--out", key)
    with running(home, "--quic", "127.0.0.1:0") as ready:
        assert ready["card"]["quic"] == [ready["quic"]]
        card.write_text(json.dumps(ready["card"]))
        ways = json.loads(esos("call", "--test", "--station", card, "--key", key, "--json").stdout)["ways"]
        assert {way["carrier"]: way["answers"] for way in ways}["quic"]
        assert [path.name for path in (tmp_path / "own.key.calls" / "quic").iterdir()] == [ready["card"]["kid"]]

        card.write_text(json.dumps({**ready["card"], "http": "http://127.0.0.1:9"}))
        called = esos(
            "call", "--station", card, "--key", key, "--nature", "flooding", "--until", "arrived", "--wait", 60
        )
        assert "quic" in called.stderr + called.stdout
        figures = httpx.get(f"{ready['http']}/metrics", timeout=DEADLINE_S).text
    assert 'esos_door_datagrams_total{what="quic.early_call"}' in figures
