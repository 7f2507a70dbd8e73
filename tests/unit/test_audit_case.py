"""A case file is believed for what its signatures show, whoever made it: a holder of the file, or its station."""

from dataclasses import replace

import msgspec
import pytest
from doubles.case_forge import CLINIC, HONEST, ORIGIN, PUBLIC, bundle_of, fold, wrote
from doubles.hostile_cases import BY_ANYBODY, BY_THE_STATION, CALLER, HOLDING, OTHER

from esos.audit import case as audit_case
from esos.audit.case import verify_case_file
from esos.case.bundle import BUNDLE_MAX_BYTES, write_bundle
from esos.case.model import Request
from esos.keys.identity import public_of
from esos.words.life import Life
from esos.words.request_state import RequestState


def report_of(bundle, *, public=PUBLIC, origin=ORIGIN):
    return verify_case_file(write_bundle(bundle), pinned_public=public, origin=origin)


def codes(report):
    return tuple(dict.fromkeys(step.code for step in report.steps if not step.passed))


@pytest.mark.parametrize("name", HOLDING)
def test_an_honest_file_holds_in_fourteen_steps(name):
    report = report_of(HOLDING[name].make())
    assert report.accepted, report.lines()
    assert [step.number for step in report.steps] == list(range(1, 15))


@pytest.mark.parametrize("name", BY_ANYBODY)
def test_a_file_that_its_holder_changed_is_refused(name):
    hostile = BY_ANYBODY[name]
    assert codes(report_of(hostile.make())) == hostile.codes, hostile.sentence


@pytest.mark.parametrize("name", BY_THE_STATION)
def test_a_file_in_which_the_station_itself_signed_for_a_lie_is_refused(name):
    hostile = BY_THE_STATION[name]
    assert codes(report_of(hostile.make())) == hostile.codes, hostile.sentence


def test_no_file_holds_under_another_key_or_for_another_log():
    assert codes(report_of(bundle_of(), public=public_of(OTHER)))[0] == "case.station"
    assert codes(report_of(bundle_of(), origin="south-station.example/esos-log"))[0] == "case.station"


def test_no_file_holds_with_any_one_bit_changed():
    data = write_bundle(bundle_of())
    for place in range(0, len(data), 7):
        broken = bytearray(data)
        broken[place] ^= 1 << (place % 7)
        assert not verify_case_file(bytes(broken), pinned_public=PUBLIC, origin=ORIGIN).accepted, place


def test_bytes_that_are_no_case_file_are_a_report_too():
    for data in (b"", b"{}", b"\xff", b"[" * 5000, bytes(BUNDLE_MAX_BYTES + 1)):
        report = verify_case_file(data, pinned_public=PUBLIC, origin=ORIGIN)
        assert len(report.steps) == 1
        assert not report.accepted


def test_every_report_says_until_when_it_speaks_and_what_no_file_can_show():
    remarks = report_of(bundle_of()).remarks
    assert "2026-09-21 14:15:00 UTC" in remarks[-2]
    assert "left nothing out" in remarks[-1]


def test_what_rests_on_the_stations_word_alone_is_said():
    first = report_of(HOLDING["holds-by-the-stations-word"].make()).remarks[0]
    assert first.startswith("That the key under statement ")
    assert f"is a key of {CALLER.party} is the station's word" in first


def test_what_was_set_aside_is_said():
    aside = replace(wrote(CLINIC, CALLER, "Odd."), verdict="fold.set_aside", reason="It could not be folded.")
    remarks = report_of(bundle_of(HONEST.with_line(aside))).remarks
    assert remarks[0].startswith("The station says that it could not fold statement 11;")


def with_case(monkeypatch, **changes):
    """A verification in which the tables give another case: one that they never would."""
    case = msgspec.structs.replace(fold(HONEST)[0], **changes)
    monkeypatch.setattr(audit_case, "replay", lambda *_: case)
    signed = audit_case.take_apart(bundle_of()).exported.statement.body.case_sha256
    monkeypatch.setattr(audit_case, "case_digest", lambda _: signed)
    return codes(report_of(bundle_of()))


def test_an_open_case_in_which_nothing_runs_is_refused(monkeypatch):
    assert with_case(monkeypatch, timers={}) == ("case.unheld",)


def test_a_closed_case_with_a_request_that_has_no_outcome_is_refused(monkeypatch):
    request = Request(id=bytes(16), responder="helper", name="Helper", state=RequestState.SENT, lines=())
    assert with_case(monkeypatch, life=Life.CLOSED, requests={request.id: request}) == ("case.requests",)


def test_an_open_case_may_have_open_requests(monkeypatch):
    request = Request(id=bytes(16), responder="helper", name="Helper", state=RequestState.SENT, lines=())
    assert with_case(monkeypatch, requests={request.id: request}) == ()


def test_what_a_step_stumbles_over_does_not_hold(monkeypatch):
    def stumble(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(audit_case, "replay", stumble)
    assert "case.unreadable" in codes(report_of(bundle_of()))
