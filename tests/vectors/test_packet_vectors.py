"""The published vectors of the call packet: each gets the verdict that stands first in its file."""

import ast
import json
import re
from pathlib import Path

import cbor2
import msgspec
import pytest
from nacl.signing import VerifyKey

from esos.carriers.offline import from_file, from_print, from_qr
from esos.errors import EsosError
from esos.keys.hpke import HpkeKey
from esos.keys.identity import kid_of
from esos.message.packet import open_packet, read_compact, read_cose, seal_packet, verify_packet
from esos.message.packet_ack import open_ack
from esos.message.packet_keys import CallerKey, Registered, StationKeys
from esos.message.packet_part import decode_part, join_parts
from esos.message.packet_seal import Sealer
from esos.message.reading import read_any
from esos.message.spoken import decode_spoken
from esos.message.stranger_packet import Ask, Form, check_work, open_call, read_datagram, station_private
from esos.words.realm import Realm

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "spec" / "vectors" / "packet"
FILES = sorted(FOLDER.glob("*.json"))
SOURCES = (
    "message/packet.py",
    "message/packet_payload.py",
    "message/packet_part.py",
    "message/packet_seal.py",
    "message/packet_ack.py",
    "message/spoken.py",
    "message/reading.py",
    "message/stranger_packet.py",
    "keys/hpke.py",
    "carriers/offline.py",
)
NOT_FROM_BYTES = {
    "ack.field": "an acknowledgement that cannot be made",
    "hpke.key": "a key that nothing can be sealed to",
    "hpke.material": "a key that cannot be derived",
    "offline.suffix": "a name of a file",
    "packet.epoch": "a key that cannot be derived",
    "packet.header": "a header that cannot be made",
    "packet.kid": "a packet that cannot be made",
    "packet.master": "a key that cannot be derived",
    "packet.seal_key": "a key that cannot be used",
    "packet.too_long": "a packet that cannot be made",
    "spoken.field": "a spoken call that cannot be made",
    "statement.too_large": "among the vectors of statements",
}
"""Refusals that no reader of a packet, an acknowledgement or an offline call meets, and what they are about."""


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def keys_of(vector):
    who = vector["registered"]
    registered = Registered(bytes.fromhex(who["public"]), Realm(who["realm"]))
    ring = StationKeys(
        bytes.fromhex(vector["station_master"]),
        registered=lambda kid: registered if kid.hex() == who["kid"] else None,
        epoch=lambda: vector["epoch"],
    )
    return ring.current


def hexed(value):
    """As JSON shows it: bytes in hex, tuples as lists, quantities written out."""
    shown = {name: getattr(value, name) for name in msgspec.to_builtins(value, builtin_types=(bytes,))}
    if "needs" in shown:
        shown["needs"] = [{"line": need.line, "quantity": need.quantity} for need in value.needs]
    shown = {name: part.hex() if isinstance(part, bytes) else part for name, part in shown.items()}
    return json.loads(json.dumps(shown))


def read_packet(vector):
    opened = open_packet(bytes.fromhex(vector["datagram"]), keys_of(vector))
    return {
        "type": opened.header.type.name.lower(),
        "realm": opened.key.realm.value,
        "call": opened.header.call.hex(),
        "sequence": opened.header.sequence,
        "fields": hexed(opened.fields),
        "statement_id": opened.id.hex(),
        "cose": opened.signed.cose().hex(),
    }


def read_ack(vector):
    sealer = Sealer(bytes.fromhex(vector["sealing_key"]))
    ack = open_ack(bytes.fromhex(vector["ack"]), kid=bytes.fromhex(vector["kid"]), sealer=sealer)
    return hexed(ack) | {"state": ack.state.name.lower()}


def read_spoken(vector):
    call = decode_spoken(vector["text"])
    return {
        "pseudonym": call.pseudonym.hex(),
        "urgency": call.urgency.value,
        "natures": [int(nature) for nature in call.natures],
        "token": call.token,
        "realm": call.realm.value,
    }


def carried(found):
    return {"cose": found.cose.hex(), **({"public": found.public.hex()} if found.public else {})}


def read_printed(vector):
    return carried(from_print(vector["text"]))


def read_scanned(vector):
    return carried(from_qr(vector["text"]))


def read_file(vector):
    repeated = vector.get("file_repeated")
    content = bytes.fromhex(repeated["byte"]) * repeated["times"] if repeated else bytes.fromhex(vector["file"])
    return carried(from_file(content))


def read_kept(vector):
    return {"kind": read_any(bytes.fromhex(vector["cose"])).kind}


