"""Ranking from a file: JSON and CSV say the same, notes are never read, and mistakes are named with their row."""

import json

import msgspec
import pytest

from esos.duty.csv_table import LIST_FIELDS, MAP_FIELDS
from esos.duty.offline import OfflineQuestion, rank_text, read_question, register_of
from esos.duty.offline_calls import CallClaim
from esos.duty.offline_member import OfflineMember
from esos.duty.picture import CallPicture
from esos.errors import EsosError, Malformed
from esos.words.nature import Nature
from esos.words.need import NeedLine

NOW_MS = 1_772_333_400_000
QUESTION = {
    "now": "2026-03-01T02:50:00Z",
    "need": "filtering=40Gbit/s",
    "caller_pacts": ["club"],
    "call": {"caller": "hospital", "country": "EE", "sectors": ["health"], "natures": ["flooding", 11], "asn": 64500},
    "members": [
        {
            "id": "net-a",
            "country": "EE",
            "asns": [64500],
            "capabilities": {"filtering": 30, "advice": 4},
            "pacts": ["club"],
        },
        {
            "id": "net-b",
            "hours": "Mo-Fr 08:00-18:00",
            "timezone": "Europe/Riga",
            "capabilities": {"filtering": 40},
            "free": {"filtering": 8},
        },
        {"id": "net-c", "capabilities": {"filtering": 90}, "conflicts": ["hospital"]},
    ],
}
TABLE = """# the same question as a table
# now: 2026-03-01T02:50:00Z
# need: filtering=40Gbit/s
# caller_pacts: club
# caller: hospital
# country: EE
# sectors: health
# natures: flooding; 11
# asn: 64500

id,country,asns,capabilities,pacts,hours,timezone,free,conflicts
net-a,EE,64500,filtering=30;advice=4,club,,,,
net-b,,,filtering=40,,Mo-Fr 08:00-18:00,Europe/Riga,filtering=8,
net-c,,,filtering=90,,,,,hospital
"""


def ranked(text, **given):
    return rank_text(text, now_ms=NOW_MS, **given)


def refused(text, **given):
    with pytest.raises(EsosError) as refusal:
        ranked(text, **given)
    return refusal.value


def question(**changes):
    return json.dumps({**QUESTION, **changes})


def test_a_question_in_json_and_as_a_table_gets_the_same_answer_byte_for_byte():
    from_json, from_table = ranked(json.dumps(QUESTION)), ranked(TABLE)
    assert msgspec.json.encode(from_json) == msgspec.json.encode(from_table)
    assert [(c.member, int(c.tier), c.units) for c in from_json.candidates] == [("net-a", 2, 30), ("net-b", 0, 8)]
    assert from_json.excluded == {"caller": 1, "conflict": 1}


def test_the_call_may_stand_in_a_text_of_its_own_beside_a_bare_list_or_table_of_members():
    call = {key: value for key, value in QUESTION.items() if key != "members"}
    whole = ranked(json.dumps(QUESTION))
    assert ranked(json.dumps(QUESTION["members"]), call_text=json.dumps(call)) == whole
    bare_table = TABLE[TABLE.index("id,country") :]
    assert ranked(bare_table, call_text=json.dumps(call)) == whole


def test_a_byte_order_mark_before_the_text_is_passed_over():
    assert ranked("\ufeff" + TABLE) == ranked(TABLE)


def test_where_the_file_says_no_time_the_time_given_counts():
    assert ranked('{"need": "advice", "members": []}').now_ms == NOW_MS


@pytest.mark.parametrize("note", ["", "it was country X", "it was our rival, and this is deserved"])
def test_whoever_a_note_blames_no_byte_of_the_ranking_changes(note):
    call = {**QUESTION["call"], "note": note}
    members = [{**member, "note": f"{note}!"} for member in QUESTION["members"]]
    assert msgspec.json.encode(ranked(question(call=call, members=members))) == msgspec.json.encode(ranked(question()))


def test_a_call_that_names_an_actor_is_refused_because_there_is_no_such_field():
    assert refused(question(call={"actor": "somebody"})).code == "match.call"


