"""The short code of a case that people read aloud: six letters without look-alikes, made from its id."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 6


def page_code(case_id: bytes) -> str:
    """``K7QF2M`` style; about 700 million codes, never an identifier, only a help to the ear."""
    number = int.from_bytes(case_id[:8])
    letters = []
    for _ in range(_LENGTH):
        number, index = divmod(number, len(_ALPHABET))
        letters.append(_ALPHABET[index])
    return "".join(letters)
