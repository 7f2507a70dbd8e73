"""Every refusal of the project: one small tree, one class per thing a caller can do about it.

Each error carries a stable dotted ``code`` (scripts match on it), a sentence for a person, and a
``hint`` that says what to do next. It is translated once, at the border: to an HTTP problem by
``web/problems.py`` and to an exit code by ``cli``. Law 2: a malformed call gets a clear error.
"""

from typing import ClassVar


class EsosError(Exception):
    """Base of the tree. ``status`` is the HTTP status, ``exit_code`` that of the command line."""

    status: ClassVar[int] = 500
    exit_code: ClassVar[int] = 3

    def __init__(self, code: str, detail: str, *, hint: str = "") -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.detail} ({self.code})"


class Malformed(EsosError):
    """The bytes or fields are not what the format says: mend them and send again."""

    status = 400


class Usage(EsosError):
    """The command was called wrongly: read its help."""

    status = 400
    exit_code = 2


class Unauthenticated(EsosError):
    """Nobody we know signed this: sign in, or sign with a registered key."""

    status = 401


class Forbidden(EsosError):
    """We know who speaks, but this is not theirs to say: ask somebody whose it is."""

    status = 403


class Unknown(EsosError):
    """What was named does not exist here: check the name."""

    status = 404


class Conflict(EsosError):
    """The state of things does not allow it now: look at the state and decide again."""

    status = 409


class TooLarge(EsosError):
    """A named limit was passed: send less."""

    status = 413


class Busy(EsosError):
    """A bounded queue is full or a store is locked: the same again, a little later."""

    status = 503


class NotDelivered(EsosError):
    """No station answered in time: the call is kept, resume it or try another carrier."""

    status = 504
    exit_code = 4


class ProofFailed(EsosError):
    """A signature or a proof does not hold: do not believe what it was attached to."""

    status = 422
    exit_code = 5
