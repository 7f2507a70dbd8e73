"""Chance and time from the operating system, behind the ports that the core declares."""

import secrets
import time


class SystemDice:
    """Unpredictable bytes from the operating system."""

    def bytes(self, count: int) -> bytes:
        """Fresh bytes."""
        return secrets.token_bytes(count)


class SystemClock:
    """The machine's wall clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000
