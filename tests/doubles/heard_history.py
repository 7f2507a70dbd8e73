"""What clients asked a station and heard from it, with times; and the judge of such a history.

A client writes down when it began to ask, when it heard the answer, and what that said about statements. However
often processes were killed meanwhile, one journal must explain it all: nothing acknowledged is missing, nothing is there
twice, no read goes back behind an earlier one, and what was once judged stays judged so.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Kind = Literal["append", "case", "stream"]
NEVER = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an answer said about one statement; what it did not say is empty."""

    seq: int
    id: str = ""
    at_ms: int = 0
    verdict: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One question with its answer. ``ended`` is ``NEVER`` and ``seen`` empty where none came.

    An ``append`` sees the statement it is about. A ``case`` sees all statements of the case ``subject``, in the
    order of the fold, as they are now. A ``stream`` sees statements in the order of the journal, from the one
    after ``after`` on, perhaps a little late.
    """

    kind: Kind
    client: str
    subject: str
    began: float
    ended: float = NEVER
    seen: tuple[Seen, ...] = ()
    after: int = 0


@dataclass(slots=True)
class HeardHistory:
    """The questions of all clients."""

    heard: list[Heard] = field(default_factory=list)

    def add(self, one: Heard) -> None:
        """Write down a question that is over."""
        self.heard.append(one)

    def answered(self, kind: Kind) -> list[Heard]:
        """The questions of a kind that were answered, in the order in which the answers came."""
        return sorted((one for one in self.heard if one.kind == kind and one.ended < NEVER), key=lambda one: one.ended)


def breaches(history: HeardHistory, journal: Iterable[Seen]) -> list[str]:
    """Sentences on what no single journal explains; ``journal`` is how it was found at the end, whole."""
    found = sorted(journal, key=lambda one: one.seq)
    return [
        *_lost(history, found),
        *_twice(history, found),
        *_under_two_numbers(history),
        *_changed(history, found),
        *_out_of_order(history),
        *_streams_backwards(history),
        *_cases_backwards(history),
    ]


def _lost(history: HeardHistory, journal: list[Seen]) -> Iterator[str]:
    """Whatever any answer said to be there is there, and the journal has no gap."""
    stored = {one.seq: one for one in journal}
    for heard in history.answered("append"):
        for one in heard.seen:
            if one.seq not in stored or stored[one.seq].id != one.id:
                yield f"lost: {heard.client} was told that {one.id} has number {one.seq}, and it has not"
    for heard in history.answered("case"):
        missing = {one.id for one in heard.seen} - {one.id for one in journal}
        if missing:
            yield f"lost: {heard.client} read {sorted(missing)}, which are not there"
    for earlier, later in pairwise(journal):
        if later.seq != earlier.seq + 1:
            yield f"lost: between {earlier.seq} and {later.seq} the journal has a gap"


def _twice(history: HeardHistory, journal: list[Seen]) -> Iterator[str]:
    """No statement is there twice, in the journal or in a case."""
    for name, count in Counter(one.id for one in journal).items():
        if count > 1:
            yield f"twice: the journal has {name} {count} times"
    for heard in history.answered("case"):
        for name, count in Counter(one.id for one in heard.seen).items():
            if count > 1:
                yield f"twice: {heard.client} read {name} {count} times in one case"


def _under_two_numbers(history: HeardHistory) -> Iterator[str]:
    """One statement has one number, whoever is told of it."""
    numbers = defaultdict(set)
    for heard in history.heard:
        for one in heard.seen:
            if one.id:
                numbers[one.id].add(one.seq)
    for name, seqs in numbers.items():
        if len(seqs) > 1:
            yield f"twice: {name} was seen under the numbers {sorted(seqs)}"


def _changed(history: HeardHistory, journal: list[Seen]) -> Iterator[str]:
    """A verdict once given stays, and so does the time at which the station first had it."""
    verdicts: dict[int, set[str]] = defaultdict(set)
    times: dict[int, set[int]] = defaultdict(set)
    for one in (*(one for heard in history.heard for one in heard.seen), *journal):
        verdicts[one.seq] |= {one.verdict} if one.verdict else set()
        times[one.seq] |= {one.at_ms} if one.at_ms else set()
    final = {one.seq: one.verdict for one in journal}
    for seq, given in verdicts.items():
        if len(given) > 1 or (given and not final.get(seq, "lost")):
            yield f"changed: the verdict on number {seq} was {sorted(given)}, and is {final.get(seq)!r} at the end"
    for seq, given in times.items():
        if len(given) > 1:
            yield f"changed: number {seq} came at {sorted(given)}"


def _out_of_order(history: HeardHistory) -> Iterator[str]:
    """What was first said after another was acknowledged has a higher number than that one."""
    first_said: dict[str, float] = {}
    for one in history.heard:
        if one.kind == "append":
            first_said[one.subject] = min(one.began, first_said.get(one.subject, NEVER))
    numbers = {one.id: one.seq for heard in history.answered("append") for one in heard.seen}
    acknowledged = [(heard.ended, one.seq) for heard in history.answered("append") for one in heard.seen]
    highest, place = 0, 0
    for name, began in sorted(first_said.items(), key=lambda pair: pair[1]):
        while place < len(acknowledged) and acknowledged[place][0] < began:
            highest = max(highest, acknowledged[place][1])
            place += 1
        if name in numbers and numbers[name] < highest:
            yield f"backwards: {name} was said after number {highest} was acknowledged, and got {numbers[name]}"


def _streams_backwards(history: HeardHistory) -> Iterator[str]:
    """A stream goes on number by number from where it was asked to begin, and nobody is shown less than before."""
    reached: dict[str, int] = defaultdict(int)
    for heard in history.answered("stream"):
        seqs = [one.seq for one in heard.seen]
        if seqs != list(range(heard.after + 1, heard.after + 1 + len(seqs))):
            yield f"backwards: {heard.client} asked for what came after {heard.after}, and was shown {seqs[:20]}"
        if seqs and heard.after < reached[heard.client] and seqs[-1] < reached[heard.client]:
            yield f"backwards: {heard.client} was shown up to {reached[heard.client]}, and then up to {seqs[-1]} only"
        reached[heard.client] = max([reached[heard.client], *seqs])


def _cases_backwards(history: HeardHistory) -> Iterator[str]:
    """A later look at a case begins with all that an earlier one showed, and has what was applied to it before."""
    looks: dict[str, list[Heard]] = defaultdict(list)
    for heard in history.answered("case"):
        looks[heard.subject].append(heard)
    for subject, of_case in looks.items():
        for later in of_case:
            ids = [one.id for one in later.seen if one.verdict]
            before = [one for one in of_case if one.ended < later.began]
            for earlier in before[-1:]:
                shown = [one.id for one in earlier.seen if one.verdict]
                if ids[: len(shown)] != shown:
                    yield f"backwards: {later.client} was shown less of case {subject} than {earlier.client} before"
