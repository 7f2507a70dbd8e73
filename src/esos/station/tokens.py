"""Secrets people hold: one-time links, sessions, program tokens, page links, printed cards. Kept as hashes only."""

import hashlib
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec

from esos.errors import Unauthenticated
from esos.keys.speaker import KnownBy
from esos.station.ports import Clock, Dice, Journal
from esos.station.records import TokenRecord

TOKEN_BYTES = 24
LINK_MS = 48 * 3_600_000
SESSION_MS = 12 * 3_600_000
"""How long a session lasts that nobody uses."""
SESSION_RENEWED_MS = SESSION_MS // 12
"""A session in use is renewed at most once in so long: reading pages must not keep a disk busy."""
SESSION_LONGEST_MS = 7 * 86_400_000
"""How long a session lasts at most, however much it is used."""
CHALLENGE_MS = 5 * 60_000
"""How long somebody may take to touch a key, or to sign in elsewhere."""
CHALLENGE_DICE_BYTES = 16
PROGRAM_MS = 365 * 86_400_000
CARD_MS = 3 * 365 * 86_400_000
FEED_MS = 365 * 86_400_000
"""How long a calendar's address is good that nobody renews."""
FEEDS = ("feed_own", "feed_all")
"""Calendars of a person's own shifts, and of the whole watch: their addresses open nothing else."""
CARD_DIGITS = 8
ANSWER_CODE_DIGITS = 6
SELECTED_STAGE = b"selected"
"""What an answer code is also of, once an offer was chosen: then it is another code."""
GATEWAY = "gateway:"
"""What the party of a gateway's secret begins with."""
PAGE_LINK_PREFIX = "p."
PAGE_MAC_BYTES = 16
PAGE_LINK_MIN_BYTES = 7
_KNOWN_BY = {
    "link": KnownBy.LINK,
    "session": KnownBy.SESSION,
    "token": KnownBy.TOKEN,
    "ack": KnownBy.LINK,
    "case": KnownBy.LINK,
    "card": KnownBy.CARD,
    "feed_own": KnownBy.LINK,
    "feed_all": KnownBy.LINK,
    "invitation": KnownBy.LINK,
    "gateway": KnownBy.TOKEN,
}


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it was begun: when, in which way (``link``, ``passkey``, ``oidc``), on what kind of device."""

    began_ms: int
    way: str = "link"
    device: str = ""


class OpenSession(SignedIn, frozen=True, kw_only=True):
    """A session that is open: ``id`` names it without being the secret, and ``ends_ms`` is when it ends unused."""

    id: str
    ends_ms: int
    is_this: bool


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds a token, how that makes it known, and what the token is about (a case, a request) if anything."""

    party: str
    purpose: str
    known_by: KnownBy
    about: bytes = b""
    way: str = ""
    """How a session began."""


