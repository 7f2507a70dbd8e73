"""How a drill stands, for whoever looks on: kept by an exercise station, said by whoever plays it.

Law 7: only an exercise station keeps one. It is a poster beside the stage, not the play: every act of a
drill goes through the doors and the journal like any other.
"""

import re
from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from esos.errors import Conflict, Forbidden, Unknown
from esos.station.identity import StationIdentity
from esos.station.ports import Journal
from esos.words.realm import Realm

DRILL_STATE_MAX_BYTES = 128 * 1024
"""The largest state a station keeps of one drill."""
DRILLS_MAX = 50
"""How many drills one station remembers."""
NAME_PATTERN = "^[a-z0-9][a-z0-9-]{0,39}$"

DrillName = Annotated[str, Meta(pattern=NAME_PATTERN)]
Short = Annotated[str, Meta(max_length=200)]
Sentence = Annotated[str, Meta(max_length=1_000)]
Count = Annotated[int, Meta(ge=0, le=2**53)]
Lines = Annotated[tuple[Sentence, ...], Meta(max_length=100)]
CaseHex = Annotated[str, Meta(pattern="^([0-9a-f]{32})?$")]
Clock = Annotated[str, Meta(pattern="^([0-9]{2}:[0-9]{2})?$")]
PagePath = Annotated[str, Meta(pattern="^(/[A-Za-z0-9_/-]{1,200})?$")]


class Act(StrEnum):
    """Where a drill is, in the order in which it is played."""

    SETTING = "setting"
    OPENING = "opening"
    CALLING = "calling"
    CHARGE = "charge"
    ASKING = "asking"
    KILLING = "killing"
    HELPING = "helping"
    RELEASING = "releasing"
    PROVING = "proving"
    OVER = "over"
    BROKEN = "broken"

    @property
    def is_end(self) -> bool:
        """Whether nothing more is played."""
        return self in {Act.OVER, Act.BROKEN}


class BeatKind(StrEnum):
    """What a beat tells of."""

    NOTE = "note"
    CALLED = "called"
    ARRIVED = "arrived"
    IN_CHARGE = "in-charge"
    CALLED_BACK = "called-back"
    NEW_KEY = "new-key"
    CONSENT = "consent"
    ASKED = "asked"
    WHY = "why"
    COMING = "coming"
    PART = "part"
    DECLINED = "declined"
    SILENT = "silent"
    WITHDREW = "withdrew"
    THANKED = "thanked"
    MET = "met"
    UNMET = "unmet"
    KILLED = "killed"
    BACK = "back"
    AT_WORK = "at-work"
    RESTORED = "restored"
    STABLE = "stable"
    RELEASED = "released"
    CLOSED = "closed"
    PROVED = "proved"
    CONTROL = "control"
    AGAIN = "again"
    WARNED = "warned"
    DIVIDED = "divided"


class Seat(StrEnum):
    """A part that a visitor may take, or ``LOOKING_ON``: to see it all done."""

    CALLER = "caller"
    WATCH = "watch"
    LOOKING_ON = "looking-on"


