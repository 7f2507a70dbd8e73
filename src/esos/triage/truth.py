"""Three-valued logic: true, false, and ``None`` for what nobody has answered yet.

Law 2: an unknown is a value of its own; it never turns into a no by being left out. The tables are
those of Kleene's strong logic (S. C. Kleene, "Introduction to Metamathematics", 1952, section 64).
"""

from collections.abc import Iterable

Truth = bool | None


def any_of(claims: Iterable[Truth]) -> Truth:
    """True if one holds, False if none can, else unknown."""
    return at_least(1, claims)


def all_of(claims: Iterable[Truth]) -> Truth:
    """False if one fails, True if every one holds, else unknown."""
    known = tuple(claims)
    return at_least(len(known), known)


def at_least(number: int, claims: Iterable[Truth]) -> Truth:
    """True if ``number`` of the claims hold, False if so many never can, else unknown."""
    known = tuple(claims)
    holding = sum(claim is True for claim in known)
    possible = sum(claim is not False for claim in known)
    if holding >= number:
        return True
    return None if possible >= number else False


def is_among(code: str | None, codes: frozenset[str]) -> Truth:
    """Whether a code is one of ``codes``; unknown where the code is."""
    return None if code is None else code in codes
