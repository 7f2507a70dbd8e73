"""What whoever starts a drill may choose."""

import msgspec


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """Choices for one performance.

    ``with_visitor`` waits at the parts that a person may take. ``callers`` is how many call, 0 for the
    drill's own number. ``kill_every_seconds`` kills a station process so often while a mass calls, 0 only once.
    """

    with_visitor: bool = False
    callers: int = 0
    kill_every_seconds: float = 0.0