def test_natures_are_read_by_name_or_number():
    assert read_question(json.dumps(QUESTION), now_ms=NOW_MS).picture.natures == (Nature.FLOODING, Nature.OUTAGE)


def test_a_need_may_say_how_much_of_it_is_still_open():
    need = {"line": "filtering", "needed": 40, "open_units": 4}
    assert ranked(question(need=need)).need.open_units == 4
    assert ranked(question(need={"line": "filtering", "needed": 40})).need.open_units == 40


def test_every_column_of_a_member_serves():
    member = {
        "id": "full",
        "name": "Example Team",
        "country": "EE",
        "languages": ["et"],
        "products": ["acme:box"],
        "lead_minutes": 0,
        "capabilities": {"filtering": 50},
        "free": {"filtering": 40},
        "free_as_of": "2026-03-01T01:50:00Z",
        "free_ttl_minutes": 30,
        "contract_with": ["hospital"],
        "basis": "Our contract of 2025.",
        "mandate_countries": ["EE"],
        "reached": "2026-03-01T02:00:00+02:00",
        "asked": 6,
        "answered": 6,
        "valid_until": "2027-01-01T00:00:00Z",
        "sectors": ["health"],
    }
    call = {"caller": "hospital", "languages": ["et"], "products": ["acme:box"], "sectors": ["health"], "country": "EE"}
    ranking = ranked(question(call=call, caller_pacts=[], members=[member]))
    assert ranking.excluded == {"nothing-free": 1}
    fresh = {**member, "free_ttl_minutes": 60, "carried": {"filtering": 10}}
    candidate = ranked(question(call=call, caller_pacts=[], members=[fresh])).candidates[0]
    assert (candidate.name, candidate.tier, candidate.basis, candidate.units) == (
        "Example Team",
        4,
        "Our contract of 2025.",
        30,
    )
    assert candidate.terms == {
        "effect": 0,
        "cover": 150,
        "product": 90,
        "sector": 60,
        "country": 60,
        "language": 60,
        "awake": 90,
        "lead": 60,
        "answer": 56,
        "reached": 29,
        "load": 23,
    }


@pytest.mark.parametrize("stated_at", ["2026-03-01T02:50:00Z", "2026-03-02T02:50:00Z", "2026-03-01T02:40:00Z"])
def test_what_a_file_says_is_carried_is_always_taken_off_what_it_says_is_free(stated_at):
    member = {
        "id": "a",
        "capabilities": {"filtering": 40},
        "free": {"filtering": 30},
        "free_as_of": stated_at,
        "carried": {"filtering": 10},
    }
    assert ranked(question(members=[member], caller_pacts=[])).candidates[0].units == 20


def test_the_law_binds_where_a_mandate_says_so_and_suspension_stops():
    members = [
        {"id": "law", "capabilities": {"filtering": 9}, "mandate_sectors": ["health"]},
        {"id": "out", "capabilities": {"filtering": 9}, "suspended": True},
    ]
    ranking = ranked(question(members=members, caller_pacts=[]))
    assert [(c.member, c.tier, c.basis) for c in ranking.candidates] == [
        ("law", 3, "The law gives you this constituency.")
    ]
    assert ranking.excluded == {"suspended": 1}


