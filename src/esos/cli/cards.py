"""A member's card from plain values, and signed with the member's own key."""

from typing import Any

import msgspec

from esos.errors import Malformed
from esos.message.bodies import CardSigned
from esos.message.card import MemberCard
from esos.message.statement import Statement, write_statement
from esos.vault.chance import SystemClock
from esos.vault.keyfile import KeyPair


def build_card(key: KeyPair, plain: dict[str, Any]) -> MemberCard:
    """A card of plain values for this key; raises ``Malformed`` (``card.malformed``)."""
    keys = [{"public": key.public, "realm": key.realm.value}]
    try:
        return msgspec.convert({**plain, "keys": keys}, MemberCard, builtin_types=(bytes,))
    except msgspec.ValidationError as cause:
        raise Malformed(
            "card.malformed", f"The card is not as it should be: {cause}.", hint="A card has at least a --name."
        ) from cause


def sign_card(key: KeyPair, made: MemberCard) -> Statement:
    """The card as the member's own signed statement."""
    return write_statement(
        seed=key.seed,
        realm=key.realm,
        kind="card_signed",
        body=CardSigned(card=made),
        time_ms=SystemClock().now_ms(),
    )
