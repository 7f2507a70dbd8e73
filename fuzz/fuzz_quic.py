"""Any bytes in a QUIC stream, from caller or station, and as a kept session: refused by name, or written alike."""

import atheris
from each_reader import fuzz

with atheris.instrument_imports(include=["esos"]):
    from esos.carriers.quic_resumption import read_session, write_session
    from esos.carriers.quic_wire import read_answer, read_call, write_answer, write_call


def as_call(data: bytes) -> None:
    """What a caller sends."""
    if write_call(read_call(data)) != data:
        raise AssertionError("A call has two encodings.")


def as_answer(data: bytes) -> None:
    """What a station answers; a sentence that is too long for an answer is cut when it is written."""
    answer = read_answer(data)
    if write_answer(read_answer(write_answer(answer))) != write_answer(answer):
        raise AssertionError("An answer is not read as it was written.")


def as_session(data: bytes) -> None:
    """What was kept of a connection: anything else is as if nothing were."""
    session = read_session(data)
    if session is not None and read_session(write_session(session)) != session:
        raise AssertionError("A session is not read as it was written.")


if __name__ == "__main__":
    fuzz(as_call, as_answer, as_session)
