"""Answers by text message and by keypress: a real station, and real programs on sockets in the place of modem and line."""

import asyncio
import json
import os
import queue
import re
import secrets
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from live import Live, founded

from esos.message import bodies as b
from esos.message.card import Contact, MemberCard, PublicKey
from esos.message.statement import write_statement
from esos.paging.webhook import signature_of
from esos.service import founder_of, opened_station
from esos.vault.keyfile import new_key
from esos.words.realm import Realm

NUMBER, OTHER_NUMBER, OFFICER_NUMBER = "+353 999 000 111", "+353999000222", "+353999000333"
SIGNING = "a secret of the station and its gateway"
WAIT_SECONDS = 60
EXAMPLE = Path(__file__).parents[2] / "examples" / "voice_gateway.py"


class Modem:
    """What stands for a modem and a telephone line: it takes what the station posts, and keeps it by number."""

    def __init__(self) -> None:
        self.taken: queue.Queue = queue.Queue()
        self.signed: list[bool] = []
        modem = self

        class Door(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                modem.signed.append(self.headers["Esos-Signature"] == signature_of(SIGNING, body))
                modem.taken.put(json.loads(body))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.seen: list[dict] = []

    def wait_for(self, wanted) -> dict:
        """The first page, taken now or earlier, for which this holds; it is not given again."""
        deadline = time.monotonic() + WAIT_SECONDS
        while True:
            found = next((one for one in self.seen if wanted(one)), None)
            if found is not None:
                self.seen.remove(found)
                return found
            self.seen.append(self.taken.get(timeout=max(0.1, deadline - time.monotonic())))


class Club:
    """The station with a member of two numbers' kinds, an officer with a number, and its gateways' secrets."""

    def __init__(self, live: Live, modem: Modem, member: str, officer: str, text: str, voice: str) -> None:
        self.live, self.modem, self.member, self.officer = live, modem, member, officer
        self.text_secret, self.voice_secret = text, voice

    def member_calls(self, number: int) -> str:
        """One of the other members calls, and nobody has taken its case."""
        client = self.live.client(self.live.members[number].token)
        return client.post("/api/v1/calls", json={"details": {"urgency": "mayday"}}).json()["case"]

    def officers(self) -> httpx.Client:
        return self.live.client(self.live.officers[0].token)

    def call(self) -> str:
        """Somebody new calls and is taken, so that each test has a case of its own."""
        key = f"Example Caller {secrets.token_hex(4)}"
        made = httpx.post(
            f"{self.live.http}/api/v1/calls",
            json={"details": {"urgency": "mayday", "natures": ["flooding"]}, "caller_name": key}, timeout=30,
        )  # fmt: skip
        case = made.json()["case"]
        self.say(f"/cases/{case}", "acknowledged")
        return case

    def say(self, path: str, kind: str, **body) -> None:
        answer = self.officers().post(f"/api/v1{path}/statements", json={"kind": kind, "body": body})
        assert answer.status_code in {200, 201, 202}, answer.text

    def ask(self, lines: list[dict] | None = None) -> tuple[str, str, dict]:
        """The member is asked in a case of its own: case, request, and the text that reached its number."""
        case, request = self.call(), secrets.token_hex(16)
        asked = lines or [{"line": "advice", "quantity": 10}]
        self.say(f"/cases/{case}", "requested", request=request, responder=self.member, lines=asked)
        return case, request, self.text_of(case)

    def text_of(self, case: str, number: str = NUMBER) -> dict:
        """The text with the code of this very case: later texts of other cases have other links."""
        digits = number.replace(" ", "")
        return self.modem.wait_for(lambda one: one["to"] == digits and "text" in one and self.is_about(one, case))

    def is_about(self, one: dict, case: str) -> bool:
        found = re.search(r"/([ra])/(\S+)", one["text"])
        return bool(found) and case in _about(found.group(2))

    def text(self, words: str, number: str = NUMBER, secret: str = "") -> httpx.Response:
        return httpx.post(
            f"{self.live.http}/api/v1/texts", json={"number": number, "text": words}, timeout=30,
            headers={"Authorization": f"Bearer {secret or self.text_secret}"},
        )  # fmt: skip

    def reply(self, words: str, number: str = NUMBER) -> str:
        answer = self.text(words, number)
        assert answer.status_code == 200, answer.text
        return answer.json()["reply"]

    def press(self, ring: str, digits: str = "", then: str = "") -> dict:
        answer = httpx.post(
            f"{self.live.http}/api/v1/rings", json={"ring": ring, "digits": digits, "then": then}, timeout=30,
            headers={"Authorization": f"Bearer {self.voice_secret}"},
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.json()

    def request(self, request: str) -> dict:
        return self.officers().get(f"/api/v1/requests/{request}").json()

    def ring_of(self, case: str, number: str) -> dict:
        return self.modem.wait_for(lambda one: one["to"] == number and "ring" in one and case in _about(one["ring"]))


def _about(secret: str) -> str:
    """The bytes of a page's link in hexadecimal: its case is among them."""
    from base64 import urlsafe_b64decode

    body = secret.removeprefix("p.")
    return urlsafe_b64decode(body + "=" * (-len(body) % 4)).hex()


def code_in(text: dict) -> str:
    return re.search(r"coming (\d{6})", text["text"]).group(1)


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    modem = Modem()
    live = founded(
        tmp_path_factory.mktemp("telephone") / "home", members=2, realm=Realm.EXERCISE,
        text_gateway=modem.url, voice_gateway=modem.url, gateway_secret=SIGNING,
    )  # fmt: skip

    async def join() -> tuple[str, str, str, str]:
        async with opened_station(live.home, live.settings, lambda: "") as station:
            founder, key = founder_of(station), new_key(Realm.EXERCISE)
            contacts = (Contact(channel="sms", address=NUMBER), Contact(channel="ring", address="+353999000444"))
            card = MemberCard(
                name="Example Network", keys=(PublicKey(public=key.public, realm=key.realm),), contacts=contacts
            )
            signed = write_statement(
                seed=key.seed, realm=key.realm, kind="card_signed", body=b.CardSigned(card=card),
                time_ms=time.time_ns() // 1_000_000,
            )  # fmt: skip
            member = await founder.register(signed.raw)
            by = (Contact(channel="sms", address=OFFICER_NUMBER), Contact(channel="voice", address=OFFICER_NUMBER))
            officer = await founder.add_officer("Officer One", ("officer",), contacts=by)
            await founder.say("roster_set", b.RosterSet(watch=(officer,)))
            tokens = station.tokens
            return member, officer, await tokens.gateway("desk", "text"), await tokens.gateway("line", "voice")

    member, officer, text, voice = asyncio.run(join())
    live.start()
    yield Club(live, modem, member, officer, text, voice)
    live.kill()
    modem.server.shutdown()


def test_coming_with_the_code_from_the_registered_number_commits_and_is_attested(club):
    case, request, text = club.ask()
    assert set(club.modem.signed) == {True}
    assert len(text["text"]) <= 480
    assert text["text"].startswith("DRILL")
    reply = club.reply(f"Comming {code_in(text)}", "00353-999 000 111")
    assert reply.startswith("Recorded: you are coming")
    assert club.request(request)["state"] == "committed"
    item = [
        one for one in club.officers().get(f"/api/v1/cases/{case}").json()["timeline"] if one["kind"] == "committed"
    ]
    assert [(one["party"], one["signed"], one["known_by"]) for one in item] == [(club.member, "attested", "link")]


def test_a_part_is_offered_in_the_order_of_what_is_asked_and_asked_again_when_missing(club):
    _, request, text = club.ask([{"line": "advice", "quantity": 10}, {"line": "triage", "quantity": 4}])
    code = code_in(text)
    assert "How much can you give" in club.reply(f"limited {code} 5")
    assert "How much can you give" in club.reply(f"limité {code}")
    assert club.request(request)["state"] in {"sent", "delivered"}
    assert "you offer" in club.reply(f"محدود {code} ٥ ٠")
    view = club.request(request)
    assert view["state"] == "offered"
    assert [(one["line"], one["quantity"]) for one in view["offered"]] == [("advice", 5)]


def test_a_no_needs_its_ground_and_keeps_its_sentence(club):
    _, request, text = club.ask()
    code = code_in(text)
    assert "A no needs its ground" in club.reply(f"Non {code}")
    assert "A no needs its ground" in club.reply(f"no {code} D11")
    assert club.request(request)["state"] in {"sent", "delivered"}
    assert "you decline" in club.reply(f"NO {code} d2 because We are under water too")
    view = club.request(request)
    assert (view["state"], view["ground"], view["sentence"]) == ("declined", "D2", "We are under water too")
    assert "recorded before" in club.reply(f"coming {code}")
    assert club.request(request)["state"] == "declined"


@pytest.mark.parametrize(
    "words", ["not coming {code}", "hm {code}", "coming", "I am driving, I answer later", "yes no"]
)
def test_an_unclear_answer_changes_nothing_and_is_asked_again(club, words):
    _, request, text = club.ask()
    assert club.reply(words.format(code=code_in(text))).startswith("Nothing is changed")
    assert club.request(request)["state"] in {"sent", "delivered"}


def test_neither_the_number_nor_the_code_alone_is_enough(club):
    _, request, text = club.ask()
    wrong = f"{(int(code_in(text)) + 1) % 10**6:06d}"
    assert "registered number" in club.reply(f"coming {code_in(text)}", OTHER_NUMBER)
    assert "no open request" in club.reply(f"coming {wrong}")
    assert "registered number" in club.reply("coming 1", "911")
    assert club.request(request)["state"] in {"sent", "delivered"}


def test_a_code_answers_its_own_request_and_no_other(club):
    _, first, text = club.ask()
    _, second, other = club.ask()
    assert code_in(text) != code_in(other)
    club.reply(f"no {code_in(other)} D1")
    assert (club.request(first)["state"] in {"sent", "delivered"}, club.request(second)["state"]) == (True, "declined")


def test_only_a_gateway_that_was_let_in_hands_in_and_a_dismissed_one_no_more(club):
    assert club.text("coming 123456", secret="nonsense").json()["code"] == "gateway.secret"
    assert club.text("coming 123456", secret=club.voice_secret).status_code == 401
    assert club.text("coming 123456", secret=club.live.officers[0].token).status_code == 401
    assert httpx.post(f"{club.live.http}/api/v1/rings", json={"ring": "x"}).status_code == 401
    made = club.officers().post("/api/v1/gateways", json={"name": "second", "carries": "text"}).json()
    assert club.text("hello", secret=made["secret"]).status_code == 200
    assert club.officers().delete("/api/v1/gateways/second").status_code == 204
    assert club.text("hello", secret=made["secret"]).status_code == 401
    assert club.live.client(made["secret"]).get("/api/v1/cases").status_code == 401


def test_an_officer_takes_a_case_by_text_and_by_keypress(club):
    by_text = club.member_calls(0)
    text = club.text_of(by_text, OFFICER_NUMBER)
    assert "you have charge" in club.reply(f"coming {code_in(text)}", OFFICER_NUMBER)
    by_key = club.member_calls(1)
    ring = club.ring_of(by_key, OFFICER_NUMBER)["ring"]
    spoken = club.press(ring)
    assert "Press 1 to take it" in spoken["say"]
    assert spoken["say"].startswith("Exercise, exercise, exercise.")
    assert club.officers().get(f"/api/v1/cases/{by_key}").json()["holder"] == ""
    assert "not clear" in club.press(ring, "7", spoken["then"])["say"]
    done = club.press(ring, "1", spoken["then"])
    assert (done["recorded"], done["digits"]) == (True, 0)
    for case in (by_text, by_key):
        assert club.officers().get(f"/api/v1/cases/{case}").json()["holder"] == club.officer
    assert "Nobody needs to answer this" in club.press(ring, "1")["say"]


def test_by_keypress_a_team_comes_offers_a_part_or_declines_with_its_ground(club):
    states = {}
    for keys in (("1",), ("2", "5#"), ("3", "8")):
        case, request, _ = club.ask()
        ring = club.ring_of(case, "+353999000444")["ring"]
        spoken = club.press(ring)
        for key in keys:
            assert spoken["digits"] > 0
            spoken = club.press(ring, key, spoken["then"])
        assert spoken["recorded"], spoken
        states[keys] = club.request(request)
    assert [view["state"] for view in states.values()] == ["committed", "offered", "declined"]
    assert states["2", "5#"]["offered"][0]["quantity"] == 5
    assert states["3", "8"]["ground"] == "D8"


def test_what_is_pressed_wrongly_changes_nothing_and_is_asked_again(club):
    case, request, _ = club.ask()
    ring = club.ring_of(case, "+353999000444")["ring"]
    assert "not clear" in club.press(ring, "5", "menu")["say"]
    assert "not clear" in club.press(ring, "#", "ground")["say"]
    assert "not clear" in club.press(ring, "*", "amount:")["say"]
    assert club.press(ring, "1", "amount:1,2,3,4")["recorded"] is False
    assert club.press("nonsense", "1", "menu")["recorded"] is False
    assert club.request(request)["state"] in {"sent", "delivered"}


def test_the_example_of_a_voice_gateway_speaks_and_brings_the_answer(club):
    case, request, _ = club.ask()
    page = club.ring_of(case, "+353999000444")
    environment = {
        **os.environ, "STATION": club.live.http, "GATEWAY_SECRET": club.voice_secret, "SIGNING_SECRET": SIGNING,
    }  # fmt: skip
    line = [sys.executable, str(EXAMPLE), "0"]
    with subprocess.Popen(line, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as program:
        try:
            port = program.stdout.readline().split()[1]
            body = json.dumps(page).encode()
            assert httpx.post(f"http://127.0.0.1:{port}", content=body).status_code == 401
            signed = {"Esos-Signature": signature_of(SIGNING, body)}
            assert httpx.post(f"http://127.0.0.1:{port}", content=body, headers=signed).status_code == 202
            assert "Press 1 if you are coming" in program.stdout.readline()
            program.stdin.write("3\n")
            program.stdin.flush()
            assert "Which is your ground" in program.stdout.readline()
            program.stdin.write("2\n")
            program.stdin.flush()
            assert "you decline" in program.stdout.readline()
        finally:
            program.kill()
    assert club.request(request)["ground"] == "D2"


def test_the_command_for_gateways_hands_a_text_in_and_prints_the_reply(club, tmp_path):
    _, request, text = club.ask()
    secret, message = tmp_path / "secret", tmp_path / "message"
    secret.write_text(club.text_secret)
    message.write_text(f"coming {code_in(text)}")
    line = [sys.executable, "-m", "esos.cli.main", "gateway", "answer", str(message), "--url", club.live.http]
    done = subprocess.run(
        [*line, "--from", NUMBER, "--secret-file", str(secret)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.startswith("Recorded: you are coming"), done.stderr
    assert club.request(request)["state"] == "committed"
