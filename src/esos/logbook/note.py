"""C2SP signed notes: a text, and lines of signatures by named keys. One writer, one strict reader.

Reading believes nothing: a text counts only once a pinned key's signature over it was checked.
"""

import hashlib
from collections.abc import Callable

import msgspec

from esos.errors import Malformed, ProofFailed
from esos.keys.identity import PUBLIC_KEY_BYTES, signature_holds
from esos.logbook.base64s import from_standard, standard

MAX_NOTE_BYTES = 262_144
MAX_SIGNATURES = 64
KEY_ID_BYTES = 4
_ED25519 = b"\x01"
_DASH = "\u2014 "
_HINT = "See spec/log.md, “Checkpoints”."

Signer = Callable[[bytes], bytes]
"""Gives the 64-byte Ed25519 signature over a message."""


class NoteSignature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One signature line: whose it claims to be (``name``, 4-byte ``key_id``) and its bytes, unchecked."""

    name: str
    key_id: bytes
    signature: bytes


class Note(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A signed note taken apart. ``text`` ends in a newline; nothing has been verified."""

    text: str
    signatures: tuple[NoteSignature, ...]


def check_name(name: str) -> str:
    """The name, if a key or log may bear it: not empty, no space, no plus, no control character (``note.name``)."""
    if not name or "+" in name or not name.isprintable() or any(letter.isspace() for letter in name):
        raise Malformed("note.name", "A log's name is not empty and has no space, plus sign or control character.")
    return name


def key_id_of(name: str, public: bytes) -> bytes:
    """The 4-byte id of an Ed25519 key under a name (C2SP signed-note)."""
    if len(public) != PUBLIC_KEY_BYTES:
        raise Malformed("key.length", f"A public key is {PUBLIC_KEY_BYTES} bytes, not {len(public)}.")
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:KEY_ID_BYTES]


def verifier_key(name: str, public: bytes) -> str:
    """A public key as tools for signed notes take it: ``name+key id in hex+base64(0x01, key)``."""
    return f"{check_name(name)}+{key_id_of(name, public).hex()}+{standard(_ED25519 + public)}"


def sign_text(text: str, *, name: str, public: bytes, sign: Signer) -> NoteSignature:
    """The signature line of a key over a text."""
    return NoteSignature(name=check_name(name), key_id=key_id_of(name, public), signature=sign(text.encode()))


def write_note(note: Note) -> bytes:
    """A note's bytes, as ``read_note`` reads them."""
    lines = (f"{_DASH}{item.name} {standard(item.key_id + item.signature)}\n" for item in note.signatures)
    return (note.text + "\n" + "".join(lines)).encode()


def read_note(data: bytes) -> Note:
    """Take a note apart; raises ``Malformed`` (``note.malformed``) for anything the format does not allow."""
    content = _decoded(data)
    text, blank, signed = content.rpartition("\n\n")
    if not blank or not signed.endswith("\n"):
        raise Malformed("note.malformed", "A signed note is text, an empty line, and signature lines.", hint=_HINT)
    lines = signed[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Malformed("note.malformed", f"A signed note has at most {MAX_SIGNATURES} signatures.", hint=_HINT)
    return Note(text=text + "\n", signatures=tuple(_read_line(line) for line in lines))


def verify_note(note: Note, *, name: str, public: bytes) -> tuple[NoteSignature, ...]:
    """Return the lines of other keys, if every line of this key holds and there is one.

    Raises ``ProofFailed`` (``proof.checkpoint``). Lines of other names or key ids are listed, unchecked.
    """
    key_id = key_id_of(name, public)
    own = [item for item in note.signatures if (item.name, item.key_id) == (name, key_id)]
    if not own:
        raise ProofFailed("proof.checkpoint", f"The note is not signed by the pinned key of {name}.")
    if not all(signature_holds(public, note.text.encode(), item.signature) for item in own):
        raise ProofFailed("proof.checkpoint", f"The signature of {name} does not fit the note.")
    return tuple(item for item in note.signatures if item not in own)


def _decoded(data: bytes) -> str:
    if len(data) > MAX_NOTE_BYTES:
        raise Malformed("note.malformed", f"A signed note is at most {MAX_NOTE_BYTES} bytes.", hint=_HINT)
    try:
        content = data.decode("utf-8")
    except UnicodeDecodeError as cause:
        raise Malformed("note.malformed", "A signed note is UTF-8 text.", hint=_HINT) from cause
    if any(letter < " " and letter != "\n" for letter in content):
        raise Malformed("note.malformed", "A signed note has no control characters but newlines.", hint=_HINT)
    return content


def _read_line(line: str) -> NoteSignature:
    name, space, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise Malformed("note.malformed", "A signature line is a dash, a name and base64.", hint=_HINT)
    try:
        check_name(name)
        data = from_standard(encoded)
    except Malformed as cause:
        raise Malformed("note.malformed", f"A signature line is wrong: {cause.detail}", hint=_HINT) from cause
    if len(data) <= KEY_ID_BYTES:
        raise Malformed("note.malformed", "A signature line is too short to hold a signature.", hint=_HINT)
    return NoteSignature(name=name, key_id=data[:KEY_ID_BYTES], signature=data[KEY_ID_BYTES:])
