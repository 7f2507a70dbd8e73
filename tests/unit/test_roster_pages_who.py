"""Whom a page goes to by the roster at the moment it is ordered: never to nobody."""

from datetime import UTC, datetime
from types import SimpleNamespace

import msgspec
import pytest
from doubles.case_play import FIRST, Play

from esos.case.event import Audience, Page, Reason
from esos.message.card import Contact
from esos.message.roster_bodies import NeighbourStation, RosterSet, Rotation
from esos.roster.fold import Roster
from esos.roster.watch import Act
from esos.station.constituencies import Constituencies
from esos.station.contacts import Contacts
from esos.station.pager import facts_of
from esos.station.paging import PageOrder, parcels_for
from esos.station.roster_view import roster_views
from esos.station.waking import is_reached
from esos.words.page_reasons import PageReason
from esos.words.page_text import page_text

VOICE = Contact(channel="voice", address="+44 1632 960 001")
WATCH_DUE = Page(audience=Audience.WATCH, reason=Reason.WATCH_DUE)
DAYS = {"from_day": "2026-01-05", "timezone": "Europe/Tallinn"}


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp() * 1000)


def mail(name: str) -> Contact:
    return Contact(channel="mail", address=f"{name}@watch.example")


def person(name: str, *roles: str, contacts=None, station: str = ""):
    found = (mail(name),) if contacts is None else contacts
    return SimpleNamespace(
        officer=name, name=name.title(), roles=roles or ("officer",), contacts=found, station=station
    )


def directory(rules: RosterSet, *people, acts=()):
    return SimpleNamespace(
        officers={one.officer: one for one in people},
        members={},
        roster=Roster(rules=rules, acts=acts),
        contacts=Contacts(),
        rung=frozenset(),
        constituencies=Constituencies(),
        name_of=str.title,
        pact=None,
    )


def orders(where, now_ms: int, page: Page = WATCH_DUE) -> list[PageOrder]:
    case = Play().called().case
    return [msgspec.msgpack.decode(one.blob, type=PageOrder) for one in parcels_for(page, case, where, now_ms=now_ms)]


def paged(where, now_ms: int, page: Page = WATCH_DUE) -> set[str]:
    return {one.address.partition("@")[0] for one in orders(where, now_ms, page)}


DAY_AND_NIGHT = RosterSet(
    rotations=(
        Rotation(name="day", officers=("ann",), hours="Mo-Su 08:00-20:00", **DAYS),
        Rotation(name="night", officers=("ben",), hours="Mo-Su 20:00-08:00", **DAYS),
    )
)


@pytest.mark.parametrize(
    ("moment", "who"),
    [
        (at(2026, 7, 1, 4, 59), "ben"),
        (at(2026, 7, 1, 5, 0), "ann"),
        (at(2026, 1, 15, 5, 0), "ben"),
        (at(2026, 1, 15, 6, 0), "ann"),
    ],
    ids=["summer before eight", "summer eight", "winter seven", "winter eight"],
)
def test_a_page_goes_to_who_is_on_watch_at_that_moment_by_the_clock_there(moment, who):
    assert paged(directory(DAY_AND_NIGHT, person("ann"), person("ben"), person("cid")), moment) == {who}


def test_in_a_gap_everybody_is_paged():
    rules = RosterSet(rotations=(Rotation(name="day", officers=("ann",), hours="Mo-Su 08:00-20:00", **DAYS),))
    where = directory(rules, person("ann"), person("ben"), person("sue", "second"))
    assert paged(where, at(2026, 7, 1, 1)) == {"ann", "ben"}


@pytest.mark.parametrize("contacts", [(), (VOICE,)], ids=["no address", "voice only"])
def test_with_nobody_on_watch_whom_a_page_would_reach_everybody_is_paged_and_a_gap_is_shown(contacts):
    where = directory(RosterSet(watch=("ann",)), person("ann", contacts=contacts), person("ben"))
    now_ms = at(2026, 7, 1, 1)
    assert "ben" in paged(where, now_ms)
    assert roster_views(where, now_ms).gaps()[0].from_ms == now_ms


