"""Pages by any of the services Apprise knows: telephone text, chat, push. The address is an Apprise URL.

Such a URL holds its owner's secrets, so it never enters an error, a detail or a log. Each page is handed
over by a process of its own (decision 0039), which is ended when its time is over or the station stops.
"""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress

import msgspec

from esos.errors import Busy, Malformed
from esos.paging.apprise_child import Done, Errand
from esos.station.ports import PageMessage, Sent

ANY_SERVICE = "*"
SERVICES = (
    "46elks", "bulksms", "burstsms", "chanify", "clickatell", "clicksend", "d7sms", "dapnet", "dingtalk", "discord",
    "feishu", "flock", "freemobile", "gchat", "groupme", "guilded", "httpsms", "ilert", "join", "kavenegar", "lark",
    "line", "msg91", "msgbird", "octopush", "opsgenie", "pagerduty", "pagertree", "pbul", "plivo", "pover", "prowl",
    "pushed", "pushy", "serwersms", "seven", "signl4", "simplepush", "sinch", "slack", "smsmanager", "sns", "spush",
    "squadcast", "telnyx", "tgram", "threema", "twilio", "twist", "viber", "voipms", "vonage", "webex", "whatsapp",
    "wxteams", "zulip",
)  # fmt: skip
"""Services that are asked at hosts of their own: no address among them can name another host."""
_KEPT_NAMES = ("PATH", "PYTHONPATH", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


class AppriseConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``services`` are those allowed, by the beginning of their addresses; ``*`` among them allows all.

    ``may_reach_private`` lets services in the station's own network be called. ``timeout_ms`` is for one
    hand-over from its start to its end; ``at_once`` is how many are on their way at most.
    """

    services: tuple[str, ...] = SERVICES
    may_reach_private: bool = False
    timeout_ms: int = 20_000
    at_once: int = 7


class AppriseChannel:
    """Hands each page to its service in a process of its own: one that hangs costs nobody else anything."""

    scheme = "apprise"

    def __init__(self, config: AppriseConfig) -> None:
        self._config = config
        self._places = asyncio.Semaphore(config.at_once)

    async def send(self, page: PageMessage) -> Sent:
        """Hand the page over.

        After a timeout the service may have taken it all the same: the retry then repeats the same id.
        """
        self._check_service(page.address)
        try:
            async with asyncio.timeout(self._config.timeout_ms / 1000), self._places:
                said = await self._in_child(page)
        except TimeoutError as trouble:
            raise Busy("paging.unreachable", "The service did not answer in time.") from trouble
        except OSError as trouble:
            raise Busy("paging.unreachable", "No process could be started to hand the page over.") from trouble
        return _sent(said)

    async def close(self) -> None:
        """Nothing is held between pages."""

    def _check_service(self, address: str) -> None:
        schema, mark, _ = address.partition("://")
        if not mark:
            raise Malformed(
                "paging.address", "This is no Apprise address.", hint="It begins like tgram:// or slack://."
            )
        allowed = self._config.services
        if ANY_SERVICE not in allowed and schema.lower() not in allowed:
            raise Malformed(
                "paging.address", "This service is not allowed here.", hint=f"Allowed are: {', '.join(allowed)}."
            )

    async def _in_child(self, page: PageMessage) -> bytes:
        """What the process says, empty where it ended without a word. It never outlives this call."""
        config = self._config
        errand = Errand(page=page, may_reach_private=config.may_reach_private, timeout_ms=config.timeout_ms)
        command = (sys.executable, "-P", "-m", "esos.paging.apprise_child")
        child = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_environment(), start_new_session=True
        )
        try:
            said, _ = await child.communicate(msgspec.json.encode(errand))
        finally:
            await _end(child)
        return said


async def _end(child: Process) -> None:
    with suppress(ProcessLookupError):
        child.kill()
    await child.wait()


def _environment() -> dict[str, str]:
    """What the process is told of ours: none of the station's settings, no proxy, nobody's passwords."""
    return {name: os.environ[name] for name in _KEPT_NAMES if name in os.environ} | {"NETRC": os.devnull}


def _sent(said: bytes) -> Sent:
    try:
        done = msgspec.json.decode(said, type=Done)
    except msgspec.DecodeError as trouble:
        raise Busy("paging.unreachable", "The service could not be asked.") from trouble
    match done.result:
        case "taken":
            return Sent(provider=done.service, detail="The service took it.")
        case "not_taken":
            raise Busy("paging.unreachable", f"{done.service} did not take the page.")
        case "unusable":
            raise Malformed(
                "paging.address", "Apprise cannot use this address.", hint="Try it with Apprise's own command."
            )
        case "strayed":
            raise Malformed(
                "paging.address",
                "This service lies in the station's own network.",
                hint="Use one that is reachable from outside, or set apprise_private.",
            )
