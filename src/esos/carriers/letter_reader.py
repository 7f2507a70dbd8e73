"""The one reader of mail that people write: any charset, HTML or text, with files, however odd its parts are.

What is no mail is refused with one error, so that whoever sent it learns why; nothing in it is opened or run.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from email.errors import HeaderParseError, MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses
from typing import Final

from esos.carriers.letter_html import text_of_html
from esos.carriers.letter_text import own_words
from esos.carriers.mail_parts import HEAD_MAX_BYTES, parts_of
from esos.errors import Malformed, TooLarge
from esos.message.talk_bodies import WHOLE_MAX_BYTES
from esos.station.letter import Letter, Written

LETTER_MAX_BYTES = WHOLE_MAX_BYTES
"""The largest mail in answer that a station reads."""
LETTER_PARTS_MAX = 64
LETTER_BOUNDARIES_MAX = 24
"""How many parts within parts a mail may name: reading deeper ones takes time that grows with their square."""
TEXT_READ_MAX_BYTES = 262_144
"""How much of the words of a mail is read; the whole mail is kept beside it."""
SUBJECT_MAX_CHARS, SENDER_MAX_CHARS, SAID_MAX_CHARS = 200, 320, 280
REFERENCES_MAX_CHARS, DATE_MAX_CHARS = 8_000, 80
_BOUNDARY: Final = re.compile(rb"boundary\s{0,4}(?:\*[0-9]{0,2}\*?)?\s{0,4}=", re.IGNORECASE)
_NO_CODECS: Final = frozenset({
    "punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem",
})  # fmt: skip
"""What Python can decode and no mail is written in."""
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")
_LIBRARY_RAISES: Final = (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What the library raises for headers and parts that are not as they should be."""
_Mail = Message


def read_letter(raw: bytes, *, is_from_nobody: bool = False) -> Letter:
    """A mail as people write it; ``is_from_nobody``: its envelope names no sender, as only programs' do.

    Raises ``TooLarge`` (``mail.too_large``) and ``Malformed`` (``mail.unreadable``), and nothing else.
    """
    if len(raw) > LETTER_MAX_BYTES:
        raise TooLarge("mail.too_large", f"A mail to this address has at most {LETTER_MAX_BYTES // 1_048_576} MiB.")
    if len(_BOUNDARY.findall(raw)) > LETTER_BOUNDARIES_MAX:
        raise Malformed("mail.unreadable", "This mail has too many parts within parts.", hint=_HINT)
    try:
        return _letter(parts_of(raw), is_from_nobody=is_from_nobody)
    except _LIBRARY_RAISES as cause:
        raise Malformed("mail.unreadable", "This mail cannot be read.", hint=_HINT) from cause


def references_of(raw: bytes) -> str:
    """The headers by which a mail names its conversation, and no more of it read; empty for what cannot be read."""
    head = _BLANK_LINE.split(raw[:HEAD_MAX_BYTES], maxsplit=1)[0]
    try:
        return _references(parts_of(head + b"\r\n\r\n"))
    except (Malformed, *_LIBRARY_RAISES):
        return ""


def _references(mail: _Mail) -> str:
    return f"{mail['References'] or ''} {mail['In-Reply-To'] or ''}"[:REFERENCES_MAX_CHARS]


def _letter(mail: _Mail, *, is_from_nobody: bool) -> Letter:
    leaves = list(_leaves(mail))
    if not mail.keys() or not leaves:
        raise Malformed("mail.unreadable", "This mail has no headers or no content.", hint=_HINT)
    written = _written(mail, is_from_nobody=is_from_nobody)
    status, said, fate = _report(leaves) if written == "returned" else ("", "", written)
    text = _words(leaves)
    return Letter(
        sender=_sender(mail),
        subject=_line(mail["Subject"], SUBJECT_MAX_CHARS),
        text=own_words(text) if written == "by_person" else text.strip(),
        message_id=_message_id(mail),
        date=_line(mail["Date"], DATE_MAX_CHARS),
        references=_references(mail),
        written=fate,
        files=tuple(_file(leaf) for leaf in leaves if _is_file(leaf)) if written == "by_person" else (),
        status=status,
        said=said,
    )


