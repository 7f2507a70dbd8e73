"""Makes a member's printed card, for programs and for the page alike: its numbers are new and shown this once."""

from esos.errors import Unknown
from esos.message.printed_card import PrintedCard, qr_text
from esos.station.station import Station
from esos.web.card import StationCard


async def printed_card(
    station: Station, at: StationCard, member: str, *, count: int, language: str = ""
) -> PrintedCard:
    """The card with ``count`` new numbers, in that language, else the member's own; raises ``Unknown``, ``TooLarge``.

    The code is made first: a card that cannot be made leaves no number behind.
    """
    card = station.directory.members.get(member)
    if card is None:
        raise Unknown("member.unknown", "No such member is registered here.", hint="See the register.")
    known = language in station.tongues.known
    code = qr_text(realm=at.realm, member=member, kid=at.kid, http=at.http, udp=at.udp, name=card.name)
    return PrintedCard(
        name=card.name,
        member=member,
        station=at.name,
        kid=at.kid,
        realm=at.realm,
        qr=code,
        telephone=at.telephone,
        text=at.text,
        mailbox=at.mailbox,
        http=at.http,
        udp=at.udp,
        dns_zone=at.dns_zone,
        mail=at.mail,
        language=language if known else (await station.tongues.of(member)).code,
        numbers=tuple([await station.tokens.make_card_number(member) for _ in range(count)]),
    )
