"""Bodies of what is said of laws that ask for a report. No decision about a case reads any of it.

Law 1: a draft has no field for who did it.
"""

from typing import Annotated

from msgspec import Meta

from esos.message.body import Body, Code, Instant

LawText = Annotated[str, Meta(min_length=1, max_length=600)]
"""What a law, or one of its reports, is called in a file of laws."""
DRAFT_MAX_CHARACTERS = 12_000
"""How long the text of one draft may be."""


class LawNamed(Body, kw_only=True):
    """A law applies to the caller, or (``applies`` false) does not after all.

    ``moments`` are its moments and, under the ids of its clocks, when its reports were sent; what is left out
    stays as it was said before, and 0 takes a moment back.
    """

    law: Code
    applies: bool = True
    moments: Annotated[dict[Code, Instant], Meta(max_length=20)] = {}


class LawDrafted(Body, kw_only=True):
    """A draft of one report as somebody left it; the station sends it to nobody."""

    law: Code
    clock: Code
    text: Annotated[str, Meta(max_length=DRAFT_MAX_CHARACTERS)]


class LawReminded(Body, kw_only=True):
    """The station reminds the caller of a report that is due, ``before_minutes`` ahead; 0 when its time has come.

    ``title`` and ``under`` are those of the report and of its law, as the file of laws has them: whoever reads the
    reminder is told them in its own language.
    """

    law: Code
    clock: Code
    due_ms: Instant
    before_minutes: Annotated[int, Meta(ge=0, le=100_000)]
    title: LawText
    under: LawText
