"""Pages by mail, handed to one mail server over SMTP (RFC 5321), as a rule under STARTTLS (RFC 3207).

A retry is the same mail: its Message-ID comes from the page's stable id, so a mailbox shows it once.
"""

import asyncio
import hashlib
import ssl
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from enum import StrEnum
from typing import NoReturn

import aiosmtplib
import msgspec

from esos.errors import Busy, Malformed
from esos.paging.letter import Letter, letter_of, one_line
from esos.station.ports import PageMessage, Sent
from esos.words.language import say
from esos.words.mail_words import REPLY_IS_ANSWER, REPLY_IS_MESSAGE, THREAD_PREFIX, above_line

ADDRESS_MAX_CHARS = 254
_PERMANENT = 500
# 552 is a full mailbox (RFC 5321 has a sender treat it as 452), 530 asks this station to sign in first.
_NOT_THE_ADDRESS = frozenset({530, 552})
_URGENT_HEADERS = {
    "mayday": {"Importance": "high", "X-Priority": "1"},
    "pan-pan": {"Importance": "high", "X-Priority": "2"},
}


class SmtpSecurity(StrEnum):
    """How the connection is protected; ``PLAIN`` only suits a relay on the same machine."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


_PORTS = {SmtpSecurity.TLS: 465, SmtpSecurity.STARTTLS: 587, SmtpSecurity.PLAIN: 25}


class SmtpConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The mail server that takes this station's mail.

    ``port`` 0 means the usual one. ``ca_file`` names certificates to trust instead of the system's.
    ``timeout_ms`` is for the whole hand-over. Raises ``Malformed`` with code ``paging.smtp_sender`` or
    ``paging.smtp_password`` when the values cannot belong together.
    """

    host: str
    sender: str
    station_name: str = "e-SOS station"
    port: int = 0
    security: SmtpSecurity = SmtpSecurity.STARTTLS
    username: str = ""
    password: str = ""
    ca_file: str = ""
    timeout_ms: int = 15_000

    def __post_init__(self) -> None:
        """Refuse a sender that is no address, and a password in the clear."""
        if not self.address:
            raise Malformed("paging.smtp_sender", "The sender of pages by mail is no mail address.")
        if self.username and self.security is SmtpSecurity.PLAIN:
            raise Malformed(
                "paging.smtp_password", "A password is never sent without TLS.", hint="Use starttls or tls."
            )

    def __repr__(self) -> str:
        """Leave the password out of every log."""
        return f"SmtpConfig(host={self.host!r}, sender={self.sender!r}, security={self.security.value!r})"

    @property
    def address(self) -> str:
        """The sender with its domain in ASCII."""
        return _addr_spec(self.sender)

    @property
    def domain(self) -> str:
        """The sender's domain: it stands in Message-ID and List-Id, and greets the server."""
        return self.address.rpartition("@")[2]


class SmtpChannel:
    """Mails each page. One connection a page: an idle one would be dead when it is needed."""

    scheme = "mail"

    def __init__(self, config: SmtpConfig) -> None:
        self._config = config
        self._tls = None if config.security is SmtpSecurity.PLAIN else _tls_context(config.ca_file)

    async def send(self, page: PageMessage) -> Sent:
        """Hand the mail to the server, which may still lose it: "sent" is not "delivered"."""
        mail = mail_of(page, self._config, written=datetime.now(UTC))
        try:
            async with asyncio.timeout(self._config.timeout_ms / 1000):
                said = await self._hand_over(mail, page.back_to)
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            _refuse(refusal.recipients[0])
        except aiosmtplib.SMTPNotSupported as trouble:
            raise Malformed("paging.address", "The mail server cannot take an address in this script.") from trouble
        except TimeoutError as trouble:
            raise Busy("paging.unreachable", "The mail server did not answer in time.") from trouble
        except (aiosmtplib.SMTPException, OSError) as trouble:
            raise Busy("paging.unreachable", f"The mail server did not take it: {one_line(str(trouble))}") from trouble
        return Sent(provider=self._config.host, detail=f"The mail server took it and said: {one_line(said)}")

    async def close(self) -> None:
        """Nothing is held between pages."""

    async def _hand_over(self, mail: EmailMessage, back_to: str) -> str:
        config = self._config
        _, said = await aiosmtplib.send(
            mail,
            sender=back_to or config.address,
            hostname=config.host,
            port=config.port or _PORTS[config.security],
            local_hostname=config.domain,
            username=config.username or None,
            password=config.password or None,
            use_tls=config.security is SmtpSecurity.TLS,
            start_tls=config.security is SmtpSecurity.STARTTLS,
            tls_context=self._tls,
            timeout=config.timeout_ms / 1000,
        )
        return said


