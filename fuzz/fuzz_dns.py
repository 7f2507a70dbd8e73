"""Any bytes at the DNS door and any answer at its carrier: read, or refused as malformed, and nothing else."""

import sys

import atheris

with atheris.instrument_imports():
    import dns.message
    import dns.name

    from esos.carriers.dns_message import answer_to, read_answer, read_question
    from esos.errors import Malformed
    from esos.message.packet_name import read_packet_labels

ZONE = dns.name.from_text("sos.club.example")


def one(raw: bytes) -> None:
    """One message, as a question and as an answer."""
    try:
        question = read_question(raw, ZONE)
        if len(answer_to(question, dns.rcode.REFUSED)) > len(raw):
            raise RuntimeError("an answer that is longer than its question")
        read_packet_labels(question.labels or ())
    except Malformed:
        pass
    try:
        reply = dns.message.from_wire(raw)
    except (dns.exception.DNSException, ValueError):
        return
    try:
        read_answer(reply)
    except Malformed:
        return


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
