"""Between the mail door and a station: committing what a mail carried, and a mail in answer to whom the register knows.

Law 3: the receipt is made after the commit. An answer goes to the address on the member's card, never to the
sender that a mail names: that one anybody can forge.
"""

import asyncio

import structlog

from esos.carriers.mail_door import Take
from esos.carriers.mail_message import Receipt
from esos.carriers.offline import Carried
from esos.carriers.udp_book import AckInfo
from esos.carriers.udp_intake import said_of
from esos.errors import EsosError, Forbidden
from esos.message.packet import Header, is_packet_cose, read_cose
from esos.message.packet_ack import STATION_SHORT_BYTES, Ack, encode_ack
from esos.message.packet_keys import StationKeys
from esos.message.reading import read_any
from esos.station.intake import Taken
from esos.station.ports import Channel, PageMessage
from esos.station.station import Station
from esos.words.language import apart, say, speaking
from esos.words.realm import Realm

ANSWERS_AT_ONCE_MAX = 64
"""Answers by mail that are under way at once; a further one is not sent: the mail server's receipt stands."""
ADDRESSES_ANSWERED_MAX = 2
"""To how many addresses of a card an answer goes."""
_BY_MAIL = frozenset({"called", "relayed", "updated", "sitrep_given", "cancelled", "tested"})
_log = structlog.get_logger(__name__)


def mail_take(station: Station, keys: StationKeys, channel: Channel | None) -> Take:
    """What a mail door does with a call; ``channel`` sends the answers, None for none."""
    answering: set[asyncio.Task[None]] = set()

    async def take(carried: Carried) -> Receipt:
        if read_any(carried.cose).kind not in _BY_MAIL:
            raise Forbidden("mail.not_a_call", "By mail only calls, and what belongs to one, are taken.")
        taken = await station.intake.take(carried.cose, stranger_key=carried.public)
        info = await said_of(taken, station)
        if taken.fresh and channel is not None and len(answering) < ANSWERS_AT_ONCE_MAX:
            task = asyncio.create_task(_answer(station, channel, taken, info))
            answering.add(task)
            task.add_done_callback(answering.discard)
        acks = _acks(carried.cose, info, keys, station.identity.kid)
        return Receipt(state=info.state, statement=taken.statement.id, acks=acks)

    return take


def _acks(cose: bytes, info: AckInfo, keys: StationKeys, station: bytes) -> tuple[bytes, ...]:
    """The acknowledgement under each sealing key of the caller that is in force; none where it has none."""
    if not is_packet_cose(cose):
        return ()
    header = read_cose(cose).header
    caller = keys.current(header.kid)
    said = _ack_of(header, info, station)
    return tuple(encode_ack(said, kid=header.kid, sealer=sealer) for sealer in caller.sealers) if caller else ()


def _ack_of(header: Header, info: AckInfo, station: bytes) -> Ack:
    return Ack(
        call=header.call,
        sequence=header.sequence,
        state=info.state,
        station=station[:STATION_SHORT_BYTES],
        time_ms=info.at_ms,
    )


async def _answer(station: Station, channel: Channel, taken: Taken, info: AckInfo) -> None:
    """Mails in answer, once; what goes wrong is logged, since the receipt of the mail server stands."""
    speaker = station.directory.speaker_of_key(taken.statement.author, station.clock.now_ms())
    party = speaker.party if speaker else ""
    with speaking(await station.tongues.of(party)):
        pages = [_page(station, taken, info, address) for address in _addresses(station, party)]
    for page in pages:
        try:
            await channel.send(page)
        except EsosError as trouble:
            _log.warning("mail_not_answered", code=trouble.code)


def _addresses(station: Station, party: str) -> tuple[str, ...]:
    card = station.directory.members.get(party)
    found = tuple(one.address for one in card.contacts if one.channel == "mail") if card else ()
    return found[:ADDRESSES_ANSWERED_MAX]


def _page(station: Station, taken: Taken, info: AckInfo, address: str) -> PageMessage:
    state, statement = say(info.state.words), taken.statement.id.hex()
    read = say("Your mail was read by the station's program. {state}", state=state)
    return PageMessage(
        stable_id=f"mail-answer:{taken.statement.id.hex()}:{address}",
        address=address,
        title=say("{station}: {state}", station=apart(station.identity.name), state=state),
        body=f"{read}\n{say('Statement {id}.', id=apart(statement))}",
        link="",
        urgency="advisory",
        is_exercise=station.identity.realm is Realm.EXERCISE,
    )
