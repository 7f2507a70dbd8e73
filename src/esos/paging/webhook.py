"""Pages posted to a web address as JSON, under an ``Idempotency-Key`` so that a retry counts once.

An address comes from a member's card, so it is not trusted: it reaches the station's own network only
where that is configured, the name is looked up once and that very address is called, and a redirect
never leads to another host.
"""

import asyncio
import hashlib
import hmac
import socket
import ssl
from contextlib import suppress
from functools import lru_cache
from http import HTTPStatus

import httpx
import msgspec

from esos.errors import Busy, Malformed
from esos.paging.letter import letter_of, one_line
from esos.paging.reach import IpAddress, may_reach, read_ip
from esos.station.ports import PageMessage, Sent

RESPONSE_MAX_BYTES = 4_096
REDIRECTS_MAX = 2
ADDRESSES_MAX = 3
SIGNATURE_HEADER = "Esos-Signature"
ANY_HOST = "*"
_TRY_AGAIN = frozenset({
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.CONFLICT,  # the same key is being worked on right now
    HTTPStatus.TOO_EARLY,
    HTTPStatus.TOO_MANY_REQUESTS,
})  # fmt: skip
_KEEPS_THE_POST = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})


class WebhookConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How pages are posted.

    ``secrets`` are the signing secrets by host (``host`` or ``host:port``); the entry ``*`` serves all
    others, who can then forge pages to one another. ``may_reach_private`` lets addresses of the own
    network be called, also without TLS. ``timeout_ms`` is for the whole exchange.
    """

    secrets: dict[str, str] = {}
    may_reach_private: bool = False
    ca_file: str = ""
    timeout_ms: int = 10_000

    def __repr__(self) -> str:
        """Leave the secrets out of every log."""
        return f"WebhookConfig(hosts={sorted(self.secrets)!r}, may_reach_private={self.may_reach_private!r})"


class PostedPage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The JSON body. ``id`` is the page's stable id, the same on a retry; ``exercise`` marks a drill.

    ``test`` marks a page that only tries the address: that one has no urgency.
    """

    version: int = 1
    id: str
    title: str
    text: str
    link: str
    urgency: str
    exercise: bool
    test: bool


