"""``esos call --aloud``: what to read over a telephone, where no network is left. Nothing is sent or signed.

The officer who writes it down has a pseudonym and a number of a printed card, checks the three words, and calls back.
"""

from pathlib import Path
from typing import Any

from esos.cli.call_prepare import prepared_offline
from esos.cli.common import emit
from esos.errors import Malformed


async def write_aloud(key_file: Path, cards: tuple[str, ...], given: dict[str, Any], *, as_json: bool) -> int:
    """Write the text of a call that the options describe, or of a kept one; raises ``Malformed`` (``spoken.token``)."""
    from esos.message.reading import read_any
    from esos.message.spoken import PSEUDONYM_BYTES, SpokenCall, encode_spoken
    from esos.words.nature import Nature
    from esos.words.urgency import Urgency

    token = "".join(given["aloud"].split())
    party, made = await prepared_offline(key_file, cards, given)
    body: Any = read_any(made.record.cose).body
    natures = sorted({Nature(code) for code in body.details.natures} - {Nature.UNDESIGNATED})
    try:
        call = SpokenCall(
            pseudonym=party.voice.kid[:PSEUDONYM_BYTES],
            urgency=body.details.urgency or Urgency.MAYDAY,
            natures=tuple(natures),
            token=token,
            realm=party.voice.realm,
        )
    except Malformed as cause:
        raise Malformed(
            "spoken.token",
            "The number of a printed card that is read aloud has eight digits.",
            hint="It stands on your printed card. Without a card, say who you are in your own words.",
        ) from cause
    text = encode_spoken(call)
    words = f"Read this aloud, slowly, and once more:\n{text}\nThe officer says the last three words back to you."
    emit({"aloud": text}, as_json=as_json, words=words)
    return 0