def _leaves(mail: _Mail) -> Iterator[_Mail]:
    """Its parts, not looking into mails within it."""
    waiting, count = [mail], 0
    while waiting and count < LETTER_PARTS_MAX:
        part = waiting.pop(0)
        count += 1
        parts = part.get_payload()
        if part.get_content_maintype() == "multipart" and isinstance(parts, list):
            waiting[:0] = [one for one in parts if isinstance(one, Message)]
        else:
            yield part
    if waiting:
        raise Malformed("mail.unreadable", f"A mail has at most {LETTER_PARTS_MAX} parts.", hint=_HINT)


def _words(leaves: list[_Mail]) -> str:
    """The text; of a mail that has none, its HTML as text."""
    shown = [leaf for leaf in leaves if not _is_file(leaf)]
    for kind, read in (("text/plain", str), ("text/html", text_of_html)):
        found = [read(text) for text in _texts(leaf for leaf in shown if leaf.get_content_type() == kind)]
        if any(one.strip() for one in found):
            return _clean("\n".join(found))
    return ""


def _texts(leaves: Iterable[_Mail]) -> Iterator[str]:
    """The text of each part, as long as there is room for it."""
    room = TEXT_READ_MAX_BYTES
    for leaf in leaves:
        text = _text(leaf)[:room]
        room -= len(text)
        yield text


def _is_file(leaf: _Mail) -> bool:
    is_text = leaf.get_content_type() in {"text/plain", "text/html"}
    return leaf.get_content_disposition() == "attachment" or leaf.get_filename() is not None or not is_text


def _file(leaf: _Mail) -> tuple[str, bytes]:
    name = _line(leaf.get_filename() or "", SUBJECT_MAX_CHARS)
    content = leaf.get_payload(decode=True)
    if not isinstance(content, bytes):
        content = b"".join(one.as_bytes() for one in leaf.get_payload() if isinstance(one, Message))
        name = name or "mail.eml"
    return name or "file", content


def _text(leaf: _Mail) -> str:
    content = leaf.get_payload(decode=True)
    return decoded(content[:TEXT_READ_MAX_BYTES], leaf.get_param("charset")) if isinstance(content, bytes) else ""


def decoded(content: bytes, charset: object) -> str:
    """Bytes as text in the charset they claim; where that is none, in the likeliest. Never fails."""
    claimed = charset[2] if isinstance(charset, tuple) else charset
    for name in (str(claimed or "utf-8"), "utf-8"):
        if name.lower().replace("-", "_") not in _NO_CODECS:
            try:
                return content.decode(name)
            except (LookupError, ValueError):
                continue
    return content.decode("cp1252", "replace")


def _line(header: object, most_chars: int) -> str:
    """A header in words, on one line."""
    text = str(header or "")[:4_000]
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError):
        parts = [(text, None)]
    words = "".join(part if isinstance(part, str) else decoded(part, charset) for part, charset in parts)
    return " ".join(_clean(words).split())[:most_chars]


def _clean(text: str) -> str:
    """Without what no page or store can hold: control marks, and halves of letters."""
    return "".join(one for one in text if one in "\n\t" or ((one.isprintable() or one.isspace()) and one != "\r"))


def _sender(mail: _Mail) -> str:
    """The one address it says it is from; none where it names several, or has more than one such header."""
    headers = mail.get_all("From", [])
    found = [address for _, address in getaddresses([str(one) for one in headers]) if address]
    if len(headers) != 1 or len(found) != 1 or len(found[0]) > SENDER_MAX_CHARS:
        return ""
    return _clean(found[0]).strip().lower()


