"""Law 5 with constituencies: whoever is assigned to what, every call is in the end with somebody who can see and hold it."""

import sys
from pathlib import Path

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from esos.case.event import Event, Refused
from esos.case.model import Opening, begin
from esos.message import bodies as b
from esos.message.card import Contact, MemberCard, PublicKey
from esos.roster.fold import Roster
from esos.station.admit import Judge
from esos.station.directory import Directory
from esos.station.fold import CaseFolder, Fold
from esos.station.identity import StationIdentity
from esos.station.paging import PageOrder
from esos.station.sight import sees, sees_member, sees_whole
from esos.words.realm import Realm
from esos.words.urgency import Urgency

sys.path.insert(0, str(Path(__file__).parent.parent))

from doubles.case_play import CALLER, RULES, START_MS, STRANGER, officer

PEOPLE = tuple(f"officer:{name}" for name in ("a", "b", "c", "d"))
GROUPS = ("north", "south", "west")
CARD = MemberCard(name="Hospital", keys=(PublicKey(public=bytes(32), realm=Realm.REAL),))

people = st.fixed_dictionaries(
    {
        name: st.tuples(
            st.sampled_from([("officer",), ("second",), ("officer", "registrar"), ("auditor",)]),
            st.booleans(),
            st.none() | st.frozensets(st.sampled_from(GROUPS), min_size=1),
        )
        for name in PEOPLE
    }
)
duty = st.lists(st.sampled_from(PEOPLE), max_size=2, unique=True).map(tuple)


def station_of(assigned, caller_in, rota) -> Directory:
    """A register in which everybody has this role, a contact or none, and this view."""
    directory = Directory(StationIdentity(seed=b"s" * 32, master=b"m" * 32, name="Example Watch", realm=Realm.REAL))
    directory.members[CALLER.party] = CARD
    for group in GROUPS:
        directory.constituencies.take(b.ConstituencyNamed(constituency=group, name=group.title()))
    for group in caller_in:
        directory.constituencies.take(b.MembersPlaced(constituency=group, members=(CALLER.party,)))
    for name, (roles, is_reached, view) in assigned.items():
        contacts = (Contact(channel="file", address=name),) if is_reached else ()
        directory.officers[name] = b.OfficerAdded(officer=name, name=name, roles=roles, contacts=contacts)
        directory.constituencies.take(b.ViewLimited(officer=name, constituencies=tuple(sorted(view or ()))))
    directory.roster = Roster(rules=b.RosterSet(watch=rota[0], backup=rota[1]))
    return directory


class Alarm:
    """A call that nobody answers, and everybody whom it wakes, step by step."""

    def __init__(self, directory: Directory, caller, urgency: Urgency) -> None:
        self.directory = directory
        self.folder = CaseFolder(directory=directory, judge=Judge(directory))
        opening = Opening(
            case=b"c" * 16, realm=Realm.REAL, caller=caller.party, caller_name="x", home="station", rules=RULES
        )
        self.fold = Fold(begin(opening), 0)
        self.now_ms = START_MS
        self.steps: list[set[str]] = []
        self._said = 0
        self.say(caller, "called", b.Called(call=b"call-one", details=b.CallDetails(urgency=urgency)))
        self._note()

    @property
    def case(self):
        return self.fold.case

    def say(self, speaker, kind, body) -> Refused | None:
        self._said += 1
        event = Event(
            id=bytes([self._said]) * 32, realm=Realm.REAL, kind=kind, speaker=speaker, body=body, at_ms=self.now_ms
        )
        return self.folder._apply(self.fold, event, self.now_ms, says_ms=self.now_ms)

    def wait_for_rounds(self, count: int) -> None:
        steps = len(self.case.rules.ladder(self.case.waking).steps)
        while self.case.ladder_step <= count * steps:
            due = min(self.case.timers.values(), key=lambda timer: (timer.due_ms, timer.key))
            self.now_ms = max(self.now_ms, due.due_ms)
            self.folder.elapse(self.fold, due, self.now_ms)
            self._note()

    def _note(self) -> None:
        """Whom this step woke; every one of them sees the case by now."""
        orders = [msgspec.msgpack.decode(one.blob, type=PageOrder) for one in self.fold.parcels.values()]
        self.fold.parcels.clear()
        woken = {one.party for one in orders if one.party in self.directory.officers}
        blind = {one for one in woken if not sees(self.directory, one, self.case)}
        assert blind == set(), "somebody was woken for a case that they cannot open"
        if woken:
            self.steps.append(woken)

    @property
    def woken(self) -> set[str]:
        return set().union(*self.steps)


assignments = st.tuples(people, st.frozensets(st.sampled_from(GROUPS)), st.tuples(duty, duty))


