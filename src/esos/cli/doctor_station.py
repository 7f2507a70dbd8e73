"""What the doctor sees in an open journal: words that grow old, timers and pages that are late, who would wake.

Law 5: somebody always holds the case; each sentence here is about something that would leave one without.
"""

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING

from esos.cli.common import clock
from esos.cli.findings import Finding, fine, known, mend
from esos.errors import EsosError

if TYPE_CHECKING:
    from esos.settings import Settings
    from esos.station.station import Station

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
INBOX_OLD_MS = 30 * SECOND_MS
"""No statement waits longer to be folded."""
UNLOGGED_OLD_MS = 30 * SECOND_MS
"""No statement waits longer for its place in the log."""
TIMER_LATE_MS = MINUTE_MS
"""No timer is later."""
PAGE_LATE_MS = 5 * MINUTE_MS
"""No page to a person is later."""
UNHELD_OLD_MS = 15 * MINUTE_MS
"""No open case is longer without a person."""
CLOCK_BACK_MS = MINUTE_MS
FAILED_LOOKED_AT_MAX = 100
"""Among so many of the newest pages one is looked for that says why it failed."""
_RUN = "A running station does this by itself: is it running? Start it: esos station run"


async def journal(station: "Station", _settings: "Settings", now_ms: int) -> AsyncIterator[Finding]:
    """Whether it opens, what it holds, and whether time goes forward in it."""
    head = await station.journal.head()
    last = await station.journal.read(after_seq=max(0, head - 1), limit=1)
    if trouble := await station.trouble():
        hint = "Is the disk full, or another program at the file? See the log of the process."
        yield mend("journal", f"The journal takes no write, so no call is kept: {trouble}.", hint)
    else:
        yield fine("journal", f"The journal opens and takes a write; its newest statement is number {head}.")
    if last and last[0].at_ms > now_ms + CLOCK_BACK_MS:
        yield mend(
            "clock",
            f"The clock went back: the newest statement is of {clock(last[0].at_ms)}.",
            "Set the clock of this machine right, by a time server; timers wait until then.",
        )
    kept = station.clock_view()
    yield (mend if kept.is_wrong else fine if kept.kernel == "synchronised" else known)("clock", kept.sentence)


async def inbox(station: "Station", _settings: "Settings", now_ms: int) -> AsyncIterator[Finding]:
    """Whether somebody's word is not acted on."""
    oldest_ms = await station.journal.oldest_inbox_ms()
    if oldest_ms is None or now_ms - oldest_ms <= INBOX_OLD_MS:
        yield fine("inbox", "Nothing waits too long to be folded.")
    else:
        waits = span(now_ms - oldest_ms)
        yield mend("inbox", f"A statement has waited {waits} to be folded: nobody has acted on it.", _RUN)
    if count := await station.journal.set_aside_count():
        named = ", ".join(f"{one.kind} (number {one.seq})" for one in await station.journal.set_aside(limit=3))
        words = f"{_counted(count, 'statement')} could not be folded, and nobody acts on what was said: {named}."
        yield mend("inbox", words, "Call back whoever called; then report it with the log of the process.")


async def timers(station: "Station", _settings: "Settings", now_ms: int) -> AsyncIterator[Finding]:
    """Whether whoever is silent is replaced in time."""
    due_ms = await station.journal.earliest_due_ms()
    if due_ms is None or now_ms - due_ms <= TIMER_LATE_MS:
        yield fine("timers", "No timer of an open case is late.")
    else:
        late = span(now_ms - due_ms)
        yield mend("timers", f"A timer of an open case is late by {late}: whoever is silent is not replaced.", _RUN)


async def cases(station: "Station", _settings: "Settings", now_ms: int) -> AsyncIterator[Finding]:
    """Whether each open case has a person."""
    old = await station.journal.count_cases(before_ms=now_ms - UNHELD_OLD_MS)
    if old.unheld_since_ms is not None:
        yield mend(
            "cases",
            f"{_counted(old.unheld, 'open case')} without a person for more than {span(UNHELD_OLD_MS)}; "
            f"the first since {clock(old.unheld_since_ms)}.",
            "Open the watch floor and take charge. Then see why nobody woke: esos station ready",
        )
    else:
        yield fine("cases", "No open case has been without a person for long.")


async def log(station: "Station", _settings: "Settings", now_ms: int) -> AsyncIterator[Finding]:
    """Whether what was said can be proved."""
    unlogged = await station.journal.unlogged(limit=1)
    if unlogged and now_ms - unlogged[0].at_ms > UNLOGGED_OLD_MS:
        behind = span(now_ms - unlogged[0].at_ms)
        yield mend("log", f"The log is behind by {behind}: what was said since cannot be proved yet.", _RUN)
    yield await log_finding(station)


async def log_finding(station: "Station") -> Finding:
    """Whether the log's leaves are those that its signed head speaks of."""
    from esos.logbook.checkpoint import verify_checkpoint

    size, note = await station.journal.checkpoint()
    if not size:
        return known("log", "The log is empty so far.")
    try:
        verify_checkpoint(note, origin=station.identity.origin, public=station.identity.public)
        await station.sequencer.catch_up()
    except EsosError as refusal:
        hint = "Keep a copy of the home as it is, then restore the newest backup whose head holds: esos restore"
        return mend("log", f"The head of the log does not hold: {refusal.detail}", hint)
    return fine("log", f"The log has {size} leaves under a signed head that fits them.")


