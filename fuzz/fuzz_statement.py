"""Any bytes as a statement, and as a case file: refused by name, or read and written alike."""

import atheris
from each_reader import fuzz

with atheris.instrument_imports(include=["esos"]):
    from esos.case.bundle import read_bundle, write_bundle
    from esos.message import cbor
    from esos.message.cose import decode_sign1, encode_sign1
    from esos.message.reading import read_any


def as_value(data: bytes) -> None:
    """The one encoding of every value."""
    if cbor.encode(cbor.decode(data)) != data:
        raise AssertionError("A value has two encodings.")


def as_signed(data: bytes) -> None:
    """A COSE_Sign1 of anybody."""
    decode_sign1(data)


def as_statement(data: bytes) -> None:
    """A statement keeps the bytes that it came in, which are the only ones that say it."""
    if read_any(data).raw != data:
        raise AssertionError("A statement was read that is not these bytes.")
    sign1 = decode_sign1(data)
    if encode_sign1(sign1.protected_bytes, sign1.payload, sign1.signature) != data:
        raise AssertionError("A statement has two encodings.")


def as_case_file(data: bytes) -> None:
    """A case file."""
    if read_bundle(write_bundle(bundle := read_bundle(data))) != bundle:
        raise AssertionError("A case file is not read as it was written.")


if __name__ == "__main__":
    fuzz(as_value, as_signed, as_statement, as_case_file)
