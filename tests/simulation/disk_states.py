"""Every state that a disk may be in after a loss of power, from the steps that were made on it.

What was forced is there. Of what was not, any part may be there: each write or none of it, or some of its sectors;
each change of names or not, in a folder that was not forced. Bytes beside a write are not touched by it.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from disk_recorder import History, Mark, Names, Step, Sync, SyncFolder, Truncate, Write

SECTOR_BYTES = 512
SYSTEMATIC_MAX = 48
"""Of the ways to lose one write, or all from one on, so many are tried at a point where more are open."""
RANDOM_SUBSETS = 6
NEW_FILES_FROM = 1_000
"""Files that a second process makes are numbered from here on."""
KEEP_CHANCES = (0.1, 0.5, 0.9)
TORN_CHANCE = 0.2

Change = Write | Truncate | Names
Files = dict[str, bytes]
"""A disk after the loss: what each name holds."""


@dataclass(frozen=True, slots=True)
class Crash:
    """One state: after which step the power went, and what was kept of the rest.

    ``promised`` is what had been promised by then, ``coming`` what would have been promised after it.
    """

    step: int
    kept: str
    files: Files
    promised: list[Any]
    coming: list[Any]

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} {len(data)} B" for name, data in sorted(self.files.items()))
        return f"power lost after step {self.step}, {self.kept} of what was not forced ({sizes})"


@dataclass(slots=True)
class Disk:
    """What is safe on a disk, and what is only on its way there."""

    contents: dict[int, bytes] = field(default_factory=dict)
    names: dict[str, int] = field(default_factory=dict)
    pending: list[Change] = field(default_factory=list)

    @classmethod
    def of(cls, history: History) -> "Disk":
        """The disk before the first step."""
        numbered = {name: number for number, name in enumerate(history.before, 1)}
        return cls(contents={numbered[name]: data for name, data in history.before.items()}, names=numbered)

    def take(self, step: Step) -> None:
        """One step on."""
        match step:
            case Sync(file):
                self._settle([one for one in self.pending if not isinstance(one, Names) and one.file == file])
            case SyncFolder():
                self._settle([one for one in self.pending if isinstance(one, Names)])
            case Mark():
                pass
            case _:
                self.pending.append(step)

    def after(self, kept: list[Change]) -> Files:
        """What is found when just these changes arrived, in their order."""
        contents, names = _applied(self.contents, self.names, kept)
        return {name: contents.get(file, b"") for name, file in names.items()}

    def after_kill(self) -> Files:
        """What the next process finds when only the process ended: all that was written, forced or not."""
        return self.after(self.pending)

    def named(self) -> dict[str, int]:
        """Which file each name means to a process that looks now."""
        return _applied(self.contents, self.names, self.pending)[1]

    def _settle(self, changes: list[Change]) -> None:
        self.contents, self.names = _applied(self.contents, self.names, changes)
        done = set(map(id, changes))
        self.pending = [one for one in self.pending if id(one) not in done]


def _applied(contents: dict[int, bytes], names: dict[str, int], changes: list[Change]) -> tuple[dict, dict]:
    names, touched = dict(names), {}
    for change in changes:
        match change:
            case Names(pairs):
                names |= dict(pairs)
            case Write(file, offset, data):
                held = touched.setdefault(file, bytearray(contents.get(file, b"")))
                held.extend(bytes(max(0, offset + len(data) - len(held))))
                held[offset : offset + len(data)] = data
            case Truncate(file, size):
                held = touched.setdefault(file, bytearray(contents.get(file, b"")))
                held.extend(bytes(max(0, size - len(held))))
                del held[size:]
    known = {name: file for name, file in names.items() if file is not None}
    return contents | {file: bytes(held) for file, held in touched.items()}, known


def torn(write: Write, chance: random.Random) -> list[Change]:
    """Some sectors of a write, and the length that the file has after it."""
    whole = range(write.offset - write.offset % SECTOR_BYTES, write.offset + len(write.data), SECTOR_BYTES)
    pieces: list[Change] = []
    for start in whole:
        begin, end = max(start, write.offset), min(start + SECTOR_BYTES, write.offset + len(write.data))
        piece = write.data[begin - write.offset : end - write.offset]
        if chance.random() < 0.5:
            pieces.append(Write(write.file, begin, piece))
    return pieces


def ways(pending: list[Change], chance: random.Random) -> list[tuple[str, Any]]:
    """How the power may leave what is pending: none, all, all up to one, all but one, one alone, torn, any part."""
    count = len(pending)
    some = range(count) if count <= SYSTEMATIC_MAX else sorted(chance.sample(range(count), SYSTEMATIC_MAX))
    found: list[tuple[str, Any]] = [("none", None), ("all", None)]
    if not count:
        return found[:1]
    found += [(kind, place) for kind in ("up to", "all but", "only", "torn") for place in some]
    return found + [("part", chance.getrandbits(32)) for _ in range(RANDOM_SUBSETS)]


def kept_of(pending: list[Change], way: tuple[str, Any]) -> list[Change]:
    """The changes that arrive in one of these ways."""
    kind, place = way
    return _KEPT[kind](pending, place)


def _maybe_torn(change: Change, chance: random.Random) -> list[Change]:
    return torn(change, chance) if isinstance(change, Write) else [change]


def _part(pending: list[Change], chance: random.Random) -> list[Change]:
    keep = chance.choice(KEEP_CHANCES)
    kept: list[Change] = []
    for change in pending:
        if chance.random() < keep:
            kept += _maybe_torn(change, chance) if chance.random() < TORN_CHANCE else [change]
    return kept


_KEPT: dict[str, Callable[[list[Change], Any], list[Change]]] = {
    "none": lambda pending, _: [],
    "all": lambda pending, _: pending,
    "up to": lambda pending, place: pending[: place + 1],
    "all but": lambda pending, place: [*pending[:place], *pending[place + 1 :]],
    "only": lambda pending, place: [pending[place]],
    "torn": lambda pending, place: [*pending[:place], *_maybe_torn(pending[place], random.Random(place))],
    "part": lambda pending, seed: _part(pending, random.Random(seed)),
}


def crashes(history: History, *, budget: int, seed: int, after: int = 0) -> Iterator[Crash]:
    """About ``budget`` different states after a loss of power, spread evenly over the steps; all where it is enough.

    Only steps from ``after`` on are looked at.
    """
    chance = random.Random(seed)
    numbers = range(after + 1, len(history.steps) + 1)
    points = set(chance.sample(numbers, min(budget, len(numbers))))
    each = -(-budget // max(1, len(points)))
    disk, promised, seen = Disk.of(history), 0, set()
    promises = [step.what for step in history.steps if isinstance(step, Mark)]
    for number, step in enumerate(history.steps, 1):
        disk.take(step)
        promised += isinstance(step, Mark)
        found = ways(disk.pending, chance) if number in points else []
        for way in chance.sample(found, min(each, len(found))):
            files = disk.after(kept_of(disk.pending, way))
            key = (promised, _digest(files))
            if key not in seen:
                seen.add(key)
                kept = way[0] if way[1] is None else f"{way[0]} {way[1]}"
                yield Crash(number, kept, files, promises[:promised], promises[promised:])


def continued(history: History, steps: int, second: History) -> History:
    """One history of two processes: the first was killed after so many steps, the second began on what it found.

    What the first had not forced is still only on its way when the second reads it.
    """
    disk = Disk.of(history)
    for step in history.steps[:steps]:
        disk.take(step)
    known = disk.named()
    numbers = {number: known[name] for number, name in enumerate(second.before, 1)}
    whole = History.__new__(History)
    whole.before = history.before
    whole.steps = [*history.steps[:steps], *(_renumbered(step, numbers) for step in second.steps)]
    return whole


def _renumbered(step: Step, numbers: dict[int | None, int | None]) -> Step:
    def of(file: int | None) -> int | None:
        return None if file is None else numbers.get(file, file + NEW_FILES_FROM)

    match step:
        case Write(file, offset, data):
            return Write(of(file), offset, data)
        case Truncate(file, size):
            return Truncate(of(file), size)
        case Sync(file):
            return Sync(of(file))
        case Names(changes):
            return Names(tuple((name, of(file)) for name, file in changes))
    return step


def _digest(files: Files) -> bytes:
    whole = hashlib.blake2b()
    for name, data in sorted(files.items()):
        whole.update(name.encode() + b"\0" + len(data).to_bytes(8) + data)
    return whole.digest()