async def pages(station: "Station", _settings: "Settings", now_ms: int) -> AsyncIterator[Finding]:
    """Whether people are reached."""
    count = await station.journal.count_parcels()
    late = await station.journal.count_parcels(before_ms=now_ms - PAGE_LATE_MS)
    if late.first_ms is not None:
        hint = f"Reach them by telephone. {_RUN}"
        yield mend(
            "pages", f"{_counted(late.waiting, 'page')} late, the first by {span(now_ms - late.first_ms)}.", hint
        )
    if count.given_up:
        hint = "The page of the case names whom it was for: reach them another way, and mend their contact."
        words = f"{_counted(count.given_up, 'page')} given up; {await _newest_why(station, 'given_up')}"
        yield mend("pages", words, hint)
    if count.failed:
        words = f"{_counted(count.failed, 'page')} being tried again; {await _newest_why(station, 'waiting')}"
        yield known("pages", words)
    if not (late.waiting or count.given_up or count.failed):
        words = f"{_counted(count.waiting, 'page')} still to go, and none is late."
        yield fine("pages", words if count.waiting else "Every page was handed over.")


async def _newest_why(station: "Station", state: str) -> str:
    """What the newest page that failed came to."""
    found = await station.journal.parcels(state=state, limit=FAILED_LOOKED_AT_MAX)
    return next((f"the newest because: {one.error}" for one in found if one.error), "see the pages of their cases.")


async def watch(station: "Station", _settings: "Settings", now_ms: int) -> AsyncIterator[Finding]:
    """Whether anybody would wake."""
    from esos.station.contact_views import person_view
    from esos.station.rostering import on_watch as on_watch_at

    directory, ways = station.directory, station.channels
    on_watch = [directory.officers[one] for one in on_watch_at(directory, now_ms).watch if one in directory.officers]
    officers = [one for one in directory.officers.values() if "officer" in one.roles]
    reached = [one for one in on_watch or officers if any(contact.channel in ways for contact in one.contacts)]
    if not on_watch:
        hint = "Name them: esos roster set"
        yield (known if officers else mend)("watch", "Nobody is on watch, so every officer is paged.", hint)
    if not reached:
        hint = "Add a contact: esos officer add --contact; for mail, set smtp_host. Then: esos station ready"
        who = "Nobody who is on watch" if on_watch else "No officer"
        yield mend("watch", f"{who} has a contact that a page would reach: a call would wake nobody.", hint)
    else:
        proved = [one for one in reached if person_view(station, one.officer, now_ms).wakes]
        named = proved or reached
        names = ", ".join(one.name for one in named[:3]) + (" and others" if len(named) > len(named[:3]) else "")
        if proved:
            yield fine("watch", f"A call would wake {names}.")
        else:
            hint = "Have them ring themselves: esos contact ring. Then: esos station ready"
            yield known("watch", f"A call would try to wake {names}; no address of theirs is proved.", hint)


async def beacons(station: "Station", _settings: "Settings", _now_ms: int) -> AsyncIterator[Finding]:
    """Whether members' beacons are still heard. Silence is worth a look, and is no fault of the station."""
    from esos.station.heartbeats import beacons_of

    directory = station.directory
    await station.heartbeats.exchange()
    heard = [
        (card.name, view)
        for member, card in directory.members.items()
        for view in beacons_of(station.heartbeats, directory, member)
        if view.heard_ms
    ]
    silent = sorted((view.heard_ms, name) for name, view in heard if view.is_silent)
    if silent:
        named = ", ".join(f"{name} (not heard since {clock(at_ms)})" for at_ms, name in silent[-3:])
        rest = f", and {len(silent) - 3} more" if len(silent) > len(silent[-3:]) else ""
        yield known("beacons", f"{_counted(len(silent), 'beacon')} silent: {named}{rest}.")
    elif heard:
        yield fine("beacons", f"Every beacon that was ever heard here is heard now: {len(heard)}.")
    else:
        yield known("beacons", "No member's beacon was heard yet. Members run it with: esos beacon run")


StationLook = Callable[["Station", "Settings", int], AsyncIterator[Finding]]
STATION_LOOKS: tuple[StationLook, ...] = (journal, inbox, timers, cases, log, pages, watch, beacons)
"""One look a subject, in this order; a further one is a row here."""


def span(ms: int) -> str:
    """A length of time as people say it, in its largest unit."""
    for size_ms, words in ((24 * 60 * MINUTE_MS, "day"), (60 * MINUTE_MS, "hour"), (MINUTE_MS, "minute")):
        if ms >= size_ms:
            return _counted(ms // size_ms, words, is_subject=False)
    return _counted(ms // SECOND_MS, "second", is_subject=False)


def _counted(count: int, thing: str, *, is_subject: bool = True) -> str:
    words = f"{count} {thing}" if count == 1 else f"{count} {thing}s"
    if not is_subject or thing == "statement":
        return words
    return f"{words} is" if count == 1 else f"{words} are"
