"""What whoever starts a drill may choose."""

import msgspec

CALLERS_DEFAULT = 2_000
CALLERS_MAX = 20_000
"""More callers than that no drill plays with."""


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Choices for one performance.

    ``with_visitor`` waits at the parts that a person may take. ``callers`` is for drills with many of
    them. ``kill_every_seconds`` kills a station process so often while calls come in, 0 only once.
    """

    with_visitor: bool = False
    callers: int = CALLERS_DEFAULT
    kill_every_seconds: float = 0.0
