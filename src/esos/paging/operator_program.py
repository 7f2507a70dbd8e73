"""Pages by text message and by telephone: handed to an operator's own program, which has the modem or the line.

The program proves by its own secret who it is when it hands in what came back; here the station proves who it is, by
a signature over what it posts. Law 4: that the program took a page is "sent" and stops no timer.
"""

import asyncio
from http import HTTPStatus

import httpx
import msgspec

from esos.errors import Busy, Malformed
from esos.paging.letter import one_line
from esos.paging.webhook import SIGNATURE_HEADER, signature_of
from esos.station.ports import PageMessage, Sent

TIMEOUT_MS = 15_000
"""How long a program may take to say that it has a page; sending and ringing it does afterwards."""
TEXT_MAX_CHARACTERS = 480
"""About three text messages joined; code and link are never cut."""
NUMBER_MAX_CHARACTERS = 40


class OperatorConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the program listens, and the secret with which the station signs what it posts (empty: unsigned)."""

    url: str
    secret: str = ""

    def __repr__(self) -> str:
        """Leave the secret out of every log."""
        return f"OperatorConfig(url={self.url!r})"


class ForModem(msgspec.Struct, frozen=True, kw_only=True):
    """What a text gateway's program gets: send ``text`` to ``to``. ``id`` is the same on a retry."""

    id: str
    to: str
    text: str
    exercise: bool


class ForLine(msgspec.Struct, frozen=True, kw_only=True):
    """What a voice gateway's program gets: ring ``to``, then ask the station at ``/api/v1/rings`` what to speak.

    Without ``ring`` there is nothing to answer: speak ``say`` and hang up.
    """

    id: str
    to: str
    ring: str
    say: str
    exercise: bool


class OperatorChannel:
    """Hands each page to one program; ``scheme`` is ``sms``, or ``voice`` and ``ring`` for the telephone."""

    def __init__(self, scheme: str, config: OperatorConfig) -> None:
        self._scheme = scheme
        self._config = config
        self._client = httpx.AsyncClient(timeout=TIMEOUT_MS / 1000, trust_env=False)

    @property
    def scheme(self) -> str:
        """The contact channel this serves."""
        return self._scheme

    async def send(self, page: PageMessage) -> Sent:
        """Post the page to the program; a 2xx answer is "sent", not "delivered"."""
        body = msgspec.json.encode(for_modem(page) if self._scheme == "sms" else for_line(page))
        headers = {"content-type": "application/json", "idempotency-key": page.stable_id}
        if self._config.secret:
            headers[SIGNATURE_HEADER] = signature_of(self._config.secret, body)
        try:
            async with asyncio.timeout(TIMEOUT_MS / 1000):
                answer = await self._client.post(self._config.url, content=body, headers=headers)
        except (TimeoutError, httpx.HTTPError, OSError) as trouble:
            why = f"The gateway's program did not answer: {type(trouble).__name__}."
            raise Busy("paging.unreachable", why) from trouble
        _check(answer.status_code)
        return Sent(provider=self._scheme, detail=f"Its program answered {answer.status_code}.")

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.aclose()


def operator_channels(text_url: str, voice_url: str, secret: str) -> list[OperatorChannel]:
    """The ways out by text message and telephone for which there is a program."""
    by_scheme = {"sms": text_url, "voice": voice_url, "ring": voice_url}
    return [OperatorChannel(scheme, OperatorConfig(url=url, secret=secret)) for scheme, url in by_scheme.items() if url]


def for_modem(page: PageMessage) -> ForModem:
    """A page as one short text: what it is about, how to answer, and the link."""
    end = one_line(" ".join(one for one in (page.answer, page.link) if one), max_chars=TEXT_MAX_CHARACTERS)
    room = max(0, TEXT_MAX_CHARACTERS - len(end) - 2)
    prefix = page.frame.drill_prefix
    mark = prefix if page.is_exercise and not page.title.startswith(prefix) else ""
    start = one_line(mark + page.title, max_chars=room)
    text = f"{start}. {end}" if end else start
    return ForModem(id=page.stable_id, to=_number(page.address), text=text, exercise=page.is_exercise)


def for_line(page: PageMessage) -> ForLine:
    """A page to be spoken; its link's secret is what the program asks the station with."""
    _, room, secret = ["", "", "", *page.link.split("/")][-3:]
    mark = f"{page.frame.drill_line} " if page.is_exercise else ""
    return ForLine(
        id=page.stable_id,
        to=_number(page.address),
        ring=secret if room in {"a", "r", "t"} else "",
        say=one_line(f"{mark}{page.title}. {page.body}", max_chars=TEXT_MAX_CHARACTERS),
        exercise=page.is_exercise,
    )


def _number(address: str) -> str:
    """The number as it is on the card; raises ``Malformed`` (``paging.address``) for what is none."""
    plain = "".join(char for char in address if char not in " -./()")
    if not plain.removeprefix("+").isdigit() or not plain.isascii() or len(plain) > NUMBER_MAX_CHARACTERS:
        raise Malformed("paging.address", "This is no telephone number.", hint="As +353999000111.")
    return plain


def _check(status: int) -> None:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return
    if status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY}:
        raise Malformed("paging.address", f"The gateway's program refuses this number: it answered {status}.")
    raise Busy("paging.unreachable", f"The gateway's program cannot take it now: it answered {status}.")