@given(assignments, st.sampled_from((CALLER, STRANGER)), st.sampled_from(tuple(Urgency)))
def test_every_call_is_in_the_end_with_somebody_who_can_see_and_hold_it(assigned, caller, urgency):
    directory = station_of(*assigned)
    could = {one for one, row in directory.officers.items() if row.contacts and "officer" in row.roles}
    alarm = Alarm(directory, caller, urgency)
    alarm.wait_for_rounds(2)
    if could:
        assert alarm.woken & could, "nobody who could hold the case was ever woken"
    if any(step.page == "everyone" for step in RULES.ladder(alarm.case.waking).steps):
        assert could <= alarm.woken, "the end of the ladder wakes everybody"
    for one in sorted(alarm.woken & could)[:1]:
        assert alarm.say(officer(one.removeprefix("officer:")), "acknowledged", b.Acknowledged()) is None
        assert alarm.case.lease.holder == one
        assert sees(directory, one, alarm.case)


@given(assignments, st.sampled_from((CALLER, STRANGER)))
def test_the_first_page_goes_to_those_whose_view_holds_the_caller_where_there_is_one(assigned, caller):
    directory = station_of(*assigned)
    able = {one for one, row in directory.officers.items() if row.contacts and "officer" in row.roles}
    seeing = {one for one in able if sees_member(directory, one, caller.party)}
    alarm = Alarm(directory, caller, Urgency.MAYDAY)
    if seeing:
        assert alarm.steps[0] <= seeing, "somebody else was woken first"
        assert alarm.case.shown_to == ()
    elif able:
        assert alarm.steps[0] & able


@given(assignments)
def test_before_everybody_is_woken_all_who_see_the_whole_station_could_be(assigned):
    directory = station_of(*assigned)
    whole = {
        one for one, row in directory.officers.items()
        if row.contacts and "officer" in row.roles and sees_whole(directory, one)
    }  # fmt: skip
    alarm = Alarm(directory, CALLER, Urgency.MAYDAY)
    alarm.wait_for_rounds(1)
    limited = set(alarm.case.shown_to)
    first = next((number for number, woken in enumerate(alarm.steps) if woken & limited), len(alarm.steps))
    if whole and limited and first:
        assert set().union(*alarm.steps[:first]) & whole, "limited officers were woken before any who sees all"


def test_first_come_those_who_see_the_caller_then_those_who_see_all_then_everybody():
    own, whole, other, second = PEOPLE
    assigned = {
        own: (("officer",), True, frozenset({"north"})),
        whole: (("officer",), True, None),
        other: (("officer",), True, frozenset({"south"})),
        second: (("officer",), False, None),
    }
    alarm = Alarm(station_of(assigned, {"north"}, ((own,), (own,))), CALLER, Urgency.MAYDAY)
    alarm.wait_for_rounds(1)
    assert alarm.steps[:3] == [{own}, {own, whole}, {own, whole, other}]
    assert alarm.case.shown_to == (other,)


def test_a_warning_that_nobody_takes_wakes_everybody_on_duty_in_the_second_round():
    own, other, *_ = PEOPLE
    assigned = {own: (("officer",), True, frozenset({"north"})), other: (("officer",), True, frozenset({"south"}))}
    alarm = Alarm(station_of(assigned, {"north"}, ((other,), (other,))), CALLER, Urgency.ADVISORY)
    alarm.wait_for_rounds(1)
    assert alarm.steps[0] == {own}
    alarm.wait_for_rounds(2)
    assert other in alarm.woken


def test_a_case_is_shown_only_as_long_as_it_is_open():
    assigned = dict.fromkeys(PEOPLE, (("officer",), True, frozenset({"south"})))
    directory = station_of(assigned, {"north"}, ((), ()))
    alarm = Alarm(directory, CALLER, Urgency.MAYDAY)
    assert set(alarm.case.shown_to) == set(PEOPLE)
    assert alarm.say(CALLER, "cancelled", b.Cancelled()) is None
    assert not alarm.case.is_open
    assert not any(sees(directory, one, alarm.case) for one in PEOPLE)


def test_a_station_that_limits_nobody_says_nothing_of_sight():
    assigned = dict.fromkeys(PEOPLE, (("officer",), True, None))
    alarm = Alarm(station_of(assigned, {"north"}, (PEOPLE[:1], PEOPLE[1:2])), CALLER, Urgency.MAYDAY)
    alarm.wait_for_rounds(2)
    assert alarm.case.shown_to == ()
    assert alarm.steps[0] == {PEOPLE[0]}
    assert alarm.steps[1] == {PEOPLE[1]}
