"""What a caller writes on the command line: cards, details and facts, read as they are meant or refused in a sentence."""

import msgspec
import pytest

from esos.beacon.carrier import Failed, Heard, Sending
from esos.beacon.pulse import Pulse
from esos.caller.report import CallReport, CarrierTable
from esos.caller.targets import targets_of
from esos.carriers import station_door
from esos.cli.call_show import PlainLines, TakingBack, printable, words_of
from esos.cli.details import details_of, read_facts, read_needs, read_prefix
from esos.cli.party import Cards, open_party
from esos.errors import Forbidden, Malformed, NotDelivered, Unknown, Usage
from esos.keys.identity import kid_of, public_of
from esos.message.bodies import CallDetails
from esos.message.packet_codes import AckState
from esos.vault.callbook import DiskCallBook
from esos.vault.chance import SystemClock
from esos.vault.keyfile import new_key, write_key
from esos.words.need import NeedLine
from esos.words.realm import Realm

pytestmark = pytest.mark.anyio
HTTP = "http://127.0.0.1:9"
NOTHING = {
    "urgency": None, "natures": (), "sector": None, "country": None, "asn": None, "prefix": None, "products": (),
    "at_risk": None, "states": (), "reply": None, "needs": (), "facts": (), "words": "",
}  # fmt: skip


def card(seed=b"\x01" * 32, realm="real", **more):
    public = public_of(seed)
    plain = {"name": "Example Watch", "kid": kid_of(public).hex(), "public": public.hex(), "realm": realm, "http": HTTP}
    return msgspec.json.encode({**plain, "udp": ["127.0.0.1:9"], "origin": "example-watch/esos-log", **more}).decode()


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "own.key"
    write_key(path, new_key(Realm.REAL))
    return path


@pytest.fixture
def web(monkeypatch):
    """What the station's address answers; ``None`` for nothing."""
    answers = {HTTP: card()}

    async def fetch(http, *, timeout_ms):
        if answers.get(http) is None:
            raise NotDelivered("station.unreachable", f"{http} did not answer.")
        return answers[http].encode()

    monkeypatch.setattr(station_door, "fetch_card", fetch)
    return answers


# ------------------------------------------------------------------------------------------------- cards
async def test_a_card_is_a_file_or_inline_and_is_pinned(key_file, tmp_path):
    (tmp_path / "station.json").write_text(card())
    for written in (str(tmp_path / "station.json"), card()):
        party = await open_party(key_file, [written])
        assert [one.home.name for one in party.stations] == ["Example Watch"]
    assert DiskCallBook(key_file).stations() == list(party.stations)


async def test_without_cards_the_pinned_stations_are_meant(key_file):
    await open_party(key_file, [card()])
    assert len((await open_party(key_file, [])).stations) == 1
    assert (await open_party(key_file, [], need_station=False, take_pinned=False)).stations == ()


async def test_a_sealing_key_outlives_a_newer_card(key_file):
    book = DiskCallBook(key_file)
    (station,) = (await open_party(key_file, [card()])).stations
    book.pin(msgspec.structs.replace(station, sealing_key=b"k" * 32))
    (renewed,) = (await open_party(key_file, [card(name="New name")])).stations
    assert (renewed.home.name, renewed.sealing_key) == ("New name", b"k" * 32)


async def test_a_call_uses_the_round_trip_that_heartbeats_measured(key_file):
    book = DiskCallBook(key_file)
    (station,) = (await open_party(key_file, [card()])).stations
    assert targets_of([station])[0].rtt_ms is None
    book.keep_pulse(station.home.kid, Pulse(rtt_ms=70, rtt_at_ms=SystemClock().now_ms()))
    for cards in ([card()], []):
        party = await open_party(key_file, cards)
        assert [target.rtt_ms for target in targets_of(party.stations)] == [70]


async def test_an_address_that_does_not_answer_is_known_from_before(key_file, web):
    first = await open_party(key_file, [HTTP])
    web[HTTP] = None
    assert (await open_party(key_file, [HTTP])).stations == first.stations


async def test_an_address_that_shows_another_key_is_not_believed(key_file, web, capsys):
    first = await open_party(key_file, [HTTP])
    web[HTTP] = card(seed=b"\x02" * 32)
    assert (await open_party(key_file, [HTTP])).stations == first.stations
    assert "another key than the one pinned" in capsys.readouterr().err


async def test_an_address_nobody_ever_reached_is_kept_for_later(key_file, web):
    web[HTTP] = None
    assert (await open_party(key_file, [HTTP], need_station=False)).unreached == (HTTP,)
    with pytest.raises(NotDelivered) as refused:
        await open_party(key_file, [HTTP])
    assert refused.value.code == "station.no_card"


async def test_practice_and_distress_do_not_meet(key_file):
    with pytest.raises(Forbidden) as refused:
        await open_party(key_file, [card(realm="exercise")])
    assert refused.value.code == "key.realm"


