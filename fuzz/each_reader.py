"""What fuzzers share: the same bytes for each reader in turn, and only a refusal of the tree of errors may come out."""

import sys
from collections.abc import Callable

import atheris

from esos.errors import EsosError


def must(*, claim: bool) -> None:
    """What was read is what is written, or a finding."""
    if not claim:
        raise AssertionError("What was read is not what is written.")


def fuzz(*readers: Callable[[bytes], object]) -> None:
    """Feed these readers until the limits of the command line end it."""

    def one_input(data: bytes) -> None:
        for read in readers:
            try:
                read(data)
            except EsosError:
                continue

    atheris.Setup(sys.argv, one_input)
    atheris.Fuzz()
