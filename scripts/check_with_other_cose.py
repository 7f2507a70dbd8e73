"""Read our signed messages with a COSE library of others (cwt), and say whether it agrees with our vectors.

Runs in an environment of its own (`make cose`), because that library needs an older cbor2; it imports
nothing of ours. What a COSE library cannot know (our kinds, our one encoding) is not asked of it.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cwt import COSE, COSEKey
from cwt.exceptions import CWTError

VECTORS = Path(__file__).resolve().parent.parent / "spec" / "vectors"
OKP, ED25519, EDDSA, VERIFY = 1, 6, -8, 2
KTY, KID, ALG, KEY_OPS, CURVE, X = 1, 2, 3, 4, -1, -2
MUST_FAIL = "statement.signature"
"""A refusal that any COSE library must share; the others are rules of our profile."""


def main() -> int:
    """0 where the other library agrees on everything, 1 with a line for each message where it does not."""
    counts: Counter[str] = Counter()
    disagreed = []
    for name, wanted, payload in asked():
        counts["holds" if wanted else "refused"] += 1
        if (payload is not None) != wanted:
            disagreed.append(f"{name}: we say {wanted}, the other library {payload is not None}")
    disagreed += [f"{name}: another payload than ours" for name in payloads_that_differ()]
    print("\n".join(disagreed))
    print(json.dumps({"library": "cwt", "agrees": not disagreed, **counts}))
    return 1 if disagreed else 0


def asked() -> Iterator[tuple[str, bool, bytes | None]]:
    """Name, what we say, and the payload as the other library reads it (None where it refuses)."""
    for name, raw, public, wanted in messages():
        yield name, wanted, read(raw, public)


def messages() -> Iterator[tuple[str, bytes, bytes, bool]]:
    """Every signed message among the vectors: statements, and call packets rebuilt."""
    for path in sorted((VECTORS / "statements").glob("*.json")):
        vector = load(path)
        holds = "accepted" in vector["expect"]
        if holds or vector["expect"]["refused"] == MUST_FAIL:
            yield path.stem, bytes.fromhex(vector["statement"]), bytes.fromhex(vector["public"]), holds
    for path in sorted((VECTORS / "packet").glob("*.json")):
        vector = load(path)
        if "cose" in vector["expect"] and "registered" in vector:
            public = bytes.fromhex(vector["registered"]["public"])
            yield path.stem, bytes.fromhex(vector["expect"]["cose"]), public, True


def payloads_that_differ() -> Iterator[str]:
    for path in sorted(VECTORS.glob("*/*.json")):
        vector = load(path)
        steps, expect = vector.get("steps", {}), vector["expect"]
        if path.parent.name in {"statements", "packet"} and "payload" in steps and "accepted" in expect:
            raw = bytes.fromhex(vector.get("statement") or expect["cose"])
            public = bytes.fromhex(vector.get("public") or vector["registered"]["public"])
            if read(raw, public) != bytes.fromhex(steps["payload"]):
                yield path.stem


def read(raw: bytes, public: bytes) -> bytes | None:
    """The payload, once the other library has verified it; None where it refuses."""
    kid = hashlib.sha256(public).digest()[:8]
    key = COSEKey.new({KTY: OKP, KID: kid, ALG: EDDSA, KEY_OPS: [VERIFY], CURVE: ED25519, X: public})
    try:
        return bytes(COSE.new().decode(raw, key))
    except (CWTError, ValueError):
        return None


def load(path: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


if __name__ == "__main__":
    sys.exit(main())
