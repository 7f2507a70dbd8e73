"""Update: more or newer facts of one's own case; nothing is ever deleted by one.

Where no station can be asked over HTTP, what fits into packets goes the way the call went.
"""

from esos.caller.circle import NUMBER_BEYOND_PACKETS, NUMBER_MAX, Circle, Reached, say_on_case
from esos.caller.make import numbered
from esos.caller.ports import CallRecord
from esos.message.bodies import CallDetails, Updated

SECOND_MS = 1_000


async def update(circle: Circle, details: CallDetails) -> Reached:
    """Say what changed at every station that has the case; the number it is given is kept before it is said."""
    return await say_on_case(circle, "updated", Updated(number=_number(circle), details=details))


def _number(circle: Circle) -> int:
    """The next number of the kept call; without one, seconds of the clock, so that later stays later."""
    if circle.record is None:
        return NUMBER_BEYOND_PACKETS + circle.clock.now_ms() // SECOND_MS % (NUMBER_MAX - NUMBER_BEYOND_PACKETS)
    return kept_number(circle, circle.record).sequence


def kept_number(circle: Circle, record: CallRecord) -> CallRecord:
    """The record with its next number, kept."""
    taken = numbered(record)
    circle.book.keep(taken)
    return taken