async def test_no_station_at_all_is_a_mistake_of_usage(key_file):
    with pytest.raises(Usage) as refused:
        await open_party(key_file, [])
    assert refused.value.code == "station.none"


async def test_a_card_that_is_not_there_is_said_to_be_missing(key_file, tmp_path):
    with pytest.raises(Unknown) as refused:
        await open_party(key_file, [str(tmp_path / "nothing.json")])
    assert refused.value.code == "input.missing"


@pytest.mark.parametrize(
    ("written", "cards"),
    [("a.json b.json", ["a.json", "b.json"]), ('{"name": "x y"}', ['{"name": "x y"}']), (HTTP, [HTTP])],
)
def test_the_environment_may_name_several_cards(written, cards):
    assert list(Cards().split_envvar_value(written)) == cards


# ----------------------------------------------------------------------------------------------- details
def test_nothing_known_makes_a_call_that_says_nothing():
    assert details_of(NOTHING) == CallDetails()


@pytest.mark.parametrize(("people", "power"), [(1, 0), (9, 0), (10, 1), (20_000, 4)])
def test_people_at_risk_are_counted_in_powers_of_ten(people, power):
    assert details_of({**NOTHING, "at_risk": people}).at_risk_log10 == power


def test_details_are_read_as_people_write_them():
    details = details_of(
        {**NOTHING, "natures": ("flooding", "18"), "country": "ie", "prefix": "192.0.2.77/24", "urgency": "mayday"}
    )
    assert (details.natures, details.country, details.prefix) == ((2, 18), "IE", "192.0.2.0/24")


def test_a_need_named_twice_is_added_up():
    assert [(ask.line, ask.quantity) for ask in read_needs(("advice=2", "advice=3"))] == [(NeedLine.ADVICE, 5)]


def test_yes_and_no_are_facts_and_an_unknown_name_is_only_mentioned(capsys):
    facts = read_facts(("severe_financial_loss=yes", "data_lost=No", "recoverability=extended", "weather=bad"))
    assert facts == {
        "severe_financial_loss": True, "data_lost": False, "recoverability": "extended", "weather": "bad",
    }  # fmt: skip
    assert "weather" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("work", "code"),
    [
        (lambda: read_facts(("recoverability",)), "call.fact"),
        (lambda: read_prefix("here"), "call.prefix"),
        (lambda: details_of({**NOTHING, "country": "Eire"}), "call.details"),
        (lambda: details_of({**NOTHING, "natures": ("sadness",)}), "nature.unknown"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(work, code):
    with pytest.raises(Malformed) as refused:
        work()
    assert refused.value.code == code


# --------------------------------------------------------------------------------------------- what is shown
def test_copies_are_mentioned_now_and_then_and_nothing_twice(capsys):
    lines = PlainLines()
    for copies in range(1, 12):
        lines.tell(Sending(carrier="udp", station="Example Watch", copies=copies))
    answer = Heard(carrier="udp", station="Example Watch", state=AckState.COMMITTED, proven=True)
    lines.tell(answer)
    lines.tell(answer)
    assert capsys.readouterr().err.splitlines() == [
        "udp: Sending to Example Watch, copy 1.",
        "udp: Sending to Example Watch, copy 10.",
        "udp: Example Watch: Arrived. No person has seen it yet.",
    ]


def test_while_a_call_is_taken_back_an_answer_is_not_said_to_be_a_call_that_nobody_has_seen(capsys):
    lines = TakingBack()
    for state in (AckState.HEARD, AckState.COMMITTED, AckState.ASSIGNED):
        lines.tell(Heard(carrier="udp", station="Example Watch", state=state, proven=True))
    assert capsys.readouterr().err.splitlines() == [
        "udp: Example Watch: The station hears you. Nothing was reported.",
        "udp: Example Watch: Your word that you take the call back has arrived.",
    ]


def test_a_proven_answer_is_not_hidden_by_a_later_failure():
    table = CarrierTable()
    table.note(Heard(carrier="udp", station="Example Watch", state=AckState.COMMITTED, proven=True))
    table.note(Failed(carrier="udp", station="Example Watch", why="Lost."))
    assert [(row.state, row.proven, row.why) for row in table.rows()] == [("committed", True, "Lost.")]


@pytest.mark.parametrize(
    ("state", "holder", "first"),
    [
        ("calling", "", "No station has answered yet. If one has the call, we cannot prove it."),
        ("arrived", "", "Arrived. No person has seen it yet."),
        ("acknowledged", "Officer One", "Officer One has charge of your case."),
        ("acknowledged", "", "A watch officer has charge of your case."),
        ("mobilising", "", "Your case: teams are being asked."),
    ],
)
def test_the_end_says_no_more_than_what_is_proven(state, holder, first):
    report = CallReport(case="", call="ab", statement="cd", state=state, holder=holder)
    assert words_of(report, key_file="own.key").splitlines()[0] == first


def test_a_station_cannot_steer_the_terminal():
    assert printable("\x1b[2Jgone\r\n") == "[2Jgone"
