"""The address of a PostgreSQL database as its own library reads it, with one host or several, and as people see it."""

import re
from typing import Final

from esos.errors import Usage

_SCHEME: Final = re.compile(r"^postgres(ql)?(\+\w+)?://")
_PASSWORDS: Final = (
    (re.compile(r"(?<=://)([^:@/?]*):[^@/?]*@"), r"\1:***@"),
    (re.compile(r"(password=)[^&]*"), r"\1***"),
)


def read_url(text: str, *, hint: str) -> str:
    """The same address in one spelling; ``Usage`` (``storage.url``) where the library does not understand it."""
    from psycopg import ProgrammingError  # noqa: PLC0415 - most stations do without it
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415

    url = _SCHEME.sub("postgresql://", text, count=1)
    try:
        conninfo_to_dict(url)
    except ProgrammingError as error:
        raise Usage("storage.url", "This is no address of a journal.", hint=hint) from error
    return url


def named_in(url: str) -> frozenset[str]:
    """The names of the settings that the address itself makes."""
    from psycopg.conninfo import conninfo_to_dict  # noqa: PLC0415 - as above

    return frozenset(conninfo_to_dict(url))


def shown_url(url: str) -> str:
    """The address without its passwords."""
    for pattern, instead in _PASSWORDS:
        url = pattern.sub(instead, url)
    return url
