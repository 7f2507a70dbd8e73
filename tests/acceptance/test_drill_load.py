"""A load on one's own station, by every door: what was acknowledged is proved; anybody else's station is refused."""

import json

import pytest
from drill_play import esos
from live import founded

from esos.words.realm import Realm

CALLS = 30


@pytest.fixture(scope="module")
def live(tmp_path_factory):
    one = founded(tmp_path_factory.mktemp("load") / "home", members=1)
    one.home.write_token(one.officers[0].token)
    one.start()
    yield one
    one.kill()


def load(*flags: object):
    return esos("drill", "load", "--rate", "15", "--seconds", "2", "--callers", "3", *flags, "--json")


def test_a_load_by_every_door_is_acknowledged_and_proved(live):
    done = load("--url", live.http, "--token", live.officers[0].token, "--doors", "udp,http,pages")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["sent"], found["acknowledged"], found["lost"]) == (CALLS, CALLS, 0)
    assert found["by_door"] == {"http": CALLS // 3, "pages": CALLS // 3, "udp": CALLS // 3}
    assert (found["proved"], found["verified"]) == (CALLS, CALLS)
    assert 0 < found["p50_ms"] <= found["p95_ms"] <= found["p99_ms"]
    assert " calls due, " in done.stderr


def test_without_a_token_strangers_call_and_are_proved_too(live):
    done = load("--url", live.http, "--doors", "http")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["proved"] == CALLS
    refused = load("--url", live.http, "--doors", "udp")
    assert json.loads(refused.stderr.splitlines()[-1])["code"] == "load.no_token"


def test_a_station_for_real_calls_gets_no_load(tmp_path):
    real = founded(tmp_path / "home", members=1, realm=Realm.REAL).start()
    try:
        done = load("--url", real.http, "--doors", "http")
        assert (done.returncode, json.loads(done.stderr.splitlines()[-1])["code"]) == (3, "load.realm")
        with real.client(real.officers[0].token) as client:
            assert client.get("/api/v1/cases").json()["cases"] == []
    finally:
        real.kill()


@pytest.mark.parametrize(("flags", "code"), [
    (("--url", "http://192.0.2.1:8765"), "load.not_own"),
    (("--url", "http://127.0.0.1:9", "--doors", "http"), "station.unreachable"),
    (("--url", "http://127.0.0.1:9", "--doors", "window"), "load.doors"),
    ((), "load.no_station"),
])  # fmt: skip
def test_what_cannot_be_loaded_is_said_and_nothing_is_sent(flags, code):
    done = load(*flags)
    assert done.returncode != 0
    assert json.loads(done.stderr.splitlines()[-1])["code"] == code
