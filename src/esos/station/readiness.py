"""Whether somebody would wake tonight: who is proved to be reachable, what help is awake, and whose card runs out.

Law 5: somebody always holds the case, which needs people who can be woken. Green only where it is proved.
"""

from collections.abc import Iterator
from typing import Any

from esos.duty.hours import awake_now
from esos.duty.record import lasts, units_free
from esos.message.card import MemberCard
from esos.message.roster_bodies import NEIGHBOUR_WATCH
from esos.roster.watch import GAPS_LOOKED_AHEAD_MS
from esos.station.contact_desk import ContactDesk
from esos.station.contact_views import PersonView, person_view
from esos.station.contacts import DAY_MS, missed_of
from esos.station.on_watch import WATCHING, backup, on_watch, people_of
from esos.station.rostering import on_watch as rostered
from esos.station.rostering import plan_of
from esos.station.station import Station
from esos.station.view_parts import View
from esos.words import ready as w
from esos.words.contact import WayState
from esos.words.language import say
from esos.words.need import NeedLine
from esos.words.practice import CALLER_KIND

CARD_ENDS_SOON_MS = 30 * DAY_MS
"""How long before its end a card is spoken of."""
MEND, NOTE, FINE = "MEND", "NOTE", "ok"
"""How grave a finding is: what must be mended, what may be meant so, and that all is well."""


class ReadyFinding(View, kw_only=True):
    """One sentence; while any is ``MEND`` the station is not ready. ``subject`` groups what belongs together."""

    mark: str
    subject: str
    sentence: str
    hint: str = ""


class OfficerReady(PersonView, kw_only=True):
    """An officer or second officer; ``turn`` is ``watch``, ``backup`` or empty."""

    roles: tuple[str, ...]
    turn: str


class MemberReady(PersonView, kw_only=True):
    """A member; ``is_awake``: these are its hours."""

    is_awake: bool


class LineReady(View, kw_only=True):
    """What could be had of one need line now: ``helpers`` with a proved address, ``asleep`` the others that have it."""

    line: str
    words: str
    unit: str
    owed: bool
    units: int
    helpers: tuple[str, ...]
    asleep: tuple[str, ...]


class Expiry(View, kw_only=True):
    """A card, or one line of it (in words), that ends."""

    party: str
    name: str
    line: str
    until_ms: int
    is_over: bool


class RedRow(View, kw_only=True):
    """A confirmed address that did not answer a check; ``others``: whether another of theirs is proved."""

    party: str
    name: str
    channel: str
    address: str
    since_ms: int
    others: bool


class Readiness(View, kw_only=True):
    """Everything at one glance; ``is_ready`` only where nothing is to be mended."""

    at_ms: int
    is_ready: bool
    officers: tuple[OfficerReady, ...]
    members: tuple[MemberReady, ...]
    lines: tuple[LineReady, ...]
    red: tuple[RedRow, ...]
    expiries: tuple[Expiry, ...]
    findings: tuple[ReadyFinding, ...]


def readiness(station: Station, now_ms: int) -> Readiness:
    """How ready the station is at this moment."""
    officers, members = officers_ready(station, now_ms), members_ready(station, now_ms)
    whole, expiries = station.whole, expiries_of(station, now_ms)
    helpers = members if whole is station else members_ready(whole, now_ms)  # help crosses constituencies
    lines = lines_ready(whole, helpers, now_ms)
    found = (
        *_officers_found(officers),
        *_roster_found(station, officers, now_ms),
        *_members_found(members),
        *_lines_found(lines),
        *_expiries_found(expiries),
    )
    is_ready = all(one.mark != MEND for one in found)
    well = (ReadyFinding(mark=FINE, subject="people", sentence=say(w.ALL_WELL)),) if is_ready else ()
    return Readiness(
        at_ms=now_ms,
        is_ready=is_ready,
        officers=officers,
        members=members,
        lines=lines,
        red=red_list(station, (*officers, *members), now_ms),
        expiries=expiries,
        findings=(*well, *found),
    )


