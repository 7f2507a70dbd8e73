"""One page handed to a service in a process of its own: what hangs, drips or strays ends with the process.

The errand comes by standard input and what became of it goes to standard output, each one JSON value. The
process ends itself when its time is over, also when the station that started it is gone.
"""

import os
import signal
import sys
from typing import TYPE_CHECKING, Literal

import msgspec

from esos.paging.letter import BODY_MAX_CHARS, letter_of
from esos.paging.reach import may_reach, read_ip
from esos.station.ports import PageMessage

if TYPE_CHECKING:
    from apprise import Apprise, NotifyBase

_KIND_OF_URGENCY = {"mayday": "failure", "pan-pan": "warning"}
_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTS = frozenset({"subprocess.Popen", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "os.fork", "os.forkpty"})


class Errand(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A page to hand over. ``may_reach_private`` lets it go to the station's own network."""

    page: PageMessage
    may_reach_private: bool
    timeout_ms: int


class Done(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of an errand. ``service`` is the name of the one that was asked, where it is known."""

    result: Literal["taken", "not_taken", "unusable", "strayed"]
    service: str = ""


class Fence:
    """Keeps this process from connecting to addresses that pages may not reach, and from starting programs.

    The very address that is called is judged, so that no name can change its mind after a check.
    """

    def __init__(self, *, may_reach_private: bool) -> None:
        self._private = may_reach_private
        self.has_held = False

    def __call__(self, event: str, args: tuple[object, ...]) -> None:
        """What Python tells of (PEP 578): raises ``PermissionError`` before it happens."""
        if event in _STARTS or (event in _CONNECTS and not self._may_call(args[1])):
            self.has_held = True
            raise PermissionError("Pages are not sent there.")

    def _may_call(self, address: object) -> bool:
        if not isinstance(address, tuple):
            return False
        try:
            return may_reach(read_ip(str(address[0])), private=self._private)
        except ValueError:
            return False


def hand_over(errand: Errand, fence: Fence) -> Done:
    """Hand the page to its service; the stable id stands in the text, since most services know no such key."""
    page = errand.page
    service = _service_of(page.address, errand.timeout_ms)
    if service is None:
        return Done(result="unusable")
    name = str(service.service_name)
    letter = letter_of(page, max_chars=_room(service, len(letter_of(page).title)))
    kind = _KIND_OF_URGENCY.get(page.loudness, "info")
    is_taken = _sender_of(service).notify(body=letter.text, title=letter.title, notify_type=kind, body_format="text")
    if is_taken:
        return Done(result="taken", service=name)
    return Done(result="strayed" if fence.has_held else "not_taken", service=name)


def main() -> None:
    """Read the errand, do it, say what became of it."""
    errand = msgspec.json.decode(sys.stdin.buffer.read(), type=Errand)
    signal.setitimer(signal.ITIMER_REAL, errand.timeout_ms / 1000)  # nobody handles it: it ends the process
    said = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # whatever a service prints is no answer
    fence = Fence(may_reach_private=errand.may_reach_private)
    sys.addaudithook(fence)
    os.write(said, msgspec.json.encode(hand_over(errand, fence)))


def _service_of(address: str, timeout_ms: int) -> "NotifyBase | None":
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - slow, and only this process needs it

    asset = AppriseAsset(
        app_id="e-SOS", app_desc="e-SOS", app_url="", async_mode=False, http_redirects=False,
        image_url_mask="", image_url_logo="", service_timeout=0, storage_mode="memory",
    )  # fmt: skip
    service = Apprise.instantiate(address, asset=asset)
    if service is not None:
        longest_s = timeout_ms / 1000
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


if __name__ == "__main__":
    main()
