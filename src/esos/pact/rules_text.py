"""The rules that a case keeps, as text: compact JSON, so that anybody can read under what a case began."""

import msgspec

from esos.errors import Malformed
from esos.pact.rules import Rules

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(Rules)


def write_rules(rules: Rules) -> bytes:
    """The rules in their one spelling: names in order, no white space."""
    return _ENCODER.encode(rules)


def read_rules(raw: bytes) -> Rules:
    """The inverse of ``write_rules``, and of nothing else; raises ``Malformed`` (``rules.malformed``)."""
    try:
        rules = _DECODER.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
        raise Malformed("rules.malformed", f"The rules of a case cannot be read: {cause}.") from cause
    if write_rules(rules) != raw:
        raise Malformed("rules.malformed", "The rules of a case are not in their one spelling.")
    return rules
