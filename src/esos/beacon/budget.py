"""What may still be sent to one station this minute, counted over everything that a beacon sends there.

The schedule keeps one packet's copies within the budget; this keeps all packets of a call within it together.
"""

from collections import deque

from esos.beacon.schedule import BYTES_PER_MINUTE_MAX, BYTES_PER_MINUTE_MAX_V6, PACKETS_PER_MINUTE_MAX

MINUTE_MS = 60_000


class MinuteBudget:
    """A sliding minute of packets and bytes, headers counted. Time is given, in ms of any steady clock."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: deque[tuple[int, int]] = deque()

    def wait_ms(self, now_ms: int, size_bytes: int, *, is_v6: bool = False) -> int:
        """How long to wait until a packet of this size may leave; 0 for now."""
        while self._sent and self._sent[0][0] <= now_ms - MINUTE_MS:
            self._sent.popleft()
        most_bytes = BYTES_PER_MINUTE_MAX_V6 if is_v6 else BYTES_PER_MINUTE_MAX
        count, total, free_ms = len(self._sent), sum(size for _, size in self._sent), now_ms
        for at_ms, size in self._sent:
            if count < PACKETS_PER_MINUTE_MAX and total + size_bytes <= most_bytes:
                break
            count, total, free_ms = count - 1, total - size, at_ms + MINUTE_MS
        return max(0, free_ms - now_ms)

    def note(self, now_ms: int, size_bytes: int) -> None:
        """A packet has left."""
        self._sent.append((now_ms, size_bytes))
