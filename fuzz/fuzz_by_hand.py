"""Any bytes as what people carry: a file, a scanned code, printed lines, words of a telephone, a station's card."""

import atheris
from each_reader import fuzz

with atheris.instrument_imports(include=["esos"]):
    from esos.carriers.offline import QR_PREFIX, from_file, from_print, from_qr, to_file
    from esos.carriers.station_door import read_home
    from esos.message.spoken import decode_spoken, encode_spoken


def as_file(data: bytes) -> None:
    """A file is written as it was read."""
    carried = from_file(data)
    if from_file(to_file(*carried)) != carried:
        raise AssertionError("A file is not read as it was written.")


def as_code(data: bytes) -> None:
    """A scanned code, with its prefix and without."""
    text = data.decode("latin-1")
    from_qr(text if text.startswith(QR_PREFIX) else QR_PREFIX + text)


def as_print(data: bytes) -> None:
    """Printed lines."""
    from_print(data.decode("latin-1"))


def as_words(data: bytes) -> None:
    """What was heard is said again in the same words."""
    call = decode_spoken(data.decode("utf-8", "replace"))
    if decode_spoken(encode_spoken(call)) != call:
        raise AssertionError("What is said again is another call.")


def as_card(data: bytes) -> None:
    """A station's card."""
    read_home(data)


if __name__ == "__main__":
    fuzz(as_file, as_code, as_print, as_words, as_card)
