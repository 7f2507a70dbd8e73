"""Base64 with one spelling only: standard for signed notes, URL-safe without padding for our own files.

A reader that took two spellings of one value would let a proof be changed without being another.
"""

import base64
import binascii

from esos.errors import Malformed


def standard(data: bytes) -> str:
    """RFC 4648, section 4, padded."""
    return base64.b64encode(data).decode("ascii")


def from_standard(text: str) -> bytes:
    """The inverse of ``standard`` and of nothing else; raises ``Malformed`` (``base64.malformed``)."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Malformed("base64.malformed", "This is not standard base64.") from cause
    if standard(data) != text:
        raise Malformed("base64.malformed", "This base64 is not in its one spelling.")
    return data


def url_safe(data: bytes) -> str:
    """RFC 4648, section 5, without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_url_safe(text: str) -> bytes:
    """The inverse of ``url_safe`` and of nothing else; raises ``Malformed`` (``base64.malformed``)."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as cause:
        raise Malformed("base64.malformed", "This is not URL-safe base64 without padding.") from cause
    if url_safe(data) != text:
        raise Malformed("base64.malformed", "This base64 is not in its one spelling.")
    return data
