"""Bodies of what is said of one request: asking, answering, working, ending.

Law 6: every answer names the one request it belongs to.
"""

from typing import Annotated, Literal

from msgspec import Meta

from esos.message.body import Body, Bytes16, Bytes32, Code, Instant, Long, NeedAsk, Party
from esos.message.card import Text80, Text280
from esos.words.ground import Ground

WAVES_MAX_COUNT = 10_000
"""The highest number of a wave: more than a case has requests."""
REASON_MAX_CHARACTERS = 2000
"""The sentences of a reason together."""
WaveNumber = Annotated[int, Meta(ge=0, le=WAVES_MAX_COUNT)]


class Why(Body, kw_only=True):
    """Why this responder: tier and legal basis, what is owed, integer terms, total, and all of it in sentences.

    ``runner_up`` is the member next in line with its total, ``cost_without_you`` how much more of the need
    would stay unmet without this responder. The versions are those of the register and the weights read.
    """

    tier: Annotated[int, Meta(ge=0, le=4)] = 1
    basis: Text280 = ""
    owed: Text280 = ""
    terms: dict[Code, int] = {}
    total: int = 0
    runner_up: Text80 = ""
    runner_up_total: Annotated[int, Meta(ge=0)] = 0
    cost_without_you: Annotated[int, Meta(ge=0)] = 0
    sentence: Annotated[str, Meta(max_length=REASON_MAX_CHARACTERS)] = ""
    register_version: Annotated[int, Meta(ge=0)] = 0
    weights_version: Annotated[int, Meta(ge=0)] = 0


class Requested(Body, kw_only=True):
    """One assistance request to one responder. ``wave`` 0 is an officer's own choice."""

    request: Bytes16
    responder: Party
    name: Text80 = ""
    lines: Annotated[tuple[NeedAsk, ...], Meta(min_length=1, max_length=24)]
    wave: WaveNumber = 0
    why: Why = Why()
    automatic: bool = False


class Agreed(Body, kw_only=True):
    """The caller accepts an offer: the third signature of the agreement.

    ``offer`` is the statement that it accepts: by which the helper offered or committed, or asked to stay longer.
    """

    request: Bytes16
    offer: Bytes32
    template: Text80 = ""


class OnRequest(Body, kw_only=True):
    """An answer that needs no more than the request and a sentence."""

    request: Bytes16
    note: Text280 = ""


class Offered(Body, kw_only=True):
    """What the responder can give: ``full``, ``partial`` lines, under a condition, or held until a time."""

    request: Bytes16
    how: Literal["full", "partial", "conditional", "provisional"] = "full"
    lines: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    condition: Text280 = ""
    until_ms: Instant = 0
    cost: Literal["free", "at-rate", "ceiling"] = "free"
    ceiling_eur: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    ready_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0


class Declined(Body, kw_only=True):
    """A lawful no: the ground, one sentence, and which lines could be met instead."""

    request: Bytes16
    ground: Ground
    sentence: Text280 = ""
    could_meet: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()


class Committed(Body, kw_only=True):
    """The responder is bound: these lines (empty: as offered or asked), there in so many minutes."""

    request: Bytes16
    lines: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    ready_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0
    cost: Literal["free", "at-rate", "ceiling"] = "free"
    ceiling_eur: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0


class Progressed(Body, kw_only=True):
    """The first useful act, or news of the work."""

    request: Bytes16
    note: Long = ""
    done_percent: Annotated[int, Meta(ge=0, le=100)] = 0


class Extended(Body, kw_only=True):
    """The work goes on so many days beyond the agreed time; a helper asks for that, caller or coordinator agrees."""

    request: Bytes16
    days: Annotated[int, Meta(ge=1, le=90)] = 7
    note: Text280 = ""


class Withdrew(Body, kw_only=True):
    """A bound responder leaves: the ground and the notice it gives."""

    request: Bytes16
    ground: Ground
    notice_minutes: Annotated[int, Meta(ge=0, le=10_080)] = 0
    sentence: Text280 = ""


class Settled(Body, kw_only=True):
    """Hours and costs of one request, closed."""

    request: Bytes16
    hours: Annotated[int, Meta(ge=0, le=100_000)] = 0
    cost_eur: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    note: Text280 = ""


class Volunteered(Body, kw_only=True):
    """An offer nobody asked for, or (``standby``) a notice that one could help if needed."""

    lines: Annotated[tuple[NeedAsk, ...], Meta(max_length=24)] = ()
    note: Text280 = ""
    ready_minutes: Annotated[int, Meta(ge=0, le=525_600)] = 0