def officers_ready(station: Station, now_ms: int) -> tuple[OfficerReady, ...]:
    """Officers and second officers: those on watch first, then the backup."""
    directory = station.directory
    turns = {
        **dict.fromkeys(backup(directory, now_ms), "backup"),
        **dict.fromkeys(on_watch(directory, now_ms), "watch"),
    }
    found = [
        OfficerReady(
            **_fields(person_view(station, one, now_ms)), roles=directory.officers[one].roles, turn=turns.get(one, "")
        )
        for one in dict.fromkeys((*turns, *people_of(directory)))
    ]
    return tuple(sorted(found, key=lambda one: (("watch", "backup", "").index(one.turn), one.name.casefold())))


def members_ready(station: Station, now_ms: int) -> tuple[MemberReady, ...]:
    """Members that are not suspended, by name; who calls for practice only is no team."""
    directory = station.directory
    found = [
        MemberReady(
            **_fields(person_view(station, member, now_ms)), is_awake=awake_now(card.hours, card.timezone, now_ms)
        )
        for member, card in directory.members.items()
        if member not in directory.suspended and card.kind != CALLER_KIND
    ]
    return tuple(sorted(found, key=lambda one: one.name.casefold()))


def lines_ready(station: Station, members: tuple[MemberReady, ...], now_ms: int) -> tuple[LineReady, ...]:
    """Every line of the catalogue of help, with who could meet it at this moment."""
    pact = station.directory.pact
    owed = frozenset(pact.assistance.owed) if pact else frozenset()
    able: dict[NeedLine, list[tuple[MemberReady, int]]] = {line: [] for line in NeedLine}
    for one in members:
        for line, units in _free(station, one.party, now_ms).items():
            able[line].append((one, units))
    return tuple(_line(line, able[line], is_owed=line in owed) for line in NeedLine)


def red_list(station: Station, people: tuple[PersonView, ...], now_ms: int) -> tuple[RedRow, ...]:
    """Every address that did not answer its check, the longest silent first."""
    contacts, desk = station.directory.contacts, ContactDesk(station)
    found = [
        RedRow(
            party=one.party,
            name=one.name,
            channel=contact.channel,
            address=contact.address,
            since_ms=missed.at_ms,
            others=one.wakes,
        )
        for one in people
        for contact, missed in missed_of(contacts, one.party, desk.contacts_of(one.party), now_ms)
    ]
    return tuple(sorted(found, key=lambda row: (row.since_ms, row.name.casefold())))


def expiries_of(station: Station, now_ms: int) -> tuple[Expiry, ...]:
    """Cards, and lines of cards, that have ended or end soon, the first to end first."""
    directory = station.directory
    found = [
        one
        for member, card in directory.members.items()
        if member not in directory.suspended
        for one in _ends(member, card, now_ms)
    ]
    return tuple(sorted(found, key=lambda one: (one.until_ms, one.name.casefold(), one.line)))


def _fields(person: PersonView) -> dict[str, Any]:
    return {name: getattr(person, name) for name in PersonView.__struct_fields__}


def _line(line: NeedLine, able: list[tuple[MemberReady, int]], *, is_owed: bool) -> LineReady:
    ready = [(one, units) for one, units in able if one.wakes and one.is_awake]
    return LineReady(
        line=line.value,
        words=line.words,
        unit=line.unit,
        owed=is_owed,
        units=sum(units for _, units in ready),
        helpers=tuple(one.name for one, _ in ready),
        asleep=tuple(one.name for one, _ in able if not (one.wakes and one.is_awake)),
    )


def _free(station: Station, member: str, now_ms: int) -> dict[NeedLine, int]:
    """What a member has free of each line that it has anything of."""
    record = station.directory.register.find(member)
    if record is None or not lasts(record.card.valid_until_ms, now_ms):
        return {}
    lines = dict.fromkeys(one.line for one in record.card.capabilities)
    return {line: units for line in lines if (units := units_free(record, line, now_ms))}


def _ends(member: str, card: MemberCard, now_ms: int) -> Iterator[Expiry]:
    parts = [("", card.valid_until_ms), *((one.line.words, one.valid_until_ms) for one in card.capabilities)]
    for line, until_ms in parts:
        if until_ms and until_ms - now_ms < CARD_ENDS_SOON_MS:
            yield Expiry(party=member, name=card.name, line=line, until_ms=until_ms, is_over=until_ms <= now_ms)


