"""A call while it happens, on standard error: each carrier live in a terminal, plain lines elsewhere.

Law 4: what a machine has, what a person has taken, and what helpers do are shown in whole sentences.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from esos.beacon.carrier import Heard, Sending
from esos.caller.report import CallEvent, CallReport, CarrierTable, CaseSeen, Delivered
from esos.cli.common import note
from esos.message.packet_codes import AckState
from esos.words.life import Life

COPIES_SAID = frozenset({1, 10, 100, 1_000})
"""Which copies a plain line is written for; a live table counts them all."""
_REPLACED = (CaseSeen, Delivered)
"""Of these a live table shows only the newest of each station."""
_STATES = {
    "waiting": "waits",
    "sending": "sending",
    "heard": "hears us",
    "committed": "has the call",
    "person_reading": "a person has seen it",
    "assigned": "an officer has charge",
    "failed": "failed",
}


class Show(Protocol):
    """Tells a person what happens."""

    def tell(self, event: CallEvent) -> None:
        """One event, as it happens."""


class Silence:
    """Tells nothing: a script reads the result."""

    def tell(self, event: CallEvent) -> None:
        """Nothing."""


class PlainLines:
    """One line an event; copies only now and then."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def tell(self, event: CallEvent) -> None:
        """A line, unless it was said before."""
        if isinstance(event, Sending) and event.copies not in COPIES_SAID:
            return
        carrier = getattr(event, "carrier", "")
        words = self._words(event)
        line = printable(f"{carrier}: {words}" if carrier else words)
        if line not in self._said:
            self._said.add(line)
            note(line)

    def _words(self, event: CallEvent) -> str:
        return event.words


class TakingBack(PlainLines):
    """The same while a call is taken back: what arrives then is that word, and no call for help."""

    def _words(self, event: CallEvent) -> str:
        if isinstance(event, Heard) and event.state >= AckState.COMMITTED:
            return f"{event.station}: Your word that you take the call back has arrived."
        return event.words


class LiveTable:
    """A table of carriers and stations, redrawn as it changes, with the station's own words below it."""

    def __init__(self, live: Any) -> None:
        self._live = live
        self._table = CarrierTable()
        self._below: dict[str, str] = {}

    def tell(self, event: CallEvent) -> None:
        """Draw anew."""
        self._table.note(event)
        if not getattr(event, "carrier", ""):
            key = f"{type(event).__name__} {event.station}" if isinstance(event, _REPLACED) else event.words
            self._below[key] = event.words
        self._live.update(self._drawn())

    def _drawn(self) -> Any:
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(box=None, pad_edge=False)
        for name in ("carrier", "station", "", "copies", ""):
            table.add_column(name)
        for row in self._table.rows():
            words = _STATES.get(row.state, row.state) + (
                "" if row.proven or row.state != "committed" else " (not proven)"
            )
            table.add_row(row.carrier, Text(row.station), words, str(row.copies or ""), Text(row.why))
        return Group(table, *(Text(line) for line in self._below.values()))


@contextmanager
def showing(*, silent: bool, terminal: bool) -> Iterator[Show]:
    """The way to tell a person who may be looking."""
    if silent:
        yield Silence()
    elif not terminal:
        yield PlainLines()
    else:
        from rich.console import Console
        from rich.live import Live

        with Live(console=Console(stderr=True), refresh_per_second=8, transient=False) as live:
            yield LiveTable(live)


def words_of(report: CallReport, *, key_file: str) -> str:
    """The end of a call for a person: what is proven, what comes next, and what to do meanwhile."""
    lines = [_headline(report)]
    lines += [text for text in (report.now, report.next, report.do_meanwhile) if text]
    lines.append(f"Call {report.call}" + (f", case {report.case}." if report.case else "."))
    lines += [
        f"Proof of {one.station}: {one.file} ({'holds' if one.verified else 'not checked'})." for one in report.receipts
    ]
    if report.more_left and report.has_arrived:
        lines.append(
            f"{report.more_left} packets with more of your call have not arrived yet. "
            f"To send them: esos call --resume {report.call} --key {key_file}"
        )
    elif not report.holder and report.has_arrived and report.state == "arrived":
        lines.append(f"To go on waiting: esos call --resume {report.call} --key {key_file}")
    return "\n".join(map(printable, lines))


def printable(text: str) -> str:
    """The text without control characters: what a station says must not steer a terminal."""
    return "".join(letter for letter in text if letter.isprintable())


def _headline(report: CallReport) -> str:
    if not report.has_arrived:
        return "No station has answered yet. If one has the call, we cannot prove it."
    if report.holder:
        return f"{report.holder} has charge of your case."
    if report.state == "acknowledged":
        return "A watch officer has charge of your case."
    if report.state == "arrived":
        return "Arrived. No person has seen it yet."
    return f"Your case: {Life(report.state).words.lower()}." if report.state in set(Life) else ""


def first_aid(natures: tuple[int, ...]) -> str:
    """What to do and not to do in the next ten minutes, for what the caller sees."""
    from esos.words.first_aid import cards_for
    from esos.words.nature import Nature

    lines: list[str] = []
    for card in cards_for(Nature(code) for code in natures):
        lines += ["", f"{card.title}. In the next ten minutes:"]
        lines += [f"  + {line}" for line in card.do]
        lines += [f"  - {line}" for line in card.do_not]
    return "\n".join(lines)