class WebhookChannel:
    """Posts each page to its address, over a connection of its own."""

    scheme = "webhook"

    def __init__(self, config: WebhookConfig) -> None:
        self._config = config
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(config.timeout_ms / 1000, connect=config.timeout_ms / 1000 / ADDRESSES_MAX),
            trust_env=False,
            verify=_tls_context(config.ca_file),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def send(self, page: PageMessage) -> Sent:
        """Post the page; a 2xx answer is "sent", not "delivered"."""
        url = _url_of(page.address)
        body = msgspec.json.encode(_posted(page))
        headers = self._headers(url, page, body)
        try:
            async with asyncio.timeout(self._config.timeout_ms / 1000):
                status, said = await self._post(url, headers, body)
        except TimeoutError as trouble:
            raise Busy("paging.unreachable", "The web address did not answer in time.") from trouble
        except (httpx.HTTPError, OSError) as trouble:
            raise Busy("paging.unreachable", f"The web address did not answer: {type(trouble).__name__}.") from trouble
        _check(status)
        return Sent(provider=url.host, detail=one_line(f"It answered {status}. {said}"))

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()

    def _headers(self, url: httpx.URL, page: PageMessage, body: bytes) -> dict[str, str]:
        headers = {
            "Host": url.netloc.decode("ascii"),
            "Content-Type": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "e-SOS",
            "Idempotency-Key": _ascii(page.stable_id),
        }
        secrets = self._config.secrets
        secret = secrets.get(headers["Host"]) or secrets.get(url.host) or secrets.get(ANY_HOST)
        return headers | {SIGNATURE_HEADER: signature_of(secret, body)} if secret else headers

    async def _post(self, url: httpx.URL, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        """Status and the beginning of the answer, after at most ``REDIRECTS_MAX`` redirects on the same host."""
        for _ in range(REDIRECTS_MAX + 1):
            status, said, location = await self._exchange(url, headers, body)
            if status not in _KEEPS_THE_POST:
                return status, said
            url = _same_host(url, location)
        raise Malformed("paging.address", "The web address redirects in a circle.")

    async def _exchange(self, url: httpx.URL, headers: dict[str, str], body: bytes) -> tuple[int, str, str]:
        """One post, to the first of the host's addresses that can be connected to."""
        *others, last = await self._look_up(url)
        for address in others:
            with suppress(httpx.ConnectError, httpx.ConnectTimeout):
                return await self._call(address, url, headers, body)
        return await self._call(last, url, headers, body)

    async def _call(
        self, address: IpAddress, url: httpx.URL, headers: dict[str, str], body: bytes
    ) -> tuple[int, str, str]:
        """Call the very address that was checked; the certificate is still the host's."""
        pinned, extensions = url.copy_with(host=str(address)), {"sni_hostname": _name_of(url)}
        async with self._client.stream(
            "POST", pinned, content=body, headers=headers, extensions=extensions
        ) as response:
            said = await _beginning(response, wait_s=self._config.timeout_ms / 1000 / 4)
            return response.status_code, said, response.headers.get("Location", "")

    async def _look_up(self, url: httpx.URL) -> list[IpAddress]:
        """The addresses to call, looked up once so that the name cannot change its mind after the check."""
        port = url.port or (443 if url.scheme == "https" else 80)
        found = await asyncio.get_running_loop().getaddrinfo(_name_of(url), port, type=socket.SOCK_STREAM)
        allowed = [address for address in map(_ip_of, found) if self._may_call(url, address)]
        if not allowed:
            raise Malformed(
                "paging.address",
                "This web address lies in the station's own network, or is public and without https.",
                hint="Use an https address that is reachable from outside.",
            )
        return allowed[:ADDRESSES_MAX]

    def _may_call(self, url: httpx.URL, address: IpAddress) -> bool:
        is_plain = url.scheme != "https" and address.is_global
        return may_reach(address, private=self._config.may_reach_private) and not is_plain


def signature_of(secret: str, body: bytes) -> str:
    """What the signature header says: ``sha256=`` and the HMAC-SHA256 (RFC 2104) of the body in hex."""
    return f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"


def _posted(page: PageMessage) -> PostedPage:
    letter = letter_of(page)
    return PostedPage(
        id=page.stable_id,
        title=letter.title,
        text=letter.text,
        link=page.link,
        urgency=page.urgency,
        exercise=page.is_exercise,
        test=page.is_test,
    )


def _url_of(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as trouble:
        raise Malformed("paging.address", "This is no web address.") from trouble
    if url.scheme not in {"https", "http"} or not url.host or url.userinfo:
        raise Malformed("paging.address", "A web address for pages is https, with a host and without a password.")
    return url


def _name_of(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _ascii(text: str) -> str:
    return one_line(text).encode("ascii", "backslashreplace").decode("ascii")


def _same_host(url: httpx.URL, location: str) -> httpx.URL:
    try:
        onward = url.join(location)
    except (httpx.InvalidURL, ValueError) as trouble:
        raise Malformed("paging.address", "The web address redirects to no address.") from trouble
    if (onward.scheme, onward.netloc) != (url.scheme, url.netloc):
        raise Malformed(
            "paging.address", "The web address redirects to another host.", hint="Register that one instead."
        )
    return onward


def _ip_of(found: tuple[object, ...]) -> IpAddress:
    """The address in one answer of ``getaddrinfo``."""
    name = found[4]
    return read_ip(str(name[0]) if isinstance(name, tuple) else "::")


async def _beginning(response: httpx.Response, *, wait_s: float) -> str:
    """What the answer begins with: nothing is read after the limit, and its status stands whatever comes of it."""
    taken = b""
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(wait_s):
            async for chunk in response.aiter_raw():
                taken = (taken + chunk)[:RESPONSE_MAX_BYTES]
                if len(taken) == RESPONSE_MAX_BYTES:
                    break
    return one_line(taken.decode("utf-8", "replace"))


def _check(status: int) -> None:
    """Whose fault a refusal is: 4xx and a redirect the address's, the rest a matter of time."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status < HTTPStatus.INTERNAL_SERVER_ERROR and status not in _TRY_AGAIN:
        raise Malformed("paging.address", f"The web address refuses pages: it answered {status}.")
    raise Busy("paging.unreachable", f"The web address cannot take it now: it answered {status}.")


@lru_cache(maxsize=1)
def _public_trust() -> ssl.SSLContext:
    """What this machine trusts, read once: that takes 50 ms."""
    return ssl.create_default_context()


def _tls_context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file) if ca_file else _public_trust()
    except (OSError, ssl.SSLError) as trouble:
        raise Malformed("paging.webhook_ca_file", "The file of trusted certificates cannot be read.") from trouble