def _mend(subject: str, sentence: str, hint: str = "", **values: object) -> ReadyFinding:
    return ReadyFinding(mark=MEND, subject=subject, sentence=say(sentence, **values), hint=say(hint) if hint else "")


def _note(subject: str, sentence: str, **values: object) -> ReadyFinding:
    return ReadyFinding(mark=NOTE, subject=subject, sentence=say(sentence, **values))


_OF_TURN = {"watch": w.ON_WATCH_NO_PROOF, "backup": w.BACKUP_NO_PROOF, "": w.NO_PROOF}


def _officers_found(officers: tuple[OfficerReady, ...]) -> Iterator[ReadyFinding]:
    if not any("officer" in one.roles for one in officers):
        yield _mend("officers", w.NO_OFFICER, w.NO_OFFICER_HINT)
    if sum(bool(WATCHING & set(one.roles)) for one in officers) == 1:
        yield _mend("officers", w.ONE_OFFICER)
    for one in officers:
        if not _has_way(one):
            yield _mend("officers", w.NO_WAY, name=one.name)
        elif not one.wakes:
            yield _mend("officers", _OF_TURN[one.turn], w.NO_PROOF_HINT, name=one.name)
        elif sum(way.wakes for way in one.ways) == 1:
            yield _note("officers", w.ONE_WAY, name=one.name)


def _has_way(person: PersonView) -> bool:
    return any(one.state not in {WayState.DIALLED, WayState.NO_CHANNEL} for one in person.ways)


def _roster_found(station: Station, officers: tuple[OfficerReady, ...], now_ms: int) -> Iterator[ReadyFinding]:
    directory = station.directory
    named, known = rostered(directory, now_ms), {one.party for one in officers}
    rules = directory.roster.rules
    lists = {*rules.watch, *rules.backup, *(person for one in rules.rotations for person in one.officers)}
    if not lists <= known | {NEIGHBOUR_WATCH + one.name for one in rules.stations}:
        yield _mend("roster", w.GONE)
    if not named.watch:
        yield _note("roster", w.NOBODY_NAMED)
    elif plan_of(directory).gaps(now_ms, now_ms + GAPS_LOOKED_AHEAD_MS):
        yield _mend("roster", w.GAPS_AHEAD)
    if not named.backup:
        yield _note("roster", w.NO_BACKUP)
    elif set(on_watch(directory, now_ms)) >= set(backup(directory, now_ms)):
        yield _mend("roster", w.SAME_BACKUP)
    if not directory.roster.rules.neighbour:
        yield _note("roster", w.NO_NEIGHBOUR)


def _members_found(members: tuple[MemberReady, ...]) -> Iterator[ReadyFinding]:
    if not members:
        yield _mend("members", w.NO_MEMBERS)
    for one in members:
        if one.ways and all(way.state == WayState.DIALLED for way in one.ways):
            yield _note("members", w.MEMBER_DIALLED, name=one.name)
        elif not _has_way(one):
            yield _mend("members", w.MEMBER_NO_WAY, name=one.name)
        elif not one.wakes:
            yield _mend("members", w.MEMBER_NO_PROOF, name=one.name)


def _lines_found(lines: tuple[LineReady, ...]) -> Iterator[ReadyFinding]:
    for one in lines:
        if one.owed and not one.helpers:
            yield _mend("help", w.LINE_ASLEEP if one.asleep else w.LINE_NOBODY, line=one.words)
        elif one.owed and len(one.helpers) == 1:
            yield _note("help", w.LINE_ONE, line=one.words, name=one.helpers[0])


def _expiries_found(expiries: tuple[Expiry, ...]) -> Iterator[ReadyFinding]:
    for one in expiries:
        if one.is_over:
            yield _mend("cards", w.ABLE_OVER if one.line else w.CARD_OVER, name=one.name, line=one.line)
        else:
            yield _note("cards", w.ABLE_ENDS if one.line else w.CARD_ENDS, name=one.name, line=one.line)
