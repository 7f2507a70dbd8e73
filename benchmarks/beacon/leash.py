"""A process that works until it is done or until whoever started it is gone: then its standard input ends."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def leashed(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; ``SystemExit`` when standard input ended before."""
    loop = asyncio.get_running_loop()
    task = loop.create_task(work)
    loop.add_reader(sys.stdin.fileno(), task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        raise SystemExit("bench: nobody waits for this any more.") from None
    finally:
        loop.remove_reader(sys.stdin.fileno())
