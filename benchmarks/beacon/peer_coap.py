"""CoAP as a peer: aiocoap at both ends, a confirmable POST, repeated as RFC 7252 says, asked again when it gives up."""

from collections.abc import Callable
from pathlib import Path

import aiocoap
from aiocoap import resource
from aiocoap.numbers.codes import Code

from beacon.certificate import Certificate

PORT = 47_204
FAILURES = (aiocoap.error.Error, OSError)


class _Call(resource.Resource):
    """Where calls are posted."""

    def __init__(self, note: Callable[[bytes], None]) -> None:
        super().__init__()
        self._note = note

    async def render_post(self, request: aiocoap.Message) -> aiocoap.Message:
        """Note it and say that it is here."""
        self._note(request.payload)
        return aiocoap.Message(code=Code.CREATED, payload=b"a" * 38)


async def serve(note: Callable[[bytes], None], certificate: Certificate) -> object:
    """Take posts and note them; keep what is returned."""
    del certificate
    site = resource.Site()
    site.add_resource(["call"], _Call(note))
    return await aiocoap.Context.create_server_context(site, bind=("::", PORT))


class Caller:
    """All trials share one context; each has an address of its own, so none waits for another."""

    def __init__(self, folder: Path) -> None:
        del folder
        self._context: aiocoap.Context | None = None

    async def attempt(self, host: str, body: bytes) -> None:
        """One exchange; returns when it was answered."""
        if self._context is None:
            self._context = await aiocoap.Context.create_client_context()
        message = aiocoap.Message(code=Code.POST, uri=f"coap://{host}:{PORT}/call", payload=body)
        await self._context.request(message).response
