"""The base of every value of this package: frozen, named arguments, unknown fields refused (decision 0003)."""

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A value that exists is well formed and never changes. Type checkers want frozen and kw_only said again below."""
