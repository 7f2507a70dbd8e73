"""Passkeys: a person proves to the station that a device of theirs is at hand, and that it is they who hold it.

W3C Web Authentication Level 3, by py_webauthn. Passkeys are discoverable, so that nobody types a name; each challenge
is signed by the station, good once and for five minutes, and bound to one browser by a cookie. It is kept nowhere until
it is answered, so no flood of questions shuts anybody out. For the people of the station the device must verify its
user. A count that did not grow may mean a copied key, and signs nobody in.
"""

from typing import Any
from urllib.parse import urlsplit

import msgspec

from esos.errors import Conflict, Forbidden, Malformed, Unauthenticated
from esos.keys.speaker import KnownBy, Role, Speaker
from esos.station.records import PasskeyRecord
from esos.station.station import Station
from esos.station.tokens import Holder
from esos.words.access import Act
from esos.words.language import say

PASSKEYS_MAX = 20
"""How many passkeys one person may have here."""
NAME_MAX = 40
CREDENTIAL_MAX_BYTES = 16_384
"""The longest answer of a device that is read."""
STAFF = frozenset({Role.OFFICER, Role.SECOND, Role.REGISTRAR, Role.AUDITOR})
ADDING, ENTERING = "passkey-add", "passkey-in"
_LOCAL = "localhost"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where passkeys of this station are good: the host they are bound to, and the origin pages come from."""

    rp_id: str
    origin: str


def place_of(public_url: str, scheme: str, host: str) -> Place:
    """The place, by the configured public address, else by the address asked for if that is this machine's own.

    A name in a request is anybody's to choose, so only ``localhost`` is believed. Raises ``Conflict``
    (``passkey.host``) where passkeys cannot work: they are bound to a name, and never to a number.
    """
    parts = urlsplit(public_url or f"{scheme}://{host}")
    name, is_safe = parts.hostname or "", parts.scheme == "https"
    is_local = name == _LOCAL or name.endswith(f".{_LOCAL}")
    is_name = bool(name) and not name.replace(".", "").isdigit() and ":" not in name
    if not is_name or not (is_local or (public_url and is_safe)):
        raise Conflict(
            "passkey.host",
            say("Passkeys do not work at this address: they are bound to a name and need HTTPS."),
            hint=say(
                "Open http://localhost on the station's own machine, "
                "or have public_url set to the HTTPS address people use."
            ),
        )
    return Place(rp_id=name, origin=f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}")


def is_staff(speaker: Speaker) -> bool:
    """Whether somebody works at this station, so that their device must verify them."""
    return bool(STAFF & speaker.roles)


async def adding_options(station: Station, place: Place, speaker: Speaker) -> tuple[str, str]:
    """The challenge, and the options for ``navigator.credentials.create`` as JSON, to add a passkey.

    Raises ``Conflict`` (``passkey.too_many``).
    """
    from webauthn import generate_registration_options, options_to_json  # noqa: PLC0415 - read when one is added
    from webauthn.helpers import structs as w  # noqa: PLC0415

    own = await station.journal.passkeys_of(speaker.party)
    if len(own) >= PASSKEYS_MAX:
        raise Conflict(
            "passkey.too_many",
            say("You have as many passkeys here as one person may."),
            hint=say("Remove one that you do not use."),
        )
    challenge = station.tokens.challenge(ADDING, party=speaker.party)
    wanted = w.UserVerificationRequirement.REQUIRED if is_staff(speaker) else w.UserVerificationRequirement.PREFERRED
    options = generate_registration_options(
        rp_id=place.rp_id,
        rp_name=station.identity.name,
        user_id=speaker.party.encode(),
        user_name=speaker.name or speaker.party,
        user_display_name=speaker.name or speaker.party,
        challenge=challenge.encode(),
        authenticator_selection=w.AuthenticatorSelectionCriteria(
            resident_key=w.ResidentKeyRequirement.REQUIRED, require_resident_key=True, user_verification=wanted
        ),
        exclude_credentials=[w.PublicKeyCredentialDescriptor(id=one.id) for one in own],
    )
    return challenge, options_to_json(options)


async def add(
    station: Station, place: Place, speaker: Speaker, *, challenge: str, credential: Any, name: str
) -> PasskeyRecord:
    """Keep the passkey that a device made.

    Raises ``Unauthenticated`` (``passkey.challenge``), ``Forbidden`` (``passkey.refused``) and ``Conflict``
    (``passkey.known``).
    """
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    if not station.tokens.is_challenge(challenge, ADDING, party=speaker.party):
        raise _stale()
    try:
        made = verify_registration_response(
            credential=credential,
            expected_challenge=challenge.encode(),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            require_user_verification=is_staff(speaker),
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as cause:  # the library reads what a stranger sent
        raise _refused() from cause
    if not await station.tokens.use_challenge(challenge, ADDING, party=speaker.party):
        raise _stale()
    passkey = PasskeyRecord(
        id=made.credential_id,
        party=speaker.party,
        name=_named(name),
        public=made.credential_public_key,
        count=made.sign_count,
        rp_id=place.rp_id,
        added_ms=station.clock.now_ms(),
    )
    if not await station.journal.add_passkey(passkey):
        raise Conflict("passkey.known", say("This passkey is here already."), hint=say("Use it to sign in."))
    return passkey


def entering_options(station: Station, place: Place) -> tuple[str, str]:
    """The challenge, and the options for ``navigator.credentials.get`` as JSON: whose passkey it is, it says itself."""
    from webauthn import generate_authentication_options, options_to_json  # noqa: PLC0415

    challenge = station.tokens.challenge(ENTERING)
    return challenge, options_to_json(generate_authentication_options(rp_id=place.rp_id, challenge=challenge.encode()))


async def enter(station: Station, place: Place, *, challenge: str, credential: Any, device: str) -> Speaker:
    """Who signs in with this passkey; each refusal that names somebody goes on record.

    Raises ``Unauthenticated`` (``passkey.challenge``, ``passkey.unknown``, ``session.gone``) and ``Forbidden``
    (``passkey.refused``, ``passkey.unverified``, ``passkey.copied``).
    """
    if not station.tokens.is_challenge(challenge, ENTERING):
        raise _stale()
    passkey = await _named_by(station, credential)
    try:
        speaker = await station.desk.known(Holder(party=passkey.party, purpose="session", known_by=KnownBy.SESSION))
    except Unauthenticated:
        await station.tokens.forget(passkey.party)  # removed, and the station stopped before it had deleted this
        raise
    try:
        await _check(station, place, passkey, speaker, challenge=challenge, credential=credential)
    except Forbidden as refusal:
        act = Act.PASSKEY_COUNTER if refusal.code == "passkey.copied" else Act.REFUSED
        await station.accesses.note(speaker.party, act, way="passkey", device=device, about=passkey.name)
        raise
    return speaker


async def _named_by(station: Station, credential: Any) -> PasskeyRecord:
    """The passkey that the answer names, if it is its owner's."""
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415

    try:
        raw, handle = credential["rawId"], credential["response"].get("userHandle") or ""
        found = await station.journal.passkey(base64url_to_bytes(raw))
        owner = base64url_to_bytes(handle).decode() if handle else ""
    except (KeyError, TypeError, ValueError, AttributeError) as cause:
        raise Malformed("passkey.malformed", say("What the device answered could not be read.")) from cause
    if found is None or (owner and owner != found.party):
        raise Unauthenticated(
            "passkey.unknown",
            say("This station does not know this passkey; perhaps it was removed."),
            hint=say("Sign in by a one-time link, and add a passkey again."),
        )
    return found


