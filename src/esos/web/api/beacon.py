"""``/beacon``: a caller's program fetches the key under which its packets are sealed, and pins the station's card."""

import msgspec
from litestar import post

from esos.errors import Forbidden
from esos.keys.identity import kid_of
from esos.keys.sealed import SEAL_SEED_BYTES, seal_for
from esos.logbook.base64s import url_safe
from esos.message.packet_seal import epoch_of
from esos.web.auth import Way
from esos.web.card import StationCard
from esos.web.given import CardOf, Me, TheKeys, TheStation
from esos.web.problems import problems


class BeaconKey(msgspec.Struct, frozen=True, kw_only=True):
    """The sealing key of one caller for one epoch, sealed to the caller's own key (base64url).

    ``sealed`` is a libsodium sealed box to the X25519 form of the Ed25519 key ``kid``.
    """

    kid: str
    epoch: int
    sealed: str
    station: StationCard


@post(
    "/beacon",
    summary="Register a beacon",
    security=[{"esos": []}],
    responses=problems(401, 403, 422),
    status_code=200,
    tags=["beacon"],
)
async def post_beacon(me: Me, station: TheStation, keys: TheKeys, card_of: CardOf) -> BeaconKey:
    """The sealing key for the datagram door, for whoever shows a registered key; ask again in each epoch of 30 days."""
    if me.way is not Way.PRESENTED or not me.speaker.has_own_key:
        raise Forbidden(
            "beacon.own_key",
            "A beacon is registered with its own key.",
            hint="Sign a statement of the kind 'presented'.",
        )
    sealed = seal_for(me.key, keys.issue(kid_of(me.key)), ephemeral=station.dice.bytes(SEAL_SEED_BYTES))
    return BeaconKey(
        kid=kid_of(me.key).hex(),
        epoch=epoch_of(station.clock.now_ms()),
        sealed=url_safe(sealed),
        station=card_of(),
    )


HANDLERS = [post_beacon]
