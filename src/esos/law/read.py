"""From a file of laws to laws, or to one refusal: those shipped, and a station's own beside or instead of them."""

import tomllib
from importlib import resources

import msgspec

from esos.errors import Malformed
from esos.law.draft import PARTS
from esos.law.model import Clock, Law

LAWS_MAX_BYTES = 256 * 1024
"""The largest file of laws."""
LAWS_MAX_COUNT = 100
"""How many laws one file may hold."""


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    law: tuple[Law, ...] = ()


def read_laws(raw: bytes) -> tuple[Law, ...]:
    """Read and check a file of laws (TOML 1.0, UTF-8).

    Raises ``Malformed`` (``law.too_large``, ``law.malformed``, ``law.value``).
    """
    if len(raw) > LAWS_MAX_BYTES:
        raise Malformed("law.too_large", f"A file of laws has at most {LAWS_MAX_BYTES} bytes.")
    try:
        file = msgspec.convert(tomllib.loads(raw.decode("utf-8")), _File)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, msgspec.ValidationError) as cause:
        raise Malformed(
            "law.malformed", f"This file of laws cannot be read: {cause}.", hint="See docs/how-to/legal-clocks.md."
        ) from cause
    if len(file.law) > LAWS_MAX_COUNT:
        raise Malformed("law.value", f"A file holds at most {LAWS_MAX_COUNT} laws.")
    _need_once([law.id for law in file.law], "law")
    for law in file.law:
        _check(law)
    return file.law


def shipped_laws() -> tuple[Law, ...]:
    """The laws that come with the program."""
    return read_laws(shipped_file())


def shipped_file() -> bytes:
    """Their file, to start one's own from."""
    return (resources.files("esos.law") / "shipped.toml").read_bytes()


def laws_with(own: bytes) -> tuple[Law, ...]:
    """The shipped laws with a station's own: one of the same id takes the other's place. Raises as ``read_laws``."""
    changed = {law.id: law for law in read_laws(own)}
    kept = tuple(changed.pop(law.id, law) for law in shipped_laws())
    return (*kept, *changed.values())


def _check(law: Law) -> None:
    _need_once([*(one.id for one in law.moments), *(one.id for one in law.clocks)], f"moment or clock of {law.id}")
    known = {one.id for one in law.moments}
    for clock in law.clocks:
        _check_clock(law, clock, known)
        known.add(clock.id)


def _check_clock(law: Law, clock: Clock, known: set[str]) -> None:
    for limit in clock.limits:
        if {limit.start, limit.void_after or limit.start} - known:
            raise Malformed(
                "law.value", f"{law.id}, {clock.id}: a limit counts from a moment, or from a report before it."
            )
        if not limit.hours + limit.months:
            raise Malformed("law.value", f"{law.id}, {clock.id}: a limit says hours or months.")
    if unknown := set(clock.asks) - set(PARTS):
        raise Malformed(
            "law.value",
            f"{law.id}, {clock.id}: no draft has a part {min(unknown)!r}.",
            hint=f"One of: {', '.join(PARTS)}.",
        )


def _need_once(names: list[str], what: str) -> None:
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise Malformed("law.value", f"The {what} {twice!r} stands there twice.")
