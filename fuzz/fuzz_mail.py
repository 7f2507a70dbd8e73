"""Any bytes as a mail, and any line as a mail server's answer: read, or refused as malformed, and nothing else."""

import contextlib
import sys

import atheris

with atheris.instrument_imports():
    from esos.carriers.mail_message import read_mail, read_receipt, write_receipt
    from esos.errors import Malformed, TooLarge


def one(raw: bytes) -> None:
    """One mail, and the same bytes as a line."""
    with contextlib.suppress(Malformed, TooLarge):
        read_mail(raw)
    receipt = read_receipt(raw.decode("latin-1"))
    if receipt is not None and read_receipt(write_receipt(receipt)) != receipt:
        raise RuntimeError("a receipt that does not read back")


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
