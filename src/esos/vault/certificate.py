"""When a certificate in a file ends: for a check-up, since nobody notices one that runs out next week."""

from pathlib import Path

from cryptography import x509

from esos.errors import Malformed


def certificate_ends_ms(file: Path) -> int:
    """When the first certificate in a PEM file ends, ms since 1970; raises ``Malformed`` (``tls.files``)."""
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as cause:
        raise Malformed("tls.files", f"{file} is no certificate in PEM: {cause}.") from cause
    return int(found.not_valid_after_utc.timestamp() * 1000)
