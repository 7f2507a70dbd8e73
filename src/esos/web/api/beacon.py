"""``/beacon``: a caller's program fetches the key under which its packets are sealed, and pins the station's card."""

import msgspec
from litestar import get, post

from esos.errors import Forbidden
from esos.keys.identity import kid_of
from esos.keys.sealed import SEAL_SEED_BYTES, seal_for
from esos.logbook.base64s import url_safe
from esos.message.packet_seal import epoch_of
from esos.station.heartbeats import BeaconView, beacons_of
from esos.web.api.common import SIGNED_IN
from esos.web.auth import Way
from esos.web.card import StationCard
from esos.web.given import CardOf, Me, TheKeys, TheStation
from esos.web.problems import problems
from esos.web.sight import WATCHERS


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


class BeaconRow(BeaconView, frozen=True, kw_only=True):
    """A beacon and whose it is."""

    member: str
    name: str


class Beacons(msgspec.Struct, frozen=True, kw_only=True):
    """Every beacon that was ever heard here; those that fell silent stand first, the longest silent before others."""

    beacons: tuple[BeaconRow, ...]


@get(
    "/beacons",
    summary="When beacons were last heard",
    security=SIGNED_IN,
    responses=problems(401, 403),
    tags=["beacon"],
)
async def get_beacons(me: Me, station: TheStation) -> Beacons:
    """For the station's people: which registered beacons are heard now, and which are not, since when."""
    me.need(*WATCHERS)
    await station.heartbeats.exchange()
    directory = station.directory
    rows = [
        BeaconRow(**msgspec.structs.asdict(view), member=member, name=card.name)
        for member, card in directory.members.items()
        for view in beacons_of(station.heartbeats, directory, member)
        if view.heard_ms
    ]
    return Beacons(beacons=tuple(sorted(rows, key=lambda row: (not row.is_silent, row.heard_ms, row.kid))))


HANDLERS = [post_beacon, get_beacons]
