"""What may show that nobody is in distress: a closed list. Pages show the sentence, records keep the code."""

from enum import StrEnum

from esos.words.language import later, say


class NoDistress(StrEnum):
    """What a finding of "no emergency" rests on (brief 2): the caller's own word in a call-back, or a proof."""

    CALL_BACK = "call-back"
    ON_SITE = "on-site"
    CHECKED = "checked"
    ANNOUNCED = "announced"
    NO_SUCH_CALLER = "no-such-caller"

    @property
    def words(self) -> str:
        """The sentence a page shows for it."""
        return say(_SENTENCES[self])


_SENTENCES = {
    NoDistress.CALL_BACK: later("The caller said so when it was called back."),
    NoDistress.ON_SITE: later("Somebody on the spot looked, and nobody is in distress there."),
    NoDistress.CHECKED: later("What was reported was checked from outside, and is not so."),
    NoDistress.ANNOUNCED: later("It was a test or an exercise that had been announced beforehand."),
    NoDistress.NO_SUCH_CALLER: later("There is no such caller."),
}
