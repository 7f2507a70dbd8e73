"""Processes of one world read the same cases again and again: the same bytes are read once. A case never changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from esos.case.model import decode_case
from esos.station import follower, worker

READ_MAX = 2_048
"""How many cases as they once were are remembered."""

decode_once = lru_cache(maxsize=READ_MAX)(decode_case)


@contextmanager
def read_once() -> Iterator[None]:
    """While the block runs, folding and following share what they read."""
    kept = [(module, module.decode_case) for module in (follower, worker)]  # type: ignore[attr-defined]
    for module, _ in kept:
        module.decode_case = decode_once  # type: ignore[attr-defined]
    try:
        yield
    finally:
        decode_once.cache_clear()
        for module, real in kept:
            module.decode_case = real  # type: ignore[attr-defined]
