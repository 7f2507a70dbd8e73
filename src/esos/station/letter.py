"""A mail as the station looks at it: who it says it is from, what it says, and whether a program wrote it."""

from typing import Literal

from esos.station.records import Value

Written = Literal["by_person", "absent", "automatic", "list", "receipt", "delayed", "returned"]
"""Who wrote it: a person, as far as it says; else what kind of program, by RFC 3834 and RFC 3464."""


class Letter(Value, kw_only=True):
    """A mail that was read. ``sender`` is the one address it claims, in small letters, empty where it claims none.

    ``text`` is what its writer wrote, without what was quoted. ``references`` are the headers that name its
    conversation. ``status`` and ``said`` are a mail server's, where it says that a mail was not delivered.
    """

    sender: str
    subject: str
    text: str
    message_id: str = ""
    date: str = ""
    references: str = ""
    written: Written = "by_person"
    files: tuple[tuple[str, bytes], ...] = ()
    status: str = ""
    said: str = ""
