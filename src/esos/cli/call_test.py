"""``esos call --test``: test the way to each station in peace time, and fetch the keys a call will need.

Law 7: a test is another message, not a flag on a call; it opens no case and reaches nobody.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from esos.cli.common import emit, table
from esos.cli.party import open_party
from esos.cli.ways import MailWay
from esos.errors import NotDelivered

if TYPE_CHECKING:
    from esos.vault.gateways import Gateways


async def test_ways(
    key_file: Path,
    cards: tuple[str, ...],
    resolvers: tuple[str, ...],
    mail: MailWay,
    gateways: "Gateways",
    *,
    as_json: bool,
) -> int:
    """Test every station by every carrier; raises ``NotDelivered`` (``way.closed``) where one answers by none."""
    from esos.caller.way import WayTester
    from esos.carriers.udp import UdpCarrier
    from esos.cli.ways import (
        dns_carrier,
        gateway_carriers,
        has_strangers_door,
        jitter,
        quic_to_test,
        smtp_carrier,
        stranger_carrier,
    )
    from esos.vault.chance import SystemClock, SystemDice
    from esos.words.realm import Realm

    party = await open_party(key_file, cards)
    tester = WayTester(
        voice=party.voice,
        clock=SystemClock(),
        dice=SystemDice(),
        book=party.book,
        elapsed_ms=lambda: time.monotonic_ns() // 1_000_000,
    )
    rows: list[Any] = []
    by_gateway = gateway_carriers(party, gateways)
    for station in party.stations:
        others = [dns_carrier(resolvers)] if station.home.dns_zone else []
        others += [smtp_carrier(party, mail)] if station.home.mail else []
        quic = quic_to_test(party) if station.home.quic else None
        others += [quic] if quic else []
        others += [one for one in by_gateway if getattr(station.home, one.name)]
        rows += await tester.test(party.door(station), station, UdpCarrier(jitter=jitter()), *others)
        if has_strangers_door(station) and party.voice.realm is Realm.REAL:  # practice keys have no test of their own
            rows.append(await tester.as_stranger(station, stranger_carrier(party)))
    emit({"ways": rows}, as_json=as_json, words=_words(rows))
    silent = {row.station for row in rows} - {row.station for row in rows if row.answers}
    if silent:
        raise NotDelivered(
            "way.closed",
            f"No answer from {', '.join(sorted(silent))} by any carrier.",
            hint="Is the station running, and its card up to date? See: esos station doctor",
        )
    return 0


def _words(rows: list[Any]) -> str:
    shown = [
        (row.station, row.carrier, f"answers in {row.ms} ms" if row.answers else "no answer", row.why) for row in rows
    ]
    return table(shown, ("station", "carrier", "", ""))
