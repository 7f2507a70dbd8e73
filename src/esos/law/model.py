"""What a law with clocks is: who must report to whom, what starts each clock, and what the report says.

Help never waits for law: nothing here is read by a decision about a case. Law 1: no report asks who did it.
"""

from typing import Annotated, dataclass_transform

import msgspec
from msgspec import Meta

Code = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,39}\Z")]
Text = Annotated[str, Meta(min_length=1, max_length=600)]
Hours = Annotated[int, Meta(ge=0, le=8_784)]
Months = Annotated[int, Meta(ge=0, le=24)]


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(msgspec.field,))
class LawPart(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of the parts of a law: unknown keys are refused, so that no deadline is written that nobody reads."""


class Moment(LawPart, kw_only=True):
    """What starts a clock. ``is_the_call``: where nothing else was said, the moment of the call stands for it."""

    id: Code
    words: Text
    is_the_call: bool = False


class Limit(LawPart, kw_only=True):
    """So long after a moment, or after an earlier report of the same law went out.

    It does not count where the moment ``void_after`` came only after it had run out.
    """

    start: Code
    hours: Hours = 0
    months: Months = 0
    void_after: Code | None = None


class Clock(LawPart, kw_only=True):
    """One report: of its limits the earliest counts. ``asks`` are the parts of its draft."""

    id: Code
    title: Text
    source: Text
    limits: Annotated[tuple[Limit, ...], Meta(min_length=1, max_length=6)]
    asks: Annotated[tuple[Code, ...], Meta(min_length=1, max_length=30)]
    note: str = ""


class Law(LawPart, kw_only=True):
    """One law. ``in_force`` false: shown, marked so, and nobody is reminded of it."""

    id: Code
    title: Text
    applies: Text
    to: Text
    source: Text
    link: Text
    checked: Text
    in_force: bool = True
    note: str = ""
    moments: Annotated[tuple[Moment, ...], Meta(min_length=1, max_length=8)]
    clocks: Annotated[tuple[Clock, ...], Meta(min_length=1, max_length=12)]

    def clock(self, name: str) -> Clock | None:
        """The clock of this name."""
        return next((one for one in self.clocks if one.id == name), None)
