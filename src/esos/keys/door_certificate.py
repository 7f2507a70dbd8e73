"""The certificate of a door that speaks TLS under the station's own key: whoever pinned that key needs nobody else.

No authority, no name and no clock stands between: neither may work on the day.
"""

from cryptography import x509
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from esos.keys.identity import signature_holds

QUIC_DOOR_NAME = "e-SOS QUIC door"
"""The common name that says what such a certificate is for; the station's key signs no other."""


def is_certified(certificate: x509.Certificate, public: bytes) -> bool:
    """Whether the station with this raw Ed25519 key signed the certificate, for its QUIC door. Never raises."""
    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return (
        [name.value for name in names] == [QUIC_DOOR_NAME]
        and certificate.signature_algorithm_oid == SignatureAlgorithmOID.ED25519
        and signature_holds(public, certificate.tbs_certificate_bytes, certificate.signature)
    )
