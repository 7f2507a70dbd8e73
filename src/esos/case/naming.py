"""What a case is called: its id follows from whose it is and from the call that opened it.

Law 11: so that nobody, not even the station, can put another call at the beginning of a case.
"""

import hashlib

from esos.words.realm import Realm

CASE_ID_BYTES = 16
_DOMAIN = {Realm.REAL: b"esos-case-1", Realm.EXERCISE: b"esos-exercise-case-1"}


def case_id_of(realm: Realm, *, caller: str, opening: bytes) -> bytes:
    """The 16-byte id of the case that a call opened; ``opening`` is the id of the call's statement."""
    return hashlib.sha256(_DOMAIN[realm] + caller.encode() + opening).digest()[:CASE_ID_BYTES]
