"""``esos hand-in "e-SOS call. …"``: a call that somebody read aloud over a telephone, as it was written down.

The check words say whether it was heard rightly; the number of the printed card says whose it is. An officer calls
back in any case.
"""

import hashlib
from typing import TYPE_CHECKING, Any

from esos.cli.common import emit
from esos.errors import Forbidden

if TYPE_CHECKING:
    from esos.message.card import HomeStation
    from esos.message.spoken import SpokenCall

CALL_ID_BYTES = 8
_SAID = "Read aloud over a telephone, and written down by whoever heard it."


def is_heard(text: str) -> bool:
    """Whether this is what ``esos call --aloud`` gives to read, by its opening."""
    from esos.message.spoken import begins_spoken

    return begins_spoken(text)


async def hand_in_heard(text: str, homes: "list[HomeStation]", *, as_json: bool) -> None:
    """Hand in what was heard, at the first station that takes it.

    Raises ``Malformed`` (``spoken.*``), ``Forbidden`` (``realm.mismatch``) where practice would reach a real station
    or a real call an exercise, and the station's own refusal.
    """
    from esos.message.spoken import decode_spoken

    call = decode_spoken(text)
    for home in homes:
        if home.realm is not call.realm:
            raise Forbidden(
                "realm.mismatch",
                f"{home.name} keeps {home.realm.value} statements; this call is {call.realm.value}.",
                hint="Name the station for it with --station CARD.",
            )
    home, taken = await _first_that_takes(call, homes)
    emit(_result(home, call, taken), as_json=as_json, words=_words(home, call, taken))


async def _first_that_takes(call: "SpokenCall", homes: "list[HomeStation]") -> "tuple[HomeStation, dict[str, Any]]":
    """One station is enough: the number of a card serves once, and stations tell one another."""
    from esos.cli.client import over_http
    from esos.errors import NotDelivered

    last: NotDelivered | None = None
    for home in homes:
        try:
            async with over_http(home.http.rstrip("/"), "") as client:
                return home, await client.post("/calls", _given(call))
        except NotDelivered as cause:
            last = cause
    raise last or NotDelivered("station.unreachable", "The card names no address of the station.")


def _given(call: "SpokenCall") -> dict[str, Any]:
    """The call as the interface takes it; its id follows from what was heard: typed again, it is the same call."""
    from esos.message.spoken import encode_spoken, pseudonym_words

    heard = hashlib.sha256(encode_spoken(call).encode()).digest()
    return {
        "call": heard[:CALL_ID_BYTES].hex(),
        "caller_name": pseudonym_words(call.pseudonym),
        "card_token": call.token,
        "details": {
            "urgency": call.urgency.value,
            "natures": [nature.slug for nature in call.natures],
            "words": _SAID,
        },
    }


def _result(home: "HomeStation", call: "SpokenCall", taken: dict[str, Any]) -> dict[str, Any]:
    return {
        "case": taken["case"],
        "call": taken["call"],
        "state": taken["state"],
        "station": home.name,
        "realm": call.realm.value,
        "urgency": call.urgency.value,
        "card_accepted": taken["card_accepted"],
        "caller": taken["caller"],
        "is_named_alike": _is_named_alike(call, taken),
    }


def _is_named_alike(call: "SpokenCall", taken: dict[str, Any]) -> bool:
    """Whether the name that was read aloud is that of the card's owner."""
    return bool(taken["card_accepted"]) and str(taken["caller"]).startswith(call.pseudonym.hex())


def _words(home: "HomeStation", call: "SpokenCall", taken: dict[str, Any]) -> str:
    from esos.message.spoken import check_words

    said_back = " ".join(word.upper() for word in check_words(call))
    if not taken["card_accepted"]:
        who = "The number was not accepted (used before, or too old): the call stands, and nobody knows whose it is."
    elif not _is_named_alike(call, taken):
        who = f"The card belongs to {taken['caller']}, and another name was read aloud: ask which when you call back."
    else:
        who = f"The number is that of {taken['caller']}."
    return f"Handed in at {home.name}. Case {taken['case']}.\n{who}\nSay back: {said_back}. Then call back and ask."
