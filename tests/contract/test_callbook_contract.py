"""Every book of calls keeps what it was given, and says so when it cannot."""

import msgspec
import pytest
from doubles.memory_callbook import MemoryCallBook

from esos.beacon.pulse import Pulse
from esos.caller.make import make_call
from esos.caller.ports import KnownStation
from esos.errors import Busy
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails, NeedAsk, SitrepGiven
from esos.message.card import HomeStation
from esos.vault.callbook import DiskCallBook
from esos.words.need import NeedLine
from esos.words.realm import Realm

SEED = b"\x07" * 32
PUBLIC = public_of(b"\x08" * 32)
HOME = HomeStation(
    name="Example Watch",
    kid=kid_of(PUBLIC),
    public=PUBLIC,
    realm=Realm.REAL,
    http="http://127.0.0.1:1",
    udp=("127.0.0.1:1",),
)
NOW_MS = 1_764_000_000_000


class OnDisk:
    """A book beside a key file; a plain file where its folder belongs is what a disk that takes nothing says."""

    def __init__(self, folder):
        self.key_file = folder / "own.key"

    def open(self):
        return DiskCallBook(self.key_file)

    def fill(self, book):
        book.folder.write_text("in the way")
        book.pins.mkdir()


class InMemory:
    """A book in memory."""

    def __init__(self, folder):
        self.book = MemoryCallBook()

    def open(self):
        return self.book

    def fill(self, book):
        book.is_full = True


@pytest.fixture(params=[OnDisk, InMemory])
def shelf(request, tmp_path):
    return request.param(tmp_path)


@pytest.fixture
def book(shelf):
    return shelf.open()


def record(call=b"12345678", *, made_ms=NOW_MS, **more):
    details = CallDetails(words="Help", needs=tuple(NeedAsk(line=line, quantity=9) for line in list(NeedLine)[:9]))
    made = make_call(
        seed=SEED, realm=Realm.REAL, call=call, details=details, stations=(HOME,), now_ms=made_ms,
        sitrep=SitrepGiven(sections={"C": "Dark"}),
    )  # fmt: skip
    return msgspec.structs.replace(made.record, **more)


def test_a_kept_call_is_found_again_byte_for_byte(shelf, book):
    kept = record(cases={HOME.kid.hex(): "ab" * 16}, state="arrived", followed=(HOME.kid.hex(),))
    book.keep(kept)
    assert shelf.open().find(kept.call) == kept


def test_a_call_nobody_kept_is_not_found(book):
    assert book.find(b"nobodys!") is None
    assert book.newest() is None
    assert book.calls() == []


def test_keeping_again_replaces_what_was_known(book):
    book.keep(record())
    book.keep(record(state="arrived"))
    assert [one.state for one in book.calls()] == ["arrived"]


def test_calls_are_listed_newest_first(book):
    for number in (2, 3, 1):
        book.keep(record(bytes([number]) * 8, made_ms=NOW_MS + number))
    assert [one.call[0] for one in book.calls()] == [3, 2, 1]
    assert book.newest().call == bytes([3]) * 8


def test_a_pinned_station_is_found_by_its_kid_and_can_be_renewed(shelf, book):
    assert book.station(HOME.kid) is None
    book.pin(KnownStation(home=HOME, origin="example-watch/esos-log"))
    keyed = KnownStation(home=HOME, origin="example-watch/esos-log", sealing_key=b"k" * 32)
    book.pin(keyed)
    assert shelf.open().station(HOME.kid) == keyed
    assert shelf.open().stations() == [keyed]


def test_two_proofs_of_one_call_do_not_replace_each_other(book):
    first = book.keep_receipt(b"12345678", b"station1", b"one")
    second = book.keep_receipt(b"12345678", b"station2", b"two")
    assert first != second


def test_a_book_that_cannot_keep_says_so_and_what_to_do(shelf, book):
    shelf.fill(book)
    for work in (
        lambda: book.keep(record()),
        lambda: book.pin(KnownStation(home=HOME)),
        lambda: book.keep_receipt(b"12345678", HOME.kid, b"proof"),
    ):
        with pytest.raises(Busy) as refused:
            work()
        assert refused.value.code == "callbook.not_kept"
    assert book.calls() == []


# ------------------------------------------------------------------------------------------------- on disk
@pytest.fixture
def on_disk(tmp_path):
    return DiskCallBook(tmp_path / "own.key")


def test_only_the_owner_can_read_a_kept_call(on_disk):
    on_disk.keep(record())
    modes = {path.stat().st_mode & 0o777 for path in on_disk.folder.iterdir()}
    assert modes == {0o600}


def test_nothing_half_written_is_left_beside_a_call(on_disk):
    for state in ("calling", "arrived", "acknowledged"):
        on_disk.keep(record(state=state))
    assert [path.name for path in on_disk.folder.iterdir()] == [f"{b'12345678'.hex()}.json"]


def test_a_damaged_call_hides_no_other(on_disk):
    on_disk.keep(record())
    (on_disk.folder / "0000000000000000.json").write_text('{"call": ')
    assert [one.call for one in on_disk.calls()] == [b"12345678"]


def test_damaged_pins_are_as_if_nothing_were_pinned(on_disk):
    on_disk.pins.write_text("[]")
    assert on_disk.stations() == []
    on_disk.pin(KnownStation(home=HOME))
    assert on_disk.station(HOME.kid) is not None


def test_what_heartbeats_showed_is_kept_beside_the_pins_and_not_in_them(shelf, book):
    book.pin(KnownStation(home=HOME, rtt_ms=70))
    book.keep_pulse(HOME.kid, Pulse(rtt_ms=70, rtt_at_ms=NOW_MS, heard_ms=NOW_MS, home_list=b"list"))
    assert shelf.open().pulse(HOME.kid) == Pulse(rtt_ms=70, rtt_at_ms=NOW_MS, heard_ms=NOW_MS, home_list=b"list")
    assert shelf.open().station(HOME.kid).rtt_ms is None
    assert shelf.open().pulse(b"unknown!") == Pulse()


def test_the_home_list_has_the_order_that_was_put_first(shelf, book):
    homes = [changed_home(number) for number in range(3)]
    for home in homes:
        book.pin(KnownStation(home=home))
    book.put_first([homes[2].kid, homes[0].kid, b"unknown!"])
    assert [one.home.kid for one in shelf.open().stations()] == [homes[at].kid for at in (2, 0, 1)]


def changed_home(number):
    public = public_of(bytes([16 + number]) * 32)
    return msgspec.structs.replace(HOME, kid=kid_of(public), public=public)
