"""The doors as a drill uses them: the next address is tried while one is down, and what was acknowledged is remembered."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from doubles.ports import free_port

from esos.drill import stage as drill_stage
from esos.drill.stage import Actor, Stage, StageRefused
from esos.message.bodies import Called

pytestmark = pytest.mark.anyio


@contextmanager
def door(*answers: tuple[int, dict]):
    """A door that gives these answers, one a request, the last again and again; its address, and who knocked."""
    told = list(answers)
    knocks: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            knocks.append(f"{self.command} {self.path}")
            status, body = told.pop(0) if len(told) > 1 else told[0]
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        do_GET = do_POST = _answer  # noqa: N815 - the names http.server calls

        def log_message(self, *said: object) -> None:
            """Silence."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", knocks
    finally:
        server.shutdown()
        server.server_close()


def dead() -> str:
    return f"http://127.0.0.1:{free_port()}"


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(drill_stage, "TRY_AGAIN_SECONDS", 0.01)


async def test_while_one_process_is_down_the_next_address_is_tried():
    with door((200, {"cases": []})) as (url, knocks):
        stage = Stage(lambda: (dead(), url), "a-token")
        assert await stage.get("/api/v1/cases") == {"cases": []}
        assert (stage.down_tries, knocks) == (1, ["GET /api/v1/cases"])
        await stage.close()


async def test_a_busy_station_is_asked_again_and_a_no_is_a_no():
    busy, no = {"code": "stranger.busy", "detail": "Busy."}, {"code": "case.role", "detail": "No."}
    with door((503, busy), (409, no)) as (url, knocks):
        stage = Stage(lambda: (url,), "a-token")
        with pytest.raises(StageRefused) as refused:
            await stage.post("/api/v1/cases/00/statements", {})
        assert (refused.value.code, len(knocks)) == ("case.role", 2)
        assert stage.kept == set()
        await stage.close()


async def test_what_a_door_says_it_has_of_a_case_is_remembered():
    kept, register = {"id": "aa", "case": "11"}, {"id": "bb", "case": ""}
    with door((201, kept), (201, register), (201, {"statement": "cc", "case": "11"})) as (url, _):
        stage, actor = Stage(lambda: (url,), "a-token"), Actor("Somebody (drill)")
        for _ in range(2):
            await stage.say(actor, "called", Called(call=b"some-one"), "")
        await stage.call({})
        assert stage.kept == {"aa", "cc"}
        await stage.close()