async def _check(
    station: Station, place: Place, passkey: PasskeyRecord, speaker: Speaker, *, challenge: str, credential: Any
) -> None:
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        shown = verify_authentication_response(
            credential=credential,
            expected_challenge=challenge.encode(),
            expected_rp_id=place.rp_id,
            expected_origin=place.origin,
            credential_public_key=passkey.public,
            credential_current_sign_count=0,  # compared below, so that what it means can be said
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as cause:  # as in ``add``
        raise _refused() from cause
    if not await station.tokens.use_challenge(challenge, ENTERING):
        raise _stale()
    if is_staff(speaker) and not shown.user_verified:
        raise Forbidden(
            "passkey.unverified",
            say("This device did not check that it is you. For the people of the station it must."),
            hint=say("Set a PIN, a fingerprint or a face on the device, and try again."),
        )
    is_counted = bool(shown.new_sign_count or passkey.count)
    has_grown = shown.new_sign_count > passkey.count or not is_counted
    now_ms = station.clock.now_ms()
    if not has_grown or not await station.journal.use_passkey(
        passkey.id, before=passkey.count, count=shown.new_sign_count, now_ms=now_ms
    ):
        raise Forbidden(
            "passkey.copied",
            say("This passkey counted backwards, so somebody may have a copy of it. Nobody was signed in."),
            hint=say("Sign in by a one-time link, remove this passkey and add a new one."),
        )


def _named(name: str) -> str:
    said = " ".join(name.split())[:NAME_MAX]
    return said or say("Passkey")


def _stale() -> Unauthenticated:
    return Unauthenticated(
        "passkey.challenge",
        say("This took too long, was begun on another device, or was sent twice."),
        hint=say("Load the page and try again."),
    )


def _refused() -> Forbidden:
    return Forbidden(
        "passkey.refused",
        say("What the device answered does not hold for this station."),
        hint=say("Try again; if it stays so, sign in by a one-time link."),
    )