def read_stranger(vector):
    """As a door does that takes any cookie, since only the door that gave one can check it."""
    station, private = bytes.fromhex(vector["station"]), station_private(bytes.fromhex(vector["station_master"]))
    came = read_datagram(bytes.fromhex(vector["datagram"]))
    if isinstance(came, Ask):
        return {"form": "ask", "nonce": came.nonce.hex()}
    if came.form is Form.BY_WORK:
        check_work(station, came, bits=vector["work_bits"])
    found = open_call(came.sealed, HpkeKey(private), station=station)
    key = CallerKey(kid=found.signed.header.kid, public=found.public, realm=Realm(vector["realm"]), sealers=())
    opened = verify_packet(found.signed, key, found.answers)
    return {
        "form": came.form.name.lower().replace("_", "-"),
        "leave": came.leave.hex(),
        "type": opened.header.type.name.lower(),
        "call": opened.header.call.hex(),
        "sequence": opened.header.sequence,
        "public": opened.key.public.hex(),
        "fields": hexed(opened.fields),
        "statement_id": opened.id.hex(),
        "cose": opened.signed.cose().hex(),
        "answer_key": opened.sealer.key.hex(),
    }


def read_report(vector):
    parts = {int(number): decode_part(bytes.fromhex(payload)) for number, payload in vector["parts"].items()}
    one = next(iter(parts.values()))
    pieces = {number: part.data for number, part in parts.items()}
    report = join_parts(pieces, first=one.first, count=one.count, digest=one.digest)
    return {"waiting": True} if report is None else {"accepted": True, **hexed(report)}


READERS = {
    "packet": read_packet,
    "ack": read_ack,
    "spoken": read_spoken,
    "printed": read_printed,
    "qr": read_scanned,
    "file": read_file,
    "kept": read_kept,
    "stranger": read_stranger,
    "report": read_report,
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_vector_gets_the_verdict_that_stands_first_in_it(path):
    vector = load(path)
    read = READERS[vector["kind"]]
    assert next(iter(vector)) == "expect"
    if "refused" in vector["expect"]:
        with pytest.raises(EsosError) as refusal:
            read(vector)
        assert refusal.value.code == vector["expect"]["refused"]
    else:
        assert {**({} if vector["kind"] == "report" else {"accepted": True}), **read(vector)} == vector["expect"]


def codes_raised():
    """Every code that stands in a refusal of the readers."""
    for name in SOURCES:
        for node in ast.walk(ast.parse((ROOT / "src" / "esos" / name).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                code = node.args[0].value
                if isinstance(code, str) and re.fullmatch(
                    r"(ack|hpke|offline|packet|spoken|statement|stranger)\.[a-z_]+", code
                ):
                    yield code


def test_there_is_a_vector_for_every_refusal_that_a_reader_can_meet():
    raised, refused = set(codes_raised()), {load(path)["expect"].get("refused") for path in FILES} - {None}
    assert raised - NOT_FROM_BYTES.keys() == refused - {"nature.unknown"}
    assert raised >= NOT_FROM_BYTES.keys()


@pytest.mark.parametrize(
    "vector",
    [load(path) for path in FILES if load(path)["kind"] == "packet" and "steps" in load(path)],
    ids=lambda vector: vector["sentence"],
)
def test_the_steps_of_an_accepted_vector_hold_without_our_reader(vector):
    """COSE taken apart with a plain CBOR library, the signature checked with a plain Ed25519 library."""
    tag = cbor2.loads(bytes.fromhex(vector["expect"]["cose"]))
    protected, unprotected, payload, signature = tag.value
    header = cbor2.loads(protected)
    public = bytes.fromhex(vector["registered"]["public"])
    assert tag.tag == 18
    assert unprotected == {}
    assert header[1] == -8
    assert header[4] == kid_of(public) == bytes.fromhex(vector["datagram"])[2:10]
    assert header[-70001] == bytes.fromhex(vector["datagram"])[:19]
    assert (
        header[3]
        == {
            "real": "application/esos-packet+cbor",
            "exercise": "application/esos-exercise-packet+cbor",
        }[vector["registered"]["realm"]]
    )
    VerifyKey(public).verify(cbor2.dumps(["Signature1", protected, b"", payload]), signature)


@pytest.mark.parametrize("name", ["call-standard", "call-minimal", "exercise-call"])
def test_the_three_forms_of_a_call_are_one_call(name):
    vector = load(FOLDER / f"{name}.json")
    steps = vector["steps"]
    from_compact = read_compact(bytes.fromhex(steps["compact"]))
    from_cose = read_cose(bytes.fromhex(vector["expect"]["cose"]))
    sealer = Sealer(bytes.fromhex(steps["sealing_key"]))
    assert from_compact == from_cose
    assert seal_packet(from_cose, sealer).hex() == vector["datagram"]
    assert from_cose.statement_id().hex() == vector["expect"]["statement_id"]
