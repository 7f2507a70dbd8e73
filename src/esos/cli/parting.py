"""The end of whoever started this process: a program that was started for another stops when that is gone."""

import asyncio
import os

PARENT_POLL_SECONDS = 1.0


async def stop_with_parent(stop: asyncio.Event) -> None:
    """Set ``stop`` when the parent of this process is another than it was."""
    parent = os.getppid()
    while os.getppid() == parent:  # noqa: ASYNC110 - the end of a parent rings no bell
        await asyncio.sleep(PARENT_POLL_SECONDS)
    stop.set()
