"""An officer's or registrar's acts on how long a case is kept: a hold, its release, and erasure."""

from esos.web.console.fields import Act, Field
from esos.words.erasure import EraseGround
from esos.words.language import later

_GROUNDS = (
    (EraseGround.RETENTION.value, later("Because its time to be kept, as the pact has it, was over")),
    (EraseGround.ASKED.value, later("Because somebody whom it concerned asked for it")),
    (EraseGround.ORDERED.value, later("Because an authority ordered it")),
    (EraseGround.MISTAKE.value, later("Because it was entered by mistake")),
)
KEEPING_ACTS: tuple[Act, ...] = (
    Act(
        kind="hold_set",
        title="Put a hold on the case",
        button="Put a hold on it",
        says="It is kept, however old it grows and whoever asks, until the hold is released.",
        fields=(Field(name="reason", label="Why", required=True),),
    ),
    Act(
        kind="hold_released",
        title="Release the hold",
        button="Release the hold",
        says="The case may be erased again when its time is over.",
        fields=(Field(name="reason", label="Why", required=True),),
    ),
    Act(
        kind="erased",
        title="Erase the case",
        button="Erase what was said",
        says="What was said is destroyed and cannot be brought back. That there was a case, and who erased it, stays.",
        fields=(Field(name="ground", label="Why", kind="rows", required=True, options=_GROUNDS),),
        weight="grave",
    ),
)
"""In the order in which a page shows them."""
