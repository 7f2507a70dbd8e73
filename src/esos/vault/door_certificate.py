"""A fresh key for the QUIC door each time it opens, certified by the station's own key."""

import datetime as dt

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from esos.keys.door_certificate import QUIC_DOOR_NAME

_ALWAYS = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_WITHOUT_END = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
"""As RFC 5280, section 4.1.2.5, writes a certificate without an end: a caller's clock may be wrong by years."""


def door_certificate(seed: bytes) -> tuple[x509.Certificate, Ed25519PrivateKey]:
    """A certificate for the QUIC door of the station with this seed, and its private key, which is never written down.

    It has no end: whoever reads the key out of this process has the station's own key as well.
    """
    key = Ed25519PrivateKey.generate()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, QUIC_DOOR_NAME)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(_ALWAYS)
        .not_valid_after(_WITHOUT_END)
    )
    return builder.sign(Ed25519PrivateKey.from_private_bytes(seed), None), key