def test_a_telephone_number_that_a_machine_rings_wakes_its_officer_and_leaves_no_gap():
    where = directory(RosterSet(watch=("ann",)), person("ann", contacts=(VOICE,)), person("ben"))
    where.rung = frozenset({"voice"})
    now_ms = at(2026, 7, 1, 1)
    assert {one.channel for one in orders(where, now_ms)} == {"voice"}
    assert {one.party for one in orders(where, now_ms)} == {"ann"}
    assert roster_views(where, now_ms).gaps() == ()
    assert roster_views(where, now_ms).person("ann").reached
    assert is_reached(where, "ann")


def test_who_left_the_station_is_a_gap_and_not_a_page_into_nothing():
    where = directory(RosterSet(watch=("gone",)), person("ben"))
    assert paged(where, at(2026, 7, 1, 1)) == {"ben"}


def test_a_swap_moves_the_page_to_whoever_took_the_shift():
    begins, ends = at(2026, 7, 1, 5), at(2026, 7, 1, 17)
    act = Act(id=b"", kind="swapped", duty="watch", officers=("cid",), instead_of="ann", from_ms=begins, until_ms=ends)
    where = directory(DAY_AND_NIGHT, person("ann"), person("ben"), person("cid"), acts=(act,))
    assert paged(where, begins) == {"cid"}
    assert paged(where, ends) == {"ben"}


def test_a_neighbours_watch_is_called_at_the_hours_it_stands_in_and_told_that_it_is_its_turn():
    rules = RosterSet(
        stations=(NeighbourStation(name="Example East", contacts=(mail("east"),)),),
        rotations=(
            Rotation(name="here", officers=("ann",), hours="Mo-Su 08:00-20:00", **DAYS),
            Rotation(name="east", officers=("neighbour:Example East",), hours="Mo-Su 20:00-08:00", **DAYS),
        ),
    )
    where = directory(rules, person("ann"), person("ben"))
    assert paged(where, at(2026, 7, 1, 12)) == {"ann"}
    [order] = orders(where, at(2026, 7, 1, 1))
    title, body = page_text(PageReason(order.says), facts_of(order, "Example West"))
    assert order.address == "east@watch.example"
    assert "your watch stands in for it at this hour" in body
    assert "its watch is yours now" in title


def test_a_one_person_station_is_lent_a_second_officer_by_its_neighbour():
    lent = person("sue", "second", station="Example East")
    where = directory(RosterSet(second=("sue",)), person(FIRST.party), person("old", "second"), lent)
    case = Play().called().acknowledged(FIRST).case
    page = Page(audience=Audience.SECOND, reason=Reason.SECOND_NEEDED)
    found = parcels_for(page, case, where, now_ms=at(2026, 7, 1))
    assert {msgspec.msgpack.decode(one.blob, type=PageOrder).party for one in found} == {"sue"}
    assert roster_views(where, 0).person("sue").name == "Sue (Example East)"


def test_the_second_officer_of_the_roster_is_never_the_one_who_proposes():
    where = directory(RosterSet(second=(FIRST.party,)), person(FIRST.party), person("ben"))
    case = Play().called().acknowledged(FIRST).case
    page = Page(audience=Audience.SECOND, reason=Reason.SECOND_NEEDED)
    found = parcels_for(page, case, where, now_ms=at(2026, 7, 1))
    assert {msgspec.msgpack.decode(one.blob, type=PageOrder).party for one in found} == {"ben"}


def test_the_ladder_shown_is_the_one_that_pages():
    where = directory(DAY_AND_NIGHT, person("ann"), person("ben"), person("cid"))
    now_ms = at(2026, 7, 1, 12)
    views = roster_views(where, now_ms)
    for target, audience in (("watch", Audience.WATCH), ("backup", Audience.BACKUP), ("everyone", Audience.EVERYONE)):
        meant = {one.person for one in views._meant(target)}
        assert meant == {one.party for one in orders(where, now_ms, Page(audience=audience, reason=Reason.WATCH_DUE))}
