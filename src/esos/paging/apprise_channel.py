"""Pages by any of the services Apprise knows: telephone text, chat, push. The address is an Apprise URL.

Such a URL holds its owner's secrets, so it never enters an error, a detail or a log. Apprise is
imported when the first page is sent, in a thread: the import takes a third of a second.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import msgspec

from esos.errors import Busy, Malformed
from esos.paging.letter import BODY_MAX_CHARS, letter_of
from esos.station.ports import PageMessage, Sent

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

_KIND_OF_URGENCY = {"mayday": "failure", "pan-pan": "warning"}


class AppriseConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``schemas`` are the services allowed (``tgram``, ``ntfys`` …); empty allows all. ``threads`` send at a time."""

    schemas: tuple[str, ...] = ()
    timeout_ms: int = 20_000
    threads: int = 4


class AppriseChannel:
    """Hands each page to Apprise in a thread. A service that hangs costs one of the threads, not the station."""

    scheme = "apprise"

    def __init__(self, config: AppriseConfig) -> None:
        self._config = config
        self._threads = ThreadPoolExecutor(max_workers=config.threads, thread_name_prefix="apprise")

    async def send(self, page: PageMessage) -> Sent:
        """Hand the page over; the stable id stands in the text, since most services know no such key.

        After a timeout the thread may still succeed: the retry then repeats the same id.
        """
        self._check_schema(page.address)
        work = asyncio.get_running_loop().run_in_executor(self._threads, _hand_over, page, self._config)
        try:
            async with asyncio.timeout(self._config.timeout_ms / 1000):
                service = await work
        except TimeoutError as trouble:
            raise Busy("paging.unreachable", "The service did not answer in time.") from trouble
        return Sent(provider=service, detail="The service took it.")

    async def close(self) -> None:
        """Drop what has not begun; what has begun ends by its own timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _check_schema(self, address: str) -> None:
        schema, mark, _ = address.partition("://")
        if not mark:
            raise Malformed(
                "paging.address", "This is no Apprise address.", hint="It begins like ntfys:// or mailtos://."
            )
        if self._config.schemas and schema.lower() not in self._config.schemas:
            allowed = ", ".join(self._config.schemas)
            raise Malformed("paging.address", "This service is not allowed here.", hint=f"Allowed are: {allowed}.")


def _hand_over(page: PageMessage, config: AppriseConfig) -> str:
    """Send in this thread; the name of the service that took it."""
    service = _service_of(page.address, config)
    name = str(service.service_name)
    letter = letter_of(page, max_chars=_room(service, len(letter_of(page).title)))
    kind = _KIND_OF_URGENCY.get(page.urgency, "info")
    if not _sender_of(service).notify(body=letter.text, title=letter.title, notify_type=kind, body_format="text"):
        raise Busy("paging.unreachable", f"{name} did not take the page.")
    return name


def _service_of(address: str, config: AppriseConfig) -> "NotifyBase":
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - slow, and most stations never need it

    asset = AppriseAsset(
        app_id="e-SOS", app_desc="e-SOS", app_url="", async_mode=False, http_redirects=False,
        image_url_mask="", image_url_logo="", service_timeout=0, storage_mode="memory",
    )  # fmt: skip
    service = Apprise.instantiate(address, asset=asset)
    if service is None:
        raise Malformed("paging.address", "Apprise cannot use this address.", hint="Try it with Apprise's own command.")
    longest_s = config.timeout_ms / 1000
    service.socket_connect_timeout = min(service.socket_connect_timeout, longest_s)
    service.socket_read_timeout = min(service.socket_read_timeout, longest_s)
    return service


def _sender_of(service: "NotifyBase") -> "Apprise":
    from apprise import Apprise  # noqa: PLC0415 - as above

    return Apprise(service)


def _room(service: "NotifyBase", title_chars: int) -> int:
    """How long the text may be: a service without titles puts the title in front of it."""
    room = min(int(service.body_maxlen), BODY_MAX_CHARS)
    return room if int(service.title_maxlen) > 0 else room - title_chars - 2
