"""Bodies of what people say to each other on a case, of mail that came in, and of pages that came back.

A file is named by the hash of its bytes: what the statement signs is exactly what was handed over.
"""

from typing import Annotated

from msgspec import Meta

from esos.errors import Malformed
from esos.message.body import Body, Bytes16, Bytes32, Code, Long, Party
from esos.message.card import Text280
from esos.words.conference import CONFERENCE_MAX_CHARS, CONFERENCE_PATTERN, read_conference

FILE_MAX_BYTES = 5 * 1024 * 1024
"""The largest file that a message may carry."""
FILES_MAX_COUNT = 8
"""How many files one message may carry."""
FILE_NAME_MAX_CHARS = 120
TEXT_MAX_CHARS = 4_000
WHOLE_MAX_BYTES = 8 * 1024 * 1024
"""The largest mail that is kept whole."""


class Attached(Body, kw_only=True):
    """A file that goes with a message: its name as given, its size, and the SHA-256 of its bytes."""

    name: Annotated[str, Meta(min_length=1, max_length=FILE_NAME_MAX_CHARS)]
    size_bytes: Annotated[int, Meta(ge=0, le=WHOLE_MAX_BYTES)]
    digest: Bytes32


class Messaged(Body, kw_only=True):
    """Plain talk on the case; ``to`` is empty for everybody on it, else party ids.

    ``files`` are kept by the station as they came. ``conference`` is a link of the writer's choice. ``whole`` is
    the mail that this was cut from, for whoever wrote it and for the station's people.
    """

    text: Annotated[str, Meta(min_length=1, max_length=TEXT_MAX_CHARS)]
    to: Annotated[tuple[Party, ...], Meta(max_length=50)] = ()
    files: Annotated[tuple[Attached, ...], Meta(max_length=FILES_MAX_COUNT)] = ()
    conference: Annotated[str, Meta(max_length=CONFERENCE_MAX_CHARS, pattern=CONFERENCE_PATTERN)] = ""
    whole: Attached | None = None

    def __post_init__(self) -> None:
        """Refuse a link that is none, so that no reader is shown one."""
        try:
            if self.conference:
                read_conference(self.conference)
        except Malformed as cause:
            raise ValueError(cause.detail) from cause


class MailCame(Body, kw_only=True):
    """A mail that is nobody's word here: not proven, or written by a program.

    ``what`` says which of these it is. ``sender`` is what the mail claims; ``party`` is whose own reply address
    it came to, where it came to one.
    """

    what: Code
    sender: Annotated[str, Meta(max_length=320)] = ""
    party: Annotated[str, Meta(max_length=80)] = ""
    subject: Text280 = ""
    text: Long = ""
    whole: Attached | None = None


class PageReturned(Body, kw_only=True):
    """A page that a mail server could not deliver: to whom, at which address, and what the server said."""

    page: Bytes16
    party: Party
    channel: Code = "mail"
    address: Annotated[str, Meta(max_length=320)]
    status: Annotated[str, Meta(max_length=20)] = ""
    said: Text280 = ""
