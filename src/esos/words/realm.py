"""The two worlds a statement can belong to. Law 7: nothing passes from one into the other."""

from enum import StrEnum


class Realm(StrEnum):
    """``REAL`` is distress; ``EXERCISE`` is practice, under other keys and another content type."""

    REAL = "real"
    EXERCISE = "exercise"