def test_the_columns_that_hold_several_values_are_those_whose_field_does():
    def fields_of(kind):
        return {
            f.name
            for struct in (OfflineMember, CallPicture, OfflineQuestion, CallClaim)
            for f in msgspec.structs.fields(struct)
            if kind in str(f.type)
        }

    assert fields_of("tuple[") - {"members", "places"} == LIST_FIELDS
    assert fields_of("dict[") == MAP_FIELDS


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", "match.columns", "no id column"),
        ("name,country\nx,EE\n", "match.columns", "no id column"),
        ("id,id\nx,y\n", "match.columns", "one column twice"),
        ("id,culprit\nx,y\n", "match.columns", "'culprit'"),
        ("# need: advice\nid,name\na,b\nc\n", "match.csv", "Line 4: 1 cells under 2 columns"),
        ('# need: advice\nid\n"a\n', "match.csv", "Line"),
        ("# need: advice\nid,capabilities\na,advice\n", "match.csv", "Line 3, column capabilities: 'advice'"),
        ("# need: advice\nid,capabilities\na,advice=99999999\n", "match.csv", "Line 3"),
        ("# need: advice\nid,capabilities\na,shouting=1\n", "match.member", "Line 3"),
        ("# need: advice\nid,country\na,Estonia\n", "match.member", "Line 3"),
        ("# need: advice\nid,hours\na,always\n", "match.member", "Line 3: 'always' are no hours"),
        ("# need: advice\nid,timezone\na,Nowhere/Land\n", "match.member", "Line 3: 'Nowhere/Land' is no time zone"),
        ("# need: advice\nid,reached\na,yesterday\n", "match.member", "Line 3: 'yesterday' is no time"),
        ("# need: advice\nid\na\n\na\n", "match.duplicate", "Line 5 repeats the id 'a' of Line 3"),
        ("# need: advice\n# colour: red\nid\na\n", "match.call", "colour"),
        ("id\na\n", "match.need", "names no need"),
        ("# need: shouting\nid\na\n", "need.unknown", "shouting"),
        ("# need: advice\n# natures: bad\nid\na\n", "nature.unknown", "bad"),
        ("# need: advice\n# now: 2026-03-01\nid\na\n", "match.time", "offset"),
        ("# need: advice\n# now: 999999999999999999999999\nid\na\n", "match.time", "no time"),
        ("# need: advice\n# now: 999999999999999999\nid\na\n", "match.time", "out of range"),
        ("# need: advice\n# caller_pacts: club\nid\na\n", "match.call", "no caller"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_its_line(text, code, said):
    refusal = refused(text)
    assert refusal.code == code
    assert said in refusal.detail


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("{", "match.json", "no JSON"),
        ("[" * 100_000, "match.json", "no JSON"),
        ('{"need": "advice", "colour": 1}', "match.json", "members"),
        ('{"need": "advice", "members": {}}', "match.json", "no list"),
        ('{"need": "advice", "members": [{"id": "a"}, 7]}', "match.member", "Member 2"),
        ('{"need": "advice", "members": [{"id": "a", "asked": -1}]}', "match.member", "Member 1"),
        ('{"need": "advice", "members": [{"name": "a"}]}', "match.member", "Member 1"),
        ('{"need": "advice", "members": [{"id": "a"}, {"id": "a"}]}', "match.duplicate", "Member 2"),
        ('{"need": "advice", "call": []}', "match.call", "no object"),
        ('{"need": 7}', "match.need", "no need"),
        ('{"need": {"line": "advice"}}', "match.need", "needed"),
        ('{"need": "advice", "now": null}', "match.time", "now"),
        ('{"need": "advice", "caller_pacts": 3}', "match.call", "caller_pacts"),
        ('{"need": "advice", "call": {"natures": [[1]]}}', "nature.unknown", "no nature"),
    ],
)
def test_json_with_a_mistake_is_refused_with_its_member(text, code, said):
    refusal = refused(text)
    assert refusal.code == code
    assert said in refusal.detail


def test_a_call_text_that_is_no_object_is_refused():
    assert refused(TABLE, call_text="[]").code == "match.json"


def test_a_mistake_found_while_folding_names_its_member_too():
    text = question(members=[{"id": "a"}, {"id": "b", "timezone": "Nowhere/Land"}])
    with pytest.raises(Malformed) as refusal:
        register_of(read_question(text, now_ms=NOW_MS))
    assert refusal.value.detail == "Member 2: 'Nowhere/Land' is no time zone."


def test_a_caller_already_among_the_members_is_not_entered_twice():
    members = [*QUESTION["members"], {"id": "hospital", "capabilities": {"filtering": 5}}]
    register = register_of(read_question(question(members=members), now_ms=NOW_MS))
    assert len(register) == 4
    assert register.record("hospital").card.capabilities[0].line is NeedLine.FILTERING
