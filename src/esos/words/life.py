"""The states of a case: its life, the station's concern, and how far the call is verified (brief 2, table A).

Law 5: ``is_open`` names the states in which somebody must hold the case and a timer must run. Law 8:
no end judges intent, and an ended case is called back to life by calling again.
"""

from enum import StrEnum

from esos.words.language import later, say


class Life(StrEnum):
    """Where a case stands, in the order in which one that gets help passes through it, then the states beside it."""

    CALLING = "calling"
    ARRIVED = "arrived"
    ACKNOWLEDGED = "acknowledged"
    MOBILISING = "mobilising"
    ASSISTING = "assisting"
    STABILISED = "stabilised"
    STOOD_DOWN = "stood_down"
    CLOSED = "closed"
    SUSPENDED = "suspended"
    CANCELLED = "cancelled"
    NO_EMERGENCY = "no_emergency"
    ERASED = "erased"

    @property
    def is_open(self) -> bool:
        """Arrived to stabilised, and suspended: somebody holds it and a timer runs."""
        return self in _OPEN

    @property
    def is_ended(self) -> bool:
        """Stood down, cancelled or no emergency: calling again opens this same case anew, until it is closed."""
        return self in _ENDED

    @property
    def words(self) -> str:
        """What a list of cases shows."""
        return say(_LIVES[self])


class Concern(StrEnum):
    """How worried the station is (IAMSAR), least first; before that, what it only suspects from a silence."""

    SUSPECTED = "suspected"
    UNCERTAINTY = "uncertainty"
    ALERT = "alert"
    DISTRESS = "distress"

    @property
    def level(self) -> int:
        """0 for suspected, 1 for uncertainty, 2 for alert, 3 for distress: larger is graver."""
        return tuple(Concern).index(self)

    @property
    def words(self) -> str:
        """What a page says."""
        return say(_CONCERNS[self])


class Verification(StrEnum):
    """How well the station knows that the call is the caller's; ``disputed`` stands beside the ladder."""

    UNVERIFIED = "unverified"
    KEY_OK = "key_ok"
    CALLED_BACK = "called_back"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"

    @property
    def level(self) -> int:
        """0 for unverified and disputed, then 1, 2, 3: what a class of help asks for is compared with this."""
        return _LEVELS.get(self, 0)

    @property
    def words(self) -> str:
        """What a page says."""
        return say(_VERIFICATIONS[self])


_OPEN = frozenset({
    Life.ARRIVED, Life.ACKNOWLEDGED, Life.MOBILISING, Life.ASSISTING, Life.STABILISED, Life.SUSPENDED,
})  # fmt: skip
_ENDED = frozenset({Life.STOOD_DOWN, Life.CANCELLED, Life.NO_EMERGENCY})
_LIVES = {
    Life.CALLING: later("Calling; no station has it yet"),
    Life.ARRIVED: later("Arrived; no person has seen it yet"),
    Life.ACKNOWLEDGED: later("A watch officer has it"),
    Life.MOBILISING: later("Teams are being asked"),
    Life.ASSISTING: later("Help is committed"),
    Life.STABILISED: later("Stable, still being watched"),
    Life.STOOD_DOWN: later("Stood down; everybody is released"),
    Life.CLOSED: later("Closed"),
    Life.SUSPENDED: later("Suspended; the need is not met"),
    Life.CANCELLED: later("Cancelled by the caller"),
    Life.NO_EMERGENCY: later("Ended; two officers found no emergency"),
    Life.ERASED: later("Erased; only the proof that it existed stays"),
}
_CONCERNS = {
    Concern.SUSPECTED: later("A beacon fell silent; nobody has said that anything is wrong."),
    Concern.UNCERTAINTY: later("We are not sure that all is well."),
    Concern.ALERT: later("We fear that help is needed."),
    Concern.DISTRESS: later("We are convinced that help is needed."),
}
_LEVELS = {Verification.KEY_OK: 1, Verification.CALLED_BACK: 2, Verification.CONFIRMED: 3}
_VERIFICATIONS = {
    Verification.UNVERIFIED: later("Nobody has checked yet who is calling."),
    Verification.KEY_OK: later("The call is signed by a registered key."),
    Verification.CALLED_BACK: later("We called back and the caller answered."),
    Verification.CONFIRMED: later("The caller and its situation are confirmed."),
    Verification.DISPUTED: later("Something contradicts this call; we are calling back."),
}
