"""Pages on the screen of the station itself: for demonstrations and for a watch floor with one terminal."""

from collections.abc import Callable

from esos.errors import Busy, Malformed
from esos.paging.letter import letter_of
from esos.station.ports import PageMessage, Sent


class ConsoleChannel:
    """Shows each page by calling ``show`` with its whole text; the address is the name of whom it is for."""

    scheme = "screen"

    def __init__(self, show: Callable[[str], None]) -> None:
        self._show = show

    async def send(self, page: PageMessage) -> Sent:
        """Show the page. ``Busy`` (``paging.unreachable``) when the screen cannot be written to."""
        address = page.address.strip()
        if not address or not address.isprintable():
            raise Malformed("paging.address", "A page on the screen needs the name of whom it is for.")
        letter = letter_of(page)
        try:
            self._show(f"To {address}: {letter.title}\n{letter.text}\n")
        except (OSError, ValueError) as trouble:
            raise Busy("paging.unreachable", "The screen cannot be written to.") from trouble
        return Sent(provider="screen", detail="It was shown on the station's screen.")

    async def close(self) -> None:
        """Nothing is held."""