class Moment(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happened in history: minutes after the first sign, and a sentence."""

    at_minutes: Count
    says: Sentence


class Beat(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Something that happened in the drill: minutes after the first sign, the clock on the wall, and a sentence."""

    at_minutes: Count
    says: Sentence
    clock: Clock = ""
    kind: BeatKind = BeatKind.NOTE


class Loss(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Service-hours lost on one side, with when the first and the last service came back (minutes)."""

    service_hours: Count
    first_back_minutes: Count
    all_back_minutes: Count


class Comparison(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Service-hours lost on both sides, and every assumption they rest on."""

    history: Loss
    drill: Loss
    assumptions: Lines


class Ending(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a drill ended. ``behaviours`` counts the teams, ``outcomes`` the requests.

    ``figures`` are what was counted at the end, in words, and ``unmet`` how much of each line of help stayed unmet.

    ``proof`` are the steps of the case's verification, ``refusal`` those after one byte was changed.
    ``down_ms`` is how long the station was gone after it was killed, at most; of several ``processes`` how long
    the place of one was empty.
    """

    comparison: Comparison
    behaviours: dict[Short, Count]
    outcomes: dict[Short, Count]
    figures: dict[Short, Count] = {}
    unmet: dict[Short, Count] = {}
    killed: bool
    processes: Count = 1
    lost_after_kill: Count
    down_ms: Count
    accepted: bool
    refused_after_change: bool
    proof: Lines
    refusal: Lines


class DrillState(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A drill as far as it is played.

    ``now`` and ``next`` are sentences, ``scene`` what the caller sees before it calls; ``waits_until_ms`` is how
    long it waits for a visitor, 0 while it does not. ``caller_page`` is the path of the caller's live page.
    ``watch_link`` is the secret of the watch officer's sign-in link: kept, and shown to nobody.
    """

    name: DrillName
    title: Short
    when: Short
    first_sign: Clock
    speed: Annotated[int, Meta(ge=1, le=100_000)]
    act: Act
    now: Sentence
    next: Sentence = ""
    scene: Sentence = ""
    clock: Clock = ""
    at_minutes: Count = 0
    teams: Count = 0
    waits_until_ms: Count = 0
    case: CaseHex = ""
    caller_page: PagePath = ""
    watch_link: Annotated[str, Meta(max_length=100)] = ""
    beats: Annotated[tuple[Beat, ...], Meta(max_length=500)] = ()
    history: Annotated[tuple[Moment, ...], Meta(max_length=100)] = ()
    sources: Lines = ()
    ending: Ending | None = None


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """A drill as the station keeps it: its state, the seats that visitors took, and when it was last said."""

    state: DrillState
    seats: tuple[Seat, ...] = ()
    said_ms: int = 0


def need_exercise(identity: StationIdentity) -> None:
    """Raise ``Forbidden`` (``drill.realm``) at a station for real calls."""
    if identity.realm is not Realm.EXERCISE:
        raise Forbidden(
            "drill.realm", "This station is for real calls, so no drill is played here.", hint="esos drill run NAME"
        )


async def keep_drill(journal: Journal, state: DrillState, *, now_ms: int) -> Standing:
    """Keep how a drill stands now; raises ``Conflict`` (``drill.too_many``)."""
    names = await _names(journal)
    if state.name not in names:
        if len(names) >= DRILLS_MAX:
            raise Conflict("drill.too_many", f"A station remembers {DRILLS_MAX} drills.", hint="Make a fresh home.")
        await journal.set_fact(_LIST, msgspec.json.encode([*names, state.name]))
    await journal.set_fact(_fact(state.name), msgspec.json.encode((now_ms, state)))
    return Standing(state=state, seats=await _seats(journal, state.name), said_ms=now_ms)


async def drill(journal: Journal, name: str) -> Standing:
    """How a drill stands; raises ``Unknown`` (``drill.none``)."""
    kept = await journal.fact(_fact(name))
    if kept is None:
        raise Unknown("drill.none", "No drill of this name was played here.", hint="Play one: esos drill run NAME")
    said_ms, state = msgspec.json.decode(kept, type=tuple[int, DrillState])
    return Standing(state=state, seats=await _seats(journal, name), said_ms=said_ms)


async def drills(journal: Journal) -> tuple[Standing, ...]:
    """Every drill this station remembers, the one that was last heard of first."""
    found = [await drill(journal, name) for name in await _names(journal)]
    return tuple(sorted(found, key=lambda one: -one.said_ms))


async def take_seat(journal: Journal, name: str, seat: Seat) -> None:
    """A visitor takes a part; taking it again changes nothing."""
    seats = await _seats(journal, name)
    if seat not in seats:
        await journal.set_fact(_seats_fact(name), msgspec.json.encode((*seats, seat)))


def one_byte_changed(data: bytes) -> bytes:
    """The same file with one byte changed near its middle, inside a signed statement where there is one."""
    found = _SIGNED.search(data, len(data) // 2) or _SIGNED.search(data)
    place = (found.start() + found.end()) // 2 if found else len(data) // 2
    other = b"A" if data[place : place + 1] != b"A" else b"B"
    return data[:place] + other + data[place + 1 :]


OWN_CLUB = (
    'esos station init --home our-club --name "Our club" && '
    "esos station run --home our-club --http 127.0.0.1:8766 --udp 127.0.0.1:8766"
)
"""Makes a club's own station and runs it, beside the drill's, which still has the usual port."""
_SIGNED = re.compile(rb"[A-Za-z0-9_-]{200,}")
"""A statement in base64url, as a case file carries it."""
_LIST = "drills"


async def _names(journal: Journal) -> list[str]:
    return msgspec.json.decode(await journal.fact(_LIST) or b"[]", type=list[str])


async def _seats(journal: Journal, name: str) -> tuple[Seat, ...]:
    return msgspec.json.decode(await journal.fact(_seats_fact(name)) or b"[]", type=tuple[Seat, ...])


def _fact(name: str) -> str:
    return f"drill:{name}"


def _seats_fact(name: str) -> str:
    return f"drill:{name}:seats"
