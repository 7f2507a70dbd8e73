"""Raise or lower the urgency of one's own case: both are the caller's to say, and nobody's to refuse."""

from esos.caller.circle import Circle, Reached, say_on_case
from esos.message.bodies import UrgencyChanged
from esos.words.urgency import Urgency


async def change_urgency(circle: Circle, urgency: Urgency, reason: str = "") -> Reached:
    """Say it at every station that has the case; on an ended case, raising it again calls it back to life."""
    return await say_on_case(circle, "urgency_changed", UrgencyChanged(urgency=urgency, reason=reason))
