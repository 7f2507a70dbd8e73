"""A receipt file is verified in numbered sentences, all of them said, whichever fail."""

from functools import partial

import msgspec

from esos.audit.receipt import verify_receipt_file
from esos.audit.report import Checklist, Report, Step
from esos.errors import ProofFailed
from esos.keys.identity import kid_of, public_of, sign
from esos.logbook.checkpoint import Checkpoint, sign_checkpoint
from esos.logbook.commitment import claim_leaf, claim_of
from esos.logbook.nodes import Tree
from esos.logbook.proofs import inclusion_proof
from esos.logbook.receipt import Receipt, write_receipt
from esos.logbook.tree import leaf_hash
from esos.message.bodies import Noted
from esos.message.packet import Header, sign_packet
from esos.message.packet_codes import PacketType
from esos.message.packet_payload import CallFields
from esos.message.statement import write_statement
from esos.words.realm import Realm

SEED, AUTHOR = bytes(32), bytes([7]) * 32
PUBLIC, AUTHOR_PUBLIC = public_of(SEED), public_of(AUTHOR)
ORIGIN = "north-station.example/esos-log"
KEY = bytes(range(32))
SAID = write_statement(
    seed=AUTHOR,
    realm=Realm.REAL,
    kind="stabilised",
    body=Noted(note="better"),
    time_ms=1_790_000_000_000,
    case=bytes(16),
)


def receipt_for(statement_id, raw=b"", author=AUTHOR_PUBLIC):
    claim = claim_of(station=kid_of(PUBLIC), seq=1, statement=statement_id, at_ms=5, admission=b"who")
    tree = Tree([leaf_hash(KEY), claim_leaf(claim, KEY), leaf_hash(bytes(32))])
    head = Checkpoint(origin=ORIGIN, size=3, root=tree.root())
    return Receipt(
        public=PUBLIC,
        claim=claim,
        key=KEY,
        index=1,
        size=3,
        proof=inclusion_proof(1, 3, tree.node),
        checkpoint=sign_checkpoint(head, public=PUBLIC, sign=partial(sign, SEED)).decode(),
        statement=raw,
        author=author if raw else b"",
    )


def report_of(receipt, *, public=PUBLIC, origin=ORIGIN):
    return verify_receipt_file(write_receipt(receipt), pinned_public=public, origin=origin)


def codes(report):
    return [step.code for step in report.steps if not step.passed]


def test_a_good_receipt_holds_in_five_steps_and_says_what_was_not_checked():
    report = report_of(receipt_for(SAID.id))
    assert report.accepted
    assert [step.number for step in report.steps] == [1, 2, 3, 4, 5]
    assert report.lines()[-1] == "Accepted: every step holds."
    assert report.remarks == ("No statement is attached: what was said, and by whom, was not checked.",)


def test_an_attached_statement_is_checked_against_the_claim_and_its_authors_key():
    report = report_of(receipt_for(SAID.id, SAID.raw))
    assert report.accepted
    assert len(report.steps) == 7
    assert report.steps[5].detail.startswith("stabilised, author ")
    assert report.remarks == ()


def test_a_key_that_is_not_the_authors_is_refused():
    assert codes(report_of(receipt_for(SAID.id, SAID.raw, PUBLIC))) == ["statement.signature"]


def test_another_statement_than_the_claimed_one_is_refused():
    assert codes(report_of(receipt_for(bytes(32), SAID.raw))) == ["proof.statement"]


def test_a_statement_with_a_false_signature_is_refused():
    forged = SAID.raw[:-1] + bytes([SAID.raw[-1] ^ 1])
    report = report_of(receipt_for(SAID.id, forged))
    assert codes(report) == ["statement.signature"]


def test_what_the_station_itself_said_is_checked_with_its_own_key():
    own = write_statement(
        seed=SEED, realm=Realm.REAL, kind="stabilised", body=Noted(), time_ms=1_790_000_000_000, case=bytes(16)
    )
    report = report_of(receipt_for(own.id, own.raw, PUBLIC))
    assert report.accepted
    assert len(report.steps) == 7


def test_a_call_that_came_as_a_packet_is_checked_like_any_statement():
    header = Header(type=PacketType.CALL, kid=kid_of(AUTHOR_PUBLIC), call=bytes(8), sequence=0)
    packet = sign_packet(AUTHOR, header, CallFields())
    report = report_of(receipt_for(packet.statement_id(), packet.cose()))
    assert report.accepted, report.lines()
    assert len(report.steps) == 7


def test_bytes_that_are_no_statement_are_refused():
    report = report_of(receipt_for(bytes(32), b"\xff\xff"))
    assert codes(report) == ["cose.malformed", "cose.malformed"]
    assert len(report.steps) == 7


def test_no_receipt_holds_with_any_one_byte_changed():
    data = write_receipt(receipt_for(SAID.id, SAID.raw))
    for place in range(len(data)):
        for other in {data[place] ^ 1, data[place] ^ 4, ord("A"), ord(" "), ord("\n")} - {data[place]}:
            broken = data[:place] + bytes([other]) + data[place + 1 :]
            assert not verify_receipt_file(broken, pinned_public=PUBLIC, origin=ORIGIN).accepted, (place, other)


def test_every_step_is_said_even_after_one_failed():
    report = report_of(receipt_for(SAID.id), public=AUTHOR_PUBLIC)
    assert codes(report) == ["proof.station", "proof.checkpoint"]
    assert len(report.steps) == 5
    assert report.first_failure.number == 2
    assert report.lines()[-1] == "REFUSED: 2 of 5 steps do not hold."


def test_a_file_that_is_no_receipt_is_a_report_too():
    report = verify_receipt_file(b"{}", pinned_public=PUBLIC, origin=ORIGIN)
    assert codes(report) == ["receipt.malformed"]
    assert len(report.steps) == 1


def test_a_report_is_plain_data_with_its_verdict():
    plain = report_of(receipt_for(SAID.id)).plain()
    assert plain["accepted"] is True
    assert plain["steps"][0]["sentence"] == "The file is a well-formed receipt."
    assert msgspec.convert(plain["steps"], tuple[Step, ...]) == report_of(receipt_for(SAID.id)).steps


def test_a_report_without_steps_accepts_nothing():
    assert not Report(subject="nothing", steps=()).accepted
    assert Report(subject="nothing", steps=()).first_failure is None


def test_a_checklist_numbers_what_it_is_given_and_keeps_the_refusals():
    def fails():
        raise ProofFailed("proof.example", "It does not.")

    checklist = Checklist("An example.")
    assert checklist.check("One thing is so.", lambda: "seen")
    assert not checklist.check("Another is so.", fails)
    checklist.remark("A third was not looked at.")
    assert checklist.report() == Report(
        subject="An example.",
        steps=(
            Step(number=1, sentence="One thing is so.", passed=True, detail="seen"),
            Step(number=2, sentence="Another is so.", passed=False, detail="It does not.", code="proof.example"),
        ),
        remarks=("A third was not looked at.",),
    )
    assert checklist.report().lines() == [
        "An example.",
        "1. holds: One thing is so. (seen)",
        "2. DOES NOT HOLD: Another is so. (It does not.; proof.example)",
        "A third was not looked at.",
        "REFUSED: 1 of 2 steps do not hold.",
    ]
