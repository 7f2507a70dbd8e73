"""A voice gateway without a telephone: it takes what a station wants rung, speaks on the terminal, and posts the keys.

Put your telephone system in the place of ``speak`` and ``listen``; the rest stays as it is. No line and no telephone
system was at hand when this was written: it was tried with real processes and sockets, and keys from a terminal.

Run it:  STATION=http://127.0.0.1:8765 GATEWAY_SECRET=… SIGNING_SECRET=… python examples/voice_gateway.py 8091
"""

import hashlib
import hmac
import json
import os
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

STATION = os.environ.get("STATION", "http://127.0.0.1:8765")
SECRET = os.environ.get("GATEWAY_SECRET", "")
SIGNING = os.environ.get("SIGNING_SECRET", "")
BODY_MAX_BYTES = 65_536
TURNS_MAX = 30
rung: set[str] = set()


def speak(number: str, words: str) -> None:
    """Here your telephone system speaks."""
    print(f"[{number}] {words}", flush=True)


def listen(number: str, digits: int) -> str:
    """Here your telephone system gives the keys: one, or several that end with hash. Empty: nothing was pressed."""
    del number
    line = sys.stdin.readline().strip()
    return line[: digits + 1]


def turn(ring: str, digits: str, then: str) -> dict:
    """Ask the station what to speak next."""
    body = json.dumps({"ring": ring, "digits": digits, "then": then}).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SECRET}"}
    request = urllib.request.Request(f"{STATION}/api/v1/rings", body, headers)  # noqa: S310 - the operator's station
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - the operator's own station
        return json.load(answer)


def converse(page: dict) -> None:
    """One call, from the first words to hanging up."""
    if not page["ring"]:
        speak(page["to"], page["say"])
        return
    said = turn(page["ring"], "", "")
    for _ in range(TURNS_MAX):
        speak(page["to"], said["say"])
        if not said["digits"]:
            return
        said = turn(page["ring"], listen(page["to"], said["digits"]), said["then"])


class Door(BaseHTTPRequestHandler):
    """Takes what the station posts; it is answered at once, and rung afterwards."""

    def do_POST(self) -> None:
        """One page; the same id again is the same call."""
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), BODY_MAX_BYTES))
        expected = "sha256=" + hmac.new(SIGNING.encode(), body, hashlib.sha256).hexdigest()
        if SIGNING and not hmac.compare_digest(expected, self.headers.get("Esos-Signature", "")):
            self.send_response(401)
            self.end_headers()
            return
        page = json.loads(body)
        if page["id"] not in rung:
            rung.add(page["id"])
            threading.Thread(target=converse, args=(page,), daemon=True).start()
        self.send_response(202)
        self.end_headers()


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Door)
    print(f"ready {server.server_address[1]}", flush=True)
    server.serve_forever()
