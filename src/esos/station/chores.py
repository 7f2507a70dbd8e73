"""What a station does again and again beside its loops: each chore by name, looked at by every process."""

from collections.abc import Awaitable, Callable

from esos.station.contact_checks import ContactChecks
from esos.station.law import LawWatch
from esos.station.practice_clock import PracticeClock
from esos.station.retention import Retainer
from esos.station.silence import SilenceWatch
from esos.station.station import Station
from esos.words.realm import Realm

Chore = Callable[[], Awaitable[int]]


def chores_of(station: Station, *, retains: bool, checks: bool) -> dict[str, Chore]:
    """The chores of one process; ``retains``: this is the one that erases what the pact keeps no longer.

    ``checks``: people's addresses are tried, at a station for real calls; those at an exercise may be a cast's.
    """
    chores: dict[str, Chore] = {
        "heartbeats": station.heartbeats.exchange,
        "silence": SilenceWatch(station).run_once,
        "law": LawWatch(station).run_once,
        "practice": PracticeClock(station).run_once,
        "accesses": station.accesses.tend,
    }
    if checks and station.identity.realm is Realm.REAL:
        chores["contacts"] = ContactChecks(station).run_once
    return chores | ({"retain": Retainer(station).run_once} if retains else {})
