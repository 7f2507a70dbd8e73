"""TLS of the HTTP door from two files, read again when they were renewed; nobody is cut off, no bad file gets in."""

import ssl
from pathlib import Path

import structlog

from esos.errors import Malformed

_log = structlog.get_logger("esos.tls")


class Certificate:
    """The station's certificate and key. ``context`` is the one that every new connection is made under."""

    def __init__(self, cert: Path, key: Path) -> None:
        """Read both; raises ``Malformed`` (``tls.files``)."""
        self.cert, self.key = cert.absolute(), key.absolute()
        self._seen = self._marks()
        self.context = self._read()

    def renew(self) -> bool:
        """Read the files again where they changed; whether they were taken. Bad ones change nothing, and are logged."""
        marks = self._marks()
        if marks == self._seen:
            return False
        self._seen = marks
        try:
            self._read()  # into a context of its own first: half of a new pair would spoil the one in use
            self._load(self.context)
        except Malformed as refused:
            _log.error("certificate_not_renewed", reason=refused.detail)
            return False
        _log.warning("certificate_renewed", file=str(self.cert))
        return True

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load(context)
        return context

    def _load(self, context: ssl.SSLContext) -> None:
        try:
            context.load_cert_chain(self.cert, self.key, password=_no_password)
        except (OSError, ssl.SSLError, ValueError) as cause:
            raise Malformed(
                "tls.files",
                f"The certificate {self.cert} and the key {self.key} cannot be used: {cause}.",
                hint="Both are PEM files that belong together; the key has no password.",
            ) from cause

    def _marks(self) -> tuple[tuple[int, int, int], ...]:
        return tuple(_mark(path) for path in (self.cert, self.key))


def _mark(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _no_password() -> str:
    raise ValueError("the key has a password")