def mail_of(page: PageMessage, config: SmtpConfig, *, written: datetime) -> EmailMessage:
    """Make the mail of a page. ``Malformed`` (``paging.address``) when it has no one recipient.

    Auto-Submitted (RFC 3834) keeps absence notices away; List-Id (RFC 2919) lets people sort pages.
    """
    recipient = _addr_spec(page.address)
    if not recipient:
        raise Malformed("paging.address", "This is no mail address.", hint="Write it like officer@station.example.")
    letter = letter_of(page)
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=one_line(config.station_name), addr_spec=config.address)
    mail["To"] = recipient
    for name, value in _headers(page, config, written).items():
        mail[name] = value
    mail["Subject"] = _subject(page) or letter.title
    mail.set_content(_text(page, letter))
    return mail


def message_id(stable_id: str, domain: str) -> str:
    """The Message-ID of a page: the same for the same stable id, whatever characters that has."""
    return f"<{hashlib.sha256(stable_id.encode('utf-8', 'replace')).hexdigest()[:32]}@{domain}>"


def _headers(page: PageMessage, config: SmtpConfig, written: datetime) -> dict[str, str]:
    return {
        "Message-ID": message_id(page.stable_id, config.domain),
        "Date": format_datetime(written),
        "List-Id": f"<pages.{config.domain}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
        "Esos-Page": one_line(page.stable_id),
        "Esos-Exercise": "yes" if page.is_exercise else "no",
        "Esos-Test": "yes" if page.is_test else "no",
        **_URGENT_HEADERS.get(page.loudness, {}),
        **_thread_headers(page, config),
    }


def _thread_headers(page: PageMessage, config: SmtpConfig) -> dict[str, str]:
    """What holds a conversation together (RFC 5322): each mail answers one that names the conversation.

    A mail in answer to a mail says that a program wrote it (RFC 3834); the list takes posts where replies are read.
    """
    headers: dict[str, str] = {}
    if page.thread:
        root = f"<{THREAD_PREFIX}{page.thread}@{config.domain}>"
        headers |= {"In-Reply-To": page.answers or root, "References": " ".join(filter(None, (root, page.answers)))}
    if page.reply_to:
        headers |= {"Reply-To": page.reply_to, "List-Post": f"<mailto:{page.reply_to}>"}
    if page.answers:
        headers["Auto-Submitted"] = "auto-replied"
    return headers


def _subject(page: PageMessage) -> str:
    """The conversation's; of an exercise marked as one (law 7)."""
    subject = one_line(page.subject)
    return f"{page.frame.drill_prefix}{subject}" if subject and page.is_exercise else subject


def _text(page: PageMessage, letter: Letter) -> str:
    """The page; above it the line to write above, and how it can be answered, where replies are read."""
    body = f"{letter.title}\n\n{letter.text}" if page.subject else letter.text
    if not page.reply_to:
        return body
    how = REPLY_IS_ANSWER if page.takes_answer else REPLY_IS_MESSAGE
    return f"{above_line()}\n{say(how)}\n\n{body}"


def _addr_spec(text: str) -> str:
    """One bare address with its domain in ASCII, or nothing: no display name, no list, no line break."""
    local, _, domain = text.rpartition("@")
    if not local or not domain or len(text) > ADDRESS_MAX_CHARS or not text.isprintable() or " " in text:
        return ""
    try:
        return Address(addr_spec=f"{local}@{domain.encode('idna').decode('ascii')}").addr_spec
    except (ValueError, IndexError, MessageError):
        return ""


def _refuse(refusal: aiosmtplib.SMTPRecipientRefused) -> NoReturn:
    said = one_line(refusal.message)
    if refusal.code >= _PERMANENT and refusal.code not in _NOT_THE_ADDRESS:
        raise Malformed(
            "paging.address", f"The mail server knows no such recipient: {refusal.code} {said}"
        ) from refusal
    raise Busy("paging.unreachable", f"The mail server asks to try again later: {refusal.code} {said}") from refusal


def _tls_context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as trouble:
        raise Malformed("paging.smtp_ca_file", "The file of trusted certificates cannot be read.") from trouble
