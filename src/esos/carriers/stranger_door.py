"""The strangers' door: hears by datagram whoever has only the station's card, and lets junk cost next to nothing.

The law of the datagram door holds here too: nothing is answered before it is committed, and never more bytes leave
than came in. Every check stands in the order of its price: form, cookie or work, repetition, budgets, seal, signature.
"""

import socket
from collections.abc import Callable
from typing import Final

import msgspec

from esos.carriers.stranger_cookie import Cookies
from esos.carriers.udp_book import Address, DoorLimits, KeyBudget
from esos.carriers.udp_door import Bind, Submit, UdpDoor, Unverified
from esos.errors import Busy, Forbidden
from esos.keys.hpke import HpkeKey
from esos.message.packet_keys import CallerKey
from esos.message.stranger_packet import (
    WORK_BITS,
    WORK_BITS_BUSY,
    Ask,
    Form,
    StrangerCall,
    check_work,
    open_call,
    read_datagram,
    write_cookie,
)
from esos.words.realm import Realm

_EVERYBODY: Final = b""
_NETWORK_BYTES: Final = 8
"""Of an IPv6 address, so much is one network's: whoever has one has all of its addresses."""


class StrangerLimits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every limit of a strangers' door, by name and unit."""

    door: DoorLimits = DoorLimits(
        pending_max=64,
        remembered_max=4_096,
        packets_per_key_per_s=1.0,
        packets_per_key_burst=8,
        keys_metered_max=16_384,
        receive_buffer_bytes=256 * 1024,
    )
    """What it shares with the door of registered callers, each smaller."""
    work_bits: int = WORK_BITS
    """What a call without a cookie has to show, in bits of work."""
    work_bits_busy: int = WORK_BITS_BUSY
    """The same while more than half of ``door.pending_max`` calls wait."""
    cookie_copies: int = 4
    """How often a cookie is sent in answer to one ask; so many are no longer than it."""
    cookies_per_s: int = 2_000
    """Asks answered each second; beyond it they are dropped and counted, and work still gets a call in."""
    calls_per_address_per_s: float = 2.0
    """New calls with a cookie that one IPv4 address, or one IPv6 network of 64 bits, may have opened each second."""
    calls_per_address_burst: int = 16
    """How many of them at once."""
    opened_by_cookie_per_s: int = 400
    """Calls with a cookie that are opened each second, of all addresses together."""
    opened_by_work_per_s: int = 200
    """Calls that show work that are opened each second: another budget, since their addresses may be forged."""


class StrangerDoor(UdpDoor):
    """The datagram door for whom the station does not know: a ``UdpDoor`` with other checks in front.

    ``station`` is the station's kid, ``realm`` its realm, ``key`` the private half of the HPKE key on its card, and
    ``secret`` 32 random bytes that cookies are made of. The rest is as at ``UdpDoor``.
    """

    def __init__(
        self,
        *,
        station: bytes,
        realm: Realm,
        key: HpkeKey,
        submit: Submit,
        clock: Callable[[], int],
        jitter: Callable[[], float],
        secret: bytes,
        limits: StrangerLimits | None = None,
        bind: Bind | None = None,
    ) -> None:
        self._own = limits or StrangerLimits()
        super().__init__(
            station=station,
            key_for=lambda _: None,
            submit=submit,
            clock=clock,
            jitter=jitter,
            limits=self._own.door,
            bind=bind,
        )
        self._station = station
        self._realm = realm
        self._key = key
        self._cookies = Cookies(secret)
        own = self._own
        self._asks = _budget(own.cookies_per_s, own.cookies_per_s, clock)
        self._addresses = _budget(own.calls_per_address_per_s, own.calls_per_address_burst, clock)
        self._openings = {
            Form.BY_COOKIE: _budget(own.opened_by_cookie_per_s, own.opened_by_cookie_per_s, clock),
            Form.BY_WORK: _budget(own.opened_by_work_per_s, own.opened_by_work_per_s, clock),
        }

    def _came(self, datagram: bytes, address: Address) -> None:
        """The checks in the order of their price; a refusal is counted by its code."""
        came = read_datagram(datagram)
        if isinstance(came, Ask):
            self._give_cookie(came, address)
            return
        self._check_leave(came, address)
        known = self._book.find(came.sealed)
        if known is not None:
            self._repeat(known, address, len(datagram))
            return
        self._check_budgets(came, address)
        opened = open_call(came.sealed, self._key, station=self._station)
        signed, answers = opened.signed, opened.answers
        key = CallerKey(kid=signed.header.kid, public=opened.public, realm=self._realm, sealers=())
        self._accept(Unverified(came.sealed, signed, key, answers, address), len(datagram))

    def _give_cookie(self, ask: Ask, address: Address) -> None:
        if not self._asks.take(_EVERYBODY):
            self.counters["stranger.asks_over_budget"] += 1
            return
        answer = write_cookie(ask.nonce, self._cookies.make(address, self._clock()))
        try:
            for _ in range(self._own.cookie_copies):
                self._sock.sendto(answer, address)
        except OSError:
            self.counters["stranger.cookie_not_sent"] += 1
        else:
            self.counters["stranger.cookie_given"] += 1

    def _check_leave(self, call: StrangerCall, address: Address) -> None:
        """Raise ``Forbidden`` where a call shows neither a cookie of its address nor enough work."""
        if call.form is Form.BY_WORK:
            check_work(self._station, call, bits=self._own.work_bits_busy if self._is_busy else self._own.work_bits)
        elif not self._cookies.holds(call.leave, address, self._clock()):
            raise Forbidden(
                "stranger.cookie", "This cookie was not given to this address of late.", hint="Ask for another."
            )

    @property
    def _is_busy(self) -> bool:
        return 2 * self._pending > self._own.door.pending_max

    def _check_budgets(self, call: StrangerCall, address: Address) -> None:
        """An address counts only where a cookie proved it, so that nobody can use up another's budget."""
        if call.form is Form.BY_COOKIE and not self._addresses.take(_network_of(address)):
            raise Busy("stranger.address_over_budget", "This address sends more calls than are opened for one.")
        if not self._openings[call.form].take(_EVERYBODY):
            raise Busy("stranger.openings_over_budget", "More calls come from strangers than can be opened.")


def _budget(per_s: float, burst: int, clock: Callable[[], int]) -> KeyBudget:
    return KeyBudget(DoorLimits(packets_per_key_per_s=per_s, packets_per_key_burst=burst), clock)


def _network_of(address: Address) -> bytes:
    """Whose address it is, as far as an address tells: all of an IPv4 address, the network of an IPv6 one."""
    host = str(address[0]).partition("%")[0]
    if ":" in host:
        return socket.inet_pton(socket.AF_INET6, host)[:_NETWORK_BYTES]
    return socket.inet_pton(socket.AF_INET, host)
