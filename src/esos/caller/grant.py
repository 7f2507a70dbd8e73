"""Consent: the caller signs what kind of help may touch what, by whom and until when, and takes it back at once.

Law 9: no help touches the caller's systems outside a grant it signed with its own key.
"""

from esos.caller.circle import Circle, Reached, say_on_case, say_to
from esos.message.bodies import Granted, GrantLodged, GrantRevoked
from esos.words.need import HelpClass

HOUR_MS = 3_600_000


async def grant(circle: Circle, *, help_class: HelpClass, scope: str, to: tuple[str, ...], hours: int) -> Reached:
    """Consent on the open case, to these members (none named: any committed helper), for so many hours."""
    expires_ms = circle.clock.now_ms() + hours * HOUR_MS
    return await say_on_case(
        circle, "granted", Granted(help_class=help_class, scope=scope, to=to, expires_ms=expires_ms)
    )


async def revoke(circle: Circle, granted: bytes) -> Reached:
    """Take a grant back, at once."""
    return await say_on_case(circle, "grant_revoked", GrantRevoked(grant=granted))


async def lodge_grant(
    circle: Circle, *, help_class: HelpClass, scope: str, to: tuple[str, ...], hours_after_call: int
) -> Reached:
    """Consent beforehand, in peace time: it comes to life with the next call."""
    body = GrantLodged(help_class=help_class, scope=scope, to=to, hours_after_call=hours_after_call)
    said = circle.voice.say("grant_lodged", body, now_ms=circle.clock.now_ms())
    return await say_to(list(circle.doors), lambda _: said.raw)
