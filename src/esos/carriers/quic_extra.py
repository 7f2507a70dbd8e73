"""Whether this machine can speak QUIC: the library for it is an extra, since only some need it."""

from importlib.util import find_spec

from esos.errors import Conflict


def has_quic() -> bool:
    """Whether the library is installed."""
    return find_spec("aioquic") is not None


def need_quic() -> None:
    """Raise ``Conflict`` (``quic.not_installed``) where it is not."""
    if not has_quic():
        raise Conflict(
            "quic.not_installed",
            "The setting quic asks for a door for calls by QUIC, and the library for it is not installed.",
            hint="pip install 'esos[quic]', or take the setting away: calls come by the other doors.",
        )
