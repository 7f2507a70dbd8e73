"""What a proxy in front says of who comes and how: believed from named proxies alone, and limited like a connection.

Everybody else may write the same headers; nobody reads them.
"""

import ipaddress
from collections import Counter
from http import HTTPStatus
from typing import Any

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from esos.errors import Malformed

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_NEAR = "esos.near"
RETRY_SECONDS = b"1"


class Proxies:
    """The proxies that are believed: addresses and networks."""

    def __init__(self, networks: tuple[Network, ...] = ()) -> None:
        self._networks = networks

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._networks)

    def __contains__(self, host: object) -> bool:
        """Whether an address is one of them."""
        try:
            address = ipaddress.ip_address(str(host))
        except ValueError:
            return False
        return any(address in network for network in self._networks)

    @property
    def names(self) -> list[str]:
        """As the server's own reader of these headers takes them: one address, or a network."""
        return [str(one.network_address if one.num_addresses == 1 else one) for one in self._networks]


def read_proxies(written: str) -> Proxies:
    """Addresses and networks with commas between; raises ``Malformed`` (``station.proxies``)."""
    try:
        return Proxies(tuple(ipaddress.ip_network(one.strip()) for one in written.split(",") if one.strip()))
    except ValueError as cause:
        raise Malformed(
            "station.proxies",
            f"trusted_proxies is no list of addresses and networks: {cause}.",
            hint='As "127.0.0.1, 192.0.2.0/28". A name, or everybody, is not taken.',
        ) from cause


class BehindProxies:
    """The application as seen behind proxies; of one far address at most so many requests are answered at once."""

    def __init__(self, app: Any, proxies: Proxies, *, per_address_max: int) -> None:
        self._app = app
        self._inner = ProxyHeadersMiddleware(self._limited, trusted_hosts=proxies.names)
        self._per_address_max = per_address_max
        self._now: Counter[str] = Counter()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or hand on the beginning and end of the application."""
        scope[_NEAR] = scope.get("client")
        await self._inner(scope, receive, send)

    async def _limited(self, scope: Any, receive: Any, send: Any) -> None:
        far = scope["client"][0] if scope["type"] == "http" and scope["client"] != scope[_NEAR] else ""
        if not far:
            await self._app(scope, receive, send)
            return
        if self._now[far] >= self._per_address_max:
            await _refuse(send)
            return
        self._now[far] += 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._now[far] -= 1
            if not self._now[far]:
                del self._now[far]


async def _refuse(send: Any) -> None:
    headers = [(b"content-length", b"0"), (b"retry-after", RETRY_SECONDS)]
    await send({"type": "http.response.start", "status": HTTPStatus.SERVICE_UNAVAILABLE.value, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
