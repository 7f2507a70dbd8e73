"""A distress call with a CBOR library and an Ed25519 library, and nothing of ours: the protocol, in a page.

    python call_over_http.py http://127.0.0.1:8765 flooding

It makes a key on the spot, so the station hears it as a stranger's call: heard, called back, and owed
nothing yet. With a registered key the header ``Esos-Key`` is not needed. See spec/statements.md.
"""

import hashlib
import json
import os
import sys
import time
import urllib.request
from base64 import urlsafe_b64encode
from typing import Any

import cbor2
from nacl.signing import SigningKey

SIGN1_TAG = 18
NATURES = {"destruction": 1, "flooding": 2, "intruder": 3, "outage": 11, "cut-off": 12}
CONTENT_TYPES = {"real": "application/esos-statement+cbor", "exercise": "application/esos-exercise+cbor"}


def cbor(value: object) -> bytes:
    """Deterministic CBOR: the only encoding a station takes."""
    return cbor2.dumps(value, canonical=True)


def statement(key: SigningKey, realm: str, kind: str, body: dict[str, Any]) -> tuple[bytes, str]:
    """A COSE_Sign1 that says ``body``, and its id: the hash of exactly what was signed."""
    kid = hashlib.sha256(bytes(key.verify_key)).digest()[:8]
    protected = cbor({1: -8, 3: CONTENT_TYPES[realm], 4: kid})
    payload = cbor({1: 1, 2: kind, 3: time.time_ns() // 1_000_000, 5: body})
    signed = cbor(["Signature1", protected, b"", payload])
    message = cbor(cbor2.CBORTag(SIGN1_TAG, [protected, {}, payload, key.sign(signed).signature]))
    return message, hashlib.sha256(signed).hexdigest()


def ask(url: str, headers: dict[str, str], content: bytes | None = None) -> Any:
    """The station's answer in JSON."""
    request = urllib.request.Request(url, data=content, headers=headers)  # noqa: S310 - the caller names the station
    with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
        return json.load(answer)


def main() -> None:
    """Call, and look once at what the station says of the case."""
    station, nature = sys.argv[1].rstrip("/"), sys.argv[2]
    card = ask(f"{station}/api/v1/station", {})
    key = SigningKey.generate()  # keep it: it is what says that the next words are yours
    shown = {"Esos-Key": bytes(key.verify_key).hex()}

    details = {"urgency": "mayday", "natures": [NATURES[nature]], "needs": [{"line": "filtering", "quantity": 40}]}
    called, call_id = statement(key, card["realm"], "called", {"call": os.urandom(8), "details": details})
    kept = ask(f"{station}/api/v1/statements", {**shown, "Content-Type": "application/cose"}, called)
    if kept["id"] != call_id:
        sys.exit("The station has something else than what was signed.")
    print(f"{card['name']} has the call, as number {kept['seq']} in its journal. Its receipt: {kept['receipt']}")

    audience = {"audience": bytes.fromhex(card["kid"]), "expires_ms": time.time_ns() // 1_000_000 + 300_000}
    presented, _ = statement(key, card["realm"], "presented", audience)
    shows = {**shown, "Authorization": f"ESOS {urlsafe_b64encode(presented).decode().rstrip('=')}"}
    case = ask(f"{station}/api/v1/cases/{kept['case']}", shows)
    print(case["told"]["now"])


if __name__ == "__main__":
    main()
