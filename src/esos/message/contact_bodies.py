"""Bodies of what is said about addresses: given, taken back, asked by the station, answered by their owners.

Never of a case (law 7).
"""

from typing import Annotated

from msgspec import Meta

from esos.message.body import Body, Bytes32, Instant, Party
from esos.message.card import Contact
from esos.words.contact import ContactWhy

CODE_PATTERN = r"^[0-9A-HJKMNP-TV-Z]{12}\Z"
"""Twelve signs of Crockford's alphabet, which has no I, L, O and U: 60 bits, and nothing to misread."""


class ContactAsked(Body, kw_only=True):
    """The station sent a code to one address of a party; ``digest`` is the SHA-256 of that code.

    An answer is good until ``until_ms``, and in time by ``answer_by_ms``. ``by`` is who wanted it, empty where the
    station did so by itself.
    """

    party: Party
    contact: Contact
    why: ContactWhy
    digest: Bytes32
    answer_by_ms: Instant
    until_ms: Instant
    by: Annotated[str, Meta(max_length=80)] = ""


class ContactAnswered(Body, kw_only=True):
    """The owner of an address says that the code reached them there: whoever has the code knows which address."""

    code: Annotated[str, Meta(pattern=CODE_PATTERN)]


class ContactAdded(Body, kw_only=True):
    """An officer can be woken at one more address. It counts once its owner has answered from it, and not before."""

    officer: Party
    contact: Contact


class ContactRemoved(Body, kw_only=True):
    """An address of an officer is theirs no more. What was proved of it is forgotten, and its codes are void."""

    officer: Party
    contact: Contact
