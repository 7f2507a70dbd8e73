"""A fresh key for the QUIC door each time it opens, certified by the station's own key."""

import datetime as dt
import secrets
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, load_der_private_key
from cryptography.x509.oid import NameOID

from esos.keys.door_certificate import QUIC_DOOR_NAME
from esos.keys.identity import SIGNATURE_BYTES, sign

_ALWAYS = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_WITHOUT_END = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
"""As RFC 5280, section 4.1.2.5, writes a certificate without an end: a caller's clock may be wrong by years."""
_SEED_BYTES = 32
_ED25519_PKCS8 = bytes.fromhex("302e020100300506032b657004220420")
"""What stands before the seed of an Ed25519 key in PKCS #8 (RFC 8410, section 7)."""


def door_certificate(seed: bytes) -> tuple[x509.Certificate, Any]:
    """A certificate for the QUIC door of the station with this seed, and its private key, which is never written down.

    It has no end: whoever reads the key out of this process has the station's own key as well.
    """
    key: Any = load_der_private_key(_ED25519_PKCS8 + secrets.token_bytes(_SEED_BYTES), None)
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
    return _signed_by(seed, builder.sign(key, None)), key


def _signed_by(seed: bytes, own: x509.Certificate) -> x509.Certificate:
    """The certificate with the station's signature in place of its own: the last bytes of it, whoever signed.

    So the station's key signs by the one implementation of the project, here as everywhere (decision 0002).
    """
    unsigned = own.public_bytes(Encoding.DER)[:-SIGNATURE_BYTES]
    return x509.load_der_x509_certificate(unsigned + sign(seed, own.tbs_certificate_bytes))