def _message_id(mail: _Mail) -> str:
    found = re.search(r"<[^<>\s]{1,240}>", str(mail["Message-ID"] or ""), re.ASCII)
    return found[0] if found else ""


def _written(mail: _Mail, *, is_from_nobody: bool) -> Written:
    """Who wrote it, by what it says of itself; ``returned`` for every report of a mail server, looked at further."""
    report = str(mail.get_param("report-type") or "").lower()
    if report == "disposition-notification" or mail.get_content_type() == "message/disposition-notification":
        return "receipt"
    if report == "delivery-status":
        return "returned"
    for tells, kind in _SIGNS:
        if tells(mail):
            return kind
    sender = _sender(mail).partition("@")[0]
    return "automatic" if is_from_nobody or sender in _PROGRAMS else "by_person"


def _auto_submitted(mail: _Mail) -> str:
    return str(mail["Auto-Submitted"] or "no").partition(";")[0].strip().lower()


def _precedence(mail: _Mail) -> str:
    return str(mail["Precedence"] or "").strip().lower()


_PROGRAMS: Final = frozenset({"mailer-daemon", "postmaster", "noreply", "no-reply", "donotreply", "do-not-reply"})
_ABSENCE: Final = (
    "automatic reply:", "out of office", "auto:", "autoreply", "auto-reply", "réponse automatique", "absence du bureau",
    "respuesta automática", "fuera de la oficina", "abwesenheit", "رد تلقائي",
)  # fmt: skip
_REPLY_MARKS: Final = ("X-Autoreply", "X-Autorespond", "X-AutoReply-From", "X-Mail-Autoreply")
_SIGNS: Final[tuple[tuple[Callable[[_Mail], bool], Written], ...]] = (
    (lambda mail: _auto_submitted(mail) == "auto-replied", "absent"),
    (lambda mail: _precedence(mail) == "auto_reply" or any(mail[name] for name in _REPLY_MARKS), "absent"),
    (lambda mail: _line(mail["Subject"], SUBJECT_MAX_CHARS).lower().startswith(_ABSENCE), "absent"),
    (lambda mail: any(mail[name] for name in ("List-Id", "List-Unsubscribe", "List-Post", "Mailing-List")), "list"),
    (lambda mail: _precedence(mail) == "list", "list"),
    (lambda mail: _auto_submitted(mail) != "no" or _precedence(mail) in {"bulk", "junk"}, "automatic"),
    (lambda mail: str(mail["X-Auto-Response-Suppress"] or "").strip().lower() == "all", "automatic"),
)
"""What tells that a program wrote a mail (RFC 3834 section 5, RFC 2919, and what common programs write)."""


def _report(leaves: list[_Mail]) -> tuple[str, str, Written]:
    """A mail server's report: the status, what it said, and what became of the mail (RFC 3464)."""
    blocks = "\n".join(_report_text(leaf) for leaf in leaves if leaf.get_content_type() == "message/delivery-status")
    actions = {found.lower() for found in re.findall(r"(?im)^Action\s*:\s*([a-z]{1,20})", blocks)}
    status = re.search(r"(?im)^Status\s*:\s*([0-9]\.[0-9]{1,3}\.[0-9]{1,3})", blocks)
    said = re.search(r"(?im)^Diagnostic-Code\s*:\s*([^\r\n]{1,400})", blocks)
    fate: Written = "returned" if "failed" in actions else "delayed" if "delayed" in actions else "receipt"
    words = _line(said[1], SAID_MAX_CHARS) if said else ""
    return status[1] if status else "", words, fate


def _report_text(leaf: _Mail) -> str:
    parts = leaf.get_payload()
    if isinstance(parts, list):
        return "\n".join(f"{name}: {value}" for one in parts if isinstance(one, Message) for name, value in one.items())
    return _text(leaf)


_HINT: Final = "Write it again as plain text, or answer by the link in the mail."