class Tokens:
    """Makes, finds and spends tokens."""

    def __init__(self, *, journal: Journal, dice: Dice, clock: Clock, link_key: bytes) -> None:
        self._link_key = link_key
        self._journal = journal
        self._dice = dice
        self._clock = clock

    async def make(self, party: str, purpose: str, *, lives_ms: int, once: bool = False, about: bytes = b"") -> str:
        """A new secret for a party; only its hash is kept."""
        secret = urlsafe_b64encode(self._dice.bytes(TOKEN_BYTES)).decode()
        await self._keep(secret, party, purpose, lives_ms=lives_ms, once=once, about=about)
        return secret

    async def make_card_number(self, party: str) -> str:
        """A one-time number for a printed card, short enough to be read out."""
        number = int.from_bytes(self._dice.bytes(8)) % 10**CARD_DIGITS
        secret = f"{number:0{CARD_DIGITS}d}"
        await self._keep(secret, party, "card", lives_ms=CARD_MS, once=True, about=b"")
        return secret

    def page_link(self, party: str, *, about: bytes, lives_ms: int) -> str:
        """The secret of a page's link: signed by the station, kept nowhere, good until it runs out.

        Pages go out by the hundred; none of them should have to wait for a disk.
        """
        expires_s = (self._clock.now_ms() + lives_ms) // 1000
        name = party.encode()
        said = expires_s.to_bytes(5) + bytes((len(name),)) + name + about
        return PAGE_LINK_PREFIX + urlsafe_b64encode(said + self._mac(said)).decode().rstrip("=")

    def _read_page_link(self, secret: str) -> Holder | None:
        body = secret.removeprefix(PAGE_LINK_PREFIX)
        try:
            raw = urlsafe_b64decode(body + "=" * (-len(body) % 4))
        except ValueError:
            return None
        said, mac = raw[:-PAGE_MAC_BYTES], raw[-PAGE_MAC_BYTES:]
        if len(said) < PAGE_LINK_MIN_BYTES or not hmac.compare_digest(mac, self._mac(said)):
            return None
        if self._clock.now_ms() >= int.from_bytes(said[:5]) * 1000:
            return None
        end = 6 + said[5]
        return Holder(party=said[6:end].decode(), purpose="ack", known_by=KnownBy.LINK, about=said[end:])

    def _mac(self, said: bytes) -> bytes:
        return hmac.digest(self._link_key, b"esos-page-link-1" + said, "sha256")[:PAGE_MAC_BYTES]

    def answer_code(self, about: bytes) -> str:
        """Six digits that answer one page by text message, from the registered number only; kept nowhere."""
        number = int.from_bytes(hmac.digest(self._link_key, b"esos-answer-code-1" + about, "sha256")[:8])
        return f"{number % 10**ANSWER_CODE_DIGITS:0{ANSWER_CODE_DIGITS}d}"

    async def gateway(self, name: str, carries: str) -> str:
        """The secret of a gateway's program, good for a year; ``carries`` is ``text`` or ``voice``."""
        return await self.make(GATEWAY + name, "gateway", lives_ms=PROGRAM_MS, about=carries.encode())

    async def dismiss_gateway(self, name: str) -> int:
        """Void every secret of a gateway; how many there were."""
        return await self._journal.drop_tokens(party=GATEWAY + name, purpose="gateway")

    async def link(self, party: str) -> str:
        """A one-time sign-in link's secret, good for 48 hours."""
        return await self.make(party, "link", lives_ms=LINK_MS, once=True)

    async def program_token(self, party: str) -> str:
        """A token for a program that acts for a party, good for a year."""
        return await self.make(party, "token", lives_ms=PROGRAM_MS)

    async def sign_in(self, secret: str, *, device: str = "") -> tuple[Holder, str]:
        """Spend a one-time link for a session; raises ``Unauthenticated`` (``session.link``).

        What else can be used once, as a printed card, is not touched: anybody may try numbers here.
        """
        holder = await self.spend(secret, "link")
        if holder is None:
            raise Unauthenticated(
                "session.link", "This link has been used, or is too old.", hint="Ask your station for a new one."
            )
        return holder, await self.session(holder.party, device=device)

    async def session(self, party: str, *, way: str = "link", device: str = "") -> str:
        """A new session of a party; whoever uses it keeps it, up to ``SESSION_LONGEST_MS``."""
        began = SignedIn(began_ms=self._clock.now_ms(), way=way, device=device)
        return await self.make(party, "session", lives_ms=SESSION_MS, about=msgspec.json.encode(began))

    async def in_session(self, secret: str) -> Holder | None:
        """Who is signed in with this, None for nobody. A session that is used does not end in the middle of a night."""
        now_ms = self._clock.now_ms()
        record = await self._journal.token(_digest(secret), now_ms=now_ms)
        if record is None or record.purpose != "session":
            return None
        began = _began(record)
        expires_ms = min(began.began_ms + SESSION_LONGEST_MS, now_ms + SESSION_MS)
        if expires_ms - record.expires_ms >= SESSION_RENEWED_MS:
            await self._journal.renew_token(record.digest, expires_ms=expires_ms)
        return msgspec.structs.replace(_holder(record), way=began.way)

    async def sessions(self, party: str, *, secret: str = "") -> list[OpenSession]:
        """The open sessions of a party, newest first; that of ``secret`` is marked as this one."""
        now_ms, this = self._clock.now_ms(), _digest(secret)
        rows = await self._journal.tokens_of(party=party, purpose="session", now_ms=now_ms)
        found = [
            OpenSession(
                **msgspec.structs.asdict(_began(row)),
                id=_name_of(row.digest),
                ends_ms=row.expires_ms,
                is_this=row.digest == this,
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: one.began_ms, reverse=True)

    async def end_session(self, party: str, name: str) -> bool:
        """End one session of a party by its ``OpenSession.id``; whether it was open."""
        rows = await self._journal.tokens_of(party=party, purpose="session", now_ms=self._clock.now_ms())
        found = next((row.digest for row in rows if _name_of(row.digest) == name), None)
        return found is not None and await self._journal.drop_token(found, party=party)

    def challenge(self, purpose: str, *, party: str = "") -> str:
        """Something new to be signed, or sent round, by one browser: good once, within five minutes.

        It is signed by the station and kept nowhere, so that however many are asked for, nobody's is given up.
        """
        expires_s = (self._clock.now_ms() + CHALLENGE_MS) // 1000
        said = expires_s.to_bytes(5) + self._dice.bytes(CHALLENGE_DICE_BYTES)
        return _letters(said + self._challenge_mac(said, purpose, party))

    def is_challenge(self, challenge: str, purpose: str, *, party: str = "") -> bool:
        """Whether this is a challenge of the station for this purpose and party, and its time is not over."""
        try:
            raw = urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
        except ValueError:
            return False
        said, mac = raw[:-PAGE_MAC_BYTES], raw[-PAGE_MAC_BYTES:]
        if not hmac.compare_digest(mac, self._challenge_mac(said, purpose, party)):
            return False
        return self._clock.now_ms() < int.from_bytes(said[:5]) * 1000

    async def is_open(self, challenge: str, purpose: str, *, party: str = "") -> bool:
        """Whether a challenge is good and nobody has answered it yet, before anything is done for whoever sends it."""
        is_good = self.is_challenge(challenge, purpose, party=party)
        return is_good and await self._journal.token(_digest(challenge), now_ms=self._clock.now_ms()) is None

    async def use_challenge(self, challenge: str, purpose: str, *, party: str = "") -> bool:
        """Take a challenge that was answered rightly: exactly one caller gets it, and none after its time.

        Only these are remembered, until they have run out: whoever cannot answer one fills nothing.
        """
        if not self.is_challenge(challenge, purpose, party=party):
            return False
        now_ms = self._clock.now_ms()
        return await self._journal.use_once(_digest(challenge), expires_ms=now_ms + CHALLENGE_MS, now_ms=now_ms)

    def derived(self, challenge: str, what: str) -> str:
        """A secret that goes with a challenge, and that nobody can tell from it but the station."""
        said = f"esos-of-challenge-1\0{what}\0{challenge}".encode()
        return _letters(hmac.digest(self._link_key, said, "sha256"))

    def _challenge_mac(self, said: bytes, purpose: str, party: str) -> bytes:
        whole = f"esos-challenge-1\0{purpose}\0{party}\0".encode() + said
        return hmac.digest(self._link_key, whole, "sha256")[:PAGE_MAC_BYTES]

    async def holder(self, secret: str) -> Holder | None:
        """Who holds a live token, None where nobody does."""
        if secret.startswith(PAGE_LINK_PREFIX):
            return self._read_page_link(secret)
        record = await self._journal.token(_digest(secret), now_ms=self._clock.now_ms())
        is_good = record is not None and record.purpose not in {"link", *FEEDS} and record.purpose in _KNOWN_BY
        return _holder(record) if record is not None and is_good else None

    async def feed(self, party: str, purpose: str) -> str:
        """The secret in the address of a calendar, in place of the one before; ``purpose`` is one of ``FEEDS``."""
        await self._journal.drop_tokens(party=party, purpose=purpose)
        return await self.make(party, purpose, lives_ms=FEED_MS)

    async def feed_holder(self, secret: str) -> Holder | None:
        """Whose calendar an address is, and which; None where it is nobody's."""
        record = await self._journal.token(_digest(secret), now_ms=self._clock.now_ms())
        return _holder(record) if record and record.purpose in FEEDS else None

    async def spend(self, secret: str, purpose: str) -> Holder | None:
        """Take a one-time token of a purpose; exactly one caller gets it."""
        held = await self._journal.token(_digest(secret), now_ms=self._clock.now_ms())
        if held is None or held.purpose != purpose:
            return None
        record = await self._journal.spend_token(_digest(secret), now_ms=self._clock.now_ms())
        return _holder(record) if record else None

    async def sign_out(self, party: str) -> int:
        """End every session of a party."""
        return await self._journal.drop_tokens(party=party, purpose="session")

    async def forget(self, party: str) -> None:
        """Whoever is removed comes in no more: sessions, links and tokens end, and passkeys are deleted."""
        await self._journal.drop_tokens(party=party)
        for passkey in await self._journal.passkeys_of(party):
            await self._journal.drop_passkey(passkey.id, party=party)

    async def _keep(self, secret: str, party: str, purpose: str, *, lives_ms: int, once: bool, about: bytes) -> None:
        await self._journal.put_token(
            TokenRecord(
                digest=_digest(secret),
                purpose=purpose,
                party=party,
                expires_ms=self._clock.now_ms() + lives_ms,
                once=once,
                blob=about,
            )
        )


def _letters(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"esos-token-1" + secret.strip().encode()).digest()


def _began(record: TokenRecord) -> SignedIn:
    """How a session began; of one that does not say, as those of before, only when."""
    try:
        return msgspec.json.decode(record.blob, type=SignedIn)
    except msgspec.DecodeError:
        return SignedIn(began_ms=int.from_bytes(record.blob[:8]))


def _name_of(digest: bytes) -> str:
    """A session's name on pages: it follows from the digest and leads back to nothing."""
    return hashlib.sha256(b"esos-session-name-1" + digest).hexdigest()[:16]


def _holder(record: TokenRecord) -> Holder:
    about = b"" if record.purpose == "session" else record.blob
    return Holder(party=record.party, purpose=record.purpose, known_by=_KNOWN_BY[record.purpose], about=about)
